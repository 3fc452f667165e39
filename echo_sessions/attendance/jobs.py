"""What happens to attendance by itself: what providers tell is collected."""

from datetime import datetime
from typing import Any

from echo_sessions.attendance import collecting
from echo_sessions.jobs.handlers import handler


@handler(collecting.JOB, every_minutes=10)
def collect(payload: dict[str, Any], now: datetime) -> None:
    """All that is due, or what the provider of one meeting has to tell; `asked`: because somebody pressed a button."""
    if "meeting" in payload:
        collecting.collect(payload["meeting"], now, asked=bool(payload.get("asked")))
    else:
        collecting.sweep(now)
