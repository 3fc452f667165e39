"""Alarms, and how they were explained."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from echo_sessions.alarms.rules import AlarmKind, said
from echo_sessions.database import Model, UtcDateTime, Word
from echo_sessions.people.models import Person
from echo_sessions.words import Said


class Alarm(Model):
    """Something conspicuous. `person` caused it, nobody where the chain broke; `count` are cases, lists, or the deed at
    which it broke. `key` keeps the same alarm from being raised twice in one hour. `note`: what its explanation was."""

    __tablename__ = "alarms"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[AlarmKind] = mapped_column(Word(AlarmKind))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
    rows: Mapped[int] = mapped_column(default=0)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(Text)

    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    seen_by: Mapped[Person | None] = relationship(foreign_keys=[seen_by_id])

    @property
    def words(self) -> Said:
        """What was noticed, in a sentence."""
        return said(self.kind, name=self.person.name if self.person else "–", count=self.count, rows=self.rows)
