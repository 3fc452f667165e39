"""Attendance and credit of two records made one: rows move; where both stand in one closed register, minutes become one.

An open register needs nothing: it is computed from the evidence, whose decisions name the kept person by now. A closed one
changes by recorded corrections only, as for everybody.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from echo_sessions.attendance import figures, queries
from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.models import Attendance, Figure, Register
from echo_sessions.attendance.presence import GUEST
from echo_sessions.attendance.register import computed
from echo_sessions.attendance.rules import RegisterState
from echo_sessions.credit import service as credit
from echo_sessions.credit.models import Award
from echo_sessions.database import db
from echo_sessions.merging.journal import Journal
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from echo_sessions.words import Said, msgid

COUNTED_THERE = "The same person as %(code)s; the minutes of both records count there."
TOGETHER = "Two records of the same person; their minutes together, each moment once."


def move(journal: Journal, kept: Person, gone: Person, *, by: Person, now: datetime) -> list[Said]:
    """Give the kept person the other's rows in closed registers, with their awards; what came together, in sentences."""
    said = []
    chosen = select(Attendance).join(Register).where(Attendance.person_id == gone.id).order_by(Attendance.id)
    for row in db.session.scalars(chosen).unique().all():
        twin = queries.row_of(row.register.session_id, kept.id)
        if twin is None:
            journal.set("attendance", row.id, "person_id", kept.id)
            _move_awards(journal, row, kept)
        else:
            said.append(_together(journal, row, twin, kept, by=by, now=now))
    return said


def note_figures(kept: Person, gone: Person, *, now: datetime) -> None:
    """In open registers the minutes of both follow by themselves; that they changed is noted there, as after any decision.
    Figures stay with the record they are of: they tell what the register said that day."""
    open_ones = (
        select(Session)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(Session.id.in_(select(Figure.session_id).where(Figure.person_id.in_([kept.id, gone.id]))))
        .where(func.coalesce(Register.state, RegisterState.OPEN) != RegisterState.CLOSED)
    )
    for session in db.session.scalars(open_ones.order_by(Session.id)).unique():
        figures.note(session, now=now)


def _move_awards(journal: Journal, row: Attendance, kept: Person) -> None:
    for award in (
        db.session.scalars(select(Award).where(Award.attendance_id == row.id).order_by(Award.id)).unique().all()
    ):
        taken = select(func.max(Award.number)).where(Award.person_id == kept.id, Award.session_id == award.session_id)
        highest = db.session.scalar(taken) or 0
        if award.number <= highest:
            journal.set("awards", award.id, "number", highest + 1)
        journal.set("awards", award.id, "person_id", kept.id)


def _together(journal: Journal, row: Attendance, twin: Attendance, kept: Person, *, by: Person, now: datetime) -> Said:
    """Both were in one closed register: the kept person's row gets all minutes, the other's none, both on record."""
    session = row.register.session
    journal.group = session.code
    line = next((line for line in computed(session).lines if line.person.id == kept.id), None)
    minutes = min(session.minutes, max(twin.minutes, row.minutes, line.minutes if line else 0))
    if twin.role == GUEST != row.role:
        for column in ("role", "profession", "site_id", "region", "rural"):
            journal.set("attendance", twin.id, column, getattr(row, column))
        db.session.refresh(twin)
    _correct(journal, twin, minutes, TOGETHER, again=True, by=by, now=now)
    _correct(journal, row, 0, COUNTED_THERE % {"code": kept.code}, again=False, by=by, now=now)
    journal.group = None
    return Said(
        msgid(
            "Session %(code)s: both were in the closed register. %(minutes)s minutes count, as a recorded correction."
        ),
        {"code": session.code, "minutes": minutes},
    )


def _correct(
    journal: Journal, row: Attendance, minutes: int, reason: str, *, again: bool, by: Person, now: datetime
) -> None:
    """A recorded correction, and the award that follows from it, or none any more."""
    if minutes == row.minutes:
        return
    was = row.minutes
    correction = attendance.correct(row, minutes, reason, by=by, now=now)
    journal.changed("attendance", row.id, "minutes", was, minutes)
    holding = select(Award).where(
        Award.person_id == row.person_id, Award.session_id == row.register.session_id, Award.replaced_at.is_(None)
    )
    old: Any = db.session.scalars(holding).unique().all()
    if again:
        new = credit.award_again(row, by=by, now=now)
        journal.made("awards", new.id)
    for award in old:
        award.replaced_at = now
        journal.changed("awards", award.id, "replaced_at", None, now)
    db.session.flush()
    journal.made("corrections", correction.id)
