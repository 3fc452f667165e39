"""Names without an announcement: on a list, or in the shape of a full name (two unknown capitalised words)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from echo_sessions.cases.screening.eponyms import is_eponym, is_measured
from echo_sessions.cases.screening.lexicon import (
    COMMON,
    EPONYMS,
    GIVEN,
    PLACES,
    REGIONS,
    SURE_GIVEN,
    SURE_SURNAMES,
    SURNAMES,
    is_word,
)  # fmt: skip
from echo_sessions.cases.screening.reading import UP, WORD, Reading, search
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

LISTED = Rule("name-listed", "name", msgid("A name that many people bear."), "the patient", weight=3)
SHAPE = Rule("name-shape", "name", msgid("Unknown words with capitals that look like a name."), "the patient", weight=1)
RULES = (LISTED, SHAPE)

PARTICLES = r"(?:van|von|de|del|della|da|dos|das|bin|binti|ibn|bint|al|el|la|di|du|ter|den|der|le|y|e)"
_HUMAN_VERB = re.compile(
    r"(?:'s (?:mother|father|wife|husband|son|daughter|family|parents|sister|brother|caregiver|partner|home|house|room|school|job|story|words|goals?|care team)"
    r"| (?:said|says|reports|reported|states|stated|denies|denied|told|tells|lives|lived|complains|complained|endorses|endorsed|feels|felt|thinks|wants|wanted|wishes"
    r"|works|worked|married|agreed|agrees|consented|presented|attended|remembers|asked|asks|admits|admitted to|drinks|smokes|smoked|sleeps|loves|likes|enjoys|hopes|worries|cries"
    r"|came in|came to|comes|called|calls|phoned|moved|grew up|was born|was seen|was brought|was referred|has been|is a \d|is an? (?:\w+ )?(?:man|woman|boy|girl|lady|gentleman|male|female|widow|retired|mother|father|student|teacher|nurse|farmer)|has a history|died|passed away|and (?:his|her|their) (?:wife|husband|family|mother|partner|son|daughter|children)))\b"
)
_LAST_FIRST = re.compile(rf"(?<![^\W_])(?P<last>{WORD}),[ ](?P<first>{WORD})(?:[ ]{UP}\.?(?![^\W_]))?")


_INNER_CAPITAL = re.compile(rf"^(?!Mc|Mac|De|La|Le|Di|Du|Van|O'|D')[^-]*[a-z]{UP}")


@dataclass(frozen=True, slots=True)
class _Capital:
    """One capitalised word: where it stands and what the lexicon says of it."""

    start: int
    end: int
    low: str
    written: str

    @property
    def known(self) -> bool:
        """A word, or the name of a product or test by its look: GeneXpert, MTB."""
        return is_word(self.low) or _INNER_CAPITAL.search(self.written) is not None

    @property
    def sure(self) -> bool:
        return self.low in SURE_GIVEN or self.low in SURE_SURNAMES


def find(reading: Reading) -> Iterator[Hit]:
    """Runs of capitalised words side by side: a listed name in them, or the shape of a full name."""
    text = reading.text
    written_small = frozenset(re.findall(r"(?<![^\W_])[^\W\d_A-Z][^\W\d_]+", text))
    shouting = sum(map(str.isupper, text)) * 2 > sum(map(str.isalpha, text))
    for run in _runs(reading):
        run = [
            word for word in run if word.low not in written_small or word.low in SURE_GIVEN or word.low in SURE_SURNAMES
        ]
        yield from _names_in(reading, run, shouting)
    if not reading.words.isdisjoint(SURE_GIVEN):
        for match in _LOW_FULL.finditer(reading.low):
            if text[match.start()].islower() and match[1] in SURE_GIVEN and match[2] in SURE_SURNAMES:
                yield Hit(match.start(), match.end(), LISTED)
    for match in search(_LAST_FIRST, text, reading.suspects):
        last, first = match["last"].lower(), match["first"].lower()
        if (first in SURE_GIVEN and (last in SURNAMES or not is_word(last))) or (
            last in SURE_SURNAMES and first in GIVEN
        ):
            yield Hit(match.start(), match.end(), LISTED)


_LOW_FULL = re.compile(r"(?<![^\W_])(?=([a-z]{3,}) ([a-z]{3,})(?![^\W_]))\1 \2")
_BETWEEN = re.compile(rf"[ ](?:{PARTICLES}[ -]){{0,2}}(?:{UP}\.[ ]){{0,2}}|\.?[ ]|-")


def _runs(reading: Reading) -> Iterator[list[_Capital]]:
    """Capitalised words that stand side by side, with initials and particles (van, de la) between them."""
    text = reading.text
    run: list[_Capital] = []
    for start, end, word in reading.capitals:
        if run:
            joint = text[run[-1].end : min(start, run[-1].end + 15)]
            near = len(joint) < 14 and (joint == " " or (joint[:1] in " .-" and _BETWEEN.fullmatch(joint) is not None))
            if joint == ". " and run[-1].end - run[-1].start > 1:
                near = False
            if not near:
                yield run
                run = []
        run.append(_Capital(start, end, word, text[start:end]))
    if run:
        yield run


def _names_in(reading: Reading, run: list[_Capital], shouting: bool) -> Iterator[Hit]:
    at = 0
    while at < len(run):
        length, rule = _name_at(reading, run[at : at + 4], shouting)
        if rule is not None:
            yield Hit(run[at].start, run[at + length - 1].end, rule)
        at += length


def _name_at(reading: Reading, words: list[_Capital], shouting: bool) -> tuple[int, Rule | None]:
    """How many words at the head of a run belong together, and the rule by which they name a person, if they do."""
    first = words[0]
    length = 1
    while length < len(words) and length < 4 and _continues(words[length], first):
        length += 1
    upper = first.written.isupper()
    if len(first.low) == 1:
        return (length, LISTED) if length > 1 and any(word.sure for word in words[1:length]) else (1, None)
    if upper and not shouting and len(first.low) < 5 and (length == 1 or len(first.low) < 4):
        return 1, None
    if _is_listed(reading, words[:length], shouting=shouting):
        return length, LISTED
    if first.known or first.low in PLACES or (upper and not shouting):
        return 1, None
    if length > 1:
        return length, SHAPE if _is_full_name(reading, words[:length]) else None
    speaks = _HUMAN_VERB.match(reading.low, first.end) and not is_eponym(reading.text, first.end)
    return 1, SHAPE if speaks and not is_measured(reading.low, first.end) else None


def _is_listed(reading: Reading, words: list[_Capital], *, shouting: bool) -> bool:
    """Whether words that belong together hold a name of the lists, and are no eponym ("Murphy sign")."""
    first, last = words[0], words[-1]
    if is_eponym(reading.text, last.end, person=first.sure):
        return False
    if first.low in SURE_GIVEN or _is_compound(first.low):
        return True
    if first.low in SURE_SURNAMES:
        return not first.written.isupper() or shouting or len(first.low) > 4
    if first.low in GIVEN and len(words) > 1 and any(word.sure or not word.known for word in words[1:]):
        return True
    speaks = _HUMAN_VERB.match(reading.low, last.end) is not None
    if first.low in GIVEN and first.low not in COMMON and first.low not in REGIONS:
        return speaks or first.low not in EPONYMS
    return first.low in SURNAMES and first.low not in EPONYMS and speaks


def _is_full_name(reading: Reading, words: list[_Capital]) -> bool:
    """Whether unknown words in a row look like given and family name, in running text and not before a noun."""
    start, end = words[0].start, words[-1].end
    if any(word.known for word in words) or is_eponym(reading.text, end) or is_measured(reading.low, end):
        return False
    return not _is_heading(reading, start, end) and not _NOT_A_PERSON.match(reading.after(end, 24))


_NOT_A_PERSON = re.compile(
    r"\s?(?:hospital|clinic|medical|health|county|school|university|street|st\b|road|rd\b|avenue|ave\b|center|centre|church|river|lake|valley|village|[,] [a-z]{2}\b)"
)


def _continues(word: _Capital, first: _Capital) -> bool:
    """Whether a word may go on with a name: an initial, a name, or unknown and not an abbreviation (POA)."""
    if len(word.low) == 1:
        return True
    if word.written.isupper() and not first.written.isupper() and not word.sure:
        return False
    return word.low in GIVEN or word.low in SURNAMES or (not word.known and word.low not in REGIONS)


def _is_compound(low: str) -> bool:
    """Mary-Ann, Garcia-Lopez: every part on a list of names."""
    parts = low.split("-")
    return len(parts) > 1 and all(part in SURE_GIVEN or part in SURE_SURNAMES for part in parts)


def _is_heading(reading: Reading, start: int, end: int) -> bool:
    """Whether the line is a title: hardly a word of it begins small."""
    line = (
        reading.text[max(0, start - 200) : start].rpartition("\n")[2]
        + reading.text[start : end + 200].partition("\n")[0]
    )
    words = re.findall(r"[^\W\d_]{4,}", line)
    small = sum(1 for word in words if word[0].islower())
    return len(words) > 3 and small * 5 < len(words)
