"""Several sources about one session, one truth for each person. Pure.

All evidence stays side by side; nothing is deleted because something better came. What counts is worked out anew for
each person, after it is settled which lines of which source are theirs, and for each *instance* of the meeting (every
opening has its own name at the provider; somebody who was in the first and the second needs both). Within one person and
instance one source speaks, the best there is, by `Rank`:

1. the provider's final report;
2. a file of the provider in which every stay has an end;
3. hooks that told every end;
4. a report that the provider still works on;
5. a file in which some stays have no end;
6. hooks of which an end was lost, so that the end of the meeting was taken.

A source that knows nothing of the person, or has no stay that lasted, leaves the word to the next. So a guest whom only
the file has counts from the file, and a person whom a final report has lost counts from the hooks.

A file names no instance: each of its stays belongs to the instance of that provider with which it shares most time. One
that shares none is of an instance nobody else told of, and adds. A file of another provider, or one that bears the
number of another meeting, tells of another room (people went to Teams when Zoom failed): it never replaces and always adds.

What is left is a union of stretches of time; `rules.minutes_present` measures it once, at the very end. So the order in
which evidence came, and how often, changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from .rules import Source, Stay

_NOTHING = timedelta()


@dataclass(frozen=True)
class Told(Stay):
    """One stay as one source tells it.

    `instance` is the provider's name of the opening; None where the source names none. `final`: the source has nothing to
    add. `assumed`: nobody said when it ended. `number` is the meeting's number where a file bears one.
    """

    source: Source = Source.FILE
    provider: str = ""
    instance: str | None = None
    final: bool = True
    assumed: bool = False
    number: str = ""

    @property
    def length(self) -> timedelta:
        return _NOTHING if self.left is None else max(_NOTHING, self.left - self.joined)


class Rank(IntEnum):
    """How much a source is worth about one person in one instance; the lowest speaks."""

    FINAL_REPORT = 1
    FILE = 2
    HOOKS = 3
    REPORT = 4
    OPEN_FILE = 5
    ASSUMED_HOOKS = 6
    NOTHING = 9


@dataclass(frozen=True)
class _Span:
    """From when to when an instance lasted, as far as anybody told."""

    provider: str
    instance: str
    begun: datetime
    ended: datetime

    def shared(self, stay: Told) -> timedelta:
        if stay.left is None:
            return timedelta(microseconds=1) if self.begun <= stay.joined < self.ended else _NOTHING
        return max(_NOTHING, min(stay.left, self.ended) - max(stay.joined, self.begun))


def placed(told: Sequence[Told], numbers: Mapping[str, Iterable[str]] | None = None) -> list[Told]:
    """All stays of a session in their order, those of files given the instance with which they share most time.

    `numbers`: those of the session's own meetings (one may have taken another's place), by provider.
    """
    spans = _spans(told)
    ours = {name: {plain_number(number) for number in theirs} - {""} for name, theirs in (numbers or {}).items()}
    return [one if one.instance is not None else _placed(one, spans, ours) for one in told]


def best(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """What counts of one person's stays: of each instance those of the source that speaks. Each once, in order of time.

    A plain `Stay`, of which nobody says where it comes from, always counts.
    """
    groups: dict[tuple[str, str | None], dict[tuple[Source, bool], set[Told]]] = defaultdict(lambda: defaultdict(set))
    chosen: set[Stay] = set()
    for stay in stays:
        if isinstance(stay, Told):
            groups[stay.provider, stay.instance][stay.source, stay.final].add(stay)
        else:
            chosen.add(stay)
    for sources in groups.values():
        speaks: set[Told] = min(sources.values(), key=lambda told: (rank(told), _word(told)))
        chosen.update(speaks)
    return tuple(sorted(chosen, key=_in_time))


def rank(told: Iterable[Told]) -> Rank:
    """What one source's stays of one person in one instance are worth."""
    all_of_it = list(told)
    if not any(one.length for one in all_of_it):
        return Rank.NOTHING
    whole = not any(one.assumed or one.left is None for one in all_of_it)
    first = all_of_it[0]
    if first.source is Source.REPORT:
        return Rank.FINAL_REPORT if first.final else Rank.REPORT
    if first.source is Source.HOOKS:
        return Rank.HOOKS if whole else Rank.ASSUMED_HOOKS
    return Rank.FILE if whole else Rank.OPEN_FILE


def plain_number(text: str) -> str:
    """A meeting's number as it is compared: "912 3456 7890" and "91234567890" are one. Empty for what is no number."""
    digits = "".join(letter for letter in text if letter.isdigit())
    return digits if len(digits) >= 9 and len(digits) * 2 > len(text) else ""


def _placed(one: Told, spans: Sequence[_Span], numbers: Mapping[str, Set[str]]) -> Told:
    ours, theirs = numbers.get(one.provider), plain_number(one.number)
    if ours and theirs and theirs not in ours:
        return one
    near = [span for span in spans if span.provider == one.provider and span.shared(one)]
    if not near:
        return one
    return replace(one, instance=max(near, key=lambda span: (span.shared(one), span.instance)).instance)


def _spans(told: Iterable[Told]) -> list[_Span]:
    found: dict[tuple[str, str], tuple[datetime, datetime]] = {}
    for one in told:
        if one.instance is not None:
            key, ended = (one.provider, one.instance), one.left or one.joined
            begun, until = found.get(key, (one.joined, ended))
            found[key] = min(begun, one.joined), max(until, ended)
    return [_Span(*key, *stretch) for key, stretch in sorted(found.items())]


def _word(told: Iterable[Told]) -> str:
    """A last word where two sources are worth the same, so that the choice is always the same one."""
    return min(f"{one.source} {one.final}" for one in told)


def _in_time(stay: Stay) -> tuple[object, ...]:
    """By beginning and end; then by everything else, so that the same stays always stand in the same order."""
    rest = (
        (stay.source.value, stay.provider, stay.instance or "", stay.assumed, stay.final)
        if isinstance(stay, Told)
        else ()
    )
    return stay.joined, stay.left is None, stay.left or stay.joined, *rest
