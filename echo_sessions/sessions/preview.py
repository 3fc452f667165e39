"""Who would be told, and what, before anything is done: the deed is done for a look and taken back.

So a preview cannot differ from what happens: the same verb, the same rules, the same letters.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.mail.models import Letter
from echo_sessions.moments import span
from echo_sessions.people.models import Person
from echo_sessions.sessions import letters, queries, service
from echo_sessions.sessions.models import Session

SHOWN = 3


@dataclass(frozen=True)
class Shown:
    """A letter as it would leave."""

    to: str
    subject: str
    text: str


@dataclass(frozen=True)
class Audience:
    """How many letters leave at once, how many sessions are announced later, how many people they concern, and three of
    the letters."""

    now: int
    later: int
    people: int
    letters: list[Shown]


@contextmanager
def look() -> Iterator[None]:
    """Whatever is done inside is taken back at its end."""
    try:
        with transaction():
            yield
            raise _TakenBack
    except _TakenBack:
        pass


class _TakenBack(Exception):
    """Ends a look."""


def of_publishing(sessions: Sequence[Session], *, by: Person, now: datetime) -> Audience:
    """What the publishing of these drafts would tell. Refuses one that lies in the past."""
    with look():
        for session in sessions:
            service.schedule(session, by=by, now=now)
        return _audience(sessions, now)


def of_change(
    session: Session, *, title: str, starts_at: datetime, minutes: int, by: Person, now: datetime
) -> tuple[list[tuple[str, str, str]], Audience]:
    """What would change, as rows (what, before, after), and what would be told."""
    before = _facts(session)
    with look():
        service.change(session, title=title, starts_at=starts_at, minutes=minutes, by=by, now=now)
        after = _facts(session)
        found = _audience([session], now)
    return [(what, before[what], after[what]) for what in before if before[what] != after[what]], found


def of_restoring(session: Session, *, by: Person, now: datetime) -> Audience:
    """What taking a cancellation back would tell."""
    with look():
        service.restore(session, by=by, now=now)
        return _audience([session], now)


def of_cancelling(session: Session, *, by: Person, now: datetime) -> Audience:
    """What calling the session off would tell."""
    with look():
        service.cancel(session, reason="", by=by, now=now)
        return _audience([session], now)


def _audience(sessions: Sequence[Session], now: datetime) -> Audience:
    count, later, people, shown = 0, 0, set[int](), list[Shown]()
    for session in sessions:
        items = letters.due(session, now=now)
        leaving = letters.leaving(session, items)
        count, later = count + len(leaving), later + (not leaving)
        people.update(person.id for person in queries.recipients(session))
        if leaving and len(shown) < SHOWN:
            shown += _written(session, leaving[: SHOWN - len(shown)], now)
    return Audience(now=count, later=later, people=len(people), letters=shown)


def _written(session: Session, items: Sequence[letters.Due], now: datetime) -> list[Shown]:
    letters.write(session, items, now=now)
    rows = db.session.scalars(
        select(Letter).where(Letter.about == session.code).order_by(Letter.id.desc()).limit(len(items))
    )
    return [Shown(row.to_name, row.subject, row.text) for row in reversed(rows.all())]


def _facts(session: Session) -> dict[str, str]:
    """What a coordinator compares, in words."""
    sheet = ", ".join(str(block.minutes) for block in session.blocks)
    return {
        _("Topic"): session.title or _("still open"),
        _("When"): span(session.starts_at, session.ends_at, session.zone),
        _("Minutes"): str(session.minutes),
        _("Minutes of the run sheet"): sheet,
    }
