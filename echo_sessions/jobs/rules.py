"""When a job may run, for how long it is held, and when it is tried again."""

from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 8
SLOTS_KEPT = timedelta(days=14)


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
    delay = 30.0 * 2 ** (max(attempts, 1) - 1) * (1 + jitter / 2)
    return now + timedelta(seconds=max(delay, min(after_seconds or 0, 86_400)))


def handed_before(now: datetime, lease: timedelta) -> datetime:
    """A message handed over earlier than this that nobody acted upon is taken for lost: half a lease ago."""
    return now - lease / 2


def slot_key(name: str, every_minutes: int, now: datetime) -> str:
    """The key of the slot of time that `now` lies in, the same for every worker. Slots of a day begin at 0:00 UTC."""
    return f"{name}:{int(now.timestamp()) // (every_minutes * 60)}"
