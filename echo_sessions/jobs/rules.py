"""When a job may run, for how long it is held, and when it is tried again."""

from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=30)
HANDED_AGAIN = timedelta(seconds=15)
MOST_ATTEMPTS = 8


class JobState(StrEnum):
    """`waiting` covers running too: a running job is one whose due time was moved a lease ahead."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


def next_try(attempts: int, now: datetime, *, after_seconds: int | None = None, jitter: float = 0.0) -> datetime | None:
    """When to try again after `attempts` tries: 30 s, 1, 2, 4, … 64 minutes; None when it is time to give up.

    `jitter` (0 to 1) spreads many failures of one moment over half as much again. A delay that the other side
    asked for is kept, up to a day.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    delay = 30.0 * 2 ** (attempts - 1) * (1 + jitter / 2)
    return now + timedelta(seconds=max(delay, min(after_seconds or 0, 86_400)))
