"""An accreditor's rule as data, and what each person is awarded for each session."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.credit.rules import Rounding
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program
from echo_sessions.sessions.models import Session


class Policy(Versioned, Model):
    """How minutes become credit in one program, under one accreditor. A changed policy is a new row.

    Amounts are decimals, `maximum` empty where none is designated; `threshold_minutes` is the least presence for any credit.
    `statement` is the accreditor's own text, entered by the organiser.
    """

    __tablename__ = "policies"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("programs.id"), index=True)
    credit_type: Mapped[str] = mapped_column(String(120))
    provider: Mapped[str] = mapped_column(String(200))
    approval_number: Mapped[str | None] = mapped_column(String(120))
    approved_on: Mapped[date] = mapped_column(Date)
    unit_minutes: Mapped[int]
    step: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    mode: Mapped[Rounding] = mapped_column(Word(Rounding))
    minimum: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    maximum: Mapped[Decimal | None] = mapped_column(Numeric(7, 2))
    threshold_minutes: Mapped[int] = mapped_column(default=0)
    threshold_percent: Mapped[int] = mapped_column(default=0)
    professions: Mapped[list[str]] = mapped_column(JSON, default=list)
    statement: Mapped[str] = mapped_column(Text)
    signatory_name: Mapped[str] = mapped_column(String(300))
    signatory_role: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    program: Mapped[Program] = relationship()


class Award(Model):
    """Credit of one person for one session: offered, computed from the minutes, claimed by the person.

    `working` shows how it was computed, with the policy's figures of that day. A correction makes a new row
    and marks the old one `replaced_at`.
    """

    __tablename__ = "awards"
    __table_args__ = (UniqueConstraint("person_id", "session_id", "policy_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), index=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("policies.id"))
    attendance_id: Mapped[int] = mapped_column(ForeignKey("attendance.id"))
    number: Mapped[int] = mapped_column(default=1)
    kind: Mapped[str] = mapped_column(String(20))
    minutes: Mapped[int]
    offered: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    computed: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    claimed: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    credit_type: Mapped[str | None] = mapped_column(String(120))
    working: Mapped[dict[str, Any]] = mapped_column(JSON)
    role: Mapped[str] = mapped_column(String(40))
    profession: Mapped[str | None] = mapped_column(String(120))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))
    awarded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(lazy="joined")
    session: Mapped[Session] = relationship()
    policy: Mapped[Policy | None] = relationship()
