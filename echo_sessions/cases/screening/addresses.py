"""Addresses: streets, post boxes, postcodes of several countries, coordinates."""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import WORD, Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

STREET = Rule("place-street", "geo", msgid("An address."), "[address removed]", weight=6)
POSTCODE = Rule("postcode", "geo", msgid("A postcode."), "[postcode removed]", weight=5)
SPOT = Rule("coordinates", "geo", msgid("Coordinates of a place."), "[place removed]", weight=5)
RULES = (STREET, POSTCODE, SPOT)

STATES = "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|ON|BC|AB|QC|NS|NB|MB|SK|NL|NSW|VIC|QLD|TAS|WA|NT|ACT|UK"
STATE_NAMES = "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming|Ontario|Quebec|Alberta|Manitoba|Saskatchewan|British Columbia|Nova Scotia|Kenya|Uganda|Tanzania|India|Nigeria|Ghana|Mexico|Ireland|Scotland|England|Wales|Australia|South Africa|Zambia|Malawi|Ethiopia|Rwanda|Pakistan|Bangladesh|Nepal|Brazil|Peru|Chile|Argentina|Colombia|Kerala|Gujarat|Punjab|Maharashtra|Queensland|Victoria"
_STREET_HEAD = "Street|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Way|Terrace|Ter|Crescent|Cres|Close|Highway|Hwy|Square|Sq|Parkway|Pkwy|Circle|Cir|Trail|Trl|Gardens|Gdns|Mews|Grove|Row|Alley|Loop|Pike|Plaza|Marg|Nagar|Colony|Estate|Broadway|Walk|Hill|Route|Turnpike|Run|Ridge|Point|Bypass"
_NUMBERED_STREET = re.compile(
    rf"(?<![\w.,/-])\d{{1,6}}[A-Za-z]?(?:-\d{{1,5}})?,?[ ]+(?:(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\.?[ ]+)?(?:{WORD}[ ]+|\d{{1,3}}(?:st|nd|rd|th|ST|ND|RD|TH)[ ]+){{1,4}}(?:{_STREET_HEAD}|{_STREET_HEAD.upper()})(?![^\W_])\.?(?:[ ](?:N|S|E|W|NE|NW|SE|SW)(?![^\W_]))?(?:,?[ ]+(?:Apt|Apartment|Unit|Suite|Ste|Flat|Room|Rm|#)\.?[ ]?#?\w{{1,6}})?"
)
_STREET = re.compile(
    rf"(?<![^\W_])(?:P\.?[ ]?O\.?|Post Office|p\.?o\.?)[ ]?(?:Box|box|BOX)[ ]?#?\d{{1,7}}"
    rf"|(?<![^\W_])(?:Apt|Apartment|Flat|House No|Plot No|Door No|H\.?[ ]?No|Plot|Shack|Stand)\.?[ ]?#?[ ]?\d{{1,5}}[A-Za-z]?(?![\w%])"
    rf"|(?<![^\W_])(?:{WORD}|\d{{1,3}}(?:st|nd|rd|th))[ ](?:Street|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Highway|Parkway|Crescent|Marg)(?![^\W_])"
    rf"|(?<![^\W_])(?:Interstate|Highway|Hwy|Route|County Road|State Road|US|(?<=on[ ])I|(?<=off[ ])I|(?<=along[ ])I)[ -]\d{{1,4}}[A-Z]?(?![\w%])"
    rf"|(?<![^\W_])(?:Calle|Rua|Avenida|Av\.|Via|Rue|Jalan|Carrera|Strasse)[ ](?:(?:de|da|do|del|la|las|los)[ ]){{0,2}}{WORD}(?:[ ]{WORD}){{0,2}}(?:,?[ ]?(?:#|No\.?[ ]?)?\d{{1,5}})?"
)
_STREET_WORDS = word_set(
    "street avenue ave road rd boulevard blvd lane highway hwy parkway crescent marg interstate i route county us box apt apartment flat house h"
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
_STATE_BEFORE = re.compile(rf"(?<![^\W_])(?:(?:{STATES})\.?,?|(?:{STATE_NAMES}),?)[ ]+$")
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


def find(reading: Reading) -> Iterator[Hit]:
    """Every address, post box, postcode and pair of coordinates."""
    text = reading.text
    for match in _NUMBERED_STREET.finditer(text):
        yield Hit(match.start(), match.start() + len(match.group().rstrip(".")), STREET)
    for match in _STREET.finditer(text) if not reading.words.isdisjoint(_STREET_WORDS) else ():
        yield Hit(match.start(), match.start() + len(match.group().rstrip(".")), STREET)
    for match in _LOW_STREET.finditer(text):
        yield Hit(match.start(), match.end(), STREET)
    for match in _UK_POSTCODE.finditer(text):
        yield Hit(match.start(), match.end(), POSTCODE)
    for match in _CANADA.finditer(text):
        if not match.group().isalnum() or not reading.words.isdisjoint(_POSTCODE_WORDS | {"address", "canada"}):
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
