"""Where a session that is on is in its run sheet, and what is to be said about recording then. Pure.

Moments are aware and in UTC, lengths are minutes. What is recorded follows from the run sheet alone: a case never is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from echo_sessions.sessions.rules import BlockKind


class Planned(Protocol):
    """Any block, ours or the database's."""

    @property
    def kind(self) -> BlockKind: ...

    @property
    def minutes(self) -> int: ...

    @property
    def recorded(self) -> bool: ...


@dataclass(frozen=True)
class Place:
    """The number of the current block (from 0; None before the first and after the last), when it ends, and the number of
    the one that follows (None: nothing does)."""

    current: int | None
    until: datetime
    following: int | None


def place(blocks: Sequence[Planned], starts_at: datetime, now: datetime) -> Place:
    """Where a session is by the clock. Before its start `until` is the start, and after its last block the end of that."""
    if now < starts_at:
        return Place(None, starts_at, 0 if blocks else None)
    end = starts_at
    for number, block in enumerate(blocks):
        end += timedelta(minutes=block.minutes)
        if now < end:
            return Place(number, end, number + 1 if number + 1 < len(blocks) else None)
    return Place(None, end, None)


def minutes_left(until: datetime, now: datetime) -> int:
    """Whole minutes until then, a begun one counted: 1 in the last minute, 0 from then on."""
    return max(0, -(-int((until - now).total_seconds()) // 60))


def may_be_recorded(block: Planned | None) -> bool:
    """Only a block that the run sheet says is recorded, and never a case. What lies before and after is not."""
    return block is not None and block.recorded and block.kind is not BlockKind.CASE


class Sign(StrEnum):
    """What the page of a session that is on says about recording. `stop`: it runs and must not; `stop_if`: nobody knows
    whether it runs, and it must not; `runs`: it runs as planned; `may`: it may begin now; `off`: it does not run, as it
    should be; `none`: nothing to say."""

    STOP = "stop"
    STOP_IF = "stop_if"
    RUNS = "runs"
    MAY = "may"
    OFF = "off"
    NONE = "none"


def sign(block: Planned | None, *, recording: bool | None) -> Sign:
    """What to say about recording in this block (None: before the first or after the last); `recording` None where the
    provider does not tell."""
    allowed = may_be_recorded(block)
    if recording:
        return Sign.RUNS if allowed else Sign.STOP
    if allowed:
        return Sign.MAY
    if block is None or block.kind is not BlockKind.CASE:
        return Sign.NONE
    return Sign.OFF if recording is False else Sign.STOP_IF
