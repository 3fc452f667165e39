"""Issued documents: a frozen snapshot each, never edited; a change makes another that takes its place."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.certificates.rules import CertificateState
from echo_sessions.credit.models import Award
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.files.models import File
from echo_sessions.people.models import Person


class Certificate(Versioned, Model):
    """One certificate. `code` is what a verifier types, `number` (1, 2, …) counts reissues for one activity.

    `activity` is the code of the session or series. The snapshot holds all that is printed; the file may go,
    since it can be made again from the snapshot.
    """

    __tablename__ = "certificates"
    __table_args__ = (UniqueConstraint("person_id", "activity", "kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    activity: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(default=1)
    state: Mapped[CertificateState] = mapped_column(Word(CertificateState), default=CertificateState.ISSUED)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    template: Mapped[int] = mapped_column(default=1)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    held_because: Mapped[str | None] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_reason: Mapped[str | None] = mapped_column(Text)
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"))
    link_generation: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    file: Mapped[File | None] = relationship()
    replaced_by: Mapped["Certificate | None"] = relationship(remote_side=[id])
    awards: Mapped[list[Award]] = relationship(secondary="certificate_awards")


class CertificateAward(Model):
    """Which awards a certificate shows."""

    __tablename__ = "certificate_awards"

    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificates.id"), primary_key=True)
    award_id: Mapped[int] = mapped_column(ForeignKey("awards.id"), primary_key=True)
