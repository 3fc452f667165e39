"""What watches over the audit by itself."""

from datetime import datetime
from typing import Any

from echo_sessions.alarms import service
from echo_sessions.audit import anchors, chain
from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler

SUNDAY = 6


@handler("alarms.anchor", every_minutes=5)
def anchor(payload: dict[str, Any], now: datetime) -> None:
    """Note the head of the audit's chain outside of the database."""
    anchors.write(now)


@handler("alarms.verify_audit", every_minutes=24 * 60)
def verify_audit(payload: dict[str, Any], now: datetime) -> None:
    """Walk the last day of the chain, on Sundays all of it, and tell the owners of the first thing that is wrong."""
    since = None if now.weekday() == SUNDAY else chain.day_before(now)
    verdict = chain.verify(anchors.known(), since=since)
    db.session.rollback()
    if not verdict.whole:
        with transaction():
            service.chain_broken(verdict.breaks[0], since=chain.day_before(now), now=now)
