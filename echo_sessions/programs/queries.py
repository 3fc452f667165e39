"""Finding programs, series, sites and who takes part."""

from collections.abc import Sequence

from sqlalchemy import Select, or_, select

from echo_sessions.database import db
from echo_sessions.people.models import Person, Staff
from echo_sessions.programs.models import Enrolment, Membership, Program, Series, Statement
from echo_sessions.programs.rules import RUNS, EnrolmentState, Role


def program_by_code(code: str) -> Program | None:
    """The program with this code."""
    return db.session.scalars(select(Program).where(Program.code == code)).one_or_none()


def series_by_code(code: str) -> Series | None:
    """The series with this code."""
    return db.session.scalars(select(Series).where(Series.code == code)).one_or_none()


def is_staff(person_id: int) -> bool:
    """Whether somebody works for the hub as a whole: its staff may run every program."""
    return db.session.scalar(select(Staff.id).where(Staff.person_id == person_id)) is not None


def roles_in(program_id: int, person_id: int) -> frozenset[Role]:
    """Somebody's roles in one program."""
    chosen = select(Membership.role).where(Membership.program_id == program_id, Membership.person_id == person_id)
    return frozenset(db.session.scalars(chosen))


def runs(program_id: int, person_id: int) -> bool:
    """Whether somebody runs this program: staff of the hub, its directors and its coordinators."""
    return bool(roles_in(program_id, person_id) & RUNS) or is_staff(person_id)


def programs_run_by(person_id: int) -> Select[tuple[int]]:
    """The ids of the programs somebody runs, for use inside other selects."""
    if is_staff(person_id):
        return select(Program.id)
    return select(Membership.program_id).where(Membership.person_id == person_id, Membership.role.in_(RUNS))


def programs_known_to(person_id: int) -> Select[tuple[int]]:
    """The ids of the programs somebody runs, sits in or is enrolled in."""
    if is_staff(person_id):
        return select(Program.id)
    member = select(Membership.program_id).where(Membership.person_id == person_id)
    enrolled = (
        select(Series.program_id)
        .join(Enrolment, Enrolment.series_id == Series.id)
        .where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE)
    )
    return select(Program.id).where(or_(Program.id.in_(member), Program.id.in_(enrolled)))


def enrolment_of(series_id: int, person_id: int) -> Enrolment | None:
    """Somebody's enrolment in a series, in whatever state."""
    chosen = select(Enrolment).where(Enrolment.series_id == series_id, Enrolment.person_id == person_id)
    return db.session.scalars(chosen).one_or_none()


def is_enrolled(series_id: int, person_id: int) -> bool:
    """Whether somebody is an active participant of a series."""
    enrolment = enrolment_of(series_id, person_id)
    return enrolment is not None and enrolment.state is EnrolmentState.ACTIVE


def active_enrolments(series_id: int) -> Sequence[Enrolment]:
    """All active participants of a series, by name."""
    chosen = select(Enrolment).join(Person, Person.id == Enrolment.person_id).where(
        Enrolment.series_id == series_id, Enrolment.state == EnrolmentState.ACTIVE
    )  # fmt: skip
    return db.session.scalars(chosen.order_by(Person.name)).unique().all()


def runners_of(program_id: int) -> Sequence[Person]:
    """Who is told when a program needs somebody: its coordinators and directors, else the hub's staff."""
    chosen = select(Person).join(Membership).where(Membership.program_id == program_id, Membership.role.in_(RUNS))
    people = db.session.scalars(chosen.order_by(Person.id)).unique().all()
    return people or db.session.scalars(select(Person).join(Staff).order_by(Person.id)).unique().all()


def experts_of(program_id: int) -> Sequence[Membership]:
    """The program's experts, by name."""
    chosen = select(Membership).join(Person).where(Membership.program_id == program_id, Membership.role == Role.EXPERT)
    return db.session.scalars(chosen.order_by(Person.name)).all()


def statement_in_force(hub_id: int) -> Statement | None:
    """The newest statement of collaboration."""
    chosen = select(Statement).where(Statement.hub_id == hub_id).order_by(Statement.number.desc())
    return db.session.scalars(chosen).first()
