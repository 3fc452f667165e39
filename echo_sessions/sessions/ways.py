"""Personal ways in: to join, to answer, to one's calendar. Derived from codes, never stored; raising a person's
`link_generation` makes all of theirs void. Links of a record that was merged lead to the person it was merged into."""

from flask import current_app, url_for

from echo_sessions import links
from echo_sessions.config import Settings
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.sessions import queries
from echo_sessions.sessions.models import Session

JOIN, RSVP, FEED, CALENDAR, DELEGATE = "join", "rsvp", "feed", "calendar", "delegate"


def join_url(session: Session, person: Person) -> str:
    """The one address this person needs for this session; it never shows the provider's before the door opens."""
    return url_for("sessions.join", token=_make(JOIN, session.code, person), _external=True)


def rsvp_url(session: Session, person: Person) -> str:
    """The page on which this person answers for this session."""
    return url_for("sessions.rsvp", token=_make(RSVP, session.code, person), _external=True)


def feed_url(person: Person) -> str:
    """The person's calendar subscription."""
    token = links.make(_key(), FEED, person.code, person.link_generation)
    return url_for("sessions.feed", token=token, _external=True)


def calendar_url(person: Person) -> str:
    """The person's page of dates: answer for all of them, subscribe, download."""
    token = links.make(_key(), CALENDAR, person.code, person.link_generation)
    return url_for("sessions.calendar_list", token=token, _external=True)


def delegate_token(person: Person, delegate: Person) -> str:
    """What ends a delegate's copies of this person's entries; it does nothing else."""
    return _make(DELEGATE, person.code, delegate)


def read_delegate(token: str) -> tuple[Person, Person] | None:
    """The person and the delegate a token is about; None when it is not ours, or void."""
    said = links.read(_key(), DELEGATE, token)
    if said is None or said.person is None:
        return None
    person, delegate = people.by_code(said.code), people.by_code(said.person)
    if person is None or delegate is None or delegate.link_generation != said.generation:
        return None
    return people.kept_of(person), people.kept_of(delegate)


def read_personal(purpose: str, token: str) -> tuple[Session, Person] | None:
    """Whose token for which session this is; None when it is not ours, for another purpose, or void."""
    said = links.read(_key(), purpose, token)
    if said is None or said.person is None:
        return None
    session, person = queries.by_code(said.code), people.by_code(said.person)
    if session is None or person is None or person.link_generation != said.generation:
        return None
    return session, people.kept_of(person)


def read_own(purpose: str, token: str) -> Person | None:
    """Whose feed or page of dates this is, or None."""
    said = links.read(_key(), purpose, token)
    person = people.by_code(said.code) if said else None
    if person is None or said is None or person.link_generation != said.generation:
        return None
    return people.kept_of(person)


def _make(purpose: str, code: str, person: Person) -> str:
    return links.make(_key(), purpose, code, person.link_generation, person=person.code)


def _key() -> bytes:
    settings: Settings = current_app.extensions["settings"]
    return settings.link_key
