"""Queueing, claiming and finishing jobs.

A job is a row first; huey only carries its id to a worker soon. Whoever claims the row by a conditional
UPDATE runs it. At least once: a worker that dies between its work and its note runs again, so every handler
must be idempotent.
"""

import random
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, delete, select, update

from echo_sessions.database import after_commit, db
from echo_sessions.errors import Refused
from echo_sessions.jobs import carrier
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import LEASE, JobState, handed_before, next_try

SWEPT_AT_ONCE = 500


def queue(
    name: str, payload: dict[str, Any], *, now: datetime, at: datetime | None = None, key: str | None = None
) -> Job | None:
    """Ask for work within the open transaction; None when a job with this key was asked for before.

    `payload` holds ids and codes only. `at` is the earliest moment; `now` is when it is asked for.
    """
    if key is not None and db.session.scalar(select(Job.id).where(Job.key == key)):
        return None
    due = at or now
    job = Job(name=name, payload=payload, key=key, queued_at=now, run_at=due, handed_at=now if due <= now else None)
    db.session.add(job)
    db.session.flush()
    if due <= now:
        _hand_after_commit(job.id)
    return job


def claim(number: int, now: datetime, *, lease: timedelta = LEASE) -> str | None:
    """Hold the job for one lease; the token proves it. None when it is done, held by another, or not due."""
    token = secrets.token_hex(16)
    free = (Job.id == number, Job.state == JobState.WAITING, Job.run_at <= now)
    held = {"run_at": now + lease, "lease_token": token, "attempts": Job.attempts + 1}
    return token if _changed(update(Job).where(*free).values(**held)) == 1 else None


def renew(number: int, token: str, now: datetime, *, lease: timedelta = LEASE) -> bool:
    """Hold on for another lease; False when the job is no longer ours."""
    return _ours(number, token, run_at=now + lease)


def finish(number: int, token: str, now: datetime) -> bool:
    """Note that it is done, only where the token is still ours."""
    return _ours(number, token, state=JobState.DONE, done_at=now, last_error=None, lease_token=None)


def fail(
    number: int, token: str, now: datetime, *, words: str, final: bool, after_seconds: int | None = None
) -> JobState | None:
    """Note what went wrong: `waiting` when it will be tried again, `failed` when a person must look.

    None when the job is no longer ours, and then nothing is noted.
    """
    attempts = db.session.scalar(select(Job.attempts).where(Job.id == number)) or 1
    again = None if final else next_try(attempts, now, after_seconds=after_seconds, jitter=random.random())
    kept: dict[str, Any] = {"last_error": words[:2000], "lease_token": None}
    if again is None:
        return JobState.FAILED if _ours(number, token, state=JobState.FAILED, done_at=now, **kept) else None
    return JobState.WAITING if _ours(number, token, run_at=again, **kept) else None


def try_again(job: Job, *, now: datetime) -> None:
    """Put a failed job back in line, with all its attempts before it."""
    if job.state is not JobState.FAILED:
        raise Refused("This job is %(state)s; only a failed one can be tried again.", state=job.state)
    once_more(job, now=now)


def once_more(job: Job, *, now: datetime) -> None:
    """Put a job that is over back in line, however it ended: what it did has to be done again."""
    job.state, job.run_at, job.attempts, job.handed_at, job.done_at = JobState.WAITING, now, 0, now, None
    _hand_after_commit(job.id)


def note_progress(number: int, done: int, total: int) -> None:
    """How far a long job is, for the page of jobs."""
    db.session.execute(update(Job).where(Job.id == number).values(progress=done, total=total))


def due(now: datetime, *, lease: timedelta = LEASE) -> list[int]:
    """Jobs to hand to the queue (again): new ones, ended leases, and those whose message was lost."""
    late = Job.handed_at.is_(None) | (Job.handed_at < Job.run_at) | (Job.handed_at < handed_before(now, lease))
    chosen = select(Job.id).where(Job.state == JobState.WAITING, Job.run_at <= now, late).order_by(Job.run_at, Job.id)
    return list(db.session.scalars(chosen.limit(SWEPT_AT_ONCE)))


def mark_handed(numbers: list[int], now: datetime) -> None:
    """Note that these were given to the queue just now."""
    db.session.execute(update(Job).where(Job.id.in_(numbers)).values(handed_at=now))


def clear(names: Iterable[str], *, before: datetime) -> int:
    """Remove done jobs of these names from before that moment; returns how many there were.

    Only for jobs of the schedule: the key of any other keeps its work from being asked for twice.
    """
    old = delete(Job).where(Job.name.in_(list(names)), Job.state == JobState.DONE, Job.done_at < before)
    return _changed(old)


def _hand_after_commit(number: int) -> None:
    def hand() -> None:
        carrier.hand(number)

    after_commit(hand)


def _ours(number: int, token: str, **values: Any) -> bool:
    """Change the job if it is still held under this token."""
    held = (Job.id == number, Job.lease_token == token, Job.state == JobState.WAITING)
    return _changed(update(Job).where(*held).values(**values)) == 1


def _changed(statement: Executable) -> int:
    """Carry it out; how many rows it changed or removed."""
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount
