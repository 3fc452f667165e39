"""Reading, in the background, what providers delivered."""

from datetime import datetime
from typing import Any

from echo_sessions.jobs.handlers import handler
from echo_sessions.meetings import hooks
from echo_sessions.meetings.deliveries import READ


@handler(READ, every_minutes=5)
def read_hooks(payload: dict[str, Any], now: datetime) -> None:
    """Read what came. Asked for after each slot in which something came; by the clock, for what was left over."""
    hooks.read_new(now)
