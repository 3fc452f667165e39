"""From what to what somebody's minutes went, and why: a line for each change, kept for good.

While a register is open, evidence and decisions come one after another, and each may change what the one before said. The
figures are compared at the end of the transaction, once, whatever happened in it. A first figure is noted too, so that the
next can be compared with it, but it is no change and is not shown.

A closed register never changes by itself. What a source says after it was closed is noted beside it (`after_close`), for
a person to look at.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.orm import joinedload

from echo_sessions.attendance.models import Attendance, Figure, Register, Upload
from echo_sessions.attendance.register import minutes_of
from echo_sessions.attendance.rules import RegisterState, Source
from echo_sessions.database import before_commit, db
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session


@dataclass(frozen=True)
class Cause:
    """What may have changed minutes of a session: a piece of evidence, or (no upload) a person's decision."""

    session_id: int
    at: datetime
    source: Source = Source.HAND
    upload_id: int | None = None


def note(session: Session, *, now: datetime, upload: Upload | None = None) -> None:
    """Compare the minutes of an open register with the last figures at the end of this transaction."""
    source, number = (upload.source, upload.id) if upload is not None else (Source.HAND, None)
    before_commit(_compare, Cause(session.id, now, source, number))


def note_after_close(session: Session, before: Mapping[int, int], upload: Upload, *, now: datetime) -> int:
    """What a source that came too late says otherwise than the closed register; about how many people it does.

    Only what this very source changed is noted (`before` is what the evidence said without it).
    """
    closed = rows_of(session.id)
    said = _became(session.id, after_close=True)
    changed = {number: minutes for number, minutes in minutes_of(session).items() if minutes != before.get(number)}
    rows = [
        _row(Cause(session.id, now, upload.source, upload.id), number, closed.get(number, 0), minutes) | {"after_close": True}
        for number, minutes in changed.items()
        if minutes != closed.get(number, 0) and (said.get(number) != minutes)
    ]  # fmt: skip
    if rows:
        db.session.execute(insert(Figure).execution_options(render_nulls=True), rows)
    return len(rows)


def changes_of(session_id: int) -> dict[int, list[Figure]]:
    """The changes in the open register of a session, by person, the newest last; first figures are not among them."""
    found: dict[int, list[Figure]] = defaultdict(list)
    chosen = select(Figure).where(
        Figure.session_id == session_id, Figure.was.is_not(None), Figure.after_close.is_(False)
    )
    for figure in db.session.scalars(chosen.options(joinedload(Figure.upload)).order_by(Figure.id)).unique():
        found[figure.person_id].append(figure)
    return found


@dataclass(frozen=True)
class Otherwise:
    """What a source that came after closing says of somebody, and what the register says: None where it has them not."""

    figure: Figure
    stands: int | None

    @property
    def person(self) -> Person:
        return self.figure.person


def otherwise(session_id: int) -> list[Otherwise]:
    """Where evidence that came after closing differs from the closed register as it stands, corrections included; by name."""
    said = last(session_id, after_close=True)
    if not said:
        return []
    closed = rows_of(session_id)
    found = [
        Otherwise(one, closed.get(number))
        for number, one in said.items()
        if one.became != closed.get(number, 0) and one.upload is not None and one.upload.withdrawn_at is None
    ]
    found = [one for one in found if one.person.merged_into_id is None]
    return sorted(found, key=lambda one: (one.person.name.casefold(), one.person.id))


def count_otherwise(session_ids: Iterable[int]) -> dict[int, int]:
    """About how many people something that came after closing differs, for many sessions at once."""
    ids = list(session_ids)
    newest = (
        select(func.max(Figure.id))
        .where(Figure.session_id.in_(ids), Figure.after_close.is_(True))
        .group_by(Figure.session_id, Figure.person_id)
    )
    stands = (
        select(Attendance.minutes)
        .join(Register, Register.id == Attendance.register_id)
        .where(Register.session_id == Figure.session_id, Attendance.person_id == Figure.person_id)
        .scalar_subquery()
    )
    chosen = (
        select(Figure.session_id, func.count())
        .join(Upload, Upload.id == Figure.upload_id)
        .join(Person, Person.id == Figure.person_id)
        .where(Figure.id.in_(newest), Figure.became != func.coalesce(stands, 0), Upload.withdrawn_at.is_(None))
        .where(Person.merged_into_id.is_(None))
    )
    return {number: count for number, count in db.session.execute(chosen.group_by(Figure.session_id))}


def figure(session_id: int, number: int) -> Figure | None:
    """One figure of a session."""
    return db.session.scalars(select(Figure).where(Figure.session_id == session_id, Figure.id == number)).one_or_none()


def last(session_id: int, *, after_close: bool) -> dict[int, Figure]:
    """The newest figure of each person, with the person and what brought it."""
    chosen = select(Figure).where(Figure.id.in_(_newest(session_id, after_close)))
    chosen = chosen.options(joinedload(Figure.person), joinedload(Figure.upload))
    return {one.person_id: one for one in db.session.scalars(chosen).unique()}


def _became(session_id: int, *, after_close: bool = False) -> dict[int, int]:
    """Only the minutes of the newest figures."""
    chosen = select(Figure.person_id, Figure.became).where(Figure.id.in_(_newest(session_id, after_close)))
    return {person: minutes for person, minutes in db.session.execute(chosen)}


def _newest(session_id: int, after_close: bool) -> Select[int]:
    of_session = (Figure.session_id == session_id, Figure.after_close.is_(after_close))
    return select(func.max(Figure.id)).where(*of_session).group_by(Figure.person_id)


def rows_of(session_id: int) -> dict[int, int]:
    """Everybody's minutes in the closed register, corrections included."""
    chosen = select(Attendance.person_id, Attendance.minutes).join(Register).where(Register.session_id == session_id)
    return {person: minutes for person, minutes in db.session.execute(chosen)}


def _compare(causes: Sequence[Cause]) -> None:
    """Once for each session of the transaction; evidence is the cause before any decision that came with it."""
    by_session: dict[int, list[Cause]] = defaultdict(list)
    for cause in causes:
        by_session[cause.session_id].append(cause)
    for session_id, found in by_session.items():
        _append(session_id, next((one for one in reversed(found) if one.upload_id is not None), found[-1]))


def _append(session_id: int, cause: Cause) -> None:
    closed = select(Register.id).where(Register.session_id == session_id, Register.state == RegisterState.CLOSED)
    if db.session.scalar(closed) is not None:
        return
    now = minutes_of(db.session.get_one(Session, session_id))
    before = _became(session_id)
    rows = [
        _row(cause, number, before.get(number), minutes)
        for number, minutes in (dict.fromkeys(before, 0) | now).items()
        if before.get(number) != minutes
    ]
    if rows:
        db.session.execute(insert(Figure).execution_options(render_nulls=True), rows)


def _row(cause: Cause, person_id: int, was: int | None, became: int) -> dict[str, Any]:
    return {
        "session_id": cause.session_id, "person_id": person_id, "was": was, "became": became, "source": cause.source,
        "upload_id": cause.upload_id, "after_close": False, "at": cause.at,
    }  # fmt: skip
