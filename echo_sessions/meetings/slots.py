"""Which host may have which time: never more meetings at once than it runs, with a buffer between two. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Span:
    """A time for which a host is given to the meeting `code`."""

    starts_at: datetime
    ends_at: datetime
    code: str = ""


@dataclass(frozen=True)
class Candidate:
    """A host that could be given: how many meetings it runs at once, the spans it has, the calls it has left today."""

    id: int
    at_once: int
    taken: tuple[Span, ...]
    calls_left: int
    preferred: bool = False


def meets(one: Span, other: Span, buffer: timedelta) -> bool:
    """Whether two spans overlap, or are nearer to each other than the buffer."""
    return one.starts_at < other.ends_at + buffer and other.starts_at < one.ends_at + buffer


def most_at_once(spans: Iterable[Span], buffer: timedelta) -> int:
    """How many of these run at the same time at most, the buffer counted to each."""
    edges = sorted(
        [(span.starts_at, 1) for span in spans] + [(span.ends_at + buffer, -1) for span in spans],
        key=lambda edge: (edge[0], edge[1]),
    )
    running = most = 0
    for _, change in edges:
        running += change
        most = max(most, running)
    return most


def is_free(at_once: int, taken: Sequence[Span], wanted: Span, buffer: timedelta) -> bool:
    """Whether a host that has these spans may have this one too."""
    near = [span for span in taken if meets(span, wanted, buffer)]
    return most_at_once([*near, wanted], buffer) <= at_once


def choose(candidates: Sequence[Candidate], wanted: Span, buffer: timedelta) -> Candidate | None:
    """The host to give: free, with calls left; those who lead the session first, then whoever has the most calls left."""
    free = [each for each in candidates if each.calls_left > 0 and is_free(each.at_once, each.taken, wanted, buffer)]
    return min(free, key=lambda each: (not each.preferred, -each.calls_left, each.id), default=None)


def in_the_way(taken: Mapping[int, Sequence[Span]], wanted: Span, buffer: timedelta) -> dict[int, tuple[str, ...]]:
    """Whose spans stand in the way, by host."""
    return {
        number: tuple(span.code for span in spans if meets(span, wanted, buffer)) for number, spans in taken.items()
    }
