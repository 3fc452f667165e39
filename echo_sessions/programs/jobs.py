"""What happens to enrolments by itself."""

from datetime import datetime
from typing import Any

from echo_sessions.database import transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.programs import sweeping


@handler("programs.sweep", every_minutes=24 * 60)
def sweep(payload: dict[str, Any], now: datetime) -> None:
    """Forget what was typed on enrolment pages and never confirmed, some at a time."""
    done = sweeping.AT_ONCE
    while done >= sweeping.AT_ONCE:
        with transaction():
            done = sweeping.sweep(now=now)
