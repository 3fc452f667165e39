"""Incidents: what was reported, whom it is kept from, what was decided, and every step on the way.

Everything that somebody wrote about somebody is sealed: it is in no letter, job, log line or audit entry.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.conduct.rules import Deed, Desk, IncidentState, Step
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program
from echo_sessions.sealed import Sealed


class Incident(Versioned, Model):
    """One report about one person (or about nobody yet). `report` is the same for all that came from one form.

    `thing`: the code of the page it was reported from. `who`: a name as the reporter typed it. `step` is the last one
    decided; `due_at` the day by which the next word is owed: of those who handle it, or of who hears the appeal.
    """

    __tablename__ = "incidents"
    __table_args__ = (Index("ix_incidents_program_state", "program_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    report: Mapped[str] = mapped_column(String(20), index=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("programs.id"))
    thing: Mapped[str | None] = mapped_column(String(40))
    who: Mapped[str | None] = mapped_column(Sealed("incidents.who"))
    text: Mapped[str] = mapped_column(Sealed("incidents.text"))
    contact: Mapped[bool] = mapped_column(default=False)
    reporter_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    accused_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    desk: Mapped[Desk] = mapped_column(Word(Desk), default=Desk.PROGRAM)
    state: Mapped[IncidentState] = mapped_column(Word(IncidentState), default=IncidentState.REPORTED, index=True)
    step: Mapped[Step | None] = mapped_column(Word(Step))
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    appealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    second_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)

    program: Mapped[Program | None] = relationship(lazy="joined")
    reporter: Mapped[Person] = relationship(foreign_keys=[reporter_id])
    accused: Mapped[Person | None] = relationship(foreign_keys=[accused_id], lazy="joined")
    second: Mapped[Person | None] = relationship(foreign_keys=[second_id], lazy="joined")
    steps: Mapped[list["IncidentStep"]] = relationship(back_populates="incident", order_by="IncidentStep.id")
    parties: Mapped[list["IncidentParty"]] = relationship(back_populates="incident", cascade="all, delete-orphan")


class IncidentParty(Model):
    """Somebody who must learn nothing of an incident: named in the report or, as a precaution, perhaps meant by it."""

    __tablename__ = "incident_parties"
    __table_args__ = (UniqueConstraint("incident_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    named: Mapped[bool]

    incident: Mapped[Incident] = relationship(back_populates="parties")


class IncidentStep(Model):
    """One line of an incident's history; append-only. `by_id` is empty where the house itself acted.

    `note` is for whoever handles it; `told` are the words the person concerned reads; `because` says why a step was
    skipped. `ended`: what a removal took, by codes and roles, so that it can be given back.
    """

    __tablename__ = "incident_steps"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    deed: Mapped[Deed] = mapped_column(Word(Deed))
    note: Mapped[str | None] = mapped_column(Sealed("incident_steps.note"))
    told: Mapped[str | None] = mapped_column(Sealed("incident_steps.told"))
    because: Mapped[str | None] = mapped_column(Sealed("incident_steps.because"))
    ended: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    incident: Mapped[Incident] = relationship(back_populates="steps")
    by: Mapped[Person | None] = relationship(lazy="joined")
