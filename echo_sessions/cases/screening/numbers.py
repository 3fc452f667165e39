"""Numbers that belong to one person or thing: records, insurance, accounts, licences, vehicles, devices, codes.

Most have no shape of their own, so a word before them tells what they are; a few (social security, IBAN, VIN,
Medicare, DEA, cards) are recognised by shape and check digit. Long bare numbers are identifiers unless a unit,
a laboratory word or a public register (trial, gene, paper) says otherwise.
"""

import re
from collections.abc import Iterator

from echo_sessions.cases.screening.lexicon import word_set
from echo_sessions.cases.screening.reading import Reading
from echo_sessions.cases.screening.spans import Hit, Rule
from echo_sessions.words import msgid

_CODE = "[case code]"
SSN = Rule("ssn", "ssn", msgid("A social security number."), "[number removed]", weight=6)
MRN = Rule("mrn", "mrn", msgid("A record number leads to one patient."), _CODE, weight=5)
NHS = Rule("mrn-nhs", "mrn", msgid("An NHS number leads to one patient."), _CODE, weight=6)
PLAN = Rule("health-plan", "health_plan", msgid("An insurance number leads to one person."), _CODE, weight=5)
MBI = Rule("medicare-id", "health_plan", msgid("Built like a Medicare number."), _CODE, weight=6)
ACCOUNT = Rule("account", "account", msgid("An account or card number."), "[number removed]", weight=4)
CARD = Rule("card", "account", msgid("Built like a bank or card number."), "[number removed]", weight=4)
LICENSE = Rule("license", "license", msgid("A licence or certificate number."), "[number removed]", weight=5)
DEA = Rule("license-dea", "license", msgid("Built like a DEA number."), "[number removed]", weight=4)
VEHICLE = Rule("vehicle", "vehicle", msgid("A number plate or vehicle number."), "[number removed]", weight=5)
VIN = Rule("vehicle-vin", "vehicle", msgid("Built like a vehicle number (VIN)."), "[number removed]", weight=4)
DEVICE = Rule("device", "device", msgid("A serial number belongs to one device."), "[number removed]", weight=5)
OTHER = Rule("other-number", "other_id", msgid("A number or code that is one person's alone."), _CODE, weight=3)
NATIONAL = Rule(
    "national-id", "other_id", msgid("Built like a national identity number."), "[number removed]", weight=4
)
LONG = Rule("long-number", "other_id", msgid("A long number without a unit is usually somebody's."), _CODE)
CODE = Rule("long-code", "other_id", msgid("Letters and digits like these are usually somebody's code."), _CODE)
MAYBE = Rule("number-without-unit", "other_id", msgid("A number without a unit: is it somebody's?"), "", tier=2)
RULES = (
    SSN, MRN, NHS, PLAN, MBI, ACCOUNT, CARD, LICENSE, DEA, VEHICLE, VIN, DEVICE, OTHER, NATIONAL, LONG, CODE, MAYBE,
)  # fmt: skip

# What may stand between the word and its number: "MRN (old) is: #".
_FILLER = (
    r"(?:[\s:#=().,;/'\"-]|(?:is|was|are|of|the|for|her|his|their|my|patient|patient's|ending|ends|in|with|last|four|digits|number|no|num"
    r"|nr|id|ids|code|old|new|current|listed|recorded|as|under|on|file|and)\b){0,14}+"
)
_VALUE = (
    r"(?P<value>(?=[a-z/-]{0,6}\d)[a-z0-9]++(?:[/.-](?=\w)[a-z0-9]++){0,5}+(?:\ (?=\d{2,})\d{2,6}(?!\w)){0,4}+"
    r"(?:\ [a-z]\d{0,2}(?!\w))?+)"
)
_ASKS = r"(?:number|numbers|no|nos|num|nr|id|ids|identifier|identification|code|\#)"


def _cued(cues: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W_])(?:{cues})(?![^\W_]){_FILLER}{_VALUE}", re.VERBOSE)


def _with(things: str) -> str:
    """The things followed by a word for number: "chart no.", "policy #"."""
    return rf"(?:{things})'?s?(?:\s(?:card|file|record|account|plan))?\s{{0,2}}(?:{_ASKS}(?![^\W_])|\#)"


# rule, words one of which the text must hold, pattern, least digits in the value
_CUED: tuple[tuple[Rule, frozenset[str], re.Pattern[str], int], ...] = (
    (
        SSN,
        word_set("ssn ss social sin nino"),
        _cued(r"ssn|ss\#|ss\sno|social\ssecurity|social\sinsurance|nino"),
        4,
    ),
    (
        MRN,
        word_set(
            "mrn mr mrno mpi emr ehr medical chart hospital patient record records unit urn uhid nhs hosp hn crn pid pas"
            " clinic registration folder opd ipd op ip case"
        ),
        _cued(
            r"mrn|mrno|m\.r\.n|mr\s?\#|uhid|urn|crn|empi|mpi|nhs|medical\srecords?|emr\s?(?:\#|id|no)|ehr\s?(?:\#|id|no)|chart\s?\#"
            r"|hosp(?:ital)?\.?\sno|(?:opd|ipd)\s?(?:no|\#|id)|(?:op|ip)\s(?:no|number)|"
            + _with(r"hospital|hosp\.?|patient|chart|record|unit|clinic|folder|medical|health\srecord|pid")
        ),
        3,
    ),
    (
        PLAN,
        word_set(
            "member policy subscriber beneficiary insurance medicare medicaid plan group hicn mbi health ohip payer insured"
            " coverage nhif nhis aetna cigna humana bcbs claim authorization cross shield phn kaiser tricare ayushman"
        ),
        _cued(
            r"hicn|mbi|ohip|phn|medicaid|medicare|health\scard|healthcard|bcbs|nhif|nhis|"
            + _with(
                r"member|policy|subscriber|beneficiary|insurance|insured|plan|group|payer|coverage|medicare|medicaid|membership|health\splan"
                r"|health\sinsurance|claim|prior\sauth(?:orization)?|authorization|aetna|cigna|humana|blue\scross|blue\sshield|kaiser|tricare"
            )
        ),
        4,
    ),
    (
        ACCOUNT,
        word_set(
            "account acct bank iban invoice billing bill card visa mastercard amex routing guarantor payment debit credit"
        ),
        _cued(
            r"acct|a/c\s?(?:no|\#)|iban|account|"
            + _with(
                r"account|acct\.?|bank|invoice|billing|bill|credit\scard|debit\scard|card|visa|mastercard|amex|routing|guarantor|payment"
            )
            + r"|(?:credit|debit)\scard|mastercard|visa\sending"
        ),
        4,
    ),
    (
        LICENSE,
        word_set(
            "license licence licensed lic dea npi certificate cert certification gmc nmc hpcsa ahpra permit driver's drivers driver dl"
            " registration mci passport"
        ),
        _cued(
            r"lic|licen[cs]e|dea|npi|gmc|nmc|ahpra|hpcsa|dl\s?(?:\#|no)|permit\s?(?:\#|no)|driver'?s?\slicen[cs]e|"
            + _with(
                r"licen[cs]e|lic\.?|certificate|cert|certification|board|permit|dea|npi|gmc|nmc|prescriber|provider|pharmacy|teaching"
                r"|medical\scouncil|professional\sregistration|nursing\sregistration"
            )
        ),
        4,
    ),
    (
        VEHICLE,
        word_set("vin plate plates tag vehicle license licence registration reg rego car chassis truck motorcycle"),
        _cued(
            r"vin|(?:licen[cs]e|number|registration|vehicle|car)\splates?|plates?|rego|chassis|tag\s(?:no|number|\#)|"
            + _with(r"vehicle|car|plate|registration|reg\.?|chassis|motorcycle|truck|tag|vin")
        ),
        2,
    ),
    (
        DEVICE,
        word_set(
            "serial sn s udi imei device lot pacemaker implant model ref catalog pump icd defibrillator meter sensor"
        ),
        _cued(
            r"serial|s/n|udi|imei|lot\s?(?:no|number|\#)|lot|"
            + _with(
                r"serial|device|implant|pacemaker|icd|defibrillator|pump|meter|sensor|model|catalog|product|hardware|insulin\spump|cochlear"
                r"|implant\sserial|device\sserial|stimulator|lead|valve|stent|prosthesis|machine|cpap|ventilator"
            )
        ),
        4,
    ),
    (
        OTHER,
        word_set(
            "accession specimen order encounter visit study subject participant trial barcode passport voter aadhaar aadhar pan nric"
            " identity national employee student badge case docket court prescription rx inmate prisoner booking service veteran tracking"
            " confirmation reference ref sample lab csn fin episode enrollment enrolment military tribal census id identifier identification"
            " registry file sibling donor cnic curp cpf nin npwp bvn report incident ticket"
        ),
        _cued(
            r"aadhaa?r|passport|nric|cnic|curp|cpf|bvn|csn|fin\s?\#|accession|barcode|docket|rx\s?\#|badge|tracking|"
            r"(?:national|voter|employee|student|inmate|prisoner|tribal|census|identity|emirates)\s(?:id|identity|card|enrollment)|identifier|"
            + _with(
                r"accession|specimen|order|encounter|visit|study|subject|participant|trial|passport|voter|identity|national|employee|student"
                r"|badge|case|docket|court|prescription|rx|inmate|prisoner|booking|service|veteran|tracking|confirmation|reference|ref\.?"
                r"|sample|lab|episode|enrolment|enrollment|military|tribal|census|registry|registration|file|unique|donor|report|incident|ticket"
                r"|tax|pin|pan"
            )
            + r"|id\s?(?:\#|:|no|number)|ids?\s(?=[a-z]{0,4}-?\d{4})"
        ),
        3,
    ),
)

_SSN = re.compile(r"(?<![\w.-])(?:\d{3}|[x*]{3})([- .])(?:\d{2}|[x*]{2})\1\d{4}(?![\w-]|\.\d)")
_NINO = re.compile(r"(?<!\w)(?![DFIQUV])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D](?!\w)")
_TRIPLETS = re.compile(r"(?<![\w.,/+-])(\d{3})[ -](\d{3})[ -](\d{3,4})(?![\w-]|[.,]\d)")
_AADHAAR = re.compile(r"(?<![\w.,/+-])[2-9]\d{3} \d{4} \d{4}(?![\w-]| \d)")
_MBI = re.compile(
    r"(?<!\w)[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?!\w)"
)
_DEA = re.compile(r"(?<!\w)[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?!\w)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?(?!\w)")
_CARD = re.compile(
    r"(?<![\w.,/+-])\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}(?![\w-])|(?<![\w.,/+-])3\d{3}[ -]\d{6}[ -]\d{5}(?![\w-])|(?<![\w.,/+-])\d{13,19}(?![\w-]|[.,]\d)"
)
_VIN = re.compile(r"(?<!\w)(?=[A-Z]{0,16}\d)(?=\d{0,16}[A-Z])[A-HJ-NPR-Z0-9]{17}(?!\w)")
_UUID = re.compile(r"(?<!\w)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?!\w)")
_PLATE = re.compile(
    r"\b(?:plates?|tag|rego|registration|licen[cs]e plate)\b(?:[\s:#(]|is|was|number|no\.?)*+(?P<plate>[a-z]{1,4}[ -]?\d{1,4}[ -]?[a-z]{0,3}|\d{1,4}[ -]?[a-z]{2,4})(?!\w)"
)
_UK_PLATE = re.compile(r"(?<!\w)[A-Z]{2}\d{2} ?[A-Z]{3}(?!\w)")
_RUN = re.compile(r"(?<![\w.,/+-])(?<!\d )\#?\d{5,}(?:-\d{1,6}){0,2}(?![\w/]|[.,-]\d)")
_MIXED = re.compile(
    r"(?<![\w.,/+-])(?=[A-Za-z-]{1,8}\d)[A-Za-z]{1,5}-?(?:[A-Za-z]{1,3}-?)?\d{4,}(?:[/-]\d{1,6}){0,3}[A-Za-z]?(?![\w-])"
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_UNIT_AFTER = re.compile(
    r"\s?(?:copies|iu|units?|u/|cells?|/|per\b|x\s?10|×|mg|mcg|µg|ug|ng|ml|l\b|kg|g\b|grams?|pounds?|lbs?|steps|calories|kcal|k\b|mm|cm|%"
    r"|platelets|wbc|people|patients|participants|women|men|children|years|days|hours|dollars|usd|rupees|shillings|\$|residents|population|meq|ppm|cfu|colonies|organisms)"
)
_LAB_BEFORE = re.compile(
    r"(?:platelets?|plt|wbc|rbc|viral load|vl|hcv|hiv|rna|dna|hbv|cd4|count|ferritin|bnp|nt-?probnp|ck|cpk|ast|alt|ldh|d-?dimer|hcg|beta|afp|ca ?\d+"
    r"|lipase|amylase|troponin|psa|load|titer|copies|\$|£|€|usd|rs\.?|kes|pmid|pmcid|doi|isbn|snomed|loinc|rxnorm|rxcui|omim|mim|cpt|icd|icd-10|hcpcs"
    r"|orpha|orphanet|chembl|cas|dsm|nct|isrctn|cid|mesh|umls|procedure code|grant)[\s:#=>~<-]{0,3}(?:is|was|of|at|code|codes|id|no)?[\s:=>~<]{0,3}$"
)
_PUBLIC = re.compile(
    r"(?:rs|nct|isrctn|pmid|pmc|pmcid|ensg|enst|nm_?|np_?|omim|hgnc|orpha|chebi|cvx|cpt|icd|iso|dsm|sars|covid|hla|mt|chr)-?\d",
    re.IGNORECASE,
)


def find(reading: Reading) -> Iterator[Hit]:
    """Every number that belongs to one person, record or thing."""
    if not any(map(str.isdigit, reading.text)):
        return
    yield from _after_a_word(reading)
    yield from _by_shape(reading)
    yield from _by_length(reading)


def _after_a_word(reading: Reading) -> Iterator[Hit]:
    low = reading.low
    for rule, words, pattern, least in _CUED:
        if reading.words.isdisjoint(words):
            continue
        for match in pattern.finditer(low):
            value = match["value"]
            start, end = match.span("value")
            if sum(map(str.isdigit, value)) < least or _YEAR.match(value) or _is_quantity(reading, start, end):
                continue
            yield Hit(start, end, rule)


def _is_quantity(reading: Reading, start: int, end: int) -> bool:
    """Whether what follows a cue is a dose, a span of time, a date or an age after all."""
    value = reading.low[start:end]
    if _DATE_LIKE.match(value) or _QUANTITY.match(value):
        return True
    return _QUANTITY_AFTER.match(reading.after(end, 12)) is not None


_DATE_LIKE = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})$|(?:19|20)\d\d-\d\d-\d\d$|\d{1,2}(?:st|nd|rd|th)$|\d{1,2}[/-]\d{1,3}$"
)
_QUANTITY = re.compile(
    r"\d+(?:[.-]\d+)?(?:mg|mcg|ml|kg|g|l|cm|mm|weeks?|days?|hours?|hrs?|h|min|mins|months?|years?|yo|yrs?|y|x|pm|am|th)$"
)
_QUANTITY_AFTER = re.compile(
    r"\s?(?:-\s?)?(?:mg|mcg|ml|units?|kg|%|weeks?|days?|hours?|hrs?|months?|years?|yrs?|minutes?|mins?|times|x\b|am\b|pm\b|beats|bpm|mm|cm|patients|people)"
)


def _by_shape(reading: Reading) -> Iterator[Hit]:
    text = reading.text
    for match in _SSN.finditer(reading.low):
        yield Hit(match.start(), match.end(), SSN)
    for rule, pattern in ((NATIONAL, _NINO), (MBI, _MBI), (DEA, _DEA)):
        for match in pattern.finditer(text):
            yield Hit(match.start(), match.end(), rule)
    for match in _TRIPLETS.finditer(text):
        digits = "".join(match.groups())
        if (len(digits) == 10 and "nhs" in reading.words and _nhs_checks(digits)) or (
            len(digits) == 9 and _luhn(digits)
        ):
            yield Hit(match.start(), match.end(), NHS if len(digits) == 10 else NATIONAL)
    for match in _AADHAAR.finditer(text):
        yield Hit(match.start(), match.end(), NATIONAL)
    for match in _IBAN.finditer(text):
        if _iban_checks(match.group().replace(" ", "")):
            yield Hit(match.start(), match.end(), CARD)
    for match in _CARD.finditer(text):
        digits = "".join(filter(str.isdigit, match.group()))
        if len(digits) >= 13 and _luhn(digits):
            yield Hit(match.start(), match.end(), CARD)
    for match in _VIN.finditer(text):
        yield Hit(match.start(), match.end(), VIN)
    for match in _UUID.finditer(reading.low):
        yield Hit(match.start(), match.end(), OTHER)
    if not reading.words.isdisjoint(_ON_THE_ROAD):
        for match in _UK_PLATE.finditer(text):
            yield Hit(match.start(), match.end(), VEHICLE)
        for match in _PLATE.finditer(reading.low):
            if text[match.start("plate") : match.end("plate")].isupper():
                yield Hit(match.start("plate"), match.end("plate"), VEHICLE)


_ON_THE_ROAD = word_set("car van truck vehicle motorcycle motorbike plate plates drove drives driving collision")


def _by_length(reading: Reading) -> Iterator[Hit]:
    """Bare numbers and codes: certain from eight digits on, worth a glance from five."""
    for match in _RUN.finditer(reading.text):
        start, end = match.span()
        digits = sum(map(str.isdigit, match.group()))
        if match.group().endswith("00") or _has_a_meaning(reading, start, end):
            continue
        yield Hit(start, end, LONG if digits >= 8 else MAYBE)
    for match in _MIXED.finditer(reading.text):
        start, end = match.span()
        word = match.group()
        if _PUBLIC.match(word) or _has_a_meaning(reading, start, end) or re.search(r"(?:19|20)\d\d$", word):
            continue
        digits = sum(map(str.isdigit, word))
        if digits >= 6:
            yield Hit(start, end, CODE)
        elif digits >= 5:
            yield Hit(start, end, MAYBE)


def _has_a_meaning(reading: Reading, start: int, end: int) -> bool:
    return bool(_UNIT_AFTER.match(reading.after(end, 14)) or _LAB_BEFORE.search(reading.before(start, 34)))


def _luhn(digits: str) -> bool:
    """The check digit of bank cards and Canadian SINs."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _nhs_checks(digits: str) -> bool:
    """The check digit of NHS numbers (modulus 11)."""
    rest = 11 - sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9])) % 11
    return rest % 11 == int(digits[9]) and rest != 10


def _iban_checks(code: str) -> bool:
    """The check digits of an IBAN (modulus 97)."""
    return int("".join(str(int(c, 36)) for c in code[4:] + code[:4])) % 97 == 1
