"""Fan-outs of calendar letters: one job finds out who must hear what, and writes in batches."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service as mail
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Series
from echo_sessions.sessions import emails, letters, service
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

BATCH = 40


@handler("sessions.tell")
def tell(payload: dict[str, Any], now: datetime) -> None:
    """Write the letters that calendars need about one session."""
    session = db.session.get(Session, payload["session"])
    if session is None or not letters.is_told(session):
        return
    found = letters.due(session, now=now)
    for at in range(0, len(found), BATCH):
        with transaction():
            for item in found[at : at + BATCH]:
                letters.write(session, item, now=now)


@handler("sessions.tell_series")
def tell_series(payload: dict[str, Any], now: datetime) -> None:
    """Welcome new participants, and look at each coming session of the series."""
    series = db.session.get(Series, payload["series"])
    if series is None:
        return
    for enrolment in programs.active_enrolments(series.id):
        if enrolment.person.address:
            with transaction():
                message = emails.welcome(series, enrolment.person, now=now)
                key = f"welcome:{enrolment.code}:{int(enrolment.since.timestamp())}"
                mail.queue(message, now=now, from_name=series.program.hub.name, key=key)
    coming = select(Session.id).where(
        Session.series_id == series.id, Session.state == SessionState.SCHEDULED, Session.starts_at > now - timedelta(days=1)
    )
    numbers = list(db.session.scalars(coming))
    with transaction():
        for number in numbers:
            service.tell_session(db.session.get_one(Session, number), now=now)


@handler("sessions.invite_due", every_minutes=60)
def invite_due(payload: dict[str, Any], now: datetime) -> None:
    """The rolling window: sessions that have come near enough to be announced."""
    near = select(Session).join(Series).where(
        Session.state == SessionState.SCHEDULED, Session.starts_at > now, Session.starts_at <= now + timedelta(days=120)
    )  # fmt: skip
    numbers = [
        session.id
        for session in db.session.scalars(near).unique()
        if session.starts_at <= now + timedelta(days=session.series.invite_days)
    ]
    with transaction():
        for number in numbers:
            service.tell_session(db.session.get_one(Session, number), now=now)
