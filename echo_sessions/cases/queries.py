"""Finding cases, forms, recommendations, and the places a case could take."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from echo_sessions.cases import rules
from echo_sessions.cases.models import Case, CaseForm, Draft, Recommendation, RecommendationSheet
from echo_sessions.cases.rules import AuthorLine, CaseState, RecommendationState
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Program, Series, Site
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Block, Duty, Session
from echo_sessions.sessions.rules import BlockKind, DutyRole, DutyState, SessionState

TO_REVIEW = (CaseState.SUBMITTED, CaseState.IN_REVIEW)
LONGEST_SESSION = timedelta(hours=12)
NOTED_AFTER = timedelta(hours=12)


def by_code(code: str) -> Case | None:
    """The case with this ECHO ID, however it is typed."""
    return db.session.scalars(select(Case).where(Case.code == code.strip().upper())).unique().one_or_none()


def hold(row: Case | Block) -> None:
    """Let nobody else change this case, or this slot, until the transaction ends, and see it as it is now."""
    db.session.flush()  # what is new and not written yet would be forgotten by looking again
    db.session.refresh(row, with_for_update={"of": type(row)})


def draft_of(case_id: int) -> Draft | None:
    """What the author of a case is writing."""
    chosen = select(Draft).where(Draft.case_id == case_id, Draft.aside.is_(False))
    return db.session.scalars(chosen.order_by(Draft.id.desc())).first()


def drafts_of(case_id: int) -> Sequence[Draft]:
    """Everything its author has written that is not submitted, texts set aside too, the oldest first."""
    return db.session.scalars(select(Draft).where(Draft.case_id == case_id).order_by(Draft.saved_at, Draft.id)).all()


def asides_of(case_id: int) -> Sequence[Draft]:
    """The texts that were set aside, the newest first."""
    return [draft for draft in reversed(drafts_of(case_id)) if draft.aside]


def form_in_force(program_id: int) -> CaseForm | None:
    """The newest form of the program, else the hub's own for all programs."""
    chosen = select(CaseForm).where(or_(CaseForm.program_id == program_id, CaseForm.program_id.is_(None)))
    order = (CaseForm.program_id.is_(None), CaseForm.published_at.desc(), CaseForm.id.desc())
    return db.session.scalars(chosen.order_by(*order)).first()


def of_author(person_id: int) -> Sequence[Case]:
    """Somebody's own cases, newest first, but for those that are out of view."""
    chosen = (
        select(Case)
        .where(Case.author_id == person_id, in_sight(person_id))
        .order_by(Case.created_at.desc(), Case.id.desc())
    )
    return db.session.scalars(chosen.options(*_FOR_LINES)).unique().all()


def in_sight(person_id: int | None = None) -> ColumnElement[bool]:
    """A case that is not taken out of view; for its author also one that is to be corrected."""
    seen = Case.dark_since.is_(None)
    return seen if person_id is None else or_(seen, and_(Case.back_with_author, Case.author_id == person_id))


_FOR_LINES = (selectinload(Case.session), selectinload(Case.waits_for))


def seen_by(
    person_id: int, *, now: datetime, code: str = "", program: str = "", state: CaseState | None = None
) -> Select[Case]:
    """The cases in somebody's list, newest first: the own ones, and those of programs they run or audit, but nobody else's
    drafts, and none that is out of view. Found by ECHO ID (never by words of a story), by the code of a program, by state."""
    looks = Case.program_id.in_(programs.programs_looked_at_by(person_id, now))
    chosen = select(Case).where(or_(Case.author_id == person_id, and_(looks, Case.state != CaseState.DRAFT)))
    chosen = chosen.where(in_sight(person_id))
    if code:
        chosen = chosen.where(Case.code.icontains(code, autoescape=True))
    if program:
        chosen = chosen.where(Case.program_id.in_(select(Program.id).where(Program.code == program)))
    if state is not None:
        chosen = chosen.where(Case.state == state)
    return chosen.options(*_FOR_LINES).order_by(Case.created_at.desc(), Case.id.desc())


def author_lines(cases: Iterable[Case], now: datetime) -> dict[int, AuthorLine]:
    """The line that the author of each of these always sees, by case, in one query more.

    A case whose session is over counts as presented, also while nobody has noted it.
    """
    wanted = list(cases)
    chosen = select(RecommendationSheet.case_id, RecommendationSheet.state)
    found = db.session.execute(chosen.where(RecommendationSheet.case_id.in_([case.id for case in wanted])))
    sheets = {case_id: state for case_id, state in found}
    lines = {}
    for case in wanted:
        session = case.session
        over = case.state is CaseState.SCHEDULED and session is not None and session.ends_at <= now
        lines[case.id] = rules.author_line(
            CaseState.PRESENTED if over else case.state,
            since=session.ends_at if over and session is not None else case.state_since,
            now=now,
            due_at=None if over else case.due_at,
            waits_for=case.waits_for.name if case.waits_for else None,
            session_start=session.starts_at if session else None,
            session_end=session.ends_at if session else None,
            recommendations=sheets.get(case.id, RecommendationState.DRAFT),
        )
    return lines


def author_line(case: Case, now: datetime) -> AuthorLine:
    """The line of one case; for many use `author_lines`."""
    return author_lines([case], now)[case.id]


def has_duty(case: Case, person_id: int, roles: Iterable[DutyRole]) -> bool:
    """Whether somebody has agreed to one of these parts in the session of the case, or for the case itself."""
    in_session = and_(Duty.session_id == case.session_id, or_(Duty.case_id.is_(None), Duty.case_id == case.id))
    for_case = and_(Duty.session_id.is_(None), Duty.case_id == case.id)
    chosen = select(Duty.id).where(
        Duty.person_id == person_id,
        Duty.state == DutyState.ACCEPTED,
        Duty.role.in_(list(roles)),
        or_(in_session, for_case),
    )
    return db.session.scalar(chosen.limit(1)) is not None


def waiting_for_review(program_ids: Select[int]) -> Sequence[Case]:
    """Cases that a reviewer must look at, the oldest first."""
    chosen = select(Case).where(Case.program_id.in_(program_ids), Case.state.in_(TO_REVIEW), in_sight())
    return db.session.scalars(chosen.order_by(Case.due_at)).unique().all()


def waiting_for_a_slot(program_ids: Select[int]) -> Sequence[Case]:
    """Accepted cases without a session, the oldest first."""
    chosen = select(Case).where(Case.program_id.in_(program_ids), Case.state == CaseState.ACCEPTED, in_sight())
    return db.session.scalars(chosen.order_by(Case.accepted_at)).unique().all()


def of_session(session_id: int) -> Sequence[Case]:
    """The cases placed in a session that are in view, in the order of its run sheet; backups last."""
    chosen = select(Case).outerjoin(Block, Block.case_id == Case.id).where(Case.session_id == session_id, in_sight())
    return db.session.scalars(chosen.order_by(Case.backup, Block.position, Case.id)).unique().all()


def of_sessions(session_ids: Iterable[int]) -> dict[int, list[Case]]:
    """The cases of several sessions that are in view, by session id."""
    found: dict[int, list[Case]] = {}
    chosen = select(Case).where(Case.session_id.in_(list(session_ids)), in_sight()).order_by(Case.id)
    for case in db.session.scalars(chosen).unique():
        found.setdefault(case.session_id or 0, []).append(case)
    return found


def free_slots(program_id: int, now: datetime) -> Sequence[Block]:
    """Slots without a case in the coming published sessions of a program, by date."""
    chosen = (
        select(Block)
        .join(Session, Session.id == Block.session_id)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id == program_id, Session.state == SessionState.SCHEDULED, Session.starts_at > now)
        .where(Block.kind == BlockKind.CASE, Block.case_id.is_(None))
        .options(joinedload(Block.session))
    )
    return db.session.scalars(chosen.order_by(Session.starts_at, Block.position)).unique().all()


def coming_sessions(program_id: int, now: datetime) -> Sequence[Session]:
    """The published sessions of a program that are not over, by date, with their run sheets."""
    chosen = (
        select(Session)
        .join(Series, Series.id == Session.series_id)
        .where(
            Series.program_id == program_id,
            Session.state == SessionState.SCHEDULED,
            Session.starts_at > now - LONGEST_SESSION,
        )
        .options(selectinload(Session.blocks))
        .order_by(Session.starts_at)
    )
    return [session for session in db.session.scalars(chosen).unique() if session.ends_at > now]


def sheet_of(case_id: int) -> RecommendationSheet | None:
    """The recommendations of a case as a document, once somebody began it."""
    return db.session.scalars(select(RecommendationSheet).where(RecommendationSheet.case_id == case_id)).one_or_none()


def sheets_open(program_ids: Select[int]) -> Sequence[RecommendationSheet]:
    """Recommendations that have not reached their author, the most urgent first."""
    chosen = (
        select(RecommendationSheet)
        .join(Case, Case.id == RecommendationSheet.case_id)
        .where(Case.program_id.in_(program_ids), RecommendationSheet.state != RecommendationState.SENT, in_sight())
        .options(selectinload(RecommendationSheet.case), selectinload(RecommendationSheet.approver))
    )
    return db.session.scalars(chosen.order_by(RecommendationSheet.due_at)).unique().all()


def approvers(case: Case) -> Sequence[Person]:
    """The experts who agreed to the case's session and may approve its recommendations."""
    if case.session_id is None:
        return []
    roles = (DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT)
    chosen = select(Person).join(Duty, Duty.person_id == Person.id).where(
        Duty.session_id == case.session_id, Duty.state == DutyState.ACCEPTED, Duty.role.in_(roles),
        or_(Duty.case_id.is_(None), Duty.case_id == case.id),
    )  # fmt: skip
    return db.session.scalars(chosen.distinct().order_by(Person.id)).unique().all()


def sheets_for_expert(person_id: int) -> Sequence[RecommendationSheet]:
    """Recommendations that somebody may approve as an expert of the session, not yet sent, the most urgent first."""
    roles = (DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT)
    mine = select(Duty.session_id).where(
        Duty.person_id == person_id, Duty.state == DutyState.ACCEPTED, Duty.role.in_(roles)
    )
    chosen = (
        select(RecommendationSheet)
        .join(Case, Case.id == RecommendationSheet.case_id)
        .where(
            Case.session_id.in_(mine),
            Case.author_id != person_id,
            in_sight(),
            RecommendationSheet.state == RecommendationState.DRAFT,
        )
        .where(RecommendationSheet.case_id.in_(select(Recommendation.case_id)))
        .options(selectinload(RecommendationSheet.case))
    )
    return db.session.scalars(chosen.order_by(RecommendationSheet.due_at)).unique().all()


def presented_but_not_marked(now: datetime) -> Sequence[Case]:
    """Scheduled cases whose session ended at least half a day ago: until then a coordinator may still say that the
    presenter did not come."""
    chosen = (
        select(Case)
        .join(Session, Session.id == Case.session_id)
        .where(
            Case.state == CaseState.SCHEDULED,
            Session.state == SessionState.SCHEDULED,
            Session.starts_at < now - NOTED_AFTER,
            in_sight(),
        )
        .options(selectinload(Case.session))
    )
    found = db.session.scalars(chosen).unique()
    return [case for case in found if case.session is not None and case.session.ends_at <= now - NOTED_AFTER]


def in_cancelled_sessions() -> Sequence[Case]:
    """Cases that have a place in a session that was cancelled."""
    chosen = select(Case).join(Session, Session.id == Case.session_id).where(Session.state == SessionState.CANCELLED)
    states = (CaseState.ACCEPTED, CaseState.SCHEDULED)
    return db.session.scalars(chosen.where(Case.state.in_(states), in_sight())).unique().all()


def to_forget(before: datetime) -> Sequence[Case]:
    """Withdrawn and declined cases since before that moment whose text is still kept."""
    chosen = select(Case).where(
        Case.state.in_((CaseState.WITHDRAWN, CaseState.DECLINED)),
        Case.state_since < before,
        Case.forgotten_at.is_(None),
    )
    return db.session.scalars(chosen).unique().all()


def site_of(person_id: int, program_id: int) -> Site | None:
    """The site under which somebody takes part in a program."""
    chosen = (
        select(Site)
        .join(Enrolment, Enrolment.site_id == Site.id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(
            Enrolment.person_id == person_id, Series.program_id == program_id, Enrolment.state == EnrolmentState.ACTIVE
        )
    )
    return db.session.scalars(chosen.order_by(Enrolment.since.desc())).first()


def newest_form(name: str) -> CaseForm | None:
    """The newest version of the form with this name."""
    return db.session.scalars(select(CaseForm).where(CaseForm.name == name).order_by(CaseForm.number.desc())).first()


def blocks_with(case_id: int) -> Sequence[Block]:
    """The slot a case has, if any."""
    return db.session.scalars(select(Block).where(Block.case_id == case_id)).all()


def blocks_of(session_id: int) -> Sequence[Block]:
    """The run sheet of a session, with the session at hand."""
    chosen = select(Block).where(Block.session_id == session_id).options(joinedload(Block.session))
    return db.session.scalars(chosen.order_by(Block.position)).unique().all()


def series_of(person_id: int) -> frozenset[int]:
    """The series somebody takes part in."""
    chosen = select(Enrolment.series_id).where(
        Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE
    )
    return frozenset(db.session.scalars(chosen))


def colleagues(person_id: int, program_id: int, *, most: int = 300) -> Sequence[Person]:
    """The people of the author's own site: the likeliest names to slip into a case."""
    site = site_of(person_id, program_id)
    if site is None:
        return []
    chosen = (
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.site_id == site.id, Person.id != person_id)
    )
    return db.session.scalars(chosen.distinct().limit(most)).unique().all()
