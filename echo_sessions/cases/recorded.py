"""The recordings of the hours in which a case was discussed: they go out of view with it, and away with its text."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from echo_sessions.cases import queries
from echo_sessions.cases.models import Case
from echo_sessions.database import db
from echo_sessions.meetings import recordings
from echo_sessions.sessions.models import Block, Session

Verb = Callable[..., int]


def darken(case: Case, *, now: datetime) -> int:
    """Nobody sees what was recorded while this case was discussed, by the run sheet; returns how many files."""
    return _each(case, recordings.darken_for, now)


def lighten(case: Case, *, now: datetime) -> int:
    """The case is in view again, and so is what was recorded; what touches another case out of view stays dark."""
    count = _each(case, recordings.lighten_for, now)
    for session_id in {block.session_id for block in queries.blocks_with(case.id)}:
        darken_again(session_id, now=now, but=case.id)
    return count


def remove(case: Case, *, now: datetime) -> int:
    """Its text was deleted for good: what was recorded of it is removed at the provider as well."""
    return _each(case, recordings.remove_for, now)


def darken_again(session_id: int, *, now: datetime, but: int | None = None) -> int:
    """Every case of this session that is out of view: for recordings that turn up afterwards."""
    chosen = select(Case).join(Block, Block.case_id == Case.id).where(Block.session_id == session_id)
    dark = chosen.where(Case.dark_since.is_not(None), Case.id != (but or 0))
    return sum(
        remove(case, now=now) if case.forgotten_at is not None else darken(case, now=now)
        for case in db.session.scalars(dark).unique()
    )


def _each(case: Case, verb: Verb, now: datetime) -> int:
    return sum(verb(code, since, until, now=now) for code, since, until in _stretches(case))


def _stretches(case: Case) -> Iterator[tuple[str, datetime, datetime]]:
    """In which sessions, from when until when, the case has a slot."""
    for slot in queries.blocks_with(case.id):
        session = db.session.get_one(Session, slot.session_id)
        start = session.starts_at
        for block in queries.blocks_of(session.id):
            end = start + timedelta(minutes=block.minutes)
            if block.id == slot.id:
                yield session.code, start, end
            start = end
