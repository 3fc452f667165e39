"""Writing the audit. Facts are codes, states, counts and figures: never names, addresses or patient text."""

from datetime import datetime
from typing import Any

from echo_sessions.audit.models import Entry
from echo_sessions.database import db


def record(person_id: int | None, deed: str, thing: str, *, at: datetime, **facts: Any) -> None:
    """Note that this person (None: the house itself) did `deed` to the thing with this code."""
    db.session.add(Entry(at=at, person_id=person_id, deed=deed, thing=thing, facts=facts))
