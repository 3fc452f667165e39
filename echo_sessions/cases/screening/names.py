"""Names of people: patients, relatives, clinicians, anybody.

Four ways to one: a word that announces a name (Mr, named, her daughter), a name on the lists, the shape of a full
name (two unknown capitalised words), and a name already found elsewhere in the same text.
"""

import re
from collections.abc import Iterable, Iterator

from echo_sessions.cases.screening import full_names
from echo_sessions.cases.screening.eponyms import is_eponym, is_measured
from echo_sessions.cases.screening.full_names import PARTICLES
from echo_sessions.cases.screening.lexicon import (
    COMMON,
    GIVEN,
    PLACES,
    REGIONS,
    SURE_GIVEN,
    SURE_SURNAMES,
    SURNAMES,
    TITLES,
    is_word,
    word_set,
)  # fmt: skip
from echo_sessions.cases.screening.reading import CAPITAL, UP, WORD, Reading, search
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

TITLE = Rule("name-title", "name", msgid("A title announces a name."), "the clinician", weight=6)
CALLED = Rule("name-cue", "name", msgid("These words announce a name."), "the patient", weight=6)
RELATIVE = Rule("name-relative", "name", msgid("The name of a relative or friend."), "", weight=6)
INITIALS = Rule("name-initials", "name", msgid("Initials stand for a name."), "the patient", weight=4)
AGAIN = Rule("name-again", "name", msgid("Marked as a name elsewhere in this text."), "the patient", weight=2)
INITIALS_PERHAPS = Rule("initials-perhaps", "name", msgid("Are these somebody's initials?"), "", tier=2)
RULES = (TITLE, CALLED, RELATIVE, INITIALS, AGAIN, INITIALS_PERHAPS, *full_names.RULES)

_NAME = rf"(?:{UP}\.?[ ]){{0,2}}{WORD}(?:[ ](?:{PARTICLES}[ -]){{0,2}}(?:{UP}\.(?=[ ]{UP})[ ])?{WORD}|,?[ ](?:Jr|Sr|II|III)\b){{0,3}}"
_TITLES = r"Mr|Mrs|Ms|Miss|Mx|Dr|Drs|Prof|Professor|Doctor|Señor|Señora|Sra|Dra|Mme|Mlle|Madame|Monsieur|Herr|Frau|Rev|Reverend|Fr|Father|Pastor|Rabbi|Imam|Sheikh|Sister|Brother|Nurse|Judge|Justice|Officer|Detective|Sgt|Sergeant|Capt|Captain|Lt|Col|Chief|Coach|Dame|Sir|Lord|Lady|Auntie|Aunt|Aunty|Uncle|Tía|Tio|Abuela|Grandma|Grandpa|Nana|Mama|Baba|Mzee|Bwana|Bi|Shri|Sri|Smt|Chief|President|Senator|Mayor|Principal"
_TITLED = re.compile(
    rf"(?<![^\W_])(?P<title>{_TITLES}|{_TITLES.upper()})(?P<dot>\.?)[  ]+(?P<name>{_NAME})|(?<![^\W_])(?P<title2>Mr|Mrs|Ms|Dr|Prof|Pt)\.?[ ](?P<initials>(?:{UP}\.?[ ]?){{1,3}})(?![^\W_])"
)
_LOW_TITLED = re.compile(r"(?<![^\W_])(?P<title>mr|mrs|miss|dr)\.? (?P<name>[^\W\d_]{2,}(?:['-][^\W\d_]+)?)(?![^\W_])")
_CLINICIAN = re.compile(r"^(?:dr|drs|prof|professor|doctor|dra|nurse)$")
_CREDENTIALS = re.compile(
    rf"(?<![^\W_])(?P<name>{_NAME}),? (?:MD|M\.D\.|DO|D\.O\.|MBBS|MBChB|RN|R\.N\.|BSN|NP|FNP|APRN|PA-C|PA|LCSW|LPC|LMFT|PhD|Ph\.D\.|PsyD|PharmD|DDS|DNP|CNM|MSW|MPH|DPT|FACP|FRCP|MRCP|CRNA|LPN|CNS|PMHNP)(?![\w-])"
)
_ANNOUNCED = re.compile(
    r"(?<![^\W_])(?i:(?P<sure>named|name is|name's|first name|last name|full name|legal name|surname|maiden name|preferred name|name of patient|patient name|patient's name|pt name|client name|nickname|nicknamed|goes by|known as|a\.k\.a\.?|aka|alias|née|my name is|i am|signed by|signed|e-signed by|electronically signed by|dictated by|transcribed by|seen by|referred by|cc|attn|attention|author|provider|attending|pcp|surgeon|presenter|presented by|reported by|reviewed by|discussed with|spoke with|spoke to|met with|d/w|contacted|next of kin|nok|emergency contact|name)"
    r"|(?P<loose>patient|pt|client|resident|baby|infant|called|per|by|with|from|physician|psychiatrist|cardiologist|oncologist|neurologist|nephrologist|urologist|pediatrician|paediatrician|therapist|counselor|counsellor|pharmacist|midwife|social worker|case manager|care manager|caseworker|chw|nurse|np|teacher|boss|supervisor|employer|lawyer|attorney|landlord|parole officer|interpreter|re|subject|member|veteran|and|to|for|ask|asked|told|saw|sees))"
    r"(?:[ ]?[:#=-]|,)?[ ]{0,2}(?:\(|\"|')?(?:(?i:is|was|as|the patient|patient|by)[ ]{1,2})?"
    rf"(?P<name>{_NAME})"
)
_LOW_NAMED = re.compile(
    r"(?<![^\W_])(?:named|name is|name:|called|nicknamed|goes by|known as|daughter|son|wife|husband|mother|father|mom|mum|dad|sister|brother|partner|girlfriend|boyfriend|pt|patient|patient,|client) (?=(?P<name>[a-z]{3,}(?: [a-z]{3,})?)(?![^\W_]))"
)
_KIN = r"daughter|son|wife|husband|mother|father|mom|mum|mommy|dad|daddy|sister|brother|aunt|auntie|uncle|cousin|niece|nephew|grandmother|grandfather|grandma|grandpa|granddaughter|grandson|grandchild|partner|spouse|fiancée?|fiance|girlfriend|boyfriend|ex-wife|ex-husband|ex|friend|best friend|neighbou?r|caregiver|carer|roommate|housemate|guardian|step-?(?:father|mother|son|daughter|sister|brother|dad|mom)|mother-in-law|father-in-law|daughter-in-law|son-in-law|sister-in-law|brother-in-law|twin|foster mother|foster father|godmother|sponsor|co-?worker|colleague|sibling|child|kid|kids|children|sons|daughters|sisters|brothers|dog|cat"
_KIN_NAME = re.compile(
    rf"(?<![^\W_])(?P<kin>(?i:{_KIN}))(?:,|:| -|[ ]?\()?[ ]?(?:(?:(?i:is|was|named|called|name is|whose name is|'s name is))[ ])?\"?(?P<name>{_NAME})"
)
_NAME_KIN = re.compile(
    rf"(?<![^\W_])(?P<name>{_NAME})(?:,|[ ]?\(| is| was)[ ](?i:the patient's|patient's|his|her|their|my|a)?[ ]?(?P<kin>(?i:{_KIN}))(?![^\W_])|(?<![^\W_])(?P<name2>{_NAME})[ ]?\((?P<kin2>(?i:{_KIN}))\)"
)
_DOTTED = re.compile(rf"(?<![\w.])(?:{UP}\.[ ]?){{2,3}}(?!\w)")
_BARE_INITIALS = re.compile(
    rf"(?<![^\W_])(?i:initials?(?: are| is|:)?|patient|pt\.?|client|name:)[ ]{{1,2}}(?P<name>{UP}{{2,3}}|{UP}\.{UP})(?![\w.-])"
)

_NOT_INITIALS = word_set(
    "us uk usa un eu md do rn np pa bid tid qid qd qod prn po iv im sc sq sl pr hs ac pc am pm er ed or ic iu ie eg dc id ph"
    " phd ms ba bs ma jd od os ou ad as au gi gu ob la ny nj nm tx ca dob dx hx rx tx sx fx cc hpi pmh nkda psa bp hr rr o2 tb hiv"
    " bc ce ssn mrn no st mt ft av ave"
)
_INITIALS_AFTER = re.compile(
    r"\s?(?:,|\()?\s?(?:is|was|has|had|presents|presented|reports|states|denies|lives|came|an?\b|age|aged|\d\d[ -]?(?:yo|y/o|year|m\b|f\b))"
)
_INSTEAD = {
    "mom": "mother",
    "mum": "mother",
    "mommy": "mother",
    "dad": "father",
    "daddy": "father",
    "ex": "former partner",
}


def find(reading: Reading) -> Iterator[Hit]:
    """Names by announcement, list and shape, then every repetition of what those found."""
    hits = [*_announced(reading), *_initials(reading), *full_names.find(reading)]
    yield from hits
    yield from _again(reading, hits)


def _announced(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    yield from _titled(reading)
    for match in search(_CREDENTIALS, text, reading.suspects):
        bounds = _name_within(reading, match.start("name"), match.end("name"), loose=True)
        if bounds:
            yield Hit(*bounds, TITLE)
    for match in search(_ANNOUNCED, text, reading.suspects):
        bounds = _name_within(reading, match.start("name"), match.end("name"), loose=match["loose"] is not None)
        if bounds and _worth(reading, bounds, sure=match["sure"] is not None):
            yield Hit(*bounds, CALLED, _for_cue((match["sure"] or match["loose"]).lower()))
    for pattern in (_KIN_NAME, _NAME_KIN):
        for match in search(pattern, text, reading.suspects):
            group = "name" if match["name"] else "name2"
            kin = match["kin"] if match["name"] else match["kin2"]
            bounds = _name_within(reading, match.start(group), match.end(group), loose=True)
            if bounds and _worth(reading, bounds, sure=pattern is _KIN_NAME):
                yield Hit(*bounds, RELATIVE, _relative(reading, match, bounds, kin.lower()))
    if not reading.words.isdisjoint(GIVEN):
        for match in _LOW_NAMED.finditer(reading.low):
            first, *rest = match["name"].split(" ")
            if first in SURE_GIVEN and text[match.start("name")].islower():
                long = rest and (rest[0] in SURE_SURNAMES or rest[0] in SURE_GIVEN)
                yield Hit(match.start("name"), match.end("name") if long else match.start("name") + len(first), CALLED)


def _titled(reading: Reading) -> Iterator[Hit]:
    for match in search(_TITLED, reading.text, reading.suspects):
        if match["initials"]:
            end = match.start("initials") + len(match["initials"].rstrip())
            yield Hit(match.start(), end, TITLE, _for_title(match["title2"].lower()))
            continue
        title = match["title"]
        sure = title.lower() in ("mr", "mrs", "ms", "dr", "miss", "prof") and (
            bool(match["dot"]) or not title.isupper()
        )
        start, end = match.span("name")
        if sure and not _is_work(reading, start):
            end = _cut(reading, start, end)
        else:
            bounds = _name_within(reading, start, end, loose=True)
            if (
                bounds is None
                or bounds[0] != start
                or (title.isupper() and not match["dot"] and not _listed(reading, bounds))
            ):
                continue
            end = bounds[1]
        yield Hit(match.start(), end, TITLE, _for_title(title.lower()))
    if not reading.words.isdisjoint({"mr", "mrs", "miss", "dr"}):
        for match in _LOW_TITLED.finditer(reading.low):
            name = match["name"].removesuffix("'s")
            if (
                reading.text[match.start("name")].islower()
                and not is_word(name)
                and (match["title"] != "dr" or len(name) > 3)
            ):
                yield Hit(match.start(), match.start("name") + len(name), TITLE, _for_title(match["title"]))


_WORK = word_set(
    "imaging angiography spectroscopy enterography venography elastography arthrogram scan brain spine who appointment visit office"
    " practitioner manager station the a an and of home patient"
)


def _is_work(reading: Reading, start: int) -> bool:
    """Whether "MR imaging" or "Dr visit" follows rather than a name."""
    word = re.match(r"[^\W\d_]+", reading.low[start:])
    return word is None or word.group() in _WORK


def _cut(reading: Reading, start: int, end: int) -> int:
    """The end of a name after a sure title: at least its first word, then as long as the words are unknown."""
    reached = start
    for number, match in enumerate(CAPITAL.finditer(reading.text, start, end)):
        word = reading.low[match.start() : match.end()].removesuffix("'s")
        if number and len(word) > 1 and is_word(word) and word not in SURNAMES and word not in GIVEN:
            break
        reached = match.start() + len(word)
    return reached or end


def _name_within(reading: Reading, start: int, end: int, *, loose: bool) -> tuple[int, int] | None:
    """The part of capitalised words that is a name: from the first word that may be one to the last of the run.

    With a loose cue an everyday or clinical word is no name; with a sure one, a word that also is a name may be.
    """
    first = last = None
    for match in CAPITAL.finditer(reading.text, start, end):
        word = reading.low[match.start() : match.end()].removesuffix("'s")
        written = reading.text[match.start() : match.start() + len(word)]
        if len(word) == 1:
            if first is None and match.start() == start:
                first = match
            continue
        if _may_name(reading, word, written, loose=loose and first is None):
            first = first or match
            last = match.start() + len(word)
        elif first is not None:
            break
        else:
            return None
    return (first.start(), last) if first is not None and last is not None else None


def _may_name(reading: Reading, word: str, written: str, *, loose: bool) -> bool:
    if written.isupper() and len(word) <= 5 and word not in SURE_GIVEN | SURE_SURNAMES:
        return False
    if word in SURE_GIVEN or word in SURE_SURNAMES:
        return True
    if word in REGIONS or (word in PLACES and word not in SURNAMES and word not in GIVEN):
        return False
    if word in GIVEN or word in SURNAMES:
        return not loose or word not in COMMON
    return not is_word(word)


def _worth(reading: Reading, bounds: tuple[int, int], *, sure: bool) -> bool:
    """Whether an announced run of words really names somebody, not an eponym, a place or a medicine."""
    start, end = bounds
    words = reading.low[start:end].split()
    listed = any(word in SURE_GIVEN or word in SURE_SURNAMES for word in words)
    if is_eponym(reading.text, end, person=listed) or is_measured(reading.low, end):
        return False
    if listed:
        return True
    return sure or len(words) >= 2


def _listed(reading: Reading, bounds: tuple[int, int]) -> bool:
    words = reading.low[bounds[0] : bounds[1]].split()
    return any(word in GIVEN or word in SURNAMES or (not is_word(word) and len(word) > 3) for word in words)


def _for_title(title: str) -> str:
    if _CLINICIAN.match(title):
        return "the clinician"
    return "the patient" if title in ("mr", "mrs", "ms", "miss", "mx", "pt") else "the person"


_CLINICIAN_CUES = re.compile(
    r"signed|dictated|transcribed|seen by|referred|author|provider|attending|pcp|surgeon|reviewed|discussed|spoke|met with|physician|ist$|nurse|np$|worker|manager|therapist|counsel|cc$|attn|d/w|midwife|pediatrician|presented by|presenter"
)


def _for_cue(cue: str) -> str:
    return "the clinician" if _CLINICIAN_CUES.search(cue) else "the patient"


def _relative(reading: Reading, match: re.Match[str], bounds: tuple[int, int], kin: str) -> str:
    """What reads well instead of the name: "her daughter Maria" and "daughter: Maria" keep the relation."""
    relation = _INSTEAD.get(kin, kin)
    return f"the {relation}"


def _initials(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in _DOTTED.finditer(text):
        letters = re.sub(r"[^\w]", "", match.group()).lower()
        end = match.start() + len(match.group().rstrip())
        if letters in _NOT_INITIALS:
            continue
        before = reading.before(match.start(), 16)
        cue = re.search(
            r"(?:patient|pt\.?|client|initials?|mr\.?|mrs\.?|ms\.?|dr\.?|named|name:?|daughter|son|wife|husband)[\s:]*$",
            before,
        )
        if cue or _INITIALS_AFTER.match(reading.after(match.end(), 20)):
            yield Hit(match.start(), end, INITIALS)
        else:
            yield Hit(match.start(), end, INITIALS_PERHAPS)
    for match in _BARE_INITIALS.finditer(text):
        letters = match["name"].replace(".", "").lower()
        if letters in _NOT_INITIALS or is_word(letters):
            continue
        sure = "initial" in match.group().lower() or re.match(
            r"\s?(?:,|\(|is an?)\s?(?:a )?\d\d", reading.after(match.end(), 14)
        )
        yield Hit(match.start("name"), match.end("name"), INITIALS if sure else INITIALS_PERHAPS)


def _again(reading: Reading, hits: Iterable[Hit]) -> Iterator[Hit]:
    """Every other place where a name stands that was found with certainty, with or without its title."""
    sought: set[str] = set()
    for hit in hits:
        if hit.rule.tier == 1:
            for match in CAPITAL.finditer(reading.text, hit.start, hit.end):
                word = reading.low[match.start() : match.end()]
                if len(word) > 2 and not is_word(word) and word not in PLACES and word not in TITLES:
                    sought.add(word)
    if not sought:
        return
    for start, end, word in reading.capitals:
        if word in sought and not is_eponym(reading.text, end, person=True):
            yield Hit(start, end, AGAIN)
