"""Requests for lost records: those whose wait is over are carried out, those nobody brought to an end run out."""

from datetime import datetime
from typing import Any

from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.merging import recovery
from echo_sessions.merging.models import Recovery
from echo_sessions.people import queries as people


@handler("merging.finish_recoveries", every_minutes=15)
def finish_recoveries(payload: dict[str, Any], now: datetime) -> None:
    """Each in a transaction of its own, which looks again whether anybody objected."""
    hub = people.hub()
    if hub is None:
        return
    for number in recovery.due(now):
        with transaction():
            found = db.session.get(Recovery, number)
            if found is not None:
                recovery.finish(found, hub, now=now)
    with transaction():
        recovery.run_out(now)
