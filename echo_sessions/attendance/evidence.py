"""The evidence of a session, line by line gathered to identities; decided by nobody yet."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from echo_sessions.attendance.models import StayRow, Upload
from echo_sessions.attendance.presence import Seen, Window
from echo_sessions.attendance.queries import window_of
from echo_sessions.attendance.rules import Source
from echo_sessions.attendance.sources import Told, placed
from echo_sessions.database import db
from echo_sessions.meetings import queries as meetings
from echo_sessions.sessions.models import Session


def seen_in(session: Session) -> dict[str, Seen]:
    """Every identity in the evidence that counts, by key, in order of appearance.

    Whoever was only in the waiting room was not let in, and is not among them.
    """
    columns = (
        StayRow.identity, StayRow.id, StayRow.written_name, StayRow.names, StayRow.email, StayRow.registrant, StayRow.phone,
        StayRow.joined, StayRow.left, StayRow.claimed_minutes, StayRow.upload_id, StayRow.instance, StayRow.assumed,
        Upload.open_until_end, Upload.source, Upload.final, Upload.provider,
    )  # fmt: skip
    chosen = (
        select(*columns)
        .join(Upload, Upload.id == StayRow.upload_id)
        .where(StayRow.session_id == session.id, StayRow.waiting_room.is_(False), Upload.withdrawn_at.is_(None))
        .order_by(StayRow.id)
    )
    window, found = window_of(session), db.session.execute(chosen).all()
    timed = [row for row in found if row.joined is not None]
    told = dict(
        zip((row.id for row in timed), placed([_told(row, window) for row in timed], _numbers(session)), strict=True)
    )
    rows: dict[str, list[Any]] = defaultdict(list)
    for row in found:
        rows[row.identity].append(row)
    return {key: _seen(key, lines, told, window) for key, lines in rows.items()}


def _numbers(session: Session) -> dict[str, list[str]]:
    """The numbers of the session's meeting and of those whose place it took, by provider."""
    found: dict[str, list[str]] = defaultdict(list)
    for meeting in meetings.all_of(session.code) if session.meeting_id is not None else ():
        if meeting.ref:
            found[meeting.provider].append(meeting.ref)
    return found


def _told(row: Any, window: Window) -> Told:
    """A row with times as its source tells it; what a file calls the instance is the meeting's number."""
    of_file = row.source is Source.FILE
    return Told(
        joined=row.joined, left=_left(row, window), source=row.source, provider=row.provider, instance=None if of_file else row.instance,
        final=row.final, assumed=row.assumed, number=row.instance if of_file else "",
    )  # fmt: skip


def _seen(key: str, rows: Sequence[Any], told: dict[int, Told], window: Window) -> Seen:
    return Seen(
        key=key,
        stay_id=rows[0].id,
        written=tuple(dict.fromkeys(row.written_name for row in rows if row.written_name)),
        names=tuple(dict.fromkeys(name for row in rows for name in row.names)),
        email=next((row.email for row in rows if row.email), None),
        registrant=next((row.registrant for row in rows if row.registrant), None),
        phone=next((row.phone for row in rows if row.phone), None),
        stays=tuple(told[row.id] for row in rows if row.id in told),
        claimed=_claimed(rows),
        touches=any(window.touches(row.joined, row.left) for row in rows),
        uploads=tuple(dict.fromkeys(row.upload_id for row in rows)),
    )


def _left(row: Any, window: Window) -> datetime | None:
    """The end of a stay; one that nobody wrote down is the session's end where somebody said so."""
    left: datetime | None = row.left
    return max(row.joined, window.closed) if left is None and row.open_until_end else left


def _claimed(rows: Sequence[Any]) -> int | None:
    """Minutes that reports without times claim: added up within one report, the most of several."""
    claims: dict[int, float] = defaultdict(float)
    for row in rows:
        if row.joined is None and row.claimed_minutes is not None:
            claims[row.upload_id] += float(row.claimed_minutes)
    return int(max(claims.values())) if claims else None
