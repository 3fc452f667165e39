"""Names of places that may mean the same one: "Kitui clinic", "Clinic of Kitui", "Kitui Clnic". Pure.

Only pointed out, never joined: two villages may each have a St. Mary's.
"""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from echo_sessions.people.lookalikes import skeleton

NEAR = 0.87
MOST = 3
_WORD = re.compile(r"\w+")
_SMALL = frozenset({"the", "of", "at", "in", "and", "a", "de", "la", "el", "du", "des", "le", "do", "da", "for"})
_SHORT = {
    "st": "saint",
    "hosp": "hospital",
    "ctr": "center",
    "centre": "center",
    "univ": "university",
    "dept": "department",
}


def near(name: str, names: Iterable[str]) -> list[str]:
    """Those of these names that look like the same place as `name`, the nearest first; not those spelt the same."""
    key = _key(name)
    scored = (
        (_score(key, _key(other)), other) for other in names if skeleton(other) != skeleton(name) or other != name
    )
    found = sorted(((score, other) for score, other in scored if score >= NEAR), key=lambda pair: (-pair[0], pair[1]))
    return [other for _, other in found[:MOST]]


def _key(name: str) -> tuple[str, ...]:
    words = [_SHORT.get(word, word) for word in _WORD.findall(skeleton(name))]
    return tuple(sorted(word for word in words if word not in _SMALL)) or tuple(sorted(words))


def _score(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """1 for the same words in any order; else how alike the letters are. Numbers in names must be the same."""
    if one == other:
        return 1.0
    if {word for word in one if word.isdigit()} != {word for word in other if word.isdigit()}:
        return 0.0
    first, second = " ".join(one), " ".join(other)
    if abs(len(first) - len(second)) > 0.3 * max(len(first), len(second)):
        return 0.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= NEAR else 0.0
