"""Queueing, claiming and finishing jobs.

A job is a row first; huey only carries its id to a worker soon. Whoever claims the row by a conditional
UPDATE runs it. At least once: a worker that dies between its work and its note runs again, so every handler
must be idempotent.
"""

import random
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from echo_sessions.database import after_commit, db
from echo_sessions.errors import Refused
from echo_sessions.jobs import carrier
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import HANDED_AGAIN, LEASE, JobState, next_try

SWEPT_AT_ONCE = 500


def queue(name: str, payload: dict[str, Any], *, now: datetime, at: datetime | None = None, key: str | None = None) -> Job | None:
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
        number = job.id
        after_commit(lambda: carrier.hand(number))
    return job


def claim(number: int, now: datetime) -> str | None:
    """Hold the job for one lease; the token proves it. None when it is done, held by another, or not due."""
    token = secrets.token_hex(16)
    mine = db.session.execute(
        update(Job)
        .where(Job.id == number, Job.state == JobState.WAITING, Job.run_at <= now)
        .values(run_at=now + LEASE, lease_token=token, attempts=Job.attempts + 1)
    )
    return token if mine.rowcount == 1 else None


def renew(number: int, token: str, now: datetime) -> bool:
    """Hold on for another lease; False when the job is no longer ours."""
    still = db.session.execute(
        update(Job).where(Job.id == number, Job.lease_token == token, Job.state == JobState.WAITING).values(run_at=now + LEASE)
    )
    return still.rowcount == 1


def finish(number: int, token: str, now: datetime) -> bool:
    """Note that it is done, only where the token is still ours."""
    return _close(number, token, state=JobState.DONE, done_at=now, last_error=None, lease_token=None)


def fail(number: int, token: str, now: datetime, *, words: str, final: bool, after_seconds: int | None = None) -> bool:
    """Note what went wrong, and either when to try again or that a person must look."""
    attempts = db.session.scalar(select(Job.attempts).where(Job.id == number)) or 1
    again = None if final else next_try(attempts, now, after_seconds=after_seconds, jitter=random.random())
    if again is None:
        return _close(number, token, state=JobState.FAILED, done_at=now, last_error=words[:2000], lease_token=None)
    return _close(number, token, run_at=again, last_error=words[:2000], lease_token=None)


def try_again(job: Job, *, now: datetime) -> None:
    """Put a failed job back in line, with all its attempts before it."""
    if job.state is not JobState.FAILED:
        raise Refused("This job is %(state)s; only a failed one can be tried again.", state=job.state)
    job.state, job.run_at, job.attempts, job.handed_at, job.done_at = JobState.WAITING, now, 0, now, None
    number = job.id
    after_commit(lambda: carrier.hand(number))


def due(now: datetime) -> list[int]:
    """Jobs to hand to the queue (again): new ones, ended leases, and those whose message was lost."""
    late = Job.handed_at.is_(None) | (Job.handed_at < Job.run_at) | (Job.handed_at < now - HANDED_AGAIN)
    chosen = select(Job.id).where(Job.state == JobState.WAITING, Job.run_at <= now, late).order_by(Job.run_at, Job.id)
    return list(db.session.scalars(chosen.limit(SWEPT_AT_ONCE)))


def mark_handed(numbers: list[int], now: datetime) -> None:
    """Note that these were given to the queue just now."""
    db.session.execute(update(Job).where(Job.id.in_(numbers)).values(handed_at=now))


def _close(number: int, token: str, **values: Any) -> bool:
    done = db.session.execute(
        update(Job).where(Job.id == number, Job.lease_token == token, Job.state == JobState.WAITING).values(**values)
    )
    return done.rowcount == 1
