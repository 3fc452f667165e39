"""Tier 2, "check this word": capitalised words in running text that nothing here knows. Quiet, never in the way."""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.eponyms import is_eponym, is_measured
from echo_sessions.cases.screening.lexicon import GIVEN, PLACES, REGIONS, SURNAMES, is_word
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

WORD = Rule(
    "unknown-word", "name", msgid("A word with a capital that is not in the dictionary: a name or a place?"), "", tier=2
)
SCRIPT = Rule("other-script", "name", msgid("Words in another script are not checked: a name or a place?"), "", tier=2)
RULES = (WORD, SCRIPT)

_ENDS_SENTENCE = re.compile(r"(?:^|[.!?:;\n•*–\"(\[/-])\s*$")
_OTHER_SCRIPT = re.compile(
    r"[\u0590-\u08ff\u0900-\u109f\u1200-\u137f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+(?:\s[\u0590-\u08ff\u0900-\u109f\u1200-\u137f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)*"
)


def find(reading: Reading) -> Iterator[Hit]:
    """Unknown capitalised words inside a sentence, and words in scripts the rules cannot read."""
    written_small = frozenset(re.findall(r"(?<![^\W_])[^\W\d_A-Z][^\W\d_]+", reading.text))
    for start, end, word in reading.capitals:
        if _passes(word, reading.text[start:end], written_small):
            continue
        if is_eponym(reading.text, end) or is_measured(reading.low, end):
            continue
        if _ENDS_SENTENCE.search(reading.text[max(0, start - 4) : start]) and word not in GIVEN | SURNAMES | PLACES:
            continue
        yield Hit(start, end, WORD)
    if not reading.text.isascii():
        for match in _OTHER_SCRIPT.finditer(reading.text):
            yield Hit(match.start(), match.end(), SCRIPT)


def _passes(word: str, written: str, written_small: frozenset[str]) -> bool:
    """Whether a word needs no glance: short, an abbreviation, known, or written small elsewhere in the text."""
    if (
        len(word) < 4
        or written.isupper()
        or (any(map(str.isupper, written[1:])) and "-" not in written and "'" not in written)
    ):
        return True
    return word in REGIONS or is_word(word) or word in written_small
