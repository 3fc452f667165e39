"""What changed between two versions of a text, word by word, paragraph by paragraph. Pure."""

import difflib
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

_PIECES = re.compile(r"\S+\s*")
ALIKE = 0.5
"""From here on two paragraphs are one that was changed; below, one went and another came."""


class Kind(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class Run(NamedTuple):
    """Words that shared one fate."""

    kind: Kind
    words: str


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, parted by blank lines."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def between(old: str, new: str) -> list[list[Run]]:
    """For each paragraph of both texts its runs; joined without the removed ones they are the new text, and without the
    added ones the old."""
    before, after = paragraphs(old), paragraphs(new)
    found = difflib.SequenceMatcher(None, before, after, autojunk=False)
    lines: list[list[Run]] = []
    for tag, first, last, start, end in found.get_opcodes():
        if tag == "equal":
            lines += [[Run(Kind.SAME, words)] for words in after[start:end]]
        else:
            lines += _changed(before[first:last], after[start:end])
    return lines


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[list[Run]]:
    """Paragraphs pair up in their order where they are alike; what is left over went or came."""
    rest = list(after)
    for old in before:
        at = next((n for n, new in enumerate(rest) if _alike(old, new)), None)
        if at is None:
            yield [Run(Kind.REMOVED, old)]
            continue
        yield from ([Run(Kind.ADDED, new)] for new in rest[:at])
        yield list(_runs(old, rest[at]))
        rest = rest[at + 1 :]
    yield from ([Run(Kind.ADDED, new)] for new in rest)


def _alike(old: str, new: str) -> bool:
    return difflib.SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio() >= ALIKE


def _runs(old: str, new: str) -> Iterator[Run]:
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    stems = [word.strip() for word in before], [word.strip() for word in after]
    for tag, first, last, start, end in difflib.SequenceMatcher(None, *stems, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Run(Kind.SAME, "".join(after[start:end]))
            continue
        if first < last:
            yield Run(Kind.REMOVED, "".join(before[first:last]))
        if start < end:
            yield Run(Kind.ADDED, "".join(after[start:end]))
