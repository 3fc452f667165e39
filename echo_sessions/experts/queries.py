"""Who could take a part, and which parts are waiting for an answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from echo_sessions.cases.models import Case
from echo_sessions.database import db
from echo_sessions.experts.rules import LOAD_WINDOW, Standing, order
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Program, Series, Site
from echo_sessions.programs.rules import PREPARES, EnrolmentState, Role
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import STANDING, DutyRole, DutyState, SessionState


@dataclass(frozen=True)
class Candidate:
    """Somebody who could be asked, with what speaks for and against it."""

    person: Person
    specialty: str | None
    standing: Standing


def candidates(
    program: Program, session: Session | None, case: Case | None, role: DutyRole, now: datetime
) -> list[Candidate]:
    """The people to choose from, best first: the program's experts; for leading and writing its other team too."""
    members = [
        member for member in programs.team_of(program.id)
        if member.role is Role.EXPERT or (role in {DutyRole.FACILITATOR, DutyRole.SCRIBE, DutyRole.PRESENTER} and member.role in PREPARES)
    ]  # fmt: skip
    people = {
        member.person.id: member
        for member in sorted(members, key=lambda member: member.role is not Role.EXPERT, reverse=True)
    }
    known = standings(people, session, case, role, now)
    found = [Candidate(member.person, member.specialty, known[number]) for number, member in people.items()]
    return sorted(found, key=lambda each: (order(each.standing), each.person.name.casefold()))


def standings(
    person_ids: Iterable[int], session: Session | None, case: Case | None, role: DutyRole, now: datetime
) -> dict[int, Standing]:
    """What is known of each of these people for this part, in a constant number of queries."""
    ids = list(person_ids)
    recent, coming = _loads(ids, now)
    clashes = sessions.clashes(ids, session) if session else {}
    sites = _same_sites(ids, _sites_of(session, case))
    already = _already(ids, session, case, role)
    authors = {case.author_id} if case else set()
    return {
        number: Standing(
            recent=recent[number], coming=coming[number],
            busy_at=_first(clashes.get(number, {}).get(DutyState.ACCEPTED)), asked_at=_first(clashes.get(number, {}).get(DutyState.OFFERED)),
            same_site=sites.get(number), is_author=number in authors, already=already.get(number),
        )
        for number in ids
    }  # fmt: skip


def duty_line(duty: Duty) -> Case | None:
    """The case a part is for, if it is for one."""
    return db.session.get(Case, duty.case_id) if duty.case_id else None


def program_of(duty: Duty) -> Program:
    """The program a part belongs to, by its session or its case."""
    if duty.session is not None:
        return duty.session.series.program
    return db.session.get_one(Case, duty.case_id).program


def waiting(person_id: int, now: datetime) -> Select[Duty]:
    """Parts of the programs somebody runs that wait for an answer, those overdue first, then by date of the session."""
    return (
        _open(person_id, now)
        .where(Duty.state == DutyState.OFFERED)
        .order_by(Duty.answer_by.is_(None), Duty.answer_by, Session.starts_at, Duty.id)
    )


def refused(person_id: int, now: datetime) -> Select[Duty]:
    """Parts that were declined with a colleague named, for coming sessions."""
    return (
        _open(person_id, now)
        .where(Duty.state == DutyState.DECLINED, Duty.suggested.is_not(None))
        .order_by(Duty.answered_at.desc(), Duty.id)
    )


def own(person_id: int, now: datetime) -> Sequence[Duty]:
    """Somebody's own parts ahead, asked for or agreed."""
    chosen = select(Duty).options(selectinload(Duty.session)).outerjoin(Session, Session.id == Duty.session_id).where(
        Duty.person_id == person_id, Duty.state.in_(STANDING), or_(Session.id.is_(None), Session.starts_at > now)
    )  # fmt: skip
    return db.session.scalars(chosen.order_by(Session.starts_at, Duty.id)).unique().all()


def codes_of(duties: Iterable[Duty]) -> dict[int, tuple[str, str]]:
    """ECHO ID and program of the cases these parts are for, by case id."""
    numbers = {duty.case_id for duty in duties if duty.case_id is not None}
    chosen = (
        select(Case.id, Case.code, Program.name)
        .join(Program, Program.id == Case.program_id)
        .where(Case.id.in_(numbers))
    )
    return {number: (code, name) for number, code, name in db.session.execute(chosen)}


def _open(person_id: int, now: datetime) -> Select[Duty]:
    run = programs.programs_run_by(person_id)
    return (
        select(Duty)
        .options(selectinload(Duty.session))
        .outerjoin(Session, Session.id == Duty.session_id)
        .outerjoin(Series, Series.id == Session.series_id)
        .outerjoin(Case, Case.id == Duty.case_id)
        .where(or_(Series.program_id.in_(run), Case.program_id.in_(run)))
        .where(or_(Session.id.is_(None), (Session.starts_at > now) & (Session.state != SessionState.CANCELLED)))
    )


def _loads(ids: list[int], now: datetime) -> tuple[dict[int, int], dict[int, int]]:
    """How often each agreed to come in the last 90 days, and to what is ahead."""
    recent: dict[int, int] = defaultdict(int)
    coming: dict[int, int] = defaultdict(int)
    chosen = select(Duty.person_id, Session.starts_at).join(Session, Session.id == Duty.session_id)
    mine = chosen.where(
        Duty.person_id.in_(ids), Duty.state == DutyState.ACCEPTED, Session.state == SessionState.SCHEDULED
    )
    for number, starts_at in db.session.execute(mine.where(Session.starts_at > now - LOAD_WINDOW)):
        (coming if starts_at > now else recent)[number] += 1
    return recent, coming


def _sites_of(session: Session | None, case: Case | None) -> set[int]:
    if case is not None:
        return {case.site_id} if case.site_id else set()
    if session is None:
        return set()
    chosen = select(Case.site_id).where(Case.session_id == session.id, Case.site_id.is_not(None))
    return {number for number in db.session.scalars(chosen) if number is not None}


def _same_sites(ids: list[int], sites: set[int]) -> dict[int, str]:
    """Who of these works where a case comes from, and the name of that site."""
    chosen = select(Enrolment.person_id, Site.name).join(Site, Site.id == Enrolment.site_id).where(
        Enrolment.person_id.in_(ids), Enrolment.site_id.in_(sites), Enrolment.state == EnrolmentState.ACTIVE
    )  # fmt: skip
    return {number: value for number, value in db.session.execute(chosen)}


def _already(ids: list[int], session: Session | None, case: Case | None, role: DutyRole) -> dict[int, str]:
    chosen = select(Duty.person_id, Duty.state).where(
        Duty.person_id.in_(ids), Duty.role == role, Duty.session_id == (session.id if session else None),
        Duty.case_id == (case.id if case else None),
    )  # fmt: skip
    return {number: state.value for number, state in db.session.execute(chosen)}


def _first(found: Sequence[Session] | None) -> str | None:
    return found[0].code if found else None
