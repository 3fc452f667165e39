"""Two records that were one person, pairs that are not, and requests of people who lost every address."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.certificates.models import Certificate
from echo_sessions.database import Model, UtcDateTime, Versioned, Word
from echo_sessions.merging.rules import RecoveryState
from echo_sessions.people.models import Person


class Merge(Model):
    """One record taken into another. `steps` are what was changed, in order, each with what it was: undoing goes backwards.

    `said` are the sentences of what came together; `lost`, once undone, of what could not be given back. All three are
    emptied when one of the two is erased.
    """

    __tablename__ = "merges"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    steps: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    said: Mapped[list[Any] | None] = mapped_column(JSON, default=list)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    lost: Mapped[list[Any] | None] = mapped_column(JSON, default=list)

    kept: Mapped[Person] = relationship(foreign_keys=[kept_id], lazy="joined")
    gone: Mapped[Person] = relationship(foreign_keys=[gone_id], lazy="joined")
    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")


class NotSame(Model):
    """Somebody looked: these two are different people. The one with the smaller number stands first."""

    __tablename__ = "not_same"
    __table_args__ = (UniqueConstraint("one_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Recovery(Versioned, Model):
    """A request of somebody who says to have lost every address of a record, and wants letters to go to a new one.

    `normal` is the new address as compared. `proof`: whether certificate code and licence number were given and belong
    together; without, two people of the hub have to know the person. `answered_at`: the new mailbox answered.
    `ready_at`: when the waiting ends during which the old addresses may object. `stopped_at`: one did.
    """

    __tablename__ = "recoveries"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    certificate_id: Mapped[int | None] = mapped_column(ForeignKey("certificates.id"))
    email: Mapped[str] = mapped_column(String(320))
    normal: Mapped[str] = mapped_column(String(320))
    claimed_name: Mapped[str] = mapped_column(String(300))
    proof: Mapped[bool] = mapped_column(default=False)
    state: Mapped[RecoveryState] = mapped_column(Word(RecoveryState), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="joined")
    certificate: Mapped[Certificate | None] = relationship(foreign_keys=[certificate_id])
    checks: Mapped[list["RecoveryCheck"]] = relationship(order_by="RecoveryCheck.id")


class RecoveryCheck(Model):
    """One person of the hub says that the request comes from whom it names, and how they know. Append-only."""

    __tablename__ = "recovery_checks"
    __table_args__ = (UniqueConstraint("recovery_id", "by_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recovery_id: Mapped[int] = mapped_column(ForeignKey("recoveries.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    how: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[Person] = relationship(foreign_keys=[by_id], lazy="joined")
