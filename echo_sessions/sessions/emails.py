"""Letters about sessions. Nothing of a case is ever in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
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


def event(session: Session, person: Person, principals: Sequence[Person] = ()) -> invites.Event:
    """The session as this person's calendar shows it, in that person's language (set by `force_locale`).

    With `principals` the person only keeps their diary: the entry says for whom it is, and holds no personal way in and
    no answer. Whoever it is for finds both after signing in.
    """
    status = invites.EventStatus.CANCELLED if session.state is SessionState.CANCELLED else invites.EventStatus.CONFIRMED
    program = session.series.program
    join = "" if principals else ways.join_url(session, person)
    description = "\n".join(
        (
            title_of(session),
            when_of(session, person),
            "",
            *(_in_a_diary(session, principals) if principals else _for_oneself(session, person)),
            _("Questions: %(name)s, %(address)s", name=program.hub.contact_name, address=program.contact),
        )
    )
    return invites.Event(
        uid=session.uid or "", sequence=session.sequence, summary=_summary(session, principals), description=description,
        starts_at=session.starts_at, ends_at=session.ends_at, location_url=join, organizer_email=session.organizer or "",
        organizer_name=program.hub.name, created_at=session.created_at, changed_at=session.changed_at, status=status,
    )  # fmt: skip


def _for_oneself(session: Session, person: Person) -> tuple[str, str]:
    return (
        _(
            "Your own way in, open from %(minutes)s minutes before the start: %(link)s",
            minutes=DOOR_MINUTES,
            link=ways.join_url(session, person),
        ),
        _("Answer or change your answer: %(link)s", link=ways.rsvp_url(session, person)),
    )


def _in_a_diary(session: Session, principals: Sequence[Person]) -> tuple[str]:
    return (
        _(
            "For %(names)s, who finds the way in here after signing in: %(link)s",
            names=_names(principals), link=url_for("sessions.show", code=session.code, _external=True),
        ),
    )  # fmt: skip


def _summary(session: Session, principals: Sequence[Person]) -> str:
    what = title_of(session)
    return _("For %(names)s: %(what)s", names=_names(principals), what=what) if principals else what


def _names(people: Sequence[Person]) -> str:
    return ", ".join(person.name for person in people)


def calendar_letter(
    session: Session, person: Person, invitation: Invitation, method: Method, *, stamp: datetime, told: Told | None,
    principals: Sequence[Person] = (),
) -> Message:  # fmt: skip
    """An invitation, an update that says what changed since what this person was `told`, or a cancellation.

    To whoever keeps the diary of `principals` it is written as such, and holds no link that acts for them.
    """
    attendee = invites.Attendee(
        email=invitation.address, name=person.name, answer=invitation.answer, copied=bool(principals)
    )
    whole = session.state is SessionState.CANCELLED
    held = told is not None and told.held
    with force_locale(person.language):
        entry, what, when = event(session, person, principals), title_of(session), when_of(session, person)
        changes = _changes(session, person, told, entry.summary) if held and told else []
    if method is Method.CANCEL:
        data = invites.cancel(entry, attendee, stamp, whole=whole)
        kind = "sessions/cancelled" if whole else "sessions/uninvited"
    else:
        data = invites.request(entry, attendee, stamp)
        kind = "sessions/updated" if held else "sessions/invited"
    program = session.series.program
    if principals:
        return compose(
            "sessions/for_delegate", to=invitation.address, to_name=person.name, language=person.language, hub=program.hub,
            person_id=person.id, about=session.code,
            calendar=Calendar(data=data, method=method.value, uid=session.uid or "", sequence=session.sequence),
            greeting=short_name(person.name), names=_names(principals), news=kind.removeprefix("sessions/"), what=what,
            when=when, changes=changes, reason=session.cancel_reason, question_to=program.contact,
        )  # fmt: skip
    return compose(
        kind, to=invitation.address, to_name=person.name, language=person.language, hub=program.hub, person_id=person.id,
        about=session.code, calendar=Calendar(data=data, method=method.value, uid=session.uid or "", sequence=session.sequence),
        greeting=short_name(person.name), what=what, when=when, changes=changes, again=told is not None and not told.held,
        join=ways.join_url(session, person), answer=ways.rsvp_url(session, person), reason=session.cancel_reason,
        question_to=program.contact, minutes=DOOR_MINUTES,
    )  # fmt: skip


def _changes(session: Session, person: Person, told: Told, title: str) -> list[str]:
    """What is different from what this person was told, in sentences."""
    lines = []
    if told.starts_at is not None and told.starts_at != session.starts_at:
        was = span(told.starts_at, told.ends_at, session.zone, other=person.zone, language=person.language)
        lines.append(_("Moved from %(was)s to the time above.", was=was))
    elif told.ends_at is not None and told.ends_at != session.ends_at:
        was = span(told.starts_at or session.starts_at, told.ends_at, session.zone, language=person.language)
        lines.append(_("It is longer or shorter than before: it was %(was)s.", was=was))
    if told.title != title:
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
