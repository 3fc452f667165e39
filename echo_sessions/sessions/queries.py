"""Finding sessions, and gathering for many at once what their stage depends on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.orm import selectinload

from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Block, Duty, Invitation, Session
from echo_sessions.sessions.rules import BlockKind, DutyRole, DutyState, Facts, SessionState
from echo_sessions.sessions.updates import Method


def by_code(code: str) -> Session | None:
    """The session with this code."""
    return db.session.scalars(select(Session).where(Session.code == code)).unique().one_or_none()


def of_series(series_id: int) -> Sequence[Session]:
    """All sessions of a series by date, with run sheets and duties."""
    chosen = select(Session).where(Session.series_id == series_id).options(selectinload(Session.blocks), selectinload(Session.duties))
    return db.session.scalars(chosen.order_by(Session.starts_at, Session.id)).unique().all()


def mine(person_id: int) -> Select[tuple[Session]]:
    """The sessions somebody takes part in, by enrolment or by duty; drafts are nobody's yet."""
    enrolled = select(Enrolment.series_id).where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE)
    on_duty = select(Duty.session_id).where(Duty.person_id == person_id, Duty.state == DutyState.ACCEPTED)
    belongs = or_(Session.series_id.in_(enrolled), Session.id.in_(on_duty))
    return select(Session).where(belongs, Session.state != SessionState.DRAFT)


def upcoming(person_id: int, now: datetime, *, most: int = 20) -> Sequence[Session]:
    """Somebody's next sessions, cancelled ones left out. One that began less than four hours ago may still run."""
    chosen = mine(person_id).where(Session.state == SessionState.SCHEDULED).order_by(Session.starts_at).limit(most * 2)
    recent = [session for session in db.session.scalars(chosen.where(Session.starts_at > _hours_ago(now, 4))).unique() if session.ends_at > now]
    return recent[:most]


def of_program(program_ids: Select[tuple[int]]) -> Select[tuple[Session]]:
    """The sessions of these programs."""
    return select(Session).join(Series, Series.id == Session.series_id).where(Series.program_id.in_(program_ids))


def recipients(session: Session) -> Sequence[Person]:
    """Whom this session concerns: active participants of its series, and whoever agreed to a duty in it."""
    enrolled = select(Enrolment.person_id).where(Enrolment.series_id == session.series_id, Enrolment.state == EnrolmentState.ACTIVE)
    on_duty = select(Duty.person_id).where(Duty.session_id == session.id, Duty.state == DutyState.ACCEPTED)
    chosen = select(Person).where(or_(Person.id.in_(enrolled), Person.id.in_(on_duty)))
    return db.session.scalars(chosen.order_by(Person.id)).unique().all()


def belongs(person_id: int, session: Session) -> bool:
    """Whether the session concerns this person."""
    return any(person.id == person_id for person in recipients(session))


def invitations_of(session_id: int) -> dict[int, Invitation]:
    """What each person's calendar was told, by person."""
    chosen = select(Invitation).where(Invitation.session_id == session_id)
    return {invitation.person_id: invitation for invitation in db.session.scalars(chosen).unique()}


def invitation(session_id: int, person_id: int) -> Invitation | None:
    """What one person's calendar was told."""
    chosen = select(Invitation).where(Invitation.session_id == session_id, Invitation.person_id == person_id)
    return db.session.scalars(chosen).unique().one_or_none()


def answers_of(session_id: int) -> dict[str, int]:
    """How many gave which answer."""
    counted = select(Invitation.answer, func.count()).where(Invitation.session_id == session_id).group_by(Invitation.answer)
    return {answer.value: count for answer, count in db.session.execute(counted)}


def facts_of(sessions: Iterable[Session]) -> dict[int, Facts]:
    """What the stage of each of these depends on, by session id, in a constant number of queries."""
    chosen = list(sessions)
    ids = [session.id for session in chosen]
    duties: dict[int, list[tuple[DutyRole, DutyState]]] = defaultdict(list)
    for number, role, state in db.session.execute(select(Duty.session_id, Duty.role, Duty.state).where(Duty.session_id.in_(ids))):
        duties[number].append((role, state))
    blocks: dict[int, list[tuple[BlockKind, int | None]]] = defaultdict(list)
    for number, kind, case_id in db.session.execute(select(Block.session_id, Block.kind, Block.case_id).where(Block.session_id.in_(ids))):
        blocks[number].append((kind, case_id))
    told = set(
        db.session.scalars(select(Invitation.session_id).where(Invitation.session_id.in_(ids), Invitation.method == Method.REQUEST).distinct())
    )
    backups = _counts("SELECT session_id, COUNT(*) FROM cases WHERE backup AND state IN ('accepted', 'scheduled') GROUP BY session_id")
    registers = _counts("SELECT session_id, COUNT(*) FROM registers WHERE state = 'closed' GROUP BY session_id")
    unsent = _counts(
        "SELECT cases.session_id, COUNT(*) FROM recommendation_sheets JOIN cases ON cases.id = recommendation_sheets.case_id"
        " WHERE recommendation_sheets.state <> 'sent' GROUP BY cases.session_id"
    )
    return {
        session.id: Facts(
            state=session.state,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            invited=session.id in told,
            facilitator=(DutyRole.FACILITATOR, DutyState.ACCEPTED) in duties[session.id],
            experts=sum(duty == (DutyRole.PANEL, DutyState.ACCEPTED) for duty in duties[session.id]),
            didactic_planned=any(kind is BlockKind.DIDACTIC for kind, _ in blocks[session.id]),
            presenter_confirmed=(DutyRole.PRESENTER, DutyState.ACCEPTED) in duties[session.id],
            case_planned=any(kind is BlockKind.CASE for kind, _ in blocks[session.id]),
            accepted_cases=sum(case_id is not None for _, case_id in blocks[session.id]),
            backup_case=backups.get(session.id, 0) > 0,
            meeting_link=session.meeting_url is not None,
            reconciled=registers.get(session.id, 0) == 1,
            closed=registers.get(session.id, 0) == 1 and not unsent.get(session.id),
        )
        for session in chosen
    }


def clashes(person_id: int, session: Session) -> Sequence[Session]:
    """Other sessions at the same time in which somebody has, or was offered, a duty."""
    chosen = (
        select(Session)
        .join(Duty, Duty.session_id == Session.id)
        .where(
            Duty.person_id == person_id,
            Duty.state.in_((DutyState.OFFERED, DutyState.ACCEPTED)),
            Session.id != session.id,
            Session.state != SessionState.CANCELLED,
            Session.starts_at < session.ends_at,
            Session.starts_at > _hours_ago(session.starts_at, 12),
        )
    )
    return [other for other in db.session.scalars(chosen).unique() if other.ends_at > session.starts_at]


def _hours_ago(moment: datetime, hours: int) -> datetime:
    return moment - timedelta(hours=hours)


def _counts(words: str) -> dict[int, int]:
    """Figures of upper features' tables, which this one knows by name only."""
    return {row[0]: int(row[1]) for row in db.session.execute(text(words)) if row[0] is not None}
