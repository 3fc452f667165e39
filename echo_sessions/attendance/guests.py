"""Named guests: people who come to a program's sessions and are not on its list. At most three visits, then they are asked.

Nobody is refused a session under way. Whoever comes a fourth time is counted and credited as before; the register says
"asked to enrol", and they get a letter with the way to do so.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from echo_sessions.attendance import emails, queries
from echo_sessions.attendance.models import Attendance, Identification, Mark, Register
from echo_sessions.attendance.presence import GUEST, Verdict
from echo_sessions.attendance.register import standings_of
from echo_sessions.attendance.rules import GUEST_VISITS, RegisterState
from echo_sessions.database import db
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program, Series
from echo_sessions.sessions.models import Session

ASKED = "asked_to_enrol"


@dataclass(frozen=True)
class GuestVisits:
    """Somebody's sessions as a guest of one program, the oldest first. `asked`: whether they were asked to enrol."""

    program_id: int
    program_name: str
    sessions: tuple[Session, ...]
    asked: bool
    most: int = GUEST_VISITS


def visits_of(person_id: int) -> list[GuestVisits]:
    """All visits of one person, by program: rows of closed registers, and what is settled in open ones."""
    found: dict[int, list[Session]] = defaultdict(list)
    asked = set()
    for row in queries.of_person(person_id):
        if row.role == GUEST and row.minutes > 0:
            program_id = row.register.session.series.program_id
            found[program_id].append(row.register.session)
            asked |= {program_id} if row.facts.get(ASKED) else set()
    for session in _in_open_registers(person_id):
        if standings_of(session, [person_id])[person_id].role == GUEST:
            found[session.series.program_id].append(session)
    return [
        GuestVisits(
            number, visits[0].series.program.name, tuple(sorted(visits, key=lambda one: one.starts_at)), number in asked
        )
        for number, visits in sorted(found.items())
    ]


def visits_before(person_ids: Sequence[int], session: Session) -> dict[int, int]:
    """How often each of these people came to the session's program as a guest before it; for all of them at once."""
    chosen = (
        select(Attendance.person_id)
        .join(Register, Register.id == Attendance.register_id)
        .join(Session, Session.id == Register.session_id)
        .join(Series, Series.id == Session.series_id)
        .where(
            Series.program_id == session.series.program_id,
            Session.id != session.id,
            Session.starts_at < session.starts_at,
        )
        .where(Attendance.person_id.in_(person_ids), Attendance.role == GUEST, Attendance.minutes > 0)
    )
    counted: dict[int, int] = defaultdict(int)
    for number in db.session.scalars(chosen):
        counted[number] += 1
    return counted


def ask_guests(register: Register, *, now: datetime) -> list[Person]:
    """Once a register is closed: whoever came more often than guests do is marked so, and asked by letter, once a program.

    The third visit asks beforehand: the letter says that the next time they should be on the list.
    """
    guests = [row for row in register.rows if row.role == GUEST]
    before = visits_before([row.person_id for row in guests], register.session) if guests else {}
    asked = []
    for row in guests:
        visits = before[row.person_id] + 1 if row.person_id in before else 1
        if visits < GUEST_VISITS:
            continue
        if visits > GUEST_VISITS:
            row.facts = row.facts | {ASKED: True}
        asked.append(row.person)
        _write(row.person, register.session, now=now)
    return asked


def _write(person: Person, session: Session, *, now: datetime) -> None:
    program: Program = session.series.program
    if person.address:
        message = emails.asked_to_enrol(person, session)
        mail.queue(message, now=now, from_name=program.hub.name, key=f"guest:{person.code}:{program.code}")


def _in_open_registers(person_id: int) -> Sequence[Session]:
    """Sessions whose register is not closed and in which somebody is settled or added by hand."""
    said = select(Identification.session_id).where(
        Identification.person_id == person_id,
        Identification.verdict == Verdict.PERSON.value,
        Identification.undone_at.is_(None),
    )
    by_hand = select(Mark.session_id).where(Mark.person_id == person_id, Mark.undone_at.is_(None))
    shut = select(Register.session_id).where(Register.state == RegisterState.CLOSED)
    chosen = select(Session).where(Session.id.in_(said.union(by_hand)), Session.id.not_in(shut))
    return db.session.scalars(chosen.order_by(Session.starts_at).limit(20)).unique().all()
