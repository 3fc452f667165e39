"""A text as the rules read it: folded, in lower case, without accents, and the way back to the text as given.

Folding undoes what hides an identifier without changing how it looks: wide and styled letters (NFKC), characters
of no width, odd dashes, quotes and spaces, digits of other scripts.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from echo_sessions.cases.screening.lexicon import is_suspect

_UNUSUAL = re.compile(r"[\s\S][\u0300-\u036f]+|[^\x00-\x7f]")
_DASHES = dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
_QUOTES = dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4\u2032", "'") | dict.fromkeys("\u201c\u201d\u201e", '"')
_STANDS_FOR = _DASHES | _QUOTES
_NO_WIDTH = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")

_LETTERS = "".join(
    chr(code) for code in (*range(0xC0, 0x250), *range(0x370, 0x530), *range(0x1E00, 0x1F00)) if chr(code).isupper()
)
UP = f"[A-Z{_LETTERS}]"
"""A capital letter; the standard library has no class for it."""
WORD = rf"{UP}[^\W\d_]{{0,40}}+(?:['-][^\W\d_]{{1,40}}+){{0,3}}+"
"""A capitalised word. Bounded, and never given back letter by letter, so that no text can make the search crawl."""
CAPITAL = re.compile(rf"{UP}(?<![^\W_][\s\S])[^\W\d_]{{0,40}}+(?:['-][^\W\d_]{{1,40}}+){{0,3}}+(?!\d)")
"""`WORD` where a word begins; the look back comes second, so that the search leaps from capital to capital."""
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Reading:
    """`text` folded; `starts[i]` and `ends[i]` bound, in the text as given, what became character `i`.

    Both are None where folding changed nothing, so plain English costs nothing.
    """

    text: str
    starts: list[int] | None = field(default=None, repr=False)
    ends: list[int] | None = field(default=None, repr=False)

    @cached_property
    def low(self) -> str:
        """The folded text in lower case, character for character."""
        low = self.text.lower()
        return low if len(low) == len(self.text) else "".join(_one(c, c.lower()) for c in self.text)

    @cached_property
    def plain(self) -> str:
        """The text in lower case without accents, character for character: for exact words that the app knows."""
        if self.low.isascii():
            return self.low
        return "".join(c if c < "\x80" else _one(c, unicodedata.normalize("NFD", c)[0]) for c in self.low)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the text in lower case: rules with cue words look here before they search."""
        return frozenset(_WORD.findall(self.low))

    @cached_property
    def capitals(self) -> list[tuple[int, int, str]]:
        """Every word with a capital: where it stands, and the word in lower case without a possessive."""
        found = []
        for match in CAPITAL.finditer(self.text):
            start, end = match.span()
            if end - start > 2 and self.low[end - 2 : end] == "'s":
                end -= 2
            found.append((start, end, self.low[start:end]))
        return found

    @cached_property
    def suspects(self) -> list[tuple[int, int]]:
        """The stretches around capitalised words that may name somebody or some place; elsewhere no rule need look."""
        places = ((start, end) for start, end, word in self.capitals if is_suspect(word, self.text[start:end]))
        return around(places, before=72, after=96, length=len(self.text))

    def before(self, at: int, length: int = 30) -> str:
        return self.low[max(0, at - length) : at]

    def after(self, at: int, length: int = 30) -> str:
        return self.low[at : at + length]

    def as_given(self, start: int, end: int) -> tuple[int, int]:
        """Offsets of the folded text as offsets of the text as given."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def around(places: Iterable[tuple[int, int]], *, before: int, after: int, length: int) -> list[tuple[int, int]]:
    """Stretches of text around places (in order), those that touch made one."""
    stretches: list[tuple[int, int]] = []
    for start, end in places:
        start, end = max(0, start - before), min(length, end + after)
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = stretches[-1][0], max(end, stretches[-1][1])
        else:
            stretches.append((start, end))
    return stretches


def search(pattern: re.Pattern[str], text: str, stretches: Iterable[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """Every match that lies within one of the stretches."""
    for start, end in stretches:
        yield from pattern.finditer(text, start, end)


def read(text: str) -> Reading:
    """Fold a text; plain ASCII comes back as it is."""
    if text.isascii():
        return Reading(text)
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    reached = 0
    for match in _UNUSUAL.finditer(text):
        parts.append(text[reached : match.start()])
        starts.extend(range(reached, match.start()))
        ends.extend(range(reached + 1, match.start() + 1))
        folded = _fold(match.group())
        parts.append(folded)
        starts.extend([match.start()] * len(folded))
        ends.extend([match.end()] * len(folded))
        reached = match.end()
    parts.append(text[reached:])
    starts.extend(range(reached, len(text)))
    ends.extend(range(reached + 1, len(text) + 1))
    return Reading("".join(parts), starts, ends)


def _fold(cluster: str) -> str:
    """One unusual character, or a letter with its combining marks, as rules want to meet it."""
    if len(cluster) > 1 and (cluster[0] in _NO_WIDTH or unicodedata.category(cluster[0]) == "Cf"):
        cluster = cluster[1:]
    if len(cluster) > 1:
        return unicodedata.normalize("NFKC", cluster)
    if cluster in _STANDS_FOR:
        return _STANDS_FOR[cluster]
    category = unicodedata.category(cluster)
    if category == "Cf" or cluster in _NO_WIDTH or "\ufe00" <= cluster <= "\ufe0f":
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(cluster))
    if category == "Zs":
        return " "
    if category == "No":  # a raised 2 is not the digit 2: "10²" must not read as 102
        return cluster
    return unicodedata.normalize("NFKC", cluster)


def _one(character: str, changed: str) -> str:
    return changed if len(changed) == 1 else character
