"""Who opens the meeting of a session as its host, and when: the link for it lets whoever has it do anything in the room."""

from datetime import datetime, timedelta

from echo_sessions.meetings.rules import MeetingState
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.people.rules import normal_address
from echo_sessions.sessions import policy
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.words import Said

OPENS_BEFORE = timedelta(minutes=60)
"""Time to open the room, try it, and let the team in before the door opens to everybody."""


def host_person(session: Session) -> Person | None:
    """The person of the hub who has the host's address as a proved one; nobody where it is a room's account."""
    host = session.meeting.host if session.meeting else None
    if host is None or "@" not in host.address:
        return None
    person, normal = people.by_address(host.address), normal_address(host.address)
    proved = person is not None and any(
        each.normal == normal and each.verified_at is not None for each in person.addresses
    )
    return person if proved else None


def may_open(person: Person, session: Session) -> bool:
    """The person whose account hosts the meeting, and nobody else. Where it is a room's account that nobody has, or the
    provider has no accounts, whoever facilitates this session or runs its program."""
    if session.meeting is None:
        return False
    holder = host_person(session)
    if holder is not None:
        return holder.id == person.id
    return policy.facilitates(person, session) or policy.may_run(person, session)


def may_ask(person: Person, session: Session) -> bool:
    """Who is told who opens the meeting, and when: the same, and whoever facilitates or runs it."""
    return may_open(person, session) or policy.facilitates(person, session) or policy.may_run(person, session)


def opens(session: Session) -> datetime:
    """From when on the host may begin."""
    return session.starts_at - OPENS_BEFORE


def why_not(session: Session, now: datetime) -> Said | None:
    """Why the meeting cannot be opened by its host now, with what to do; None when it can."""
    if session.state is not SessionState.SCHEDULED:
        return Said("This session is not announced, so there is no meeting to open.")
    if session.meeting_url is not None:
        return Said(
            "The meeting of this session is at an address that somebody pasted. Whoever made it there opens it."
        )
    if session.meeting is None or session.meeting.state is not MeetingState.MADE:
        return Said("The meeting is not made yet. The page of the session says what is in the way, and what to do.")
    if now < opens(session):
        return Said("It is too early to open the meeting. Come back an hour before the start.")
    if now >= session.ends_at:
        return Said("This session is over, so there is nothing to open any more.")
    return None
