"""What a session wants of the provider of its meeting: a room for it, whoever may open it, and a way in for its people.

The wishes are written here; `meetings` brings the provider to agree with them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import hosts, providers
from echo_sessions.meetings import service as meetings
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Membership
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import queries
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState

PASTED = "link"


def choose_usual(session: Session) -> None:
    """Who makes the meeting of a session that is published now: its series' provider, else the hub's usual one."""
    session.provider = session.series.provider or providers.usual()


def want_meeting(session: Session, *, now: datetime) -> None:
    """Ask for the meeting of an announced session, or for what has changed of it. Nothing for a provider that makes none,
    and while everybody goes to a pasted address."""
    if session.state is not SessionState.SCHEDULED or session.ends_at <= now or not creates(session.provider):
        return
    if session.meeting is None and session.meeting_url is not None:
        return
    session.meeting = meetings.want(
        code=session.code, provider=session.provider, topic=topic(session), starts_at=session.starts_at,
        minutes=session.minutes, zone=session.zone, hosts_too=co_hosts(session), now=now,
    )  # fmt: skip
    db.session.flush()


def release_meeting(session: Session, *, now: datetime) -> None:
    """The session takes place elsewhere, or not at all."""
    if session.meeting is not None:
        meetings.release(session.meeting, now=now)


def choose_provider(session: Session, provider: str, *, by: Person, now: datetime) -> None:
    """Hold an announced session elsewhere: at another provider, or at an address that is pasted afterwards. The former
    meeting is taken away by itself; everybody's own way in stays the same and leads to the new one.

    Refused for a session that is not announced or has ended, and for a provider that is not set up.
    """
    queries.hold(session)
    if session.state is not SessionState.SCHEDULED:
        raise Refused("Session %(code)s is not announced, so nobody makes a meeting for it yet.", code=session.code)
    if session.ends_at <= now:
        raise Refused("Session %(code)s is over, so its meeting stays as it was.", code=session.code)
    if provider != PASTED and provider not in {each.name for each in providers.creating()}:
        raise Refused("This provider is not set up, so it can make no meetings. Ask an owner of the hub.")
    was, session.provider = session.provider, provider
    audit.record(by.id, "meeting held elsewhere", session.code, at=now, was=was, became=provider)
    if provider == PASTED:
        release_meeting(session, now=now)
        return
    session.meeting_url = None
    want_meeting(session, now=now)
    give_links_soon(session, now=now)


def give_links(number: int, *, now: datetime) -> None:
    """Have everybody whom the session with this id concerns get a way in of their own, and nobody else. In the transaction
    that is open; the provider is asked by jobs."""
    session = db.session.get(Session, number)
    if session is None:
        return
    queries.hold(session)
    if session.meeting is None or session.state is not SessionState.SCHEDULED or session.ends_at <= now:
        return
    want_meeting(session, now=now)
    if providers.provider(session.provider).capabilities.personal_links:
        meetings.give_links(session.meeting, entering(session), now=now)


def give_links_soon(session: Session, *, now: datetime) -> None:
    """Queue the above, where a provider makes links at all."""
    if session.meeting is not None:
        jobs.queue("sessions.give_links", {"session": session.id}, now=now)


def to_give(now: datetime, *, series_id: int | None = None) -> list[int]:
    """The announced sessions ahead that have a meeting at a provider."""
    chosen = select(Session.id).where(
        Session.state == SessionState.SCHEDULED, Session.meeting_id.is_not(None), Session.starts_at > now
    )
    if series_id is not None:
        chosen = chosen.where(Session.series_id == series_id)
    return list(db.session.scalars(chosen.order_by(Session.starts_at, Session.id)))


def topic(session: Session) -> str:
    """What the meeting is called at the provider: the program and the number, never a title, a site or a case."""
    end = f" · session {session.number}"
    return f"{session.series.program.name[: meetings.LONGEST_TOPIC - len(end)]}{end}"


def entering(session: Session) -> Sequence[Person]:
    """Who gets a way in beforehand: whom the session concerns, and the program's facilitators. Those who run the program
    and observers get theirs when they come to the door."""
    leads = select(Membership.person_id).where(
        Membership.program_id == session.series.program_id, Membership.role == Role.FACILITATOR
    )
    ids = queries.concerned(session).with_only_columns(Person.id)
    chosen = select(Person).where(Person.id.in_(ids) | Person.id.in_(leads))
    return db.session.scalars(chosen.order_by(Person.id)).unique().all()


def co_hosts(session: Session) -> tuple[str, ...]:
    """The proved addresses of whoever moderates: those who agreed to it in this session, and the program's facilitators.
    Of several addresses the one that is an account at the provider."""
    on_duty = select(Duty.person_id).where(
        Duty.session_id == session.id, Duty.role == DutyRole.FACILITATOR, Duty.state == DutyState.ACCEPTED
    )
    leads = select(Membership.person_id).where(
        Membership.program_id == session.series.program_id, Membership.role == Role.FACILITATOR
    )
    chosen = select(Person).where(Person.id.in_(on_duty) | Person.id.in_(leads)).order_by(Person.id)
    accounts = hosts.co_hosts(session.provider)
    found = (hosts.address_of(person, accounts) for person in db.session.scalars(chosen).unique())
    return tuple(address for address in found if address)


def creates(provider: str) -> bool:
    """Whether that provider makes meetings, set up or not."""
    return providers.provider(provider).capabilities.creates
