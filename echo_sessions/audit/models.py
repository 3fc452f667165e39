"""Who did what to which thing, and who looked at it. A deed is written with what it tells of, in the same transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column, synonym

from echo_sessions.database import Model, UtcDateTime


class Entry(Model):
    """One deed; never changed, never removed. `person_id` is empty when the house itself acted; `thing` is a code; `facts`
    hold no patient text.

    `seq` counts from 1 without a gap; `hash` seals the row together with `previous`, the seal of the one before
    (`rules.canonical`). `person_id` stays what it was when two records are joined: it says who acted then.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_thing_at", "thing", "at"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    deed: Mapped[str] = mapped_column(String(80))
    thing: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    previous: Mapped[str] = mapped_column(String(80))
    hash: Mapped[str] = mapped_column(String(80))

    id: Mapped[int] = synonym("seq")


class Head(Model):
    """Where the chain of deeds ends. One row, locked by whoever writes the next deed, for the last moment before a commit."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(80))


class Look(Model):
    """Somebody looked at something that is not theirs, so often within one hour of the clock.

    `thing` is a code, or the name of a list that was taken away; `role` says as what they looked; `rows` how many
    rows they took away.
    """

    __tablename__ = "looks"
    __table_args__ = (
        UniqueConstraint("person_id", "what", "thing", "hour"),
        Index("ix_looks_thing_last_at", "thing", "last_at"),
        Index("ix_looks_person_id_last_at", "person_id", "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    what: Mapped[str] = mapped_column(String(40))
    thing: Mapped[str] = mapped_column(String(40))
    role: Mapped[str | None] = mapped_column(String(40))
    hour: Mapped[datetime] = mapped_column(UtcDateTime)
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int]
    rows: Mapped[int] = mapped_column(default=0)


@event.listens_for(Entry, "before_update")
@event.listens_for(Entry, "before_delete")
def _stays(_mapper: Mapper[Any], _connection: object, entry: Entry) -> None:
    raise RuntimeError(f"deed {entry.seq} of the audit is never changed or removed")


class Tombstone(Model):
    """One hash that must not be forgotten. `stored_at`: since when it is in the storage too; `lifted_at`: it no longer
    holds (a recall was undone), and its object goes as well. `word`: the kind of recall, for the replay."""

    __tablename__ = "tombstones"
    __table_args__ = (UniqueConstraint("kind", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(String(64))
    word: Mapped[str | None] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
