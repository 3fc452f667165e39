"""What happens by itself: once in each slot of time, however many workers there are."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.errors import Stale
from echo_sessions.jobs import service
from echo_sessions.jobs.handlers import EVERY
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import slot_key


def ask_for(now: datetime) -> int:
    """Queue the scheduled jobs of this moment's slots that nobody has queued yet; returns how many.

    Another worker may be as quick: the key's uniqueness decides, and the loser has nothing to do.
    """
    wanted = {slot_key(name, minutes, now): name for name, minutes in EVERY.items()}
    known = set(db.session.scalars(select(Job.key).where(Job.key.in_(wanted))))
    asked = 0
    for key in wanted.keys() - known:
        with suppress(Stale), transaction():
            asked += service.queue(wanted[key], {}, now=now, key=key) is not None
    db.session.rollback()
    return asked
