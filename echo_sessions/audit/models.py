"""Who did what to which thing. Written with the deed, in the same transaction; never changed, never deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from echo_sessions.database import Model, UtcDateTime


class Entry(Model):
    """One deed. `person_id` is empty when the house itself acted; `thing` is a code; `facts` hold no patient text."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_thing_at", "thing", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    deed: Mapped[str] = mapped_column(String(80))
    thing: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
