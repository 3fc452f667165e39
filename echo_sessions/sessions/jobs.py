"""Fan-outs of calendar letters: one job finds out who must hear what, and writes in batches."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service as mail
from echo_sessions.mail.models import Letter
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.sessions import delegates, emails, letters, queries, wants


@handler("sessions.tell")
def tell(payload: dict[str, Any], now: datetime) -> None:
    """Write the letters that calendars need about one session."""
    letters.tell(payload["session"], now=now)


@handler("sessions.tell_series")
def tell_series(payload: dict[str, Any], now: datetime) -> None:
    """Welcome new participants, and look at each coming session of the series: who must hear of it, who has a way in."""
    series = db.session.get(Series, payload["series"])
    if series is None:
        return
    _queue_links(wants.to_give(now, series_id=series.id), now)
    new = _not_welcomed(series)
    for at in range(0, len(new), letters.BATCH):
        with transaction():
            dates = emails.dates_of(series, now=now)
            for enrolment in new[at : at + letters.BATCH]:
                message = emails.welcome(series, enrolment.person, dates)
                mail.queue(message, now=now, from_name=series.program.hub.name, key=_welcome_key(enrolment))
    for number in queries.to_look_at(now, series_id=series.id):
        letters.tell(number, now=now)


@handler("sessions.tell_person")
def tell_person(payload: dict[str, Any], now: datetime) -> None:
    """Look at each coming session of one person: somebody keeps their diary now, or no longer."""
    for number in delegates.to_look_at(payload["person"], now):
        letters.tell(number, now=now)


@handler("sessions.invite_due", every_minutes=60)
def invite_due(payload: dict[str, Any], now: datetime) -> None:
    """The rolling window: sessions that have come near enough to be announced, and people who have changed their mind
    about letters. Looks at what is near and writes only where something is due."""
    for number in queries.to_look_at(now):
        letters.tell(number, now=now)


@handler("sessions.give_links")
def give_links(payload: dict[str, Any], now: datetime) -> None:
    """Compare who has a way into one session's meeting with whom the session concerns."""
    with transaction():
        wants.give_links(payload["session"], now=now)


@handler("sessions.give_due", every_minutes=360)
def give_due(payload: dict[str, Any], now: datetime) -> None:
    """The same for every coming session: whoever was appointed, has left or got another address since is seen to."""
    _queue_links(wants.to_give(now), now)


def _queue_links(numbers: list[int], now: datetime) -> None:
    if numbers:
        with transaction():
            for number in numbers:
                jobs.queue("sessions.give_links", {"session": number}, now=now)


def _not_welcomed(series: Series) -> list[Enrolment]:
    """Active participants with an address who have no letter of welcome for this enrolment yet."""
    enrolments = [enrolment for enrolment in programs.active_enrolments(series.id) if enrolment.person.address]
    keys = [_welcome_key(enrolment) for enrolment in enrolments]
    written = set(db.session.scalars(select(Letter.key).where(Letter.key.in_(keys))))
    return [enrolment for enrolment in enrolments if _welcome_key(enrolment) not in written]


def _welcome_key(enrolment: Enrolment) -> str:
    return f"welcome:{enrolment.code}:{int(enrolment.since.timestamp())}"
