"""Places finer than a state: towns, counties, streets, postcodes, facilities, schools, coordinates.

Countries, states, provinces and nationalities pass. Scales and criteria called after towns are not places.
"""

import re
from collections.abc import Iterator

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
from echo_sessions.cases.screening.reading import WORD, Reading, search
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

_SMALL = msgid("A place smaller than a state.")
TOWN = Rule("place-listed", "geo", _SMALL, "a town", weight=2)
CUED = Rule("place-cue", "geo", msgid("These words announce a place."), "a town", weight=4)
FACILITY = Rule("place-facility", "geo", msgid("A facility tells where the patient was."), "a facility", weight=5)
AREA = Rule("place-area", "geo", _SMALL, "an area", weight=5)
STREET = Rule("place-street", "geo", msgid("An address."), "[address removed]", weight=6)
POSTCODE = Rule("postcode", "geo", msgid("A postcode."), "[postcode removed]", weight=5)
SPOT = Rule("coordinates", "geo", msgid("Coordinates of a place."), "[place removed]", weight=5)
AGAIN = Rule("place-again", "geo", msgid("Marked as a place elsewhere in this text."), "a town", weight=2)
PERHAPS = Rule("place-perhaps", "geo", msgid("Is this a place?"), "", tier=2)
RULES = (TOWN, CUED, FACILITY, AREA, STREET, POSTCODE, SPOT, AGAIN, PERHAPS)

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
_STATES = "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|ON|BC|AB|QC|NS|NB|MB|SK|NL|NSW|VIC|QLD|TAS|WA|NT|ACT|UK"
_STATE_NAMES = "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|Ontario|Quebec|Alberta|Manitoba|Saskatchewan|British Columbia|Nova Scotia|Kenya|Uganda|Tanzania|India|Nigeria|Ghana|Mexico|Ireland|Scotland|England|Wales|Australia|South Africa|Zambia|Malawi|Ethiopia|Rwanda|Pakistan|Bangladesh|Nepal|Brazil|Peru|Chile|Argentina|Colombia|Kerala|Gujarat|Punjab|Maharashtra|Queensland|Victoria"
_TOWN_STATE = re.compile(
    rf"(?<![^\W_])(?P<town>{WORD}(?:[ ]{WORD}){{0,2}}),[ ](?:(?:{_STATES})(?![^\W_])|(?:{_STATE_NAMES})(?![^\W_]))(?P<zip>,?[ ]+\d{{5}}(?:-\d{{4}})?(?!\d))?"
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
    rf"(?<![^\W_])(?:St|Saint|San|Santa|Sta|Ste)\.?[ ](?P<name>{WORD})(?:[ ](?:Hospital|Medical Center|Church|School|Clinic|University|College|Parish))?(?![^\W_])"
)
_LANDFORM = re.compile(
    rf"(?<![^\W_])(?:Fort|Ft\.|Camp|Mount|Mt\.|Lake|Port|Cape|Isle of|Villa|Ciudad|El|Los|Las|Rio|Puerto|Rancho|Bab|Tell|Ras)[ ](?P<name>{WORD})(?![^\W_])"
)
_STREET_HEAD = "Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Terrace|Ter|Crescent|Cres|Close|Highway|Hwy|Square|Sq|Parkway|Pkwy|Circle|Cir|Trail|Trl|Gardens|Gdns|Mews|Grove|Row|Alley|Loop|Pike|Plaza|Marg|Nagar|Colony|Estate|Broadway|Walk|Hill|Route|Turnpike|Run|Ridge|Point|Bypass"
_NUMBERED_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,6}}[A-Za-z]?(?:-\d{{1,5}})?,?[ ]+(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?[ ]+)?(?:{WORD}[ ]+|\d{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH)[ ]+){{1,4}}(?:{_STREET_HEAD}|{_STREET_HEAD.upper()})(?![^\W_])\.?(?:[ ](?:N|S|E|W|NE|NW|SE|SW)(?![^\W_]))?(?:,?[ ]+(?:Apt|Apartment|Unit|Suite|Ste|Flat|Room|Rm|#)\.?[ ]?#?\w{{1,6}})?"
)
_STREET = re.compile(
    rf"(?<![^\W_])(?:P\.?[ ]?O\.?|Post Office|p\.?o\.?)[ ]?(?:Box|box|BOX)[ ]?#?\d{{1,7}}"
    rf"|(?<![^\W_])(?:Apt|Apartment|Flat|House No|Plot No|Door No|H\.?[ ]?No|Plot|Shack|Stand)\.?[ ]?#?[ ]?\d{{1,5}}[A-Za-z]?(?![\w%])"
    rf"|(?<![^\W_])(?:{WORD}|\d{{1,3}}(?:st|nd|rd|th))[ ](?:Street|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Highway|Parkway|Crescent|Marg)(?![^\W_])"
    rf"|(?<![^\W_])(?:Interstate|Highway|Hwy|Route|County Road|State Road|US)[ -]\d{{1,4}}[A-Z]?(?![\w%])"
    rf"|(?<![^\W_])(?:Calle|Rua|Avenida|Av\.|Via|Rue|Jalan|Carrera|Strasse)[ ](?:(?:de|da|do|del|la|las|los)[ ]){{0,2}}{WORD}(?:[ ]{WORD}){{0,2}}(?:,?[ ]?(?:#|No\.?[ ]?)?\d{{1,5}})?"
)
_STREET_WORDS = word_set(
    "street avenue ave road rd boulevard blvd lane highway hwy parkway crescent marg interstate route county us box apt apartment flat house h"
    " plot door shack stand calle rua avenida av via rue jalan carrera strasse"
)
_LOW_STREET = re.compile(
    r"(?<![\w.,/-])\d{1,5} (?:(?:north|south|east|west|n|s|e|w)\.? )?[a-z]{3,15}(?: [a-z]{3,15})? (?:street|avenue|ave|road|rd|lane|boulevard|blvd|drive|court|highway|terrace|parkway)(?![^\W_])"
)
_UK_AREAS = "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|GL|GU|GY|HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
_UK_POSTCODE = re.compile(
    rf"(?<!\w)(?:{_UK_AREAS})\d[A-Z\d]?[ ]\d(?!ST|ND|RD|TH|HR|YR|PT|PR|LB)[ABD-HJLNP-UW-Z]{{2}}(?!\w)"
)
_UK_TIGHT = re.compile(rf"(?<!\w)(?:{_UK_AREAS})\d[A-Z\d]?\d[ABD-HJLNP-UW-Z]{{2}}(?!\w)")
_CANADA = re.compile(r"(?<!\w)[ABCEGHJ-NPRSTVXY]\d[A-Z][ -]?\d[A-Z]\d(?!\w)")
_ZIP = re.compile(
    r"(?<![\w.,/+-])\d{5}(?:-\d{4})?(?![\w-]|[.,]\d|\s?(?:mg|ml|copies|iu|IU|cells))|(?<![\w.,/+-])\d{5}-\d{3}(?![\w-])"
)
_STATE_BEFORE = re.compile(rf"(?<![^\W_])(?:(?:{_STATES})\.?,?|(?:{_STATE_NAMES}),?)[ ]+$")
_POSTCODE_CUE = re.compile(
    r"(?<![^\W_])(?:zip(?:[ -]?code)?|post(?:al)?[ -]?code|postcode|pin[ ]?code|eircode|cep|plz)(?:[ ]?(?:is|was|of|:|\#|=|area))*+[ ]*"
    r"(?P<code>[a-z]{0,2}\d[\da-z]{1,5}(?:[ -]\d[\da-z]{1,4})?)(?!\w)"
)
_POSTCODE_WORDS = word_set("zip zipcode post postal postcode pin pincode eircode cep plz")
_PIN = re.compile(
    r"(?<=[a-z])[ ]?[-,][ ]?(?P<pin>[1-9]\d{5}|[1-9]\d{2}[ ]\d{3})(?!\w|[,.]\d)|(?<![^\W_])(?:NSW|VIC|QLD|TAS|SA|ACT|Australia)[ ](?P<au>\d{4})(?!\w)"
)
_COORDINATES = re.compile(
    r"(?<![\w.])-?\d{1,2}\.\d{3,8}\s?°?\s?[NnSs]?,\s?-?\d{1,3}\.\d{3,8}\s?°?\s?[EeWw]?(?!\w)|(?<![\w.])\d{1,3}(?:\.\d+)?\s?°\s?(?:\d{1,2}(?:\.\d+)?['′]\s?)?(?:\d{1,2}(?:\.\d+)?[\"″]\s?)?[NSEW](?!\w)"
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
    yield from _addresses(reading)
    hits = [*_announced(reading), *_named(reading), *_listed(reading)]
    yield from hits
    yield from _again(reading, hits)


def _addresses(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in _NUMBERED_STREET.finditer(text):
        yield Hit(match.start(), match.start() + len(match.group().rstrip(".")), STREET)
    for match in _STREET.finditer(text) if not reading.words.isdisjoint(_STREET_WORDS) else ():
        yield Hit(match.start(), match.start() + len(match.group().rstrip(".")), STREET)
    for match in _LOW_STREET.finditer(text):
        yield Hit(match.start(), match.end(), STREET)
    for pattern in (_UK_POSTCODE, _CANADA):
        for match in pattern.finditer(text):
            yield Hit(match.start(), match.end(), POSTCODE)
    for match in _ZIP.finditer(text):
        if "-" in match.group() or _STATE_BEFORE.search(text[max(0, match.start() - 20) : match.start()]):
            yield Hit(match.start(), match.end(), POSTCODE)
    if not reading.words.isdisjoint(_POSTCODE_WORDS):
        for match in _POSTCODE_CUE.finditer(reading.low):
            yield Hit(match.start("code"), match.end("code"), POSTCODE)
    for match in _PIN.finditer(text):
        yield Hit(match.start(match.lastgroup or 0), match.end(match.lastgroup or 0), POSTCODE)
    if not reading.words.isdisjoint({"postcode", "postal", "address", "lives", "uk"}):
        for match in _UK_TIGHT.finditer(text):
            yield Hit(match.start(), match.end(), POSTCODE)
    for match in _COORDINATES.finditer(text):
        yield Hit(match.start(), match.end(), SPOT)


def _announced(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in search(_CUE, text, reading.suspects):
        bounds = _town(reading, match.start("place"), match.end("place"))
        if bounds:
            yield Hit(*bounds, CUED, _in_place(reading, bounds[0], "a town"))
    for match in search(_TOWN_STATE, text, reading.suspects):
        bounds = _town(reading, match.start("town"), match.end("town"), last=True)
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


_STATES_LOW = frozenset(_STATE_NAMES.lower().split("|")) | {
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
        if not is_word(name) or name in PLACES:
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
