"""Who may make two records one, see pairs that look alike, and help somebody who lost every address."""

from sqlalchemy import Select, select, union

from echo_sessions.attendance.models import Attendance, Register
from echo_sessions.cases.models import Case
from echo_sessions.database import db
from echo_sessions.merging.models import Merge, Recovery
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries
from echo_sessions.programs.models import Enrolment, Membership, Series
from echo_sessions.programs.rules import RUNS
from echo_sessions.sessions.models import Duty, Session


def may_look_for(person: Person) -> bool:
    """Whoever runs a program sees the pairs among its people; staff of the hub all."""
    return queries.is_staff(person.id) or queries.runs_any(person.id)


def may_see(person: Person, other: Person) -> bool:
    """Whoever may see somebody's page; and, of guests who are on no list, whoever runs a program they came to."""
    return programs.may_see(person, other) or _runs_one_of(person, tied_programs(other.id))


def may_amend(person: Person, other: Person) -> bool:
    """To change what is known of somebody: whoever may see the page."""
    return may_see(person, other)


def may_merge(person: Person, one: Person, other: Person) -> bool:
    """Staff of the hub; and whoever runs a program both are tied to, if they are tied to no other.

    Nobody gives by it what they could not give: a record with a role for the whole hub needs an owner, one that runs a
    program needs staff. Nobody merges a record of their own.
    """
    if person.id in {one.id, other.id}:
        return False
    if people.staff_role(one.id) or people.staff_role(other.id):
        return programs.is_owner(person)
    if queries.is_staff(person.id):
        return True
    if _runs(one) or _runs(other):
        return False
    first, second = tied_programs(one.id), tied_programs(other.id)
    return bool(first & second) and _runs_all_of(person, first | second)


def may_undo(person: Person, merge: Merge) -> bool:
    """The same people, by what the kept record is tied to now, the other's programs among it."""
    kept = merge.kept
    if person.id in {kept.id, merge.gone_id}:
        return False
    if people.staff_role(kept.id):
        return programs.is_owner(person)
    if queries.is_staff(person.id):
        return True
    return not _runs(kept) and _runs_all_of(person, tied_programs(kept.id))


def may_help(person: Person, other: Person) -> bool:
    """To say that they know somebody: staff of the hub, and who runs a program that the other is tied to; never oneself."""
    if person.id == other.id:
        return False
    if people.staff_role(other.id) and not queries.is_staff(person.id):
        return False
    return queries.is_staff(person.id) or _runs_one_of(person, tied_programs(other.id))


def may_settle(person: Person, recovery: Recovery) -> bool:
    """Staff of the hub; of requests about somebody known, whoever may help that person. Their own is nobody's to settle."""
    if recovery.person is not None:
        return may_help(person, recovery.person)
    return queries.is_staff(person.id)


def tied_programs(person_id: int) -> set[int]:
    """The programs somebody has or had any part in: a role, an enrolment, a duty, a presence, a case."""
    return set(db.session.scalars(_tied(person_id)))


def _tied(person_id: int) -> Select[int]:
    by_session = select(Series.program_id).join(Session, Session.series_id == Series.id)
    parts = union(
        select(Membership.program_id).where(Membership.person_id == person_id),
        select(Series.program_id)
        .join(Enrolment, Enrolment.series_id == Series.id)
        .where(Enrolment.person_id == person_id),
        by_session.join(Duty, Duty.session_id == Session.id).where(Duty.person_id == person_id),
        by_session.join(Register, Register.session_id == Session.id)
        .join(Attendance, Attendance.register_id == Register.id)
        .where(Attendance.person_id == person_id),
        select(Case.program_id).where(Case.author_id == person_id),
    ).subquery()
    return select(parts.c.program_id)


def _runs_one_of(person: Person, program_ids: set[int]) -> bool:
    return bool(program_ids & set(db.session.scalars(queries.programs_run_by(person.id))))


def _runs_all_of(person: Person, program_ids: set[int]) -> bool:
    return bool(program_ids) and program_ids <= set(db.session.scalars(queries.programs_run_by(person.id)))


def _runs(person: Person) -> bool:
    chosen = select(Membership.id).where(Membership.person_id == person.id, Membership.role.in_(RUNS))
    return db.session.scalar(chosen.limit(1)) is not None
