"""What the screen hands back, and how rules are described.

A `Rule` says what was found, why it matters and how to write it instead; a detector yields `Hit`s of a rule;
`settle` turns overlapping hits into `Span`s in reading order. Offsets inside a `Hit` count the folded text.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "name", "geo", "date", "age_over_89", "phone", "fax", "email", "ssn", "mrn", "health_plan", "account",
    "license", "vehicle", "device", "url", "ip", "biometric", "photo", "other_id",
]  # fmt: skip
Tier = Literal[1, 2]

SAFE_HARBOR: dict[str, str] = {
    "name": "A", "geo": "B", "date": "C", "age_over_89": "C", "phone": "D", "fax": "E", "email": "F", "ssn": "G",
    "mrn": "H", "health_plan": "I", "account": "J", "license": "K", "vehicle": "L", "device": "M", "url": "N",
    "ip": "O", "biometric": "P", "photo": "Q", "other_id": "R",
}  # fmt: skip
"""Each kind and its letter in 45 CFR 164.514(b)(2)(i)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to mark a passage. `reason` is a msgid; `suggestion` is what fits in its place ("" = none)."""

    id: str
    kind: Kind
    reason: str
    suggestion: str
    tier: Tier = 1
    weight: int = 0
    """Among equally long hits the heavier rule names the span."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage of the folded text that a rule marks, with a suggestion of its own where one fits better."""

    start: int
    end: int
    rule: Rule
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A marked passage of the text as given: characters `start` up to, not including, `end`."""

    start: int
    end: int
    kind: Kind
    tier: Tier
    rule: str
    reason: str
    suggestion: str


def settle(hits: Iterable[Hit], text: str) -> Iterator[Hit]:
    """The hits without overlaps, in reading order.

    Tier 1 goes before tier 2, then the longest wins, then the heavier rule. What a losing tier 1 hit marks
    beyond the winner is still marked: half a name must not slip away because the other half is a street.
    """
    ranked = sorted(hits, key=lambda hit: (hit.rule.tier, hit.start - hit.end, -hit.rule.weight, hit.start))
    taken = bytearray(len(text))
    settled: list[Hit] = []
    for hit in ranked:
        if not any(taken[hit.start : hit.end]):
            pieces: Iterable[Hit] = (hit,)
        elif hit.rule.tier == 1:
            pieces = _left_over(hit, taken, text)
        else:
            continue
        for piece in pieces:
            taken[piece.start : piece.end] = b"\1" * (piece.end - piece.start)
            settled.append(piece)
    return iter(sorted(settled, key=lambda hit: hit.start))


def _left_over(hit: Hit, taken: bytearray, text: str) -> list[Hit]:
    """The parts of a hit that nothing covers yet, if they hold at least two letters or digits in a row."""
    parts: list[Hit] = []
    at = hit.start
    while at < hit.end:
        if taken[at]:
            at += 1
            continue
        stop = at
        while stop < hit.end and not taken[stop]:
            stop += 1
        start, end = at, stop
        while start < end and not text[start].isalnum():
            start += 1
        while end > start and not text[end - 1].isalnum():
            end -= 1
        if end - start >= 2:
            parts.append(Hit(start, end, hit.rule, hit.suggestion))
        at = stop
    return parts
