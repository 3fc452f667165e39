"""Reading the jobs: for the page of jobs, and for the line on the coordinators' first page."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, func, select

from echo_sessions.database import db
from echo_sessions.jobs.handlers import GIVEN_UP
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState


@dataclass(frozen=True)
class Counts:
    """How many jobs have failed, are held or due by now, and wait for a later moment."""

    failed: int
    due: int
    later: int


def by_id(number: int) -> Job | None:
    """The job with this number."""
    return db.session.get(Job, number)


def failed_count() -> int:
    """Failed jobs that a person must look at. Those whose thing shows the failure itself (letters) are not among them."""
    failed = select(func.count()).select_from(Job).where(Job.state == JobState.FAILED, Job.name.not_in(GIVEN_UP))
    return db.session.scalar(failed) or 0


def counts(now: datetime) -> Counts:
    """What there is to do, letters included."""
    waiting = Job.state == JobState.WAITING
    due, later = (func.count(case((waiting & when, 1))) for when in (_underway(now), ~_underway(now)))
    row = db.session.execute(select(due, later).select_from(Job).where(waiting)).one()
    return Counts(failed=failed_count(), due=row[0], later=row[1])


def listed(*, state: JobState | None = None, words: str = "") -> Select[Job]:
    """Jobs, failed ones first, then those that wait by when they are due, then done ones, last first.

    Deliveries of letters are left out unless they are asked for by name: the letters show what became of them.
    """
    rank = case((Job.state == JobState.FAILED, 0), (Job.state == JobState.WAITING, 1), else_=2)
    soonest = case((Job.state == JobState.WAITING, Job.run_at))
    chosen = select(Job).order_by(rank, soonest, Job.id.desc())
    if state is not None:
        chosen = chosen.where(Job.state == state)
    if words:
        return chosen.where(Job.name.icontains(words, autoescape=True) | Job.key.icontains(words, autoescape=True))
    return chosen.where(Job.name.not_in(GIVEN_UP))


def _underway(now: datetime) -> ColumnElement[bool]:
    return (Job.run_at <= now) | Job.lease_token.is_not(None)
