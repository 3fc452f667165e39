"""Ways to reach somebody: e-mail, web and computer addresses, telephone and fax numbers."""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

EMAIL = Rule("email", "email", msgid("An e-mail address leads to a person."), "[e-mail removed]", weight=9)
SPOKEN_EMAIL = Rule("email-spoken", "email", msgid("An e-mail address in words."), "[e-mail removed]", weight=9)
HANDLE = Rule("social-handle", "other_id", msgid("A user name leads to a person."), "[user name removed]")
URL = Rule("url", "url", msgid("A web address can lead to a person."), "[web address removed]", weight=8)
IP = Rule("ip", "ip", msgid("A computer address can lead to a household."), "[computer address removed]", weight=6)
MAC = Rule("mac", "device", msgid("A device address belongs to one device."), "[device address removed]", weight=6)
PHONE = Rule("phone", "phone", msgid("A telephone number leads to a person."), "[phone number removed]", weight=4)
PHONE_CUE = Rule("phone-cue", "phone", msgid("A number after a word like phone."), "[phone number removed]", weight=5)
PHONE_WORDS = Rule("phone-words", "phone", msgid("A long number in words."), "[number removed]")
FAX = Rule("fax", "fax", msgid("A fax number leads to a practice or a person."), "[fax number removed]", weight=7)
RULES = (EMAIL, SPOKEN_EMAIL, HANDLE, URL, IP, MAC, PHONE, PHONE_CUE, PHONE_WORDS, FAX)

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%'-]{1,80}+(?<!\.)@[\w-]{1,63}+(?:\.[\w-]{1,63}+){0,6}+")
_SPOKEN_EMAIL = re.compile(
    r"(?<![\w.])[\w.+-]{1,64}+ ?(?:\(at\)|\[at\]|\{at\}| at ) ?[\w-]{1,63}+"
    r"(?: ?(?:\(dot\)|\[dot\]|\{dot\}| dot |(?<=[a-z])\.(?=[a-z])) ?[a-z]{2,20}){1,3}(?![\w@])"
)
_HANDLE = re.compile(
    r"(?<![\w.@])@[a-z_][\w.]{2,30}\b"
    r"|\b(?:twitter|instagram|facebook|tiktok|snapchat|linkedin|skype|telegram|wechat|username|user name|handle|user id)\b"
    r"(?: (?:handle|name|account|user|id|is|as))*+ ?[:=]? ?@?(?P<name>[a-z_][\w.-]{2,30})\b"
)
_SCHEME = re.compile(r"\b(?:https?|ftp)://[^\s<>\"]{1,2000}+|\bwww\d?\.[^\s<>\"]{2,2000}+")
_DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9][a-z0-9-]{0,62}\.){1,5}"
    r"(?:com|org|net|edu|gov|mil|info|biz|ac\.uk|co\.uk|nhs\.uk|org\.uk|gov\.uk|com\.au|co\.ke|or\.ke|go\.ke|co\.za"
    r"|org\.za|co\.in|gov\.in|com\.br|com\.mx|gob\.mx|app|dev|(?:io|me|ly|co|us|ca|uk|de|fr|in|au|gl)(?=/\w))"
    r"(?![\w-]|\.\w)(?:[/?#][^\s<>\"]{0,2000}+)?"
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\w]|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4}){1,6}(?![\w:])|(?<![\w:.])[0-9a-f]{1,4}::[0-9a-f]{1,4}(?![\w:])"
)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}(?![\w:-])")
_VERSION = re.compile(r"\b(?:v|ver|version|build|release|firmware|software|section|chapter|table|figure)\.?\s*$")

# A telephone number, loosely: the ways people group digits; `_is_phone` decides.
_EXTENSION = r"(?:[ ,;]{0,3}(?:x|ext\.?|extension|extn)[ .:]{0,2}\d{1,6})?"
_NORTH_AMERICAN = re.compile(
    r"(?<![\w.,/+-])(?<!\d )(?:\+?1[ .-]{0,2})?(?:\(\d{3}\)[ .\n-]{0,3}|\d{3}[ ./\n-]{1,3})\d{3}[ .\n-]{1,3}\d{4}(?![\w-]|[.,]\d)"
    + _EXTENSION
)
_INTERNATIONAL = re.compile(r"(?<![\w.])(?:\+|00(?=[1-9]))\d{1,4}(?:[ .()/-]{0,3}\d{1,5}){1,7}+(?![\w-])" + _EXTENSION)
_NATIONAL = re.compile(
    r"(?<![\w.,/:+-])\(?0\d{1,5}\)?(?:[ .()-]{0,2}\d{2,8}){1,4}+(?![\w/-]|[.,]\d|\s?(?:mg|ml|mcg|units)\b)"
)
_INDIAN = re.compile(r"(?<![\w.,/:+-])[6-9]\d{4}[ -]\d{5}(?![\w/-]|[.,]\d)")
_VANITY = re.compile(
    r"(?<![\w-])1?-?8(?:00|88|77|66|55|44|33)-(?=[a-z0-9-]{0,6}[a-z])[a-z0-9]{3,10}(?:-[a-z0-9]{2,8})?\b"
)
_CUED = re.compile(
    r"\b(?:tele)?(?:phones?|tel|ph|cell|cellphone|mobile|mob|landline|pager|beeper|bleep|whatsapp|viber|sms|hotline|voicemail"
    r"|fax(?:ed|es)?|facsimile|ext|extension|extn|call(?:ed|s|ing)?|text(?:ed|s)?|dial(?:ed|s)?|reach(?:ed|able)?|contact(?:ed)?|ring)\b"
    r"(?:\s*(?:is|was|at|on|to|no|nos|number|num|nr|the|her|his|their|me|him|them|mom|home|work|office|clinic|line|phone|fax|cell|mobile"
    r"|us|back|via|[#:.,;()=/-])){0,8}+\s*"
    r"(?P<number>\+?\(?\d[\d ().-]{1,22}\d)(?![\w%/]|\.\d)(?!\s?(?:mg|mcg|ml|units?|times?|days?|hours?|hrs?|weeks?|months?|years?|minutes?|mins?|am|pm|x)\b)"
    + _EXTENSION
)
_CUES = word_set(
    "phone phones telephone tel ph cell cellphone mobile mob landline pager beeper bleep whatsapp viber sms hotline voicemail fax faxed"
    " faxes facsimile ext extension extn call called calls calling text texted texts dial dialed dials reach reached reachable contact"
    " contacted ring"
)
_WEAK_CUES = re.compile(r"call|text|dial|reach|contact|ring")
_EXTENSION_CUES = re.compile(r"ext|pager|beeper|bleep")
_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_IN_WORDS = re.compile(rf"\b{_DIGIT}(?:[ ,.-]{{1,3}}{_DIGIT}){{5,20}}\b")
_FAX_BEFORE = re.compile(r"\b(?:fax|facsimile)\b[^\n;]{0,18}$")
_TRAILING = ".,;:!?)]}'\""


def find(reading: Reading) -> Iterator[Hit]:
    """Every way to reach somebody that the text holds."""
    yield from _addresses(reading)
    yield from _computers(reading)
    yield from _numbers(reading)


def _addresses(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    if "@" in low:
        for match in _EMAIL.finditer(low):
            yield Hit(match.start(), match.end(), EMAIL)
        for match in _HANDLE.finditer(low):
            group = "name" if match["name"] else 0
            yield Hit(match.start(group), match.end(group), HANDLE)
    elif not reading.words.isdisjoint(_NETWORKS):
        for match in _HANDLE.finditer(low):
            if match["name"] and re.search(r"[\d_.]|[:@=]", match.group()):
                yield Hit(match.start("name"), match.end("name"), HANDLE)
    if "dot" in reading.words or ("at" in reading.words and re.search(r"[(\[{]at[)\]}]", low)):
        for match in _SPOKEN_EMAIL.finditer(low):
            yield Hit(match.start(), match.end(), SPOKEN_EMAIL)
    if "://" in low or "www" in low:
        for match in _SCHEME.finditer(low):
            yield Hit(match.start(), match.start() + len(match.group().rstrip(_TRAILING)), URL)
    for match in _DOMAIN.finditer(low):
        yield Hit(match.start(), match.start() + len(match.group().rstrip(_TRAILING)), URL)


_NETWORKS = word_set("twitter instagram facebook tiktok snapchat linkedin skype telegram wechat username user handle")


def _computers(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    for match in _IPV4.finditer(low):
        octets = match.group().split(":")[0].split(".")
        if all(int(octet) < 256 for octet in octets) and not _VERSION.search(reading.before(match.start())):
            yield Hit(match.start(), match.end(), IP)
    if ":" in low:
        for match in _IPV6.finditer(low):
            groups = [group for group in match.group().split(":") if group]
            if len(groups) == 8 or "::" in match.group():
                yield Hit(match.start(), match.end(), IP)
    for match in _MAC.finditer(low):
        yield Hit(match.start(), match.end(), MAC)


def _numbers(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    for pattern, fewest, most in (
        (_NORTH_AMERICAN, 10, 17), (_INTERNATIONAL, 8, 20), (_NATIONAL, 9, 12), (_INDIAN, 10, 10),
    ):  # fmt: skip
        for match in pattern.finditer(low):
            if fewest <= sum(map(str.isdigit, match.group())) <= most and _grouped(match.group()):
                yield _phone(reading, match.start(), match.end(), PHONE)
    if not reading.words.isdisjoint(_CUES):
        for match in _CUED.finditer(low):
            if _long_enough(match):
                yield _phone(reading, match.start("number"), match.end(), PHONE_CUE)
    if "-8" in low or ("8" in low and "-" in low):
        for match in _VANITY.finditer(low):
            yield _phone(reading, match.start(), match.end(), PHONE)
    if len(reading.words & _DIGIT_WORDS) >= 2:
        for match in _IN_WORDS.finditer(low):
            yield _phone(reading, match.start(), match.end(), PHONE_WORDS)


def _grouped(number: str) -> bool:
    """Whether the digits are set as people set a telephone number, or are ten or eleven in one go."""
    return not _is_calendar(number) and (not number.isdigit() or (len(number) in (10, 11) and number[1] != "0"))


_DIGIT_WORDS = word_set("zero oh one two three four five six seven eight nine")


def _long_enough(match: re.Match[str]) -> bool:
    """Seven digits make a number; after "ext" or "pager" four do; after "call" a bare year or dose does not."""
    number = match["number"]
    digits = sum(map(str.isdigit, number))
    if _is_calendar(number):
        return False
    if _EXTENSION_CUES.match(match.group()):
        return 3 <= digits <= 7
    return digits >= 7


_CALENDAR = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}(?!\d)|0\.\d|(?:19|20)\d\d ?- ?(?:19|20)\d\d$"
)


def _is_calendar(number: str) -> bool:
    """Whether the digits are a date or a range of years rather than a telephone number."""
    return _CALENDAR.match(number) is not None


def _phone(reading: Reading, start: int, end: int, rule: Rule) -> Hit:
    """A telephone hit, or a fax hit if the words before it, on the same line, speak of fax last."""
    before = reading.before(start, 40)
    fax = _FAX_BEFORE.search(before)
    if (fax and not re.search(r"\d|phone|tel|cell|mobile", before[fax.start() :])) or re.match(
        r"\s?\(?(?:fax|facsimile)\b\)?(?!\s?:)", reading.after(end, 12)
    ):
        rule = FAX
    return Hit(start, end, rule)
