"""What a provider tells by itself, taken as evidence: its report, and what its hooks told while the meeting ran.

It stands beside the files, with nobody's name, and is kept raw. Newer words of the same provider by the same way take the
place of older ones, which stay; where a person has said that they do not count, the newer ones do not count either, until
somebody puts them back. An interim report never takes the place of a final one. The same bytes are taken once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from echo_sessions.attendance import figures, queries, service
from echo_sessions.attendance.models import Register, StayRow, Upload
from echo_sessions.attendance.names import phone_key, take_apart
from echo_sessions.attendance.register import minutes_of
from echo_sessions.attendance.rules import RegisterState, Row, Source
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.files.models import File
from echo_sessions.outside.meetings import Interval, Room
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

AROUND = timedelta(hours=12)
"""Instances of the meeting that were open so long before or after the session belong to its day."""
_LONGEST_NAME = 400


@dataclass(frozen=True)
class Taken:
    """What became of it: the upload where one was made, and about how many people a closed register says otherwise."""

    upload: Upload | None = None
    otherwise: int = 0


def take_told(
    session: Session,
    *,
    source: Source,
    provider: str,
    file: File,
    intervals: Sequence[Interval],
    final: bool,
    now: datetime,
) -> Taken:
    """Take a provider's word. A closed register stays as it is: what would be otherwise is noted beside it.

    Nothing happens for a session that was cancelled, for what is known already, and for an interim report after a final.
    """
    former = [one for one in queries.told(session.id, source) if one.provider == provider]
    counting = [one for one in former if one.withdrawn_at is None]
    if not _is_news(session, file, former, counting, final):
        db.session.delete(file)  # The sweep takes the object.
        return Taken()
    closed = _locked(session).state is RegisterState.CLOSED
    before = minutes_of(session) if closed else {}
    for one in counting:
        one.withdrawn_at = now
    db.session.flush()
    dismissed = former[0].withdrawn_by_id if former and not counting else None
    upload = _upload(session, source, provider, file, intervals, final, now)
    if dismissed is not None:
        upload.withdrawn_at, upload.withdrawn_by_id = now, dismissed
    db.session.add(upload)
    db.session.flush()
    rows = [_row(number, one) for number, one in enumerate(_ours(session, intervals), start=1)]
    if rows:
        db.session.execute(insert(StayRow), [_stay(row, one, upload) for row, one in rows])
    audit.record(None, f"attendance told by {source}", session.code, at=now, upload=upload.id, rows=upload.rows, people=upload.people, final=final)  # fmt: skip
    service.recognise(session, now=now)
    if closed:
        return Taken(upload, figures.note_after_close(session, before, upload, now=now))
    figures.note(session, now=now, upload=upload)
    return Taken(upload)


def made_final(session: Session, provider: str, sha256: str) -> bool:
    """The report that counts with these bytes has nothing to add any more: it was asked for again and is the same."""
    held = queries.counting(session.id, sha256)
    if held is None or held.source is not Source.REPORT or held.provider != provider:
        return False
    held.final = True
    return True


def _is_news(session: Session, file: File, former: Sequence[Upload], counting: Sequence[Upload], final: bool) -> bool:
    if session.state is not SessionState.SCHEDULED or (former and former[0].sha256 == file.sha256):
        return False
    if queries.counting(session.id, file.sha256) is not None:
        return False
    return final or not any(one.final for one in counting)


def _locked(session: Session) -> Register:
    """The register, open or closed, held until the transaction ends."""
    chosen = select(Register).where(Register.session_id == session.id).with_for_update(key_share=True)
    register = db.session.scalars(chosen.execution_options(populate_existing=True)).one_or_none()
    return register if register is not None else service.lock_open(session, now=session.ends_at)


def _upload(
    session: Session,
    source: Source,
    provider: str,
    file: File,
    intervals: Sequence[Interval],
    final: bool,
    now: datetime,
) -> Upload:
    ours = _ours(session, intervals)
    return Upload(
        session_id=session.id, file_id=file.id, sha256=file.sha256, file_name=f"{provider}-{source}-{session.code}.json",
        provider=provider, layout=source.value, zone="UTC", columns={}, warnings=[], rows=len(ours),
        people=len({key_of(one) for one in ours}), source=source, final=final, by_id=None, at=now,
    )  # fmt: skip


def _ours(session: Session, intervals: Iterable[Interval]) -> list[Interval]:
    """Those of the session's day: somebody may have opened the room for a rehearsal long before."""
    since, until = session.starts_at - AROUND, session.ends_at + AROUND
    return [one for one in intervals if since <= one.joined <= until]


def key_of(interval: Interval) -> str:
    """The identity of an interval: whoever has no mark at all is one presence, by the provider's own id of it."""
    row, _ = _row(0, interval)
    if row.registrant or row.email or row.names or row.phone or row.name:
        return service.key_of(row)
    return f"presence {interval.instance} {interval.who or interval.joined.isoformat()}"[: service.KEY_MOST]


def _row(number: int, interval: Interval) -> tuple[Row, Interval]:
    shown = take_apart(interval.name[:_LONGEST_NAME])
    phone = phone_key(interval.phone) if interval.phone else shown.phone
    row = Row(
        line=number, name=shown.written, names=shown.names, email=interval.email.strip().casefold() or None,
        registrant=interval.registrant.strip() or None, phone=(phone or "")[:30] or None, joined=interval.joined,
        left=interval.left, waiting_room=interval.room is Room.WAITING,
    )  # fmt: skip
    return row, interval


def _stay(row: Row, interval: Interval, upload: Upload) -> Mapping[str, Any]:
    return service.stay_values(row, upload) | {
        "identity": key_of(interval), "instance": interval.instance[:120], "assumed": interval.assumed,
    }  # fmt: skip
