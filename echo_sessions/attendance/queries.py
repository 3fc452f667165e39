"""Finding evidence, decisions and registers; and how far the attendance of many sessions is, at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import joinedload

from echo_sessions.attendance.models import Attendance, Identification, Mark, Register, StayRow, Upload
from echo_sessions.attendance.presence import Verdict, Window
from echo_sessions.attendance.rules import RegisterState, Source
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Series
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

AT_ONCE = 200
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class RegisterStatus:
    """How far a session's attendance is: files that count, identities that wait, those that are settled, closed."""

    uploads: int
    waiting: int
    matched: int
    closed: bool


def window_of(session: Session) -> Window:
    """The time in which presence counts, as the session stands now."""
    return Window(session.starts_at, session.ends_at)


def uploads_of(session_id: int) -> Sequence[Upload]:
    """All files of a session, withdrawn ones too, the newest first."""
    chosen = (
        select(Upload)
        .where(Upload.session_id == session_id)
        .options(joinedload(Upload.by), joinedload(Upload.withdrawn_by))
    )
    return db.session.scalars(chosen.order_by(Upload.id.desc())).unique().all()


def upload(session_id: int, number: int) -> Upload | None:
    """One file of a session."""
    return db.session.scalars(select(Upload).where(Upload.session_id == session_id, Upload.id == number)).one_or_none()


def counting(session_id: int, sha256: str) -> Upload | None:
    """The file with these bytes that counts for a session, if there is one."""
    chosen = select(Upload).where(
        Upload.session_id == session_id, Upload.sha256 == sha256, Upload.withdrawn_at.is_(None)
    )
    return db.session.scalars(chosen).one_or_none()


def told(session_id: int, source: Source) -> Sequence[Upload]:
    """What a provider told of a session by itself, by this way, the newest first; withdrawn and replaced ones too."""
    chosen = select(Upload).where(Upload.session_id == session_id, Upload.source == source)
    return db.session.scalars(chosen.order_by(Upload.id.desc())).unique().all()


def newest(upload: Upload) -> Upload:
    """The newest of what the same provider told by the same way."""
    return next(one for one in told(upload.session_id, upload.source) if one.provider == upload.provider)


def zone_of_last_upload(program_id: int) -> str | None:
    """The zone in which the program's files were read last: it is the exporter's, and exporters stay."""
    chosen = (
        select(Upload.zone).join(Session, Session.id == Upload.session_id).join(Series, Series.id == Session.series_id)
    )
    chosen = chosen.where(Series.program_id == program_id, Upload.source == Source.FILE)
    return db.session.scalars(chosen.order_by(Upload.id.desc()).limit(1)).first()


def known_columns() -> dict[str, str]:
    """Titles that were mapped by hand before, the newest map first."""
    chosen = select(Upload.columns).where(Upload.withdrawn_at.is_(None)).order_by(Upload.id.desc()).limit(100)
    found: dict[str, str] = {}
    for columns in db.session.scalars(chosen):
        found = {**columns, **found}
    return found


def first_row(session_id: int, number: int) -> StayRow | None:
    """A row of evidence by its number, within a session."""
    return db.session.scalars(
        select(StayRow).where(StayRow.session_id == session_id, StayRow.id == number)
    ).one_or_none()


def decisions_of(session_id: int) -> dict[str, Identification]:
    """The decisions of a session that hold, by identity."""
    chosen = select(Identification).where(Identification.session_id == session_id, Identification.undone_at.is_(None))
    chosen = chosen.options(joinedload(Identification.person), joinedload(Identification.by))
    return {one.identity: one for one in db.session.scalars(chosen.order_by(Identification.id)).unique()}


def persons_of(session_id: int) -> Iterator[tuple[str, int]]:
    """Which identities of a session are which people, by the decisions that hold."""
    chosen = select(Identification.identity, Identification.verdict, Identification.person_id).where(
        Identification.session_id == session_id, Identification.undone_at.is_(None)
    )
    newest = {row.identity: row for row in db.session.execute(chosen.order_by(Identification.id))}
    return (
        (identity, row.person_id)
        for identity, row in newest.items()
        if row.verdict == Verdict.PERSON and row.person_id is not None
    )


def said_by_hand(session_id: int) -> Sequence[tuple[int, int | None, str | None]]:
    """What was said by hand and holds, in order: whose, minutes, room."""
    chosen = select(Mark.person_id, Mark.minutes, Mark.identity).where(
        Mark.session_id == session_id, Mark.undone_at.is_(None)
    )
    return [(person, minutes, room) for person, minutes, room in db.session.execute(chosen.order_by(Mark.id))]


def decision(session_id: int, identity: str) -> Identification | None:
    """The decision about an identity that holds."""
    chosen = select(Identification).where(Identification.session_id == session_id, Identification.identity == identity)
    return db.session.scalars(
        chosen.where(Identification.undone_at.is_(None)).order_by(Identification.id.desc())
    ).first()


def identification(session_id: int, number: int) -> Identification | None:
    """One decision of a session, also one that was undone."""
    chosen = select(Identification).where(Identification.session_id == session_id, Identification.id == number)
    return db.session.scalars(chosen).one_or_none()


def last_decision_by(session_id: int, person_id: int, since: datetime) -> Identification | None:
    """What somebody decided last in a session and has not undone: the one thing an undo bar is about."""
    chosen = select(Identification).where(
        Identification.session_id == session_id, Identification.by_id == person_id,
        Identification.undone_at.is_(None), Identification.at >= since,
    )  # fmt: skip
    return db.session.scalars(chosen.order_by(Identification.id.desc()).limit(1)).first()


def ever_decided(session_id: int) -> set[str]:
    """Identities about which anything was ever decided: what a person undid, no machine does again."""
    return set(
        db.session.scalars(select(Identification.identity).where(Identification.session_id == session_id).distinct())
    )


def dismissed_before(session: Session, identities: Sequence[str]) -> set[str]:
    """Those of these identities that somebody called no participant in another session of the program."""
    chosen = (
        select(Identification.identity)
        .join(Session, Session.id == Identification.session_id)
        .join(Series, Series.id == Session.series_id)
        .where(
            Series.program_id == session.series.program_id, Identification.session_id != session.id,
            Identification.identity.in_(identities), Identification.verdict == "nobody", Identification.undone_at.is_(None),
        )
    )  # fmt: skip
    return set(db.session.scalars(chosen.distinct()))


def marks_of(session_id: int) -> Sequence[Mark]:
    """What was said by hand and holds, in order."""
    chosen = select(Mark).where(Mark.session_id == session_id, Mark.undone_at.is_(None))
    return (
        db.session.scalars(chosen.options(joinedload(Mark.person), joinedload(Mark.by)).order_by(Mark.id))
        .unique()
        .all()
    )


def mark(session_id: int, number: int) -> Mark | None:
    """One thing said by hand, also one that was undone."""
    return db.session.scalars(select(Mark).where(Mark.session_id == session_id, Mark.id == number)).one_or_none()


def register_of(session_id: int) -> Register | None:
    """The register of a session, once there is evidence."""
    return db.session.scalars(select(Register).where(Register.session_id == session_id)).one_or_none()


def is_closed(session_id: int) -> bool:
    """Whether the register of a session is closed."""
    chosen = select(Register.id).where(Register.session_id == session_id, Register.state == RegisterState.CLOSED)
    return db.session.scalar(chosen) is not None


def row_of(session_id: int, person_id: int) -> Attendance | None:
    """Somebody's row in the closed register of a session."""
    chosen = (
        select(Attendance).join(Register).where(Register.session_id == session_id, Attendance.person_id == person_id)
    )
    return db.session.scalars(chosen).unique().one_or_none()


def rows_of(session_id: int) -> Sequence[Attendance]:
    """The rows of a closed register by name, with sites and corrections."""
    chosen = (
        select(Attendance)
        .join(Register)
        .join(Person, Person.id == Attendance.person_id)
        .where(Register.session_id == session_id)
        .options(joinedload(Attendance.site), joinedload(Attendance.corrections))
    )
    return db.session.scalars(chosen.order_by(Person.name, Attendance.id)).unique().all()


def of_person(person_id: int) -> Sequence[Attendance]:
    """Where somebody was present, by closed registers, the newest first; `row.register.session` comes with it."""
    chosen = (
        select(Attendance)
        .join(Register)
        .join(Session, Session.id == Register.session_id)
        .where(Attendance.person_id == person_id)
        .options(joinedload(Attendance.register).joinedload(Register.session))
    )
    return db.session.scalars(chosen.order_by(Session.starts_at.desc(), Attendance.id)).unique().all()


def sessions_without_evidence(program_ids: Select[tuple[int]], now: datetime) -> Sequence[Session]:
    """Sessions that took place and are over, of which no file counts and nobody was added by hand; the oldest first."""
    has_upload = select(Upload.id).where(Upload.session_id == Session.id, Upload.withdrawn_at.is_(None)).exists()
    has_mark = select(Mark.id).where(Mark.session_id == Session.id, Mark.undone_at.is_(None)).exists()
    is_shut = (
        select(Register.id).where(Register.session_id == Session.id, Register.state == RegisterState.CLOSED).exists()
    )
    chosen = (
        select(Session)
        .join(Series, Series.id == Session.series_id)
        .where(Series.program_id.in_(program_ids), Session.state == SessionState.SCHEDULED, Session.starts_at < now)
        .where(~has_upload, ~has_mark, ~is_shut)
    )
    found = db.session.scalars(chosen.order_by(Session.starts_at, Session.id)).unique()
    return [session for session in found if session.ends_at <= now]


def status_of(session_ids: Iterable[int]) -> dict[int, RegisterStatus]:
    """How far the attendance of each of these is, with an entry for every id, in a constant number of queries."""
    ids = list(session_ids)
    closed = set(
        db.session.scalars(
            select(Register.session_id).where(Register.session_id.in_(ids), Register.state == RegisterState.CLOSED)
        )
    )
    files = _counts(
        select(Upload.session_id, func.count()).where(Upload.withdrawn_at.is_(None)), Upload.session_id, ids
    )
    by_hand = _counts(
        select(Mark.session_id, func.count(Mark.person_id.distinct())).where(Mark.undone_at.is_(None), Mark.identity.is_(None)),
        Mark.session_id, ids,
    )  # fmt: skip
    present, settled = _identities([number for number in ids if files[number]])
    return {
        number: RegisterStatus(
            uploads=files[number],
            waiting=0 if number in closed else present[number] - settled[number],
            matched=settled[number] + by_hand[number],
            closed=number in closed,
        )
        for number in ids
    }


def waiting_in(session: Session) -> int:
    """How many identities of a session nobody has settled yet."""
    present, settled = _identities([session.id])
    return present[session.id] - settled[session.id]


def _identities(session_ids: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """How many identities touch each session's time, and how many of them are settled."""
    present: Counter[int] = Counter()
    settled: Counter[int] = Counter()
    times = db.session.execute(
        select(Session.id, Session.starts_at, Session.minutes).where(Session.id.in_(session_ids))
    ).all()
    windows = [(number, Window(starts, starts + minutes * _MINUTE)) for number, starts, minutes in times]
    for first in range(0, len(windows), AT_ONCE):  # SQLite takes no expression deeper than a thousand.
        touching = (
            select(StayRow.session_id, StayRow.identity)
            .join(Upload, Upload.id == StayRow.upload_id)
            .where(Upload.withdrawn_at.is_(None), StayRow.waiting_room.is_(False))
            .where(or_(*(_touches(number, window) for number, window in windows[first : first + AT_ONCE])))
            .distinct()
            .subquery()
        )
        decided = (
            select(Identification.id)
            .where(
                Identification.session_id == touching.c.session_id, Identification.identity == touching.c.identity,
                Identification.undone_at.is_(None),
            )
            .exists()
        )  # fmt: skip
        counted = select(touching.c.session_id, func.count(), func.sum(case((decided, 1), else_=0))).group_by(
            touching.c.session_id
        )
        for number, people, known in db.session.execute(counted):
            present[number], settled[number] = people, int(known)
    return present, settled


def _touches(session_id: int, window: Window) -> ColumnElement[bool]:
    """`Window.touches`, said in SQL."""
    return and_(
        StayRow.session_id == session_id,
        or_(StayRow.joined.is_(None), StayRow.joined < window.closed),
        or_(StayRow.left.is_(None), StayRow.left > window.opened),
    )


def _counts(chosen: Any, by: Any, ids: Sequence[int]) -> Counter[int]:
    return Counter({row[0]: row[1] for row in db.session.execute(chosen.where(by.in_(ids)).group_by(by))})
