"""The queue's own work."""

from datetime import datetime
from typing import Any

from echo_sessions.database import transaction
from echo_sessions.jobs import service
from echo_sessions.jobs.handlers import EVERY, handler
from echo_sessions.jobs.rules import SLOTS_KEPT


@handler("jobs.clear", every_minutes=24 * 60)
def clear(payload: dict[str, Any], now: datetime) -> None:
    """Forget scheduled jobs that were done two weeks ago."""
    with transaction():
        service.clear(EVERY, before=now - SLOTS_KEPT)
