"""Letters about sessions. Nothing of a case is ever in one."""

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Calendar, Message
from echo_sessions.moments import span
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs.models import Series
from echo_sessions.sessions import invites, queries, ways
from echo_sessions.sessions.models import Invitation, Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.sessions.updates import Method


def title_of(session: Session) -> str:
    """How a session is called: program, number, and its topic once it has one."""
    words = _("%(program)s, session %(number)s", program=session.series.program.name, number=session.number)
    return f"{words}: {session.title}" if session.title else words


def event(session: Session, person: Person) -> invites.Event:
    """The session as this person's calendar shows it."""
    status = invites.EventStatus.CANCELLED if session.state is SessionState.CANCELLED else invites.EventStatus.CONFIRMED
    join = ways.join_url(session, person)
    program = session.series.program
    with force_locale(person.language):
        description = "\n".join(
            (
                title_of(session),
                span(session.starts_at, session.ends_at, session.zone, other=person.zone, language=person.language),
                "",
                _("Your own way in, open from 20 minutes before the start: %(link)s", link=join),
                _("Answer or change your answer: %(link)s", link=ways.rsvp_url(session, person)),
                _("Questions: %(name)s, %(address)s", name=program.hub.contact_name, address=program.contact),
            )
        )
        summary = title_of(session)
    return invites.Event(
        uid=session.uid or "", sequence=session.sequence, summary=summary, description=description, starts_at=session.starts_at,
        ends_at=session.ends_at, location_url=join, organizer_email=session.organizer or "", organizer_name=program.hub.name,
        created_at=session.created_at, changed_at=session.changed_at, status=status,
    )  # fmt: skip


def calendar_letter(session: Session, person: Person, invitation: Invitation, method: Method, *, stamp: datetime) -> Message:
    """An invitation, an update, or a cancellation, whichever the calendar needs."""
    attendee = invites.Attendee(email=invitation.address, name=person.name, answer=invitation.answer)
    entry = event(session, person)
    whole = session.state is SessionState.CANCELLED
    if method is Method.CANCEL:
        data = invites.cancel(entry, attendee, stamp, whole=whole)
        kind = "sessions/cancelled" if whole else "sessions/uninvited"
    else:
        data = invites.request(entry, attendee, stamp)
        kind = "sessions/updated" if invitation.method is Method.REQUEST else "sessions/invited"
    moved = session.previous_starts_at if invitation.method is Method.REQUEST and invitation.dtstamp else None
    program = session.series.program
    return compose(
        kind, to=invitation.address, to_name=person.name, language=person.language, hub=program.hub, person_id=person.id,
        about=session.code, calendar=Calendar(data=data, method=method.value, uid=session.uid or "", sequence=session.sequence),
        greeting=short_name(person.name), what=title_of(session), series=session.series.name,
        when=span(session.starts_at, session.ends_at, session.zone, other=person.zone, language=person.language),
        was=span(moved, None, session.zone, other=person.zone, language=person.language) if moved else None,
        join=ways.join_url(session, person), answer=ways.rsvp_url(session, person), reason=session.cancel_reason,
        question_to=program.contact,
    )  # fmt: skip


def welcome(series: Series, person: Person, *, now: datetime) -> Message:
    """The first letter of a season: all dates, the personal feed, where to answer."""
    coming = [
        span(session.starts_at, session.ends_at, session.zone, other=person.zone, language=person.language)
        + (f" – {session.title}" if session.title else "")
        for session in queries.of_series(series.id)
        if session.state is SessionState.SCHEDULED and session.ends_at > now
    ]
    return compose(
        "sessions/welcome", to=person.address or "", to_name=person.name, language=person.language, hub=series.program.hub,
        person_id=person.id, about=series.code, greeting=short_name(person.name), program=series.program.name, series=series.name,
        dates=coming, feed=ways.feed_url(person), invitations=person.wants_invitations,
    )  # fmt: skip
