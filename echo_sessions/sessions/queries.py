"""Finding sessions, and gathering for many at once what their stage depends on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, text
from sqlalchemy.orm import joinedload, selectinload

from echo_sessions.audit.models import Entry
from echo_sessions.database import db
from echo_sessions.people.models import Delegate, Person
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Block, Duty, Invitation, Session
from echo_sessions.sessions.rules import Answer, BlockKind, DutyRole, DutyState, Facts, SessionState, overlap
from echo_sessions.sessions.updates import Method


def by_code(code: str) -> Session | None:
    """The session with this code."""
    return db.session.scalars(select(Session).where(Session.code == code)).unique().one_or_none()


def is_public(program_id: int) -> bool:
    """Whether a session of this program was ever published."""
    chosen = (
        select(Session.id)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id == program_id, Session.state != SessionState.DRAFT)
    )
    return db.session.scalar(chosen.limit(1)) is not None


def of_series(series_id: int) -> Sequence[Session]:
    """All sessions of a series by date, with run sheets and duties."""
    chosen = (
        select(Session)
        .where(Session.series_id == series_id)
        .options(selectinload(Session.blocks), selectinload(Session.duties))
    )
    return db.session.scalars(chosen.order_by(Session.starts_at, Session.id)).unique().all()


def mine(person_id: int) -> Select[Session]:
    """The sessions somebody takes part in, by enrolment or by duty; what was never published is
    nobody's yet, and stays so when it is cancelled as a draft."""
    enrolled = select(Enrolment.series_id).where(
        Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE
    )
    on_duty = select(Duty.session_id).where(Duty.person_id == person_id, Duty.state == DutyState.ACCEPTED)
    belongs = or_(Session.series_id.in_(enrolled), Session.id.in_(on_duty))
    return select(Session).where(belongs, Session.state != SessionState.DRAFT, Session.uid.is_not(None))


def upcoming(person_id: int, now: datetime, *, most: int = 20) -> Sequence[Session]:
    """Somebody's next sessions, cancelled ones left out. One that began less than four hours ago may still run."""
    chosen = mine(person_id).where(Session.state == SessionState.SCHEDULED).order_by(Session.starts_at).limit(most * 2)
    recent = [
        session
        for session in db.session.scalars(chosen.where(Session.starts_at > _hours_ago(now, 4))).unique()
        if session.ends_at > now
    ]
    return recent[:most]


def of_program(program_ids: Select[int]) -> Select[Session]:
    """The sessions of these programs."""
    return select(Session).join(Series, Series.id == Session.series_id).where(Series.program_id.in_(program_ids))


def hold(session: Session) -> None:
    """Let nobody else write about this session until the transaction ends, and see it as it is now.

    Letters and changes of one session must not cross: a letter written from what was just changed would be lost.
    On SQLite the transaction itself sees to that.
    """
    db.session.execute(select(Session.id).where(Session.id == session.id).with_for_update(key_share=True))
    db.session.refresh(session)


def concerned(session: Session) -> Select[Person]:
    """Whom this session concerns: active participants of its series, and whoever agreed to a duty in it."""
    enrolled = select(Enrolment.person_id).where(
        Enrolment.series_id == session.series_id, Enrolment.state == EnrolmentState.ACTIVE
    )
    on_duty = select(Duty.person_id).where(Duty.session_id == session.id, Duty.state == DutyState.ACCEPTED)
    return select(Person).where(or_(Person.id.in_(enrolled), Person.id.in_(on_duty)))


def diary_keepers(session: Session, *, only: Iterable[int] | None = None) -> dict[Person, list[Person]]:
    """Who keeps the diary of somebody whom this session concerns, without being concerned themselves, and of whom."""
    ids = concerned(session).with_only_columns(Person.id)
    chosen = select(Delegate).where(Delegate.person_id.in_(ids), Delegate.delegate_id.not_in(ids))
    if only is not None:
        chosen = chosen.where(Delegate.delegate_id.in_(list(only)))
    chosen = chosen.options(joinedload(Delegate.person), joinedload(Delegate.delegate))
    found: dict[Person, list[Person]] = {}
    for delegate in db.session.scalars(chosen.order_by(Delegate.delegate_id, Delegate.person_id)).unique():
        found.setdefault(delegate.delegate, []).append(delegate.person)
    return found


def recipients(session: Session, *, only: Iterable[int] | None = None) -> Sequence[Person]:
    """The people whom this session concerns (of these only, when told so)."""
    chosen = concerned(session)
    if only is not None:
        chosen = chosen.where(Person.id.in_(list(only)))
    return db.session.scalars(chosen.order_by(Person.id)).unique().all()


def belongs(person_id: int, session: Session) -> bool:
    """Whether the session concerns this person."""
    return bool(recipients(session, only=[person_id]))


def invitations_of(session_id: int, *, only: Iterable[int] | None = None) -> dict[int, Invitation]:
    """What each person's calendar was told, by person (of these only, when told so)."""
    chosen = select(Invitation).where(Invitation.session_id == session_id)
    if only is not None:
        chosen = chosen.where(Invitation.person_id.in_(list(only)))
    return {invitation.person_id: invitation for invitation in db.session.scalars(chosen).unique()}


def to_look_at(now: datetime, *, series_id: int | None = None) -> list[int]:
    """Published sessions ahead about which somebody may have to be told now: those near enough to be announced, and
    those that some calendar holds already."""
    held = (
        select(Invitation.id).where(Invitation.session_id == Session.id, Invitation.method == Method.REQUEST).exists()
    )
    chosen = (
        select(Session.id, Session.starts_at, Series.invite_days, held)
        .join(Series, Series.id == Session.series_id)
        .where(
            Session.uid.is_not(None), Session.state != SessionState.DRAFT, Session.starts_at > now - timedelta(hours=12)
        )
        .order_by(Session.starts_at, Session.id)
    )
    if series_id is not None:
        chosen = chosen.where(Session.series_id == series_id)
    return [
        number
        for number, starts_at, days, is_held in db.session.execute(chosen)
        if is_held or starts_at <= now + timedelta(days=days)
    ]


def last_told(session_id: int) -> datetime | None:
    """The latest DTSTAMP of any letter about this session."""
    return db.session.scalar(select(func.max(Invitation.dtstamp)).where(Invitation.session_id == session_id))


def invitation(session_id: int, person_id: int) -> Invitation | None:
    """What one person's calendar was told."""
    chosen = select(Invitation).where(Invitation.session_id == session_id, Invitation.person_id == person_id)
    return db.session.scalars(chosen).unique().one_or_none()


def answers_by(person_id: int, session_ids: Iterable[int]) -> dict[int, Answer]:
    """What somebody answered to each of these sessions, by session id."""
    chosen = select(Invitation.session_id, Invitation.answer).where(
        Invitation.person_id == person_id, Invitation.session_id.in_(list(session_ids))
    )
    return {number: value for number, value in db.session.execute(chosen)}


def answers_of(session_id: int) -> dict[str, int]:
    """How many gave which answer."""
    counted = (
        select(Invitation.answer, func.count()).where(Invitation.session_id == session_id).group_by(Invitation.answer)
    )
    return {answer.value: count for answer, count in db.session.execute(counted)}


def invited(session: Session) -> list[tuple[Person, Invitation | None]]:
    """Whom the session concerns, by name, each with what their calendar was told and what they answered."""
    told = invitations_of(session.id)
    people = sorted(recipients(session), key=lambda person: person.name.casefold())
    return [(person, told.get(person.id)) for person in people]


def history(session: Session, *, most: int = 12) -> Sequence[Entry]:
    """What was done with the session and with the parts in it, last first."""
    duties = select(Duty.code).where(Duty.session_id == session.id)
    chosen = select(Entry).where(or_(Entry.thing == session.code, Entry.thing.in_(duties)))
    return db.session.scalars(chosen.order_by(Entry.at.desc(), Entry.seq.desc()).limit(most)).all()


def ends_after(moment: datetime) -> ColumnElement[bool]:
    """The sessions that are not over at this moment: those ahead, and the few of the last 12 hours that still run."""
    recent = select(Session.id, Session.starts_at, Session.minutes).where(
        Session.starts_at <= moment, Session.starts_at > _hours_ago(moment, 12)
    )
    running = [
        number for number, start, minutes in db.session.execute(recent) if start + timedelta(minutes=minutes) > moment
    ]
    return or_(Session.starts_at > moment, Session.id.in_(running))


def facts_of(sessions: Iterable[Session]) -> dict[int, Facts]:
    """What the stage of each of these depends on, by session id, in a constant number of queries."""
    chosen = list(sessions)
    ids = [session.id for session in chosen]
    duties: dict[int, list[tuple[DutyRole, DutyState]]] = defaultdict(list)
    for number, role, state in db.session.execute(
        select(Duty.session_id, Duty.role, Duty.state).where(Duty.session_id.in_(ids))
    ):
        duties[number or 0].append((role, state))
    blocks: dict[int, list[tuple[BlockKind, int | None]]] = defaultdict(list)
    for number, kind, case_id in db.session.execute(
        select(Block.session_id, Block.kind, Block.case_id).where(Block.session_id.in_(ids))
    ):
        blocks[number].append((kind, case_id))
    told = set(
        db.session.scalars(
            select(Invitation.session_id)
            .where(Invitation.session_id.in_(ids), Invitation.method == Method.REQUEST)
            .distinct()
        )
    )
    backups = _counts(
        "SELECT session_id, COUNT(*) FROM cases WHERE backup AND dark_since IS NULL AND state IN ('accepted', 'scheduled')",
        "session_id", ids,
    )  # fmt: skip
    dark = _counts(
        "SELECT blocks.session_id, COUNT(*) FROM blocks JOIN cases ON cases.id = blocks.case_id WHERE cases.dark_since IS NOT NULL",
        "blocks.session_id", ids,
    )  # fmt: skip
    registers = _counts("SELECT session_id, COUNT(*) FROM registers WHERE state = 'closed'", "session_id", ids)
    unsent = _counts(
        "SELECT cases.session_id, COUNT(*) FROM recommendation_sheets JOIN cases ON cases.id = recommendation_sheets.case_id"
        " WHERE recommendation_sheets.state <> 'sent' AND cases.dark_since IS NULL", "cases.session_id", ids
    )  # fmt: skip
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
            accepted_cases=sum(case_id is not None for _, case_id in blocks[session.id]) - dark.get(session.id, 0),
            backup_case=backups.get(session.id, 0) > 0,
            meeting_link=session.has_way_in,
            reconciled=registers.get(session.id, 0) == 1,
            closed=registers.get(session.id, 0) == 1 and not unsent.get(session.id),
        )
        for session in chosen
    }


def clashes(person_ids: Iterable[int], session: Session) -> dict[int, dict[DutyState, list[Session]]]:
    """Other sessions at the same time in which each of these people agreed to a duty, or was offered one."""
    chosen = (
        select(Duty.person_id, Duty.state, Session)
        .join(Session, Duty.session_id == Session.id)
        .where(
            Duty.person_id.in_(list(person_ids)),
            Duty.state.in_((DutyState.OFFERED, DutyState.ACCEPTED)),
            Session.id != session.id,
            Session.state != SessionState.CANCELLED,
            Session.starts_at < session.ends_at,
            Session.starts_at > _hours_ago(session.starts_at, 12),
        )
    )
    found: dict[int, dict[DutyState, list[Session]]] = {}
    for number, state, other in db.session.execute(chosen).unique():
        if overlap(other, session):
            found.setdefault(number, {}).setdefault(state, []).append(other)
    return found


def duty_by_code(code: str) -> Duty | None:
    """The duty with this code."""
    return db.session.scalars(select(Duty).where(Duty.code == code)).unique().one_or_none()


def duties_of(session_id: int) -> Sequence[Duty]:
    """Everybody who was asked for a part in the session, in the order of asking."""
    return db.session.scalars(select(Duty).where(Duty.session_id == session_id).order_by(Duty.id)).unique().all()


def same_duty(session_id: int | None, person_id: int, role: DutyRole, case_id: int | None) -> Duty | None:
    """Whether somebody was asked for the very same before, whatever became of it."""
    chosen = select(Duty).where(
        Duty.session_id == session_id, Duty.person_id == person_id, Duty.role == role, Duty.case_id == case_id
    )
    return db.session.scalars(chosen.order_by(Duty.id.desc())).unique().first()


def _hours_ago(moment: datetime, hours: int) -> datetime:
    return moment - timedelta(hours=hours)


def dark_blocks(session_id: int) -> frozenset[int]:
    """The slots of a session whose case is out of view: their words are shown to nobody."""
    words = "SELECT blocks.id FROM blocks JOIN cases ON cases.id = blocks.case_id WHERE cases.dark_since IS NOT NULL"
    return frozenset(db.session.scalars(text(f"{words} AND blocks.session_id = :session"), {"session": session_id}))


def _counts(words: str, column: str, ids: list[int]) -> dict[int, int]:
    """Figures of upper features' tables, which this one knows by name only."""
    counted = text(f"{words} AND {column} IN :ids GROUP BY {column}").bindparams(bindparam("ids", expanding=True))
    return {number: int(count) for number, count in db.session.execute(counted, {"ids": ids})}
