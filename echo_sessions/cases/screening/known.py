"""Exact words the app knows and a case must not hold: the author, colleagues, the site, its town and telephone.

Searched without regard to case and accents, within word bounds: the likeliest leaks are found every time.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from echo_sessions.cases.screening.lexicon import is_word
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

NAME = Rule(
    "known-name", "name", msgid("The name of somebody at your site or of this program."), "the clinician", weight=9
)
PLACE = Rule("known-place", "geo", msgid("The name of your site or its town."), "a clinic", weight=9)
PHONE = Rule("known-phone", "phone", msgid("The telephone number of your site."), "[phone number removed]", weight=9)
RULES = (NAME, PLACE, PHONE)


@dataclass(frozen=True)
class Known:
    """Names of people, names of places (site, town, county) and telephone numbers, as the app keeps them."""

    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


def find(reading: Reading, known: Known) -> Iterator[Hit]:
    """Every place where one of the known words stands.

    A full name is found in any case; of its parts, those of three letters or more, and those that are also
    everyday words (Grace, Long) only where they are written with a capital.
    """
    for name in known.names:
        yield from _phrase(reading, name, NAME)
        for part in re.split(r"[\s,.]+", name):
            if len(part) > 2:
                for hit in _phrase(reading, part, NAME):
                    if not is_word(_bare(part)) or reading.text[hit.start].isupper():
                        yield hit
    for place in known.places:
        yield from _phrase(reading, place, PLACE)
    for phone in known.phones:
        yield from _digits(reading, phone)


def _bare(words: str) -> str:
    """In lower case, without accents, one space between words."""
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", words).lower())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _phrase(reading: Reading, phrase: str, rule: Rule) -> Iterator[Hit]:
    words = _bare(phrase).split()
    if not words or len("".join(words)) < 2 or words[0] not in reading.plain:
        return
    pattern = r"(?<![^\W_])" + r"[\s,.]{1,3}".join(map(re.escape, words)) + r"(?![^\W_])"
    yield from _all(reading.plain, pattern, rule)


def _digits(reading: Reading, phone: str) -> Iterator[Hit]:
    """A telephone number in whatever way it is grouped; its last seven digits are enough."""
    digits = "".join(filter(str.isdigit, phone))
    if len(digits) >= 7:
        tail = r"[ ().\n-]{0,3}".join(digits[-7:])
        yield from _all(
            reading.plain, rf"(?:(?<!\d)|(?<=[ ().-]))(?:\+?\d{{1,4}}[ ().-]{{0,3}}){{0,3}}{tail}(?!\d)", PHONE
        )


def _all(plain: str, pattern: str, rule: Rule) -> Iterable[Hit]:
    return (Hit(match.start(), match.end(), rule) for match in re.finditer(pattern, plain))
