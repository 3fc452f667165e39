"""Pictures and measures of the body that show who somebody is, and what is one person's alone."""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

PHOTO = Rule("photo", "photo", msgid("A picture can show who it is."), "[picture removed]", weight=4)
PHOTO_FILE = Rule("photo-file", "photo", msgid("A picture's file name."), "[picture removed]", weight=5)
BIOMETRIC = Rule(
    "biometric", "biometric", msgid("A measure of the body that recognises a person."), "[removed]", weight=4
)
BIOMETRIC_PERHAPS = Rule("biometric-perhaps", "biometric", msgid("Does this recognise a person?"), "", tier=2)
UNIQUE = Rule("unique-role", "other_id", msgid("Could a neighbour recognise this person?"), "", tier=2)
RULES = (PHOTO, PHOTO_FILE, BIOMETRIC, BIOMETRIC_PERHAPS, UNIQUE)

_PICTURE = r"(?:photo(?:graph)?s?|pictures?|selfies?|headshots?|portraits?|videos?|snapshots?|images?)"
_PHOTO = re.compile(
    rf"\b(?:full[- ]?face|facial|face|identifying|id|passport|wedding|family|profile|driver'?s licen[cs]e|intake|badge) (?:{_PICTURE})\b"
    rf"|\b{_PICTURE} (?:of|showing) (?:(?:the|his|her|their|its|this|our|a) )?(?:(?:patient|child|baby|infant|boy|girl|man|woman|client|resident|mother|father)(?:'s)?\b)?(?: (?:full )?(?:face|head))?(?<!of)(?<!showing)(?<!of the)(?<!of his)(?<!of her)(?<!of a)(?<!of their)(?<!showing the)"
    rf"|\b{_PICTURE} (?:of|showing) (?:\w+ ){{0,3}}face\b"
    rf"|\b{_PICTURE} (?:is |was |are |were |also )?(?:attached|enclosed|uploaded|on file|in (?:the )?chart|posted|shared|included|below|available)\b"
    rf"|\b(?:attached|enclosed|see|uploaded|shared) (?:is |the |a |his |her |their )?(?:\w+ )?{_PICTURE}\b"
)
_PICTURE_WORDS = word_set(
    "photo photos photograph photographs picture pictures selfie selfies headshot headshots portrait portraits video videos snapshot image images"
)
_CLINICAL_PICTURE = re.compile(
    r"(?:clinical|x-?ray|ct|mri|radiograph\w*|ultrasound|brain|axial|sagittal|mental|big|body|echo|scan|microscop\w*|histolog\w*|fundus|retinal|skin|wound|endoscop\w*|dermoscop\w*)\s?$"
)
_FILE = re.compile(
    r"(?<![\w/])[\w-]{1,60}\.(?:jpe?g|png|heic|heif|gif|tiff?|bmp|webp|dcm|mov|mp4)\b|(?<!\w)(?:img|dsc|dscn|pxl|screenshot)_[\w-]{3,40}"
)
_BIOMETRIC = re.compile(
    r"\b(?:finger ?prints?|thumb ?prints?|palm ?prints?|hand ?prints?|voice ?prints?|iris|retinal?|face|facial|voice|vein|gait|ear|foot ?prints?|finger)\s"
    r"(?:scans?|identification|id|templates?|records?|images?|hash(?:es)?|data|enrol?lment|enrolled|recognition|recordings?|signature|pattern id|login|unlock|authentication|verification|on file|biometrics?|prints?|sample id)\b"
    r"|\b(?:fingerprint(?:ed|s)?|thumbprints?|voiceprints?|palmprints?|biometrics?|biometric)\b(?=[^.]{0,30}\b(?:on file|stored|scan|id\b|identification|template|hash|record|recorded|enrol|taken|captured|collected|database|match|verified|login|registered|number|code|data|system|#|:))"
    r"|\bdna (?:finger ?print\w*|profile|sample id|barcode|sequence on file|database)\b|\b(?:touch|face) id\b|\bvoice ?prints?\b|\bretina(?:l)? (?:scan|print) (?:id|identification|on file|identifier|login|code|used)\b|\biris (?:scan|code|recognition)\b|\bbiometric\w*\b"
)
_BIOMETRIC_WORDS = word_set(
    "fingerprint fingerprints fingerprinted finger thumbprint thumbprints thumb palm palmprint voiceprint voiceprints voice iris retina retinal"
    " biometric biometrics facial face dna touch gait vein handprint footprint footprints hand foot ear print prints"
)
_CLINICAL_SCAN = re.compile(
    r"retinal? (?:scans?|images?|pattern id)$|face prints?$|(?:ear|foot|hand|finger) (?:scans?|images?)$|retina images?$|voice recordings?$|facial (?:signature|data|records?)$|gait (?:recordings?|data|records?)$"
)
_UNIQUE = re.compile(
    r"\b(?:the only|first) (?:\w+ ){1,4}(?:in|at) (?:the|this|our|his|her) (?:town|village|county|district|community|state|school|valley|island|reservation|clinic|region)\b"
    r"|\b(?:the|a|former|current|ex-?|our|local) (?:town |city |village |county |tribal |district )?(?:mayor|sheriff|governor|senator|congress(?:man|woman)|bishop|police chief|fire chief|school principal|news ?anchor|superintendent|tribal chair(?:man|woman)?|olympic \w+|celebrity|councill?or|member of parliament|judge)\b"
    r"|\b(?:featured|appeared|reported|was) (?:in|on) (?:the )?(?:local |national |evening )?(?:news|newspaper|television|tv)\b|\btattoo (?:of|reading|saying|that (?:says|reads)|with)\b[^.,;\n]{0,40}"
)


def find(reading: Reading) -> Iterator[Hit]:
    """Pictures, biometrics and traits that point to one person."""
    low = reading.low
    if not reading.words.isdisjoint(_PICTURE_WORDS):
        for match in _PHOTO.finditer(low):
            if not _CLINICAL_PICTURE.search(reading.before(match.start(), 16)):
                yield Hit(match.start(), match.start() + len(match.group().rstrip()), PHOTO)
    for match in _FILE.finditer(low):
        yield Hit(match.start(), match.end(), PHOTO_FILE)
    if not reading.words.isdisjoint(_BIOMETRIC_WORDS):
        for match in _BIOMETRIC.finditer(low):
            yield Hit(
                match.start(), match.end(), BIOMETRIC_PERHAPS if _CLINICAL_SCAN.search(match.group()) else BIOMETRIC
            )
    for match in _UNIQUE.finditer(low):
        yield Hit(match.start(), match.end(), UNIQUE)
