"""An unnamed guest who turns out to be somebody: "this guest was …", while the register is open and after it is closed."""

from datetime import datetime

from echo_sessions.attendance import presence, queries
from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.models import Identification, Register
from echo_sessions.attendance.presence import BY_HAND, Seen, Verdict
from echo_sessions.audit import service as audit
from echo_sessions.credit import service as credit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session

NAMED = "An unnamed guest of this session turned out to be this person."


def unnamed(session: Session) -> list[Seen]:
    """Who was there as a guest without a name, by what is written of them."""
    decisions = queries.decisions_of(session.id)
    found = [
        one for key, one in seen_in(session).items() if key in decisions and decisions[key].verdict == Verdict.GUEST
    ]
    return sorted(found, key=lambda one: one.name.casefold())


def name_guest(session: Session, seen: Seen, person: Person, *, by: Person, now: datetime) -> None:
    """Say who an unnamed guest was: what they attended is this person's from now on.

    In a closed register that is a recorded correction, with its award; the minutes are those of the evidence, together
    with what the register has already. Refused when the line is no unnamed guest any more.
    """
    held = queries.decision(session.id, seen.key)
    if held is None or held.verdict != Verdict.GUEST:
        raise Refused("This line is no guest without a name any more. Load the page again.")
    if not queries.is_closed(session.id):
        attendance.undo(held, by=by, now=now)
        db.session.flush()
        attendance.identify(session, seen.key, verdict=Verdict.PERSON, person=person, by=by, now=now)
        return
    held.undone_at, held.undone_by_id = now, by.id
    made = Identification(
        session_id=session.id, identity=seen.key, verdict=Verdict.PERSON.value, person_id=person.id, how=BY_HAND, by_id=by.id, at=now
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(by.id, "guest named", session.code, at=now, decision=made.id, person=person.code)
    _enter(session, seen, person, by=by, now=now)


def _enter(session: Session, seen: Seen, person: Person, *, by: Person, now: datetime) -> None:
    window = queries.window_of(session)
    row = queries.row_of(session.id, person.id)
    if row is None:
        minutes = presence.counted([seen], [], None, window).minutes
        if minutes == 0:
            return
        register = db.session.query(Register).filter(Register.session_id == session.id).one()
        row = attendance.admit(register, person, minutes, NAMED, by=by, now=now)
    else:
        theirs = [one for key, one in seen_in(session).items() if _is(session, key, person)]
        minutes = max(row.minutes, presence.counted(theirs, [], None, window).minutes)
        if minutes == row.minutes:
            return
        attendance.correct(row, minutes, NAMED, by=by, now=now)
    credit.award_again(row, by=by, now=now)


def _is(session: Session, key: str, person: Person) -> bool:
    decision = queries.decision(session.id, key)
    return decision is not None and decision.person_id == person.id
