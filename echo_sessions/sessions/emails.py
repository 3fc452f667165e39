"""Letters about sessions. Nothing of a case is ever in one."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Calendar, Message
from echo_sessions.moments import span
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs.models import Series
from echo_sessions.sessions import invites, queries, rules, ways
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.sessions.updates import Method

DOOR_MINUTES = int(rules.DOOR_OPENS_BEFORE.total_seconds() // 60)


@dataclass(frozen=True)
class Told:
    """What somebody's calendar was last told. `held`: by an invitation, so that the entry stands there."""

    held: bool
    title: str
    starts_at: datetime | None
    ends_at: datetime | None


def title_of(session: Session) -> str:
    """How a session is called: program, number, and its topic once it has one."""
    words = _("%(program)s, session %(number)s", program=session.series.program.name, number=session.number)
    return f"{words}: {session.title}" if session.title else words


def when_of(session: Session, person: Person) -> str:
    """Its time in its own zone, with the person's clock beside it."""
    return span(session.starts_at, session.ends_at, session.zone, other=person.zone, language=person.language)


def event(session: Session, person: Person) -> invites.Event:
    """The session as this person's calendar shows it, in that person's language (set by `force_locale`)."""
    status = invites.EventStatus.CANCELLED if session.state is SessionState.CANCELLED else invites.EventStatus.CONFIRMED
    join = ways.join_url(session, person)
    program = session.series.program
    description = "\n".join(
        (
            title_of(session),
            when_of(session, person),
            "",
            _(
                "Your own way in, open from %(minutes)s minutes before the start: %(link)s",
                minutes=DOOR_MINUTES,
                link=join,
            ),
            _("Answer or change your answer: %(link)s", link=ways.rsvp_url(session, person)),
            _("Questions: %(name)s, %(address)s", name=program.hub.contact_name, address=program.contact),
        )
    )
    return invites.Event(
        uid=session.uid or "", sequence=session.sequence, summary=title_of(session), description=description,
        starts_at=session.starts_at, ends_at=session.ends_at, location_url=join, organizer_email=session.organizer or "",
        organizer_name=program.hub.name, created_at=session.created_at, changed_at=session.changed_at, status=status,
    )  # fmt: skip


def calendar_letter(
    session: Session, person: Person, invitation: Invitation, method: Method, *, stamp: datetime, told: Told | None
) -> Message:
    """An invitation, an update that says what changed since what this person was `told`, or a cancellation."""
    attendee = invites.Attendee(email=invitation.address, name=person.name, answer=invitation.answer)
    whole = session.state is SessionState.CANCELLED
    held = told is not None and told.held
    with force_locale(person.language):
        entry, what, when = event(session, person), title_of(session), when_of(session, person)
        changes = _changes(session, person, told) if held and told else []
    if method is Method.CANCEL:
        data = invites.cancel(entry, attendee, stamp, whole=whole)
        kind = "sessions/cancelled" if whole else "sessions/uninvited"
    else:
        data = invites.request(entry, attendee, stamp)
        kind = "sessions/updated" if held else "sessions/invited"
    program = session.series.program
    return compose(
        kind, to=invitation.address, to_name=person.name, language=person.language, hub=program.hub, person_id=person.id,
        about=session.code, calendar=Calendar(data=data, method=method.value, uid=session.uid or "", sequence=session.sequence),
        greeting=short_name(person.name), what=what, when=when, changes=changes, again=told is not None and not told.held,
        join=ways.join_url(session, person), answer=ways.rsvp_url(session, person), reason=session.cancel_reason,
        question_to=program.contact, minutes=DOOR_MINUTES,
    )  # fmt: skip


def _changes(session: Session, person: Person, told: Told) -> list[str]:
    """What is different from what this person was told, in sentences."""
    lines = []
    if told.starts_at is not None and told.starts_at != session.starts_at:
        was = span(told.starts_at, told.ends_at, session.zone, other=person.zone, language=person.language)
        lines.append(_("Moved from %(was)s to the time above.", was=was))
    elif told.ends_at is not None and told.ends_at != session.ends_at:
        was = span(told.starts_at or session.starts_at, told.ends_at, session.zone, language=person.language)
        lines.append(_("It is longer or shorter than before: it was %(was)s.", was=was))
    if told.title != title_of(session):
        lines.append(_("It was called: %(was)s", was=told.title))
    return lines


def dates_of(series: Series, *, now: datetime) -> list[Session]:
    """The published sessions of a series that are still ahead."""
    return [
        session
        for session in queries.of_series(series.id)
        if session.state is SessionState.SCHEDULED and session.ends_at > now
    ]


def welcome(series: Series, person: Person, dates: list[Session]) -> Message:
    """The first letter of a season: all dates, one page to answer for them, and the personal feed."""
    lines = [when_of(session, person) + (f" – {session.title}" if session.title else "") for session in dates]
    return compose(
        "sessions/welcome", to=person.address or "", to_name=person.name, language=person.language, hub=series.program.hub,
        person_id=person.id, about=series.code, greeting=short_name(person.name), program=series.program.name, series=series.name,
        dates=lines, feed=ways.feed_url(person), calendar_page=ways.calendar_url(person), invitations=person.wants_invitations,
        days=series.invite_days, hub_address=series.program.hub.contact_address,
    )  # fmt: skip
