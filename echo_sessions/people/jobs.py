"""What happens to sign-ins by itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.people import one_time, sign_ins, tries
from echo_sessions.people.models import RateCount


@handler("people.tidy", every_minutes=60)
def tidy(payload: dict[str, Any], now: datetime) -> None:
    """Forget counts, codes, challenges and old sessions, so that no attack makes a table grow for longer than a day."""
    with transaction():
        tries.sweep(now=now)
        one_time.sweep(now=now)
        sign_ins.sweep(now=now)
        db.session.execute(delete(RateCount).where(RateCount.ends_at <= now))
