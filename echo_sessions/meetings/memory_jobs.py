"""Background work about what is remembered of calls to providers."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.meetings.models import ProviderCall, ProviderPause

CALLS_KEPT = timedelta(days=90)
PAUSES_KEPT = timedelta(days=1)


@handler("meetings.forget_calls", every_minutes=24 * 60)
def forget_calls(payload: dict[str, Any], now: datetime) -> None:
    """Figures of long ago, and pauses that are over, go."""
    with transaction():
        db.session.execute(delete(ProviderCall).where(ProviderCall.day < (now - CALLS_KEPT).date()))
        db.session.execute(delete(ProviderPause).where(ProviderPause.until < now - PAUSES_KEPT))
