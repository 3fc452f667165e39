"""What happens with checks by itself, once a day."""

from datetime import datetime
from typing import Any

from echo_sessions.database import transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.verification import service


@handler("verification.daily", every_minutes=24 * 60)
def daily(payload: dict[str, Any], now: datetime) -> None:
    """Letters about ends, and the day's letter to those who check. Twice on a day changes nothing: letters have keys."""
    with transaction():
        service.tell_of_ends(now=now)
        service.tell_verifiers(now=now)
