"""Places finer than a state: towns, counties, facilities, schools.

Countries, states, provinces and nationalities pass. Scales and criteria called after towns are not places.
"""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.addresses import STATE_NAMES, STATES
from echo_sessions.cases.screening.lexicon import (
    COMMON,
    EPONYMS,
    GIVEN,
    PLACE_PHRASES,
    PLACES,
    REGIONS,
    SAINTLY,
    SURE_PLACES,
    is_word,
    word_set,
)
from echo_sessions.cases.screening.reading import UP, WORD, Reading, around, search
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

_SMALL = msgid("A place smaller than a state.")
TOWN = Rule("place-listed", "geo", _SMALL, "a town", weight=2)
CUED = Rule("place-cue", "geo", msgid("These words announce a place."), "a town", weight=4)
FACILITY = Rule("place-facility", "geo", msgid("A facility tells where the patient was."), "a facility", weight=5)
AREA = Rule("place-area", "geo", _SMALL, "an area", weight=5)
AGAIN = Rule("place-again", "geo", msgid("Marked as a place elsewhere in this text."), "a town", weight=2)
RULES = (TOWN, CUED, FACILITY, AREA, AGAIN)

_PLACE = rf"(?:(?i:the)[ ])?{WORD}(?:[ ](?:(?:de|del|la|las|los|el|of|the|and|upon|on|es)[ ]){{0,2}}{WORD}){{0,3}}"
_CUE = re.compile(
    r"(?<![^\W_])(?i:(?:lives?|living|lived|resid(?:es?|ing|ed)|stays?|staying|stayed|born(?: and raised)?|raised|grew up|homeless|housed|settled|based|works?|worked|working|employed|incarcerated|hospitali[sz]ed|admitted|treated|farm(?:s|ing)?|school|clinic|hospital|practice|practices|practicing|house|home|apartment|shelter|facility|office|family|sister|brother|mother|father|daughter|son|nursing home|jail|prison|mines?|ranch|farmer|miner)"
    r"(?:[ ](?:alone|with[ ](?:(?:his|her|their)[ ])?\w+|currently|now|nearby|all[ ](?:his|her)[ ]life))?[ ](?:in|at|near|outside(?:[ ]of)?|around|on)"
    r"|(?:is|was|are|comes?|came|originally|native|hails?|moved(?:[ ]here|[ ]back)?|relocated|immigrated|emigrated|transferred|transported|referred|travel(?:l?ed|l?ing|s)?|drove|drives|drive|flew|arrived|returned|back|refugee|patient|pt|man|woman|farmer|miner|rancher|veteran|teacher|female|male|resident|visiting|visited|visits?|trip|discharged|airlifted|flown|sent)[ ](?:from|to|of|in)"
    r"|miles?[ ](?:from|north[ ]of|south[ ]of|east[ ]of|west[ ]of|outside[ ]of|outside)|(?:km|kilomet(?:er|re)s|minutes|hours|hour|hrs?)[ ]+(?:away[ ])?(?:from|north[ ]of|south[ ]of|east[ ]of|west[ ]of|outside[ ]of)"
    r"|(?:city|town|village|hamlet|suburb|district|county|parish|municipality|barrio|township|borough|neighbou?rhood|reservation|pueblo)[ ]of"
    r"|hometown(?:[ ](?:is|of))?|birthplace|address|residence|residing|location|site|city|town|county|village|district|community|tribe)"
    rf"(?:[ ]?:)?[ ]+(?:(?i:a|the)[ ](?:small[ ]|rural[ ]|little[ ])?(?:town|village|city|community|farm|ranch)[ ](?:of|called|named|near|outside|in)[ ]+|(?:rural|downtown|nearby|central|inner|remote|upstate|metro|greater)[ ])?(?P<place>{_PLACE})"
)
_COMMA = re.compile(rf",[ ]{UP}")
_TOWN_STATE = re.compile(
    rf"(?<![^\W_])(?P<town>{WORD}(?:[ ]{WORD}){{0,2}}),[ ](?:(?:{STATES})(?![^\W_])|(?:{STATE_NAMES})(?![^\W_]))(?P<zip>,?[ ]+\d{{5}}(?:-\d{{4}})?(?!\d))?"
)
_HEADS: dict[str, str] = {
    "hospital": "a hospital", "hospitals": "a hospital", "medical center": "a hospital", "medical centre": "a hospital", "infirmary": "a hospital", "sanatorium": "a hospital",
    "clinic": "a clinic", "health center": "a health centre", "health centre": "a health centre", "health clinic": "a clinic", "health post": "a health post", "dispensary": "a clinic", "polyclinic": "a clinic", "surgery": "a practice", "health system": "a health system", "healthcare": "a health system", "health services": "a health service", "health": "a health system", "medical group": "a practice", "family medicine": "a practice", "family practice": "a practice", "pharmacy": "a pharmacy", "laboratories": "a laboratory", "hospice": "a hospice", "cancer center": "a cancer centre", "cancer institute": "a cancer centre", "treatment center": "a treatment centre", "recovery center": "a treatment centre", "rehabilitation center": "a rehabilitation centre", "rehab": "a rehabilitation centre", "nursing home": "a nursing home", "care home": "a care home", "care center": "a care centre", "manor": "a care home", "assisted living": "a care home", "nursing center": "a nursing home", "retirement community": "a care home",
    "university": "a university", "college": "a college", "high school": "a school", "middle school": "a school", "elementary": "a school", "elementary school": "a school", "primary school": "a school", "secondary school": "a school", "school": "a school", "academy": "a school", "preschool": "a school", "kindergarten": "a school", "church": "a church", "cathedral": "a church", "mosque": "a mosque", "temple": "a temple", "synagogue": "a synagogue", "parish": "an area",
    "county": "a county", "township": "a township", "reservation": "a reservation", "pueblo": "a pueblo", "village": "a village", "district": "a district", "borough": "a borough", "valley": "a valley", "island": "an island", "islands": "an island", "heights": "a neighbourhood", "beach": "a town", "springs": "a town", "park": "a park", "river": "a river", "lake": "a lake", "creek": "a creek", "mountains": "an area", "canyon": "an area", "city": "a city", "harbor": "a town", "harbour": "a town", "falls": "a town", "ranch": "a ranch", "farms": "a farm", "farm": "a farm", "estate": "an estate", "apartments": "a flat", "slum": "a neighbourhood", "sub-county": "a district", "airport": "an airport", "casino": "a casino", "mall": "a shop",
    "prison": "a prison", "jail": "a jail", "correctional facility": "a prison", "correctional institution": "a prison", "detention center": "a detention centre", "penitentiary": "a prison", "air force base": "a military base", "army base": "a military base", "naval base": "a military base", "shelter": "a shelter", "police department": "the police", "fire department": "the fire service", "steel": "a company", "mine": "a mine", "mines": "a mine", "mill": "a factory", "inc": "a company", "corporation": "a company", "corp": "a company", "llc": "a company", "ltd": "a company", "company": "a company", "foundation": "an organisation", "hotel": "a hotel", "restaurant": "a restaurant", "cafe": "a cafe", "diner": "a restaurant", "bank": "a bank", "supermarket": "a shop",
}  # fmt: skip
_AREAS = frozenset(
    [
        "an area",
        "a county",
        "a township",
        "a reservation",
        "a pueblo",
        "a village",
        "a district",
        "a borough",
        "a valley",
        "an island",
        "a neighbourhood",
        "a town",
        "a park",
        "a river",
        "a lake",
        "a creek",
        "a city",
    ]
)
_HEAD = "|".join(
    re.escape(" ".join(part.capitalize() for part in head.split())) for head in sorted(_HEADS, key=len, reverse=True)
)
_FACILITY = re.compile(
    rf"(?<![^\W_])(?P<name>(?:(?:St|Ste|Mt|Ft|Our Lady of|Dr)\.?[ ])?{WORD}(?:[ ](?:(?:of|and|&|the|for|de)[ ]){{0,2}}{WORD}){{0,4}}?)(?:[ ](?i:memorial|general|regional|community|district|county|children's|university|veterans|va|mission|teaching|national|central|referral|city|state|public|rural|family|indian|women's))*[ ](?P<head>{_HEAD}|{_HEAD.upper()}|(?:hospital|clinic|county|medical center|high school|elementary school|nursing home|university|reservation|village|district|prison|jail)(?=[\s.,;)]))(?![^\W_])"
)
_OF = re.compile(
    rf"(?<![^\W_])(?P<head>(?i:university|county|hospital|college|city|church|town|village|port|diocese|bank|school|mission|clinic))[ ](?:of|de)[ ](?P<name>{WORD}(?:[ ]{WORD}){{0,2}})"
)
_SAINT = re.compile(
    rf"(?<![^\W_])(?:(?:St|Saint|San|Santa|Sta|Ste)\.?|Our Lady of)[ ](?P<name>{WORD})(?:[ ](?:Hospital|Medical Center|Church|School|Clinic|University|College|Parish))?(?![^\W_])"
)
_LANDFORM = re.compile(
    rf"(?<![^\W_])(?:Fort|Ft\.|Camp|Mount|Mt\.|Lake|Port|Cape|Isle of|Villa|Ciudad|El|Los|Las|Rio|Puerto|Rancho|Bab|Tell|Ras)[ ](?P<name>{WORD})(?![^\W_])"
)
_NOT_A_TOWN = re.compile(
    r"(?:'s)?(?:[ ](?:[A-Za-z][a-z]+|[IVX]{1,4}))?(?:[ ][A-Za-z][a-z]+)?[ ](?i:scales?|scores?|criteria|criterion|classification|grades?|grading|guidelines?|definition|consensus|rules?|test|chromosome|chart|assessment|index|protocol|questionnaire|inventory|staging|stage|virus|declaration|association|study|trial|fever|disease|syndrome|heart)\b"
)
_GENERIC = word_set(
    "the a an rural urban local regional district general community memorial county city state national public private teaching university"
    " children's childrens women's veterans va mental behavioral behavioural primary care pain memory diabetes heart cancer dental eye foot wound"
    " sleep free walk-in urgent outpatient inpatient specialty surgical psychiatric tertiary referral central emergency new old our their his her this"
    " that any each another family internal medicine hiv hcv ent medical health home day night mobile school village tribal indian service north south"
    " east west northern southern eastern western big small nearby nearest acute sub-acute long-term skilled assisted nursing echo project"
)


def find(reading: Reading) -> Iterator[Hit]:
    """Every place finer than a state, then every repetition of the towns that were announced."""
    hits = [*_announced(reading), *_named(reading), *_listed(reading), *_at_home(reading), *_in_somewhere(reading)]
    yield from hits
    yield from _again(reading, hits)


def _announced(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in search(_CUE, text, reading.suspects):
        bounds = _town(reading, match.start("place"), match.end("place"))
        if bounds:
            yield Hit(*bounds, CUED, _in_place(reading, bounds[0], "a town"))
    commas = around((m.span() for m in _COMMA.finditer(text)), before=60, after=40, length=len(text))
    for match in search(_TOWN_STATE, text, commas):
        bounds = _town(reading, match.start("town"), match.end("town"), last=True)
        if bounds is None and reading.low[match.start("town") : match.end("town")] in REGIONS - {"washington"}:
            bounds = match.span("town")  # Cuba, NM
        if bounds:
            yield Hit(*bounds, CUED, _in_place(reading, bounds[0], "a town"))


_LEADING = word_set("the new saint san santa fort mount las los el la north south east west")


def _town(reading: Reading, start: int, end: int, *, last: bool = False) -> tuple[int, int] | None:
    """The town in a run of capitalised words: unknown words, or known ones that are on the list of places.

    With `last` the words that touch the end count ("The clinic in Taos, NM"), else those that touch the start.
    """
    words = [(match.start(), match.end()) for match in re.finditer(WORD, reading.text[start:end])]
    chosen: list[tuple[int, int]] = []
    for left, right in reversed(words) if last else words:
        word = reading.low[start + left : start + right].removesuffix("'s")
        leads = not chosen and word in _LEADING
        if not leads and not _may_be_town(word, reading.text[start + left : start + right]):
            break
        chosen.append((start + left, start + left + len(word)))
    if not chosen or all(
        reading.low[left:right] in ("the", "new", "north", "south", "east", "west") for left, right in chosen
    ):
        return None
    bounds = min(left for left, _ in chosen), max(right for _, right in chosen)
    return (
        None
        if reading.low[bounds[0] : bounds[1]] in _STATES_LOW or _NOT_A_TOWN.match(reading.text, bounds[1])
        else bounds
    )


_IN_UNKNOWN = re.compile(
    rf"(?P<before>[^\W_]*)[ ,]{{1,2}}(?:in|near|outside)[ ](?P<place>{WORD}(?:[ ]{WORD}){{0,2}})(?![^\W_])"
)
_NOT_PLACED = re.compile(
    r"(?:increas|decreas|chang|interest|ris|differ|reduc|improv|particip|involv|enrol|believ|drop|declin|trust|confiden|faith|result|trained|train|certif|speciali|fluent|elevat|drug|dose|used|use|seen|found|noted|written|speaks|discussed|published|mutation|mutations|variant)\w*$"
)
_HOME = re.compile(
    rf"(?<![^\W_])(?:lives?|living|lived|resid(?:es|ing|ed)|born|raised|grew up|moved|relocated|stays|staying)[ ](?:in|to|from|near|outside)[ ](?P<place>{WORD}[ ]{WORD})(?:[ ]to[ ](?P<next>{WORD}(?:[ ]{WORD})?))?(?![^\W_])"
)
_NOT_HOME = _GENERIC | word_set(
    "assisted living housing section shelter apartment homes trailer group foster supportive independent sober transitional united states kingdom"
)


def _at_home(reading: Reading) -> Iterator[Hit]:
    """Towns whose names are everyday words (Silver City, Window Rock), where somebody is said to live."""
    for match in _HOME.finditer(reading.text):
        for group in ("place", "next"):
            words = (match[group] or "").lower().split()
            if (
                len(words) == 2
                and " ".join(words) not in _STATES_LOW
                and not any(w in _NOT_HOME or w in REGIONS for w in words)
            ):
                yield Hit(match.start(group), match.end(group), CUED, _in_place(reading, match.start(group), "a town"))


def _in_somewhere(reading: Reading) -> Iterator[Hit]:
    """ "in Worthington": an unknown word after in, near or outside, unless something rose or fell in it."""
    for match in search(_IN_UNKNOWN, reading.text, reading.suspects):
        if _NOT_PLACED.match(match["before"].lower()) or _A_DOSE.match(reading.after(match.end(), 12)):
            continue
        bounds = _town(reading, match.start("place"), match.end("place"))
        if bounds and reading.text[bounds[0] : bounds[1]][1:].islower():
            yield Hit(*bounds, CUED, _in_place(reading, bounds[0], "a town"))


_A_DOSE = re.compile(r"\s?\d")

_STATES_LOW = frozenset(STATE_NAMES.lower().split("|")) | {
    "united states",
    "united kingdom",
    "sri lanka",
    "saudi arabia",
    "puerto rico",
    "new zealand",
    "el salvador",
    "costa rica",
    "sierra leone",
    "ivory coast",
    "south sudan",
    "north korea",
    "south korea",
    "hong kong",
    "south america",
    "north america",
    "latin america",
    "papua new guinea",
    "uttar pradesh",
    "tamil nadu",
    "andhra pradesh",
    "west bengal",
    "northern ireland",
    "south australia",
    "western australia",
    "new south wales",
    "czech republic",
    "dominican republic",
    "middle east",
    "burkina faso",
}


def _may_be_town(word: str, written: str) -> bool:
    if (written.isupper() and len(written) < 5) or word in REGIONS:
        return False
    return word in PLACES or not is_word(word)


def _named(reading: Reading) -> Iterator[Hit]:
    """Facilities, counties and the like: a name before or after a word for what it is."""
    text = reading.text
    for match in search(_FACILITY, text, reading.suspects):
        start = _past_generic(reading, match.start("name"), match.end("name"))
        if start is not None:
            instead = _HEADS.get(match["head"].lower(), "a facility")
            rule = AREA if instead in _AREAS else FACILITY
            yield Hit(start, match.end(), rule, _in_place(reading, start, instead))
    for match in search(_OF, text, reading.suspects):
        name = reading.low[match.start("name") : match.end("name")]
        if name not in _STATES_LOW and not all(is_word(word) or word in REGIONS for word in name.split()):
            yield Hit(
                match.start(),
                match.end(),
                FACILITY,
                _in_place(reading, match.start(), _HEADS.get(match["head"].lower(), "a place")),
            )
    for match in search(_SAINT, text, reading.suspects):
        if not _EPONYM_SAINT.match(reading.low, match.start()):
            yield Hit(match.start(), match.end(), FACILITY, _in_place(reading, match.start(), "a facility"))
    for match in search(_LANDFORM, text, reading.suspects):
        name = reading.low[match.start("name") : match.end("name")]
        if name not in COMMON or name in PLACES:
            yield Hit(match.start(), match.end(), AREA, _in_place(reading, match.start(), "an area"))


_EPONYM_SAINT = re.compile(
    r"st\.? (?:john'?s wort|vitus|jude valve|elevation|depression|segment|changes|louis encephalitis|thomas)"
)


def _past_generic(reading: Reading, start: int, end: int) -> int | None:
    """Where the name of a facility begins; None for "the Pain Clinic" or "Rural Health Center", which name nobody."""
    words = [(start + match.start(), start + match.end()) for match in re.finditer(rf"{WORD}", reading.text[start:end])]
    while words and (reading.low[words[0][0] : words[0][1]] in _DROPPED):
        words.pop(0)
    for left, right in words:
        word = reading.low[left:right].removesuffix("'s")
        if word in _GENERIC or word in REGIONS:
            continue
        if word in PLACES or word in SAINTLY or word in GIVEN or (word in EPONYMS and word not in COMMON):
            return words[0][0]
        if not is_word(word) and not (reading.text[left:right].isupper() and right - left < 5):
            return words[0][0]
    return None


_DROPPED = word_set(
    "the a an at in from to of she he they patient pt we i seen admitted transferred referred discharged since after before when while last our her his my"
    " currently previously recently then now today lives works was is and or but for with dr this that"
)


def _listed(reading: Reading) -> Iterator[Hit]:
    """Towns on the list, written with a capital; names of several words before single ones."""
    low, text = reading.low, reading.text
    if not reading.words.isdisjoint(_PHRASE_WORDS):
        for match in _PHRASES.finditer(low):
            if text[match.start()].isupper() and not _NOT_A_TOWN.match(text, match.end()):
                yield Hit(match.start(), match.end(), TOWN, _in_place(reading, match.start(), "a town"))
    found = reading.words & SURE_PLACES
    doubtful = reading.words & (PLACES - SURE_PLACES)
    for word in sorted(found | doubtful):
        for match in re.finditer(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", low):
            start, end = match.span()
            if not text[start].isupper() or _NOT_A_TOWN.match(text, end):
                continue
            if word in EPONYMS:
                continue
            if word in found or (
                re.search(r"\b(?:in|from|near|to|at|outside|outside of|around|of)\s$", reading.before(start, 12))
                and word not in REGIONS
            ):
                yield Hit(start, end, TOWN, _in_place(reading, start, "a town"))


_PHRASES = re.compile(
    "(?<![^\\W_])(?:"
    + "|".join(re.escape(phrase) for phrase in sorted(PLACE_PHRASES, key=len, reverse=True))
    + ")(?![^\\W_])"
)
_PHRASE_WORDS = frozenset(re.split(r"[ .]+", phrase)[0] for phrase in PLACE_PHRASES)


def _again(reading: Reading, hits: list[Hit]) -> Iterator[Hit]:
    sought = {
        reading.low[hit.start : hit.end]
        for hit in hits
        if hit.rule is CUED and hit.end - hit.start > 3 and not is_word(reading.low[hit.start : hit.end])
    }
    for word in sorted(sought)[:200]:
        at = reading.low.find(word)
        while at >= 0:
            end = at + len(word)
            if reading.text[at].isupper() and _bounded(reading.low, at, end):
                yield Hit(at, end, AGAIN, _in_place(reading, at, "a town"))
            at = reading.low.find(word, end)


def _bounded(low: str, start: int, end: int) -> bool:
    return not (start and low[start - 1].isalnum()) and not (end < len(low) and low[end].isalnum())


def _in_place(reading: Reading, start: int, noun: str) -> str:
    """The general noun, without its article where one already stands before: "the Mercy Hospital" → "the hospital"."""
    before = reading.before(start, 12)
    if re.search(r"\b(?:the|a|an|his|her|their|our|local|rural|small|nearby|this|that)\s$", before):
        return noun.split(" ", 1)[1]
    return noun
