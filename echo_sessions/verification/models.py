"""One row for each check of somebody, kept for good: who asked, by which way, who checked, what came of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program
from echo_sessions.sealed import Sealed
from echo_sessions.verification.rules import VerificationState, Way


class Verification(Versioned, Model):
    """A check of one person, asked for within one program, holding in all of them.

    `number` is the licence as it was checked, sealed; `file_id` the employer's letter; `note` is the verifier's, for the
    hub; `reason` is told to the person. `expires_at` ends what was verified.
    """

    __tablename__ = "verifications"
    __table_args__ = (Index("ix_verifications_person_state", "person_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    program_id: Mapped[int | None] = mapped_column(ForeignKey("programs.id"), index=True)
    state: Mapped[VerificationState] = mapped_column(
        Word(VerificationState), default=VerificationState.WAITING, index=True
    )
    way: Mapped[Way] = mapped_column(Word(Way))
    body: Mapped[str | None] = mapped_column(String(200))
    number: Mapped[str | None] = mapped_column(Sealed("verifications.number"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verifier_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)

    person: Mapped[Person] = relationship(foreign_keys=[person_id], lazy="joined")
    program: Mapped[Program | None] = relationship()
    verifier: Mapped[Person | None] = relationship(foreign_keys=[verifier_id], lazy="joined")
    file: Mapped[File | None] = relationship()
