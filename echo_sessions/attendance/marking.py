"""Verbs about presence that no file shows, or shows wrongly: people in a room, minutes by hand, claimed minutes.

Each demands a reason and can be undone while the register is open.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from echo_sessions.attendance import figures, presence, queries
from echo_sessions.attendance.models import Identification, Mark
from echo_sessions.attendance.presence import MarkKind, Verdict
from echo_sessions.attendance.register import computed
from echo_sessions.attendance.service import identify, lock_open
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session


def mark_present(
    session: Session,
    people: Sequence[Person],
    *,
    minutes: int,
    reason: str,
    by: Person,
    now: datetime,
    attested_by: str | None = None,
) -> list[Mark]:
    """Add people who were there though no file shows them, for so many minutes. Refused for whoever is there by hand already."""
    lock_open(session, now=now)
    minutes = presence.clean_minutes(minutes, queries.window_of(session))
    return _mark(
        session, people, kind=MarkKind.ROOM, minutes=minutes, reason=reason, by=by, now=now, attested_by=attested_by
    )


def fill_room(
    session: Session, identity: str, people: Sequence[Person], *, attested_by: str, by: Person, now: datetime, reason: str | None = None,
    minutes: int | None = None,
) -> Identification:  # fmt: skip
    """Say that an identity is a room, and who sat in it: each is credited with the time that the room was connected.

    `minutes` for a room that came late or left early. `attested_by` is whoever saw them there; a list nobody answers
    for is refused. Undoing the decision takes all of them out again.
    """
    if not attested_by.strip():
        raise Refused("Say who saw these people in the room: their name, or yours.")
    if not people:
        raise Refused("Name at least one person who was in the room.")
    made = identify(session, identity, verdict=Verdict.ROOM, person=None, by=by, now=now)
    if minutes is not None:
        minutes = presence.clean_minutes(minutes, queries.window_of(session))
    _mark(
        session, people, kind=MarkKind.ROOM, minutes=minutes, reason=reason or f"In one room, attested by {attested_by.strip()}",
        by=by, now=now, attested_by=attested_by, room=made,
    )  # fmt: skip
    return made


def seat(
    session: Session, person: Person, beside: Sequence[Identification], *, attested_by: str, reason: str, by: Person, now: datetime
) -> list[Mark]:  # fmt: skip
    """Say that somebody sat beside whom these decisions are about: the time of those lines counts for both. A decision
    that is undone takes whoever sat there out again."""
    lock_open(session, now=now)
    return [
        mark
        for decision in beside
        for mark in _mark(
            session, [person], kind=MarkKind.ROOM, minutes=None, reason=reason, by=by, now=now, attested_by=attested_by, room=decision
        )
    ]  # fmt: skip


def adjust(session: Session, person: Person, *, minutes: int, reason: str, by: Person, now: datetime) -> Mark:
    """Set somebody's minutes by hand, whatever the files say; a later word replaces it, and all stay on record."""
    lock_open(session, now=now)
    minutes = presence.clean_minutes(minutes, queries.window_of(session))
    [mark] = _write(session, [person], kind=MarkKind.MINUTES, minutes=minutes, reason=reason, by=by, now=now)
    return mark


def take_claims(session: Session, *, reason: str, by: Person, now: datetime) -> int:
    """Credit the minutes that a report without times claims, for everybody who has nothing better; how many people.

    Such a report cannot be checked against the session's time: that is why somebody says so, with a reason, and
    nothing of it counts before. Nobody gets more than the session lasted.
    """
    lock_open(session, now=now)
    lines = computed(session).claims
    for line in lines:
        _write(
            session, [line.person], kind=MarkKind.MINUTES, minutes=line.counted.claimed, reason=reason, by=by, now=now
        )
    return len(lines)


def undo_mark(mark: Mark, *, by: Person, now: datetime) -> None:
    """Take back what was said by hand."""
    session = db.session.get_one(Session, mark.session_id)
    lock_open(session, now=now)
    if mark.undone_at is None:
        mark.undone_at, mark.undone_by_id = now, by.id
        figures.note(session, now=now)
        audit.record(
            by.id, "presence by hand undone", session.code, at=now, mark=mark.id, was=mark.minutes, became=None
        )


def _mark(
    session: Session, people: Sequence[Person], *, kind: MarkKind, minutes: int | None, reason: str, by: Person, now: datetime,
    attested_by: str | None = None, room: Identification | None = None,
) -> list[Mark]:  # fmt: skip
    ids = [person.id for person in people]
    again = select(Mark.person_id).where(
        Mark.session_id == session.id, Mark.kind == kind, Mark.undone_at.is_(None), Mark.person_id.in_(ids)
    )
    again = again.where(Mark.identity == room.identity if room else Mark.identity.is_(None))
    twice = set(db.session.scalars(again))
    names = ", ".join(person.name for person in people if person.id in twice)
    if names:
        raise Refused("Already added by hand: %(names)s. Change their minutes in the register.", names=names)
    return _write(
        session, people, kind=kind, minutes=minutes, reason=reason, by=by, now=now, attested_by=attested_by, room=room
    )


def _write(
    session: Session, people: Sequence[Person], *, kind: MarkKind, minutes: int | None, reason: str, by: Person, now: datetime,
    attested_by: str | None = None, room: Identification | None = None,
) -> list[Mark]:  # fmt: skip
    reason = presence.clean_reason(reason)
    marks = [
        Mark(
            session_id=session.id, person=person, kind=kind, minutes=minutes, identity=room.identity if room else None,
            identification_id=room.id if room else None, attested_by=(attested_by or "").strip()[:300] or None, reason=reason,
            by=by, at=now,
        )
        for person in people
    ]  # fmt: skip
    db.session.add_all(marks)
    db.session.flush()
    figures.note(session, now=now)
    audit.record(
        by.id,
        "presence by hand",
        session.code,
        at=now,
        people=[person.code for person in people],
        kind=kind,
        became=minutes,
    )
    return marks
