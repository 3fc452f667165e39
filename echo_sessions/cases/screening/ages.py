"""Ages over 89, in figures and in words, and birth years that give one away."""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

AGE = Rule("age-over-89", "age_over_89", msgid("Ages over 89 are one class."), "90 or older", weight=4)
BIRTH_YEAR = Rule(
    "birth-year", "age_over_89", msgid("A birth year that means an age over 89."), "[90 or older]", weight=4
)
RULES = (AGE, BIRTH_YEAR)

WRITTEN_AFTER = 2025
"""No text meets this screen before that year, so a birth year of 90 years earlier always means 90 or older."""

_VALUE = re.compile(
    r"(?<![\w./-])(?<!\d[,:])(?:9\d|1[0-2]\d)(?!\d)"
    r"|(?<!\w)(?:ninety(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
    r"|(?:one|a) hundred(?:(?: and)?[ -](?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))?)(?!\w)"
)
_YEARS_OLD = re.compile(
    r"[ -]?(?:years?|yrs?|y)[ .-]{0,2}(?:olds?\b|of[ -]age\b|o\b)|[ -]?(?:yo|y/o|y\.o\.?|yof|yom|yoa)\b"
    r"|(?= ?(?:yrs?|years?|y)\b\s?/?,?\s?(?:f|m|female|male|woman|man|lady|gentleman|patient|pt|old)\b)"
)
_OPEN = re.compile(
    r"\s?(?:\+|or (?:older|over|above|more)|and (?:older|over|above))|\s?(?:days|weeks|months|hours|minutes)|[.%/-]?\d|%"
)
_AGED = re.compile(r"\b(?:aged?|ages)(?: of| is| was|:|=| at (?:death|diagnosis|onset|presentation):?)?\s{0,2}$")
_SOMEBODY = re.compile(
    r"\b(?:he|she|they|patient|pt|mother|father|mom|mum|dad|grandmother|grandfather|grandma|grandpa|wife|husband|aunt|uncle|brother|sister|who"
    r"|woman|man|lady|gentleman|spouse|neighbou?r|died|lived|passed away|passed|alive|living|deceased|turned|turning|turns)"
    r"(?:'s)? (?:(?:is|was|are|were|at|to|turned|turns|just turned|turning|who is|will be|age) )?(?:now |just |nearly |almost |about |over |age )?$"
)
_ENDS = re.compile(
    r"\s*(?:[,;)]|\.(?!\d)|$|\n|and\b|years?\b(?! (?:ago|later|after))|when\b|at\b|with\b|but\b|this\b|last\b|next\b|from\b|of\b|in\b)"
)
_DECADE = re.compile(
    r"\b(?:in|into) (?:his|her|their|the) (?P<age>(?:early |mid[ -]?|late )?(?:90'?s|nineties|100'?s))(?!\w)|\b(?P<word>nonagenarian|centenarian|supercentenarian)s?\b"
)
_RANGE = re.compile(r"\d\s?(?:-|to)\s?$")
_OLD = r"(?:9\d|1[0-2]\d)"
_AGE_SEX = re.compile(
    rf"(?:(?<=^)|(?<=\n)|(?<=[.:;] )|(?<=\b[aA] )|(?<=[Pp]t )|(?<=patient ))({_OLD})[ -]?/?(?:[FM])(?=[ ,:])(?!,? ?\d)"
)
_SEX_AGE = re.compile(
    rf"(?<!\w)(?:[FM]|female|male|woman|man|lady|gentleman)(?:/|, ?| \()({_OLD})(?=[,;.) ])(?!\.\d|\s?(?:%|kg|lb|bpm|mm|/|mg|°|deg|percent|cm|beats))"
)
_BORN_YEAR = re.compile(
    r"\b(?:born(?: in| around| about| circa)?|dob:?|d\.o\.b\.?:?|date of birth:?|year of birth:?|yob:?|birth year:?|b\.)\s{0,2}(?P<year>(?:18|19)\d\d)(?![\w/.-]\d|\d)"
)


def find(reading: Reading) -> Iterator[Hit]:
    """Ages over 89 and birth years that mean one."""
    low = reading.low
    for match in _VALUE.finditer(low):
        end = _age_end(reading, match.start(), match.end())
        if end:
            yield Hit(match.start(), end, AGE)
    if "90" in low or not reading.words.isdisjoint(_DECADE_WORDS):
        for match in _DECADE.finditer(low):
            group = match.lastgroup or 0
            yield Hit(match.start(group), match.end(group), AGE, _age_words(match.group(group)))
    for pattern in (_AGE_SEX, _SEX_AGE):
        for match in pattern.finditer(reading.text):
            if not re.search(r"temp|febrile|fever|tmax|\bt\b", reading.before(match.start(), 24)):
                yield Hit(match.start(1), match.end(1), AGE)
    for match in _BORN_YEAR.finditer(low):
        if int(match["year"]) <= WRITTEN_AFTER - 90:
            yield Hit(match.start("year"), match.end("year"), BIRTH_YEAR)


_DECADE_WORDS = word_set("nineties nonagenarian centenarian supercentenarian nonagenarians centenarians")


def _age_end(reading: Reading, start: int, end: int) -> int | None:
    """Where the age ends that a number over 89 states, with its "year-old"; None if it is no age."""
    before, after = reading.before(start, 48), reading.after(end, 40)
    if _RANGE.search(before):
        return None  # the upper end of a range describes a group
    years = _YEARS_OLD.match(after)
    if years:
        return end + years.end()
    if _OPEN.match(after):
        return None
    return end if _AGED.search(before) or (_SOMEBODY.search(before) and _ENDS.match(after)) else None


def _age_words(found: str) -> str | None:
    """A suggestion that reads well where the plain one would not."""
    if found.endswith("arian"):
        return "person aged 90 or older"
    if "s" in found[-1:] and ("90" in found or "nineties" in found or "100" in found):
        return "ages of 90 or older"
    return None
