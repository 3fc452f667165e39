"""Dates finer than a year, in the ways people write them.

A bare year passes, and so do relative times, fractions of shorthand (2/7, 3/52, 6/12), scores and blood pressures.
"""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.ages import WRITTEN_AFTER
from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import Reading, around, search
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

_FINER = msgid("A date finer than a year.")
DATE = Rule("date", "date", _FINER, "that day", weight=3)
DATE_NUMERIC = Rule("date-numeric", "date", _FINER, "that day", weight=2)
DATE_SHORT = Rule("date-day-month", "date", msgid("A day and month."), "that day", weight=2)
MONTH = Rule("date-month", "date", msgid("A month is finer than a year."), "that year", weight=1)
SEASON = Rule("date-season", "date", msgid("A season of a year is finer than the year."), "that year", weight=1)
HOLIDAY = Rule("date-holiday", "date", msgid("A holiday is a date."), "that time", weight=1)
WEEKDAY = Rule("date-weekday", "date", msgid("A day of the week: can it be tied to a date?"), "", tier=2)
PERHAPS = Rule("date-perhaps", "date", msgid("Is this a day and month?"), "", tier=2)
RULES = (DATE, DATE_NUMERIC, DATE_SHORT, MONTH, SEASON, HOLIDAY, WEEKDAY, PERHAPS)

_FULL = "january february march april may june july august september october november december"
_OTHER_TONGUES = (
    "enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre"
    " janvier février fevrier mars avril juin juillet août aout septembre octobre novembre décembre decembre"
    " janeiro fevereiro março maio junho julho setembro outubro novembro dezembro januari februari machi aprili mei juni julai agosti septemba"
    " oktoba novemba desemba januar februar märz oktober dezember"
)
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![^\W\d_])\.?"
_FOREIGN = "(?:" + "|".join(_OTHER_TONGUES.split()) + r")(?!\w)"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:(?:18|19|20)\d\d|'\d\d)(?!\d)"
_GAP = r"[\s,./-]{0,3}"
_TO = r"\s?(?:-|/|to|and|&|through|thru|until|or)\s?"
_WEEKDAYS = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth"
    " seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth"
    " twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
)
_ORDINAL = (
    "(?:" + "|".join(word.replace("-", "[ -]") for word in sorted(_ORDINALS.split(), key=len, reverse=True)) + ")"
)
_SPOKEN_YEAR = r"(?:nineteen|twenty)[ -](?:hundred|oh|ten|eleven|twelve|\w{3,9}teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?|two thousand(?: and)?(?: \w{3,9})?"

_MONTH_NAME = re.compile(rf"(?<![^\W\d_]){_MONTH}")
_DAY_MONTH = re.compile(
    rf"(?<![\w.,/:-])(?:{_WEEKDAYS}[,.]? (?:the )?)?(?:{_DAY}{_TO})?(?P<day>{_DAY})(?:\s?day)?{_GAP}(?:of\s)?(?P<month>{_MONTH})(?:{_GAP}(?:of\s|in\s)?(?P<year>{_YEAR}|(?<=[/.-])\d\d(?!\d)))?"
)
_MONTH_DAY = re.compile(
    rf"(?<![^\W_])(?:{_WEEKDAYS}[,.]? )?(?P<month>{_MONTH}){_GAP}(?:the\s)?(?P<day>{_DAY})(?!\d|[/.]\d)(?:{_TO}(?:{_MONTH}\s?)?{_DAY}(?!\d))?(?:[\s,./-]{{0,3}}(?P<year>{_YEAR}|(?<=[/-])\d\d(?!\d)))?"
)
_MONTH_YEAR = re.compile(
    rf"(?<![^\W_])(?P<month>{_MONTH})[\s,./-]{{0,3}}(?:of\s|in\s)?(?P<year>{_YEAR}|(?<=[/-])\d\d(?!\d))"
)
_YEAR_MONTH = re.compile(rf"(?<![\w./-])(?P<year>(?:19|20)\d\d)[\s./-](?P<month>{_MONTH})(?:[\s./-]{_DAY}(?!\d))?")
_WORDED = re.compile(
    rf"\b(?:the )?(?P<ordinal>{_ORDINAL})(?: day)? of {_MONTH}(?:,? (?:{_YEAR}|{_SPOKEN_YEAR}))?"
    rf"|(?<![^\W_]){_MONTH} (?:the )?{_ORDINAL}(?!\w)(?:,? (?:{_YEAR}|{_SPOKEN_YEAR}))?|(?<![^\W_]){_MONTH},? (?:of )?(?:{_SPOKEN_YEAR})(?!\w)"
)
_FOREIGN_DATE = re.compile(
    rf"(?<!\w)(?:{_DAY}|1er|1º|1°)\.?\s(?:de\s|di\s)?(?P<month>{_FOREIGN})(?:\s(?:de\s|del\s|di\s)?(?P<year>{_YEAR}))?|(?<!\w){_FOREIGN}\s(?:de\s|del\s)?(?P<year2>{_YEAR})"
)
_FOREIGN_WORDS = frozenset(_OTHER_TONGUES.split())
_NUMERIC = re.compile(r"(?<![\w./-])(\d{1,2})(\s?/\s?|[.-])(\d{1,2})(?:\2)((?:18|19|20)\d\d|'?\d\d)(?![\w/-]|\.\d)")
_ISO = re.compile(
    r"(?<![\w./-])((?:18|19|20)\d\d)([/.-])(\d{1,2})\2(\d{1,2})(?!\d)(?:[t ]\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:z|[+-]\d\d:?\d\d)?)?"
)
_COMPACT = re.compile(r"(?<![\w./-])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:t?\d{4,6}z?)?(?!\w)")
_COMPACT_US = re.compile(r"(?<![\w./-])(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])((?:19|20)\d\d)(?!\w)")
_MONTH_SLASH_YEAR = re.compile(r"(?<![\w./-])(0?[1-9]|1[0-2])([/.-])((?:19|20)\d\d)(?![\w/]|[.-]\d)")
_YEAR_DASH_MONTH = re.compile(r"(?<![\w./-])((?:19|20)\d\d)([/-])(0[1-9]|1[0-2])(?![\w/-]|\.\d)")
_SHORT = re.compile(
    r"(?<![\w./:-])(\d{1,2})(/|-)(\d{1,2})(?:\s?(?:-|to|through|and|&)\s?\d{1,2}\2\d{1,2})?(?![\w/%-]|[.:]\d)"
)
_PREPOSITION = re.compile(
    rf"(?<![^\W_])(?P<word>in|since|last|this|next|past|until|till|by|early|late|mid|during|from|through|thru|of|between|to|around|before|after|every|end of|beginning of|started|as of|and|or)"
    rf"[\s-]+(?P<month>(?:early |late |mid[ -]?)?(?:{_FULL.replace(' ', '|')}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?!\w)\.?)"
)
_STRONG_BEFORE_MONTH = word_set("in since last this next until till early late mid during past")
_SEASON = re.compile(
    rf"(?<!\w)(?:(?:early|late|mid)[ -])?(?:spring|summer|autumn|fall|winter)(?:\s(?:of|in))?[\s,]+(?P<year>{_YEAR})"
    rf"|(?<!\w)(?:q[1-4]|(?:first|second|third|fourth|last) quarter|week \d{{1,2}})(?:\s(?:of|in))?[\s,/-]+(?P<year2>{_YEAR})"
)
_HOLIDAYS = (
    r"(?:christmas(?: eve| day)?|xmas|boxing day|thanksgiving(?: day)?|easter(?: sunday| monday)?|good friday|ash wednesday|palm sunday|halloween"
    r"|new year'?s?(?: eve| day)|valentine'?s day|mother'?s day|father'?s day|labou?r day|memorial day|independence day|veterans'? day"
    r"|columbus day|presidents'? day|mlk day|juneteenth|fourth of july|4th of july|july 4th|st\.? patrick'?s day|cinco de mayo|hanukkah"
    r"|yom kippur|rosh hashanah|passover|diwali|holi|eid(?: al[ -](?:fitr|adha))?|ramadan|kwanzaa|epiphany|all saints'? day|bastille day|canada day|anzac day|australia day|jamhuri day|madaraka day|lunar new year|chinese new year)"
)
_HOLIDAY = re.compile(
    rf"(?<!\w)(?:(?P<cue>on|at|since|around|before|after|last|over|this|until|by|near|past|next|of|from|following)\s(?:the\s)?)?(?P<day>{_HOLIDAYS}(?:\s(?:of\s)?(?P<year>{_YEAR}))?)(?![\w-])(?!\s(?:disease|tree|factor))"
)
_HOLIDAY_WORDS = word_set(
    "christmas xmas boxing thanksgiving easter friday wednesday sunday halloween year years valentine valentines mother mothers father fathers"
    " labor labour memorial independence veterans columbus presidents mlk juneteenth july patrick patricks mayo hanukkah yom rosh passover diwali"
    " holi eid ramadan kwanzaa epiphany saints bastille canada anzac australia jamhuri madaraka"
)
_WEEKDAY = re.compile(
    r"(?<!\w)(?:on|last|this past|since|until|by|from|next|this|before|after) (?P<day>(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?![\w])(?! (?:to|through|and|or|-))"
)
_WEEKDAY_WORDS = word_set("monday tuesday wednesday thursday friday saturday sunday")
_ON_THE = re.compile(
    r"(?<!\w)(?:on|since|by|until|from|before|after) the (?P<day>(?:[12]?\d|3[01])(?:st|nd|rd|th))(?=\s*(?:[.,;)\n]|$|of (?:the |this |last |next )?month|and\b|she\b|he\b|they\b|we\b|with\b))"
)

_DATE_CUE = re.compile(
    r"(?:\b(?:on|since|from|dated?|until|till|by|through|thru|seen|admit(?:ted)?|discharged?|d/c|born|dob|d\.o\.b\.?|visits?|labs?|drawn|done|started|stopped"
    r"|f/u|follow-?up|appointment|appt|as of|surgery|performed|collected|reported|received|before|after|between|due|lmp|edd|edc|effective|updated|week of|clinic|doa|dos|dod|expires?|exp|placed|inserted|repeat(?:ed)?|vaccinated|given|ultrasound|scan|mri|ct|echo|xray|x-ray|last|next|signed|date of \w+)"
    r"|\bdate)[\s:(,.=]{0,3}$"
)
_SURE_CUE = re.compile(
    r"\b(?:on|dated?|dob|born|since|until|as of|admitted|discharged|seen|visit|appt|appointment|drawn|collected|due|lmp|edd|date of \w+|between|before|after|week of|from|by)[\s:(=]{0,2}$"
)
_FRACTION_BEFORE = re.compile(
    r"(?:pain|score|scored|scores|mmse|moca|gcs|apgars?|power|strength|murmur|bp|blood pressure|vision|acuity|va|reflex(?:es)?|dtrs?|grade|rated?|rating|intensity|severity|phq|gad|test|stage|ecog|kps|mini-?mental|slums|nihss|cage|audit|dast"
    r"|recall|items?|motor|muscle|pulses?|level|orient\w*|\bo[ds]\b|\bou\b|\bx|for|every|over|past|at least|about|approximately|~|[<>=±+])\W{0,3}(?:\w{1,10}\W{0,2}){0,2}$"
)
_FRACTION_AFTER = re.compile(
    r"\s?(?:ago|review|old|pain|strength|power|murmur|systolic|diastolic|correct|positive|negative|score|scale|points?|items?|in (?:severity|intensity)|bilateral|throughout|recall|of (?:the|her|his)|x\b|mm|mg|ml|mcg|units?|weeks?|days?|months?|hours?|hrs?"
    r"|times|doses?|tabs?|tablets?|cups?|inch|in\b|lbs?|tsp|teaspoons?|nights?|joints|nodes?|cores?|criteria|sirs|patients|responses?|visits|sessions|\+|%|at (?:rest|worst|best)|on (?:the )?(?:left|right|moca|mmse|phq|vas|nrs))"
)
_VERSIONISH = re.compile(
    r"\b(?:v|ver|version|section|sec|chapter|build|release|guideline|level|table|fig|figure|item|l|t|c|ratio|dose|dosed|regimen|apgars?|gcs|bp)\.?\s*$"
)
_UNITS_NEXT = re.compile(
    r"\s?(?:mg|mcg|ml|units?|kg|%|cm|mm|tabs?|tablets?|weeks?|months?|years?|mmhg|g/dl|meq|mmol|times|cells|patients|people)\b|%"
)
_BIRTH = re.compile(
    r"(?:\bdob|\bd\.o\.b|\bborn|\bbirth ?date|\bdate of birth|\bbirthday|\byear of birth|\byob)\b[^\n.;]{0,16}$"
)


def find(reading: Reading) -> Iterator[Hit]:
    """Every date finer than a year."""
    if not reading.words.isdisjoint(_MONTH_WORDS):
        yield from _with_month_names(reading)
    if not reading.words.isdisjoint(_FOREIGN_WORDS):
        for match in _FOREIGN_DATE.finditer(reading.low):
            yield _dated(reading, match.start(), match.end(), DATE, match["year"] or match["year2"])
    yield from _numeric(reading)
    yield from _seasons_and_feasts(reading)


_MONTH_WORDS = word_set(_FULL + " jan feb mar apr jun jul aug sep sept oct nov dec") | frozenset(
    f"{day}{month}" for day in ("st", "nd", "rd", "th") for month in ("jan", "feb", "mar", "apr", "may")
)
_DOUBTFUL = word_set("mar march may dec sep oct jun jan nov apr aug")


def _with_month_names(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    months = around((match.span() for match in _MONTH_NAME.finditer(low)), before=48, after=48, length=len(low))
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in search(pattern, low, months):
            if match["year"] is None and not _means_the_month(reading, match):
                continue
            yield _dated(reading, match.start(), _without_dot(match), DATE, match["year"])
    for pattern in (_MONTH_YEAR, _YEAR_MONTH):
        for match in search(pattern, low, months):
            yield _dated(reading, match.start(), match.end(), MONTH, match["year"])
    if not reading.words.isdisjoint(_ORDINAL_WORDS):
        for match in search(_WORDED, low, months):
            yield _dated(reading, match.start(), match.end(), DATE, None)
    for match in search(_PREPOSITION, low, months):
        start = match.start("month")
        month = reading.text[match.end("month") - len(match["month"].split(" ")[-1]) : match.end("month")]
        word = match["month"].split(" ")[-1].rstrip(".")
        sure = match["word"] in _STRONG_BEFORE_MONTH
        if word in ("march", "may", "mar", "dec", "sep", "oct") and not (
            month[:1].isupper() and sure and not month.isupper()
        ):
            continue
        if (month[:1].isupper() and (sure or word not in ("april", "june", "august", "jan"))) or (
            sure and len(word) > 5
        ):
            yield Hit(start, start + len(match["month"].rstrip(".")), MONTH, _whole_year(match["word"]))


_ORDINAL_WORDS = frozenset(re.split(r"[ -]", _ORDINALS))


def _whole_year(preposition: str) -> str:
    """What follows the preposition instead of a month: "last March" becomes "last year"."""
    return "year" if preposition in ("last", "this", "next", "every", "past") else "that year"


def _means_the_month(reading: Reading, match: re.Match[str]) -> bool:
    """Whether "5 may" or "dec 10" without a year is a date: by its capital, its ordinal, and what follows."""
    written = reading.text[match.start("month") : match.end("month")].rstrip(".")
    if _UNITS_NEXT.match(reading.after(match.end(), 12)):
        return False
    if re.search(r"\d(?:st|nd|rd|th)", match.group()) and not written.isupper():
        return True
    if written.lower() in _DOUBTFUL:
        return written[:1].isupper() and (
            not written.isupper() or (len(written) == 3 and written.lower() not in ("oct", "may", "mar", "dec"))
        )
    return True


def _without_dot(match: re.Match[str]) -> int:
    return match.end() - 1 if match.group().endswith(".") else match.end()


def _numeric(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    for match in _NUMERIC.finditer(low):
        first, separator, second, year = match.groups()
        if _is_day(first, second) and _is_numeric_date(reading, match, separator.strip(), year):
            yield _dated(reading, match.start(), match.end(), DATE_NUMERIC, year)
    for match in _ISO.finditer(low):
        year, _, month, day = match.groups()
        if _is_day(month, day):
            yield _dated(reading, match.start(), match.end(), DATE_NUMERIC, year)
    for match in _COMPACT.finditer(low):
        if not _UNITS_NEXT.match(reading.after(match.end(), 10)):
            yield _dated(reading, match.start(), match.end(), DATE_NUMERIC, match[1])
    for match in _COMPACT_US.finditer(low):
        yield _dated(reading, match.start(), match.end(), DATE_NUMERIC, match[3])
    for match in _MONTH_SLASH_YEAR.finditer(low):
        if match[2] == "/" or _DATE_CUE.search(reading.before(match.start())) or match[1].startswith("0"):
            yield _dated(reading, match.start(), match.end(), MONTH, match[3])
    for match in _YEAR_DASH_MONTH.finditer(low):
        if int(match[3]) <= int(match[1][2:]):  # otherwise it is a range of years, 2009-10
            yield _dated(reading, match.start(), match.end(), MONTH, match[1])
    yield from _short(reading)


def _is_day(first: str, second: str) -> bool:
    """Day and month in one order or the other; which is not ours to guess."""
    low, high = sorted((int(first), int(second)))
    return 1 <= low <= 12 and high <= 31


def _is_numeric_date(reading: Reading, match: re.Match[str], separator: str, year: str) -> bool:
    """Whether three numbers are a date: four digits of a year settle it, two need the look of one."""
    if len(year) == 4:
        return True
    before = reading.before(match.start())
    if _UNITS_NEXT.match(reading.after(match.end(), 12)) or _VERSIONISH.search(before):
        return False
    if separator == "/":
        return not re.search(r"(?:apgars?|gcs|score)\W{0,4}(?:\w+\W+){0,2}$", before)
    both_full = len(match[1]) == 2 and len(match[3]) == 2
    return bool(_DATE_CUE.search(before)) or (both_full and (separator == "." or int(year.strip("'")) > 31))


_SHORTHAND = {7, 52, 12}
_SCORES = {5, 6, 10, 4, 3, 8, 20, 30, 15, 100}


def _short(reading: Reading) -> Iterator[Hit]:
    """Day and month without a year (3/14): certain after a word that asks for a date, never as a fraction."""
    for match in _SHORT.finditer(reading.low):
        first, separator, second = match[1], match[2], match[3]
        if not _is_day(first, second):
            continue
        before, after = reading.before(match.start(), 40), reading.after(match.end(), 24)
        if _FRACTION_AFTER.match(after):
            continue
        sure = _SURE_CUE.search(before) is not None
        if separator == "-":
            if sure and _padded(first, second) and re.search(r"\b(?:on|dated?|dob|date of \w+)[\s:(=]{0,2}$", before):
                yield Hit(match.start(), match.end(), DATE_SHORT)
            continue
        if sure and not (int(second) in _SHORTHAND and re.search(r"\b(?:since|by|from)\W{0,2}$", before)):
            yield Hit(match.start(), match.end(), DATE_SHORT)
            continue
        if _FRACTION_BEFORE.search(before):
            continue
        begins_line = re.search(r"(?:^|\n)[\s*•-]{0,4}\(?$", before) is not None and re.match(
            r"\)?\s?[:-]|\s[a-z]", after
        )
        impossible_score = int(first) > int(second) and int(second) not in _SHORTHAND | _SCORES
        if begins_line or (_DATE_CUE.search(before) and int(second) not in _SHORTHAND | _SCORES):
            yield Hit(match.start(), match.end(), DATE_SHORT)
        elif impossible_score or int(second) not in _SHORTHAND | _SCORES:
            yield Hit(match.start(), match.end(), PERHAPS)


def _padded(first: str, second: str) -> bool:
    return len(first) == 2 and len(second) == 2


def _seasons_and_feasts(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    if not reading.words.isdisjoint({"spring", "summer", "autumn", "fall", "winter", "q", "quarter", "week"}):
        for match in _SEASON.finditer(low):
            if match.group().startswith("fall") and re.search(
                r"\b(?:a|an|mechanical|recurrent|unwitnessed|ground-level|first|second|last|with|after|the) $",
                reading.before(match.start()),
            ):
                continue
            yield _dated(reading, match.start(), match.end(), SEASON, match["year"] or match["year2"])
    if not reading.words.isdisjoint(_HOLIDAY_WORDS):
        for match in _HOLIDAY.finditer(low):
            if match["year"] or match["cue"]:
                yield _dated(reading, match.start("day"), match.end("day"), HOLIDAY, match["year"])
    if not reading.words.isdisjoint(_WEEKDAY_WORDS):
        for match in _WEEKDAY.finditer(low):
            yield Hit(match.start("day"), match.end("day"), WEEKDAY)
    for match in _ON_THE.finditer(low):
        yield Hit(match.start("day"), match.end("day"), PERHAPS)


def _dated(reading: Reading, start: int, end: int, rule: Rule, year: str | None) -> Hit:
    """A date with the year alone in its place, worded so that the sentence still reads."""
    before = reading.before(start)
    text = reading.low[start:end].rstrip(" .,")
    end = start + len(text)
    if year is None or not year.isdigit():
        return Hit(start, end, rule)
    if len(year) == 2:
        return Hit(start, end, rule, "that day" if rule.id != MONTH.id else "that year")
    if int(year) <= WRITTEN_AFTER - 90 and _BIRTH.search(before):
        return Hit(start, end, rule, "[90 or older]")
    if re.search(r"\b(?:on|the)\s$", before) and rule.id != MONTH.id:
        return Hit(start, end, rule, f"a day in {year}" if before.endswith("on ") else f"day in {year}")
    return Hit(start, end, rule, year)
