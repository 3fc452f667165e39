"""The identifier screen: which passages of a text may identify a patient, why, and what to write instead.

`find` is pure and needs nothing but the text; it helps and does not certify. Offsets count characters of the
text as given. The matched words never leave this package in a message.
"""

from collections.abc import Iterable

from echo_sessions.cases.screening import (
    addresses,
    ages,
    contacts,
    dates,
    names,
    numbers,
    places,
    traits,
    unknown,
)
from echo_sessions.cases.screening import known as known_words
from echo_sessions.cases.screening.known import Known
from echo_sessions.cases.screening.reading import read
from echo_sessions.cases.screening.spans import SAFE_HARBOR, Hit, Kind, Rule, Span, settle

__all__ = ["ENGINE", "RULES", "SAFE_HARBOR", "Kind", "Known", "Rule", "Span", "find"]

ENGINE = "1"
"""Written beside every hit that is kept, so that a later engine's decisions are not mistaken for this one's."""

_SURE = (contacts, numbers, dates, ages, names, addresses, places, traits)
RULES: dict[str, Rule] = {rule.id: rule for module in (*_SURE, known_words, unknown) for rule in module.RULES}
"""Every rule by its id."""


def find(text: str, *, tiers: Iterable[int] = (1, 2), known: Known | None = None) -> list[Span]:
    """The passages of a text that may identify somebody, in reading order, none overlapping another.

    Tier 1 is an identifier and blocks; tier 2 asks to check a word. `known`: exact words the app knows.
    """
    wanted = frozenset(tiers)
    reading = read(text)
    hits: list[Hit] = [hit for module in _SURE for hit in module.find(reading)]
    if known is not None:
        hits.extend(known_words.find(reading, known))
    if 2 in wanted:
        hits.extend(unknown.find(reading))
    spans = []
    for hit in settle(hits, reading.text):
        rule = hit.rule
        if rule.tier in wanted:
            start, end = reading.as_given(hit.start, hit.end)
            suggestion = rule.suggestion if hit.suggestion is None else hit.suggestion
            spans.append(Span(start, end, rule.kind, rule.tier, rule.id, rule.reason, suggestion))
    return spans
