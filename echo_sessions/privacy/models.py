"""Requests about one's own data, consents, and what was cleared out when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from echo_sessions.privacy.rules import ConsentKind, RequestKind, RequestState, RunState


class Consent(Model):
    """What somebody agreed to, or took back. Append-only; the newest of a kind holds."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_person_kind", "person_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[ConsentKind] = mapped_column(Word(ConsentKind))
    given: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DataRequest(Versioned, Model):
    """A copy of one's own data, or an erasure. `due_at`: when an erasure is carried out, or when a copy is removed.

    `facts`: of how many rows what became, by table.
    """

    __tablename__ = "data_requests"
    __table_args__ = (Index("ix_data_requests_state_due", "state", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(Word(RequestKind))
    state: Mapped[RequestState] = mapped_column(Word(RequestState), default=RequestState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    asked_by: Mapped[Person | None] = relationship(foreign_keys=[asked_by_id])
    file: Mapped[File | None] = relationship()


class RetentionPeriod(Model):
    """For how many days the hub keeps a kind of data, where it is not the usual period."""

    __tablename__ = "retention_periods"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), unique=True)
    days: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RetentionRun(Versioned, Model):
    """One clearing out: counted and shown at `prepared_at`, done a week later unless somebody holds it back.

    `counts`: by kind, how many and the moment before which; what grew old since then waits for the next run.
    """

    __tablename__ = "retention_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[RunState] = mapped_column(Word(RunState), default=RunState.SHOWN, index=True)
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    held_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    held_by: Mapped[Person | None] = relationship()
