"""Background work about meetings: making, changing and taking them away, ways in, looking after them, and their hosts."""

from datetime import datetime
from typing import Any

from echo_sessions.jobs.handlers import handler
from echo_sessions.meetings import giving, hook_jobs, looking, memory_jobs, recording_jobs, settling, setup_jobs

__all__ = ["hook_jobs", "memory_jobs", "recording_jobs", "setup_jobs"]


@handler("meetings.settle")
def settle(payload: dict[str, Any], now: datetime) -> None:
    """Bring the provider to agree with what is wanted of one meeting."""
    settling.settle(payload["meeting"], now)


@handler("meetings.give")
def give(payload: dict[str, Any], now: datetime) -> None:
    """Ask for people's ways into one meeting, and take back those that are not wanted any more."""
    giving.give(payload["meeting"], now)


@handler("meetings.look_at")
def look_at(payload: dict[str, Any], now: datetime) -> None:
    """Look how one meeting stands at its provider."""
    looking.look_at(payload["meeting"], now)


@handler("meetings.look", every_minutes=720)
def look(payload: dict[str, Any], now: datetime) -> None:
    """Look at every meeting of the next two weeks, one after another; forget where links of past ones led."""
    looking.look_at_coming(now)
    looking.forget_links(now)


@handler("meetings.sweep", every_minutes=5)
def sweep(payload: dict[str, Any], now: datetime) -> None:
    """Take up again what a lost job or an ended worker left lying."""
    looking.sweep(now)
