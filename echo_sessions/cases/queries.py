"""Finding cases, forms, recommendations, and the places a case could take."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from echo_sessions.cases.models import Case, CaseForm, RecommendationSheet
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Series, Site
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import BlockKind, SessionState

TO_REVIEW = (CaseState.SUBMITTED, CaseState.IN_REVIEW)


def by_code(code: str) -> Case | None:
    """The case with this ECHO ID, however it is typed."""
    return db.session.scalars(select(Case).where(Case.code == code.strip().upper())).unique().one_or_none()


def form_in_force(program_id: int) -> CaseForm | None:
    """The newest form of the program, else the hub's own for all programs."""
    chosen = select(CaseForm).where(or_(CaseForm.program_id == program_id, CaseForm.program_id.is_(None)))
    return db.session.scalars(chosen.order_by(CaseForm.program_id.is_(None), CaseForm.number.desc())).first()


def of_author(person_id: int) -> Sequence[Case]:
    """Somebody's own cases, newest first."""
    chosen = select(Case).where(Case.author_id == person_id).order_by(Case.created_at.desc(), Case.id.desc())
    return db.session.scalars(chosen.options(selectinload(Case.session))).unique().all()


def seen_by(person_id: int) -> Select[tuple[Case]]:
    """The cases in somebody's list: the own ones, and those of programs they run, but nobody's else drafts."""
    runs = Case.program_id.in_(programs.programs_run_by(person_id))
    return select(Case).where(or_(Case.author_id == person_id, runs & (Case.state != CaseState.DRAFT)))


def waiting_for_review(program_ids: Select[tuple[int]]) -> Sequence[Case]:
    """Cases that a reviewer must look at, the oldest first."""
    chosen = select(Case).where(Case.program_id.in_(program_ids), Case.state.in_(TO_REVIEW))
    return db.session.scalars(chosen.order_by(Case.due_at)).unique().all()


def waiting_for_a_slot(program_ids: Select[tuple[int]]) -> Sequence[Case]:
    """Accepted cases without a session, the oldest first."""
    chosen = select(Case).where(Case.program_id.in_(program_ids), Case.state == CaseState.ACCEPTED)
    return db.session.scalars(chosen.order_by(Case.accepted_at)).unique().all()


def of_session(session_id: int) -> Sequence[Case]:
    """The cases placed in a session, in the order of its run sheet; backups last."""
    chosen = select(Case).outerjoin(Block, Block.case_id == Case.id).where(Case.session_id == session_id)
    return db.session.scalars(chosen.order_by(Case.backup, Block.position, Case.id)).unique().all()


def of_sessions(session_ids: Iterable[int]) -> dict[int, list[Case]]:
    """The cases of several sessions at once, by session id."""
    found: dict[int, list[Case]] = {}
    chosen = select(Case).where(Case.session_id.in_(list(session_ids))).order_by(Case.id)
    for case in db.session.scalars(chosen).unique():
        found.setdefault(case.session_id or 0, []).append(case)
    return found


def free_slots(program_id: int, now: datetime) -> Sequence[Block]:
    """Slots without a case in the coming sessions of a program, by date."""
    chosen = (
        select(Block)
        .join(Session, Session.id == Block.session_id)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id == program_id, Session.state != SessionState.CANCELLED, Session.starts_at > now)
        .where(Block.kind == BlockKind.CASE, Block.case_id.is_(None))
        .options(selectinload(Block.session))
    )
    return db.session.scalars(chosen.order_by(Session.starts_at, Block.position)).unique().all()


def sheet_of(case_id: int) -> RecommendationSheet | None:
    """The recommendations of a case as a document, once somebody began it."""
    return db.session.scalars(select(RecommendationSheet).where(RecommendationSheet.case_id == case_id)).one_or_none()


def sheets_open(program_ids: Select[tuple[int]]) -> Sequence[RecommendationSheet]:
    """Recommendations that have not reached their author, the most urgent first."""
    chosen = (
        select(RecommendationSheet)
        .join(Case, Case.id == RecommendationSheet.case_id)
        .where(Case.program_id.in_(program_ids), RecommendationSheet.state != RecommendationState.SENT)
        .options(selectinload(RecommendationSheet.case), selectinload(RecommendationSheet.approver))
    )
    return db.session.scalars(chosen.order_by(RecommendationSheet.due_at)).unique().all()


def presented_but_not_marked(now: datetime) -> Sequence[Case]:
    """Scheduled cases whose session is over."""
    chosen = select(Case).join(Session, Session.id == Case.session_id).where(Case.state == CaseState.SCHEDULED, Session.starts_at < now)
    return [case for case in db.session.scalars(chosen).unique() if case.session is not None and case.session.ends_at <= now]


def site_of(person_id: int, program_id: int) -> Site | None:
    """The site under which somebody takes part in a program."""
    chosen = (
        select(Site)
        .join(Enrolment, Enrolment.site_id == Site.id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Enrolment.person_id == person_id, Series.program_id == program_id, Enrolment.state == EnrolmentState.ACTIVE)
    )
    return db.session.scalars(chosen.order_by(Enrolment.since.desc())).first()


def newest_form(name: str) -> CaseForm | None:
    """The newest version of the form with this name."""
    return db.session.scalars(select(CaseForm).where(CaseForm.name == name).order_by(CaseForm.number.desc())).first()


def blocks_with(case_id: int) -> Sequence[Block]:
    """The slot a case has, if any."""
    return db.session.scalars(select(Block).where(Block.case_id == case_id)).all()


def colleagues(person_id: int, program_id: int, *, most: int = 300) -> Sequence[Person]:
    """The people of the author's own site: the likeliest names to slip into a case."""
    site = site_of(person_id, program_id)
    if site is None:
        return []
    chosen = select(Person).join(Enrolment, Enrolment.person_id == Person.id).where(Enrolment.site_id == site.id, Person.id != person_id)
    return db.session.scalars(chosen.distinct().limit(most)).unique().all()
