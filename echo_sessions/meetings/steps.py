"""What is to be done next for a meeting, from what is wanted, what was asked for and what is known to be there. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from echo_sessions.meetings.rules import MeetingState

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(minutes=30)
REFUSED_DELAY = timedelta(hours=1)
LONGEST_REFUSED = timedelta(hours=24)
NO_HOST_DELAY = timedelta(minutes=30)
"""A host that becomes free by our own doing wakes whoever waits for one; this is for all other ways."""
LONGEST_ASKED = timedelta(days=1)
"""However long a provider wants us to wait, after a day it is asked again."""
CONFIRM_AFTER = timedelta(minutes=10)
"""A meeting that seems gone is asked for again after this, before anybody believes it: providers answer 404 in storms."""


class Step(StrEnum):
    """`look_for`: an attempt may have made it, so the provider is asked by our mark; `read`: an attempt may have changed
    it; `replace`: its host cannot hold it any more, so another meeting is made elsewhere; `let_go`: nothing is there to be
    taken away."""

    REST = "rest"
    LOOK_FOR = "look_for"
    MAKE = "make"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    TAKE_AWAY = "take_away"
    LET_GO = "let_go"


@dataclass(frozen=True)
class Facts:
    """`there`: it has a number at the provider; `uncertain`: a call went out whose answer is not known; `over`: its time
    is past; `changed`: what is wanted is not what was last asked for; `host_lost`: the host's account has left or may not
    host; `host_taken`: the host is given to somebody else at the time that is wanted."""

    state: MeetingState
    there: bool = False
    uncertain: bool = False
    over: bool = False
    changed: bool = False
    host_lost: bool = False
    host_taken: bool = False


def next_step(facts: Facts) -> Step:
    """What comes next. What is over is left alone, and where a person must choose, nothing happens by itself."""
    if facts.over or facts.state in {MeetingState.MISSING, MeetingState.REMOVED}:
        return Step.REST
    if facts.state is MeetingState.UNWANTED:
        if facts.there:
            return Step.TAKE_AWAY
        return Step.LOOK_FOR if facts.uncertain else Step.LET_GO
    if not facts.there:
        return Step.LOOK_FOR if facts.uncertain else Step.MAKE
    if facts.host_lost or (facts.changed and facts.host_taken):
        return Step.REPLACE
    if facts.uncertain:
        return Step.READ
    return Step.UPDATE if facts.changed else Step.REST


def differences(wanted: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What the provider has otherwise than wanted, as {field: (wanted, got)}, of what it tells at all.

    Two spellings of one moment, zones that show the same clock at the start, and addresses in another order or case are
    no difference.
    """
    found = {}
    for field, value in wanted.items():
        theirs = got.get(field)
        if theirs is not None and _plain(field, value, wanted) != _plain(field, theirs, wanted):
            found[field] = (value, theirs)
    return found


def try_again_at(failures: int, now: datetime, *, after_seconds: int | None = None, jitter: float = 0.0) -> datetime:
    """When to try again after so many failures: 30 s, 1, 2, 4 … 30 minutes, never earlier than the provider asks for.

    `jitter` (0 to 1) spreads the failures of one moment over half as much again.
    """
    delay: timedelta = min(FIRST_DELAY * 2 ** min(max(failures, 1) - 1, 12), LONGEST_DELAY) * (1 + jitter / 2)
    asked: timedelta = min(timedelta(seconds=after_seconds or 0), LONGEST_ASKED) * (1 + jitter / 100)
    return now + max(delay, asked)


def refused_again_at(failures: int, now: datetime, *, jitter: float = 0.0) -> datetime:
    """When to ask again after a no: hours later, because only a person can change it; they may also say `now`."""
    delay: timedelta = min(REFUSED_DELAY * 2 ** min(max(failures, 1) - 1, 8), LONGEST_REFUSED) * (1 + jitter / 4)
    return now + delay


def next_day(now: datetime, *, jitter: float = 0.0) -> datetime:
    """When the calls of a day begin anew: 00:00 UTC, and up to two minutes later, so that not all come at once."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return midnight + timedelta(seconds=1 + 120 * jitter)


def confirmed(missing_since: datetime, now: datetime) -> bool:
    """Whether a meeting that is still not there has been missing for long enough."""
    return now - missing_since >= CONFIRM_AFTER


def moment_of(value: Any) -> datetime | None:
    """A moment as a provider or a JSON column tells it; None where it is none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _plain(field: str, value: Any, wanted: Mapping[str, Any]) -> Any:
    if field == "starts_at":
        return moment_of(value) or value
    if field == "zone":
        return _offset(str(value), moment_of(wanted.get("starts_at")))
    if isinstance(value, (list, tuple)):
        return sorted(str(each).strip().casefold() for each in value)
    return value.strip() if isinstance(value, str) else value


def _offset(zone: str, at: datetime | None) -> object:
    try:
        return at.astimezone(ZoneInfo(zone)).utcoffset() if at else zone
    except (KeyError, ValueError, OSError):
        return zone
