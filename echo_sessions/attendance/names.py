"""What people call themselves in a meeting, taken apart.

`Dr Okoro (iPad)`, `Ana (Ana María López)`, `jane doe, RN - Gulu`, `1505***0142` and `Clinic Room 2` all stand in
the same column. Here a written name becomes the plausible names of a person, a telephone number, or the name of a
thing that several people may share. Pure: text in, values out.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters that have no accent to take off, and the way people type them without the right keyboard.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc\u00b4`]")


def word_set(text: str) -> frozenset[str]:
    """The words of a sentence as a set: long lists stay readable."""
    return frozenset(text.split())


_TITLES = word_set(
    "dr dra doctor doctora prof profa professor mr mrs ms miss mx mme mlle herr frau sr sra srta sir sister rev "
    "ing lic enf med"
)
_CREDENTIALS = word_set(
    "rn md phd msc mph mbbs mbchb mbbch bsn msn dnp aprn fnp pharmd rph lcsw lmsw lpc facp faap frcp frcpc mrcp "
    "mrcgp crnp pac psyd mha mba ccrn cde cdces edd jd dds dmd rd rdn ot pt esq"
)
# These are surnames as well: they count as credentials only after a comma, or in capitals after a mixed-case name.
_CREDENTIALS_OR_NAMES = word_set("do ma pa np ba bs ms med rt da od")

_PRONOUNS = word_set(
    "she her hers he him his they them their theirs ze zir hir xe xem any all pronouns elle el ella ellas ellos "
    "ele ela il iel lui sie er ihr ihm"
)
_ANNOTATIONS = word_set(
    "host cohost co-host me guest external ext extern externe externo esterno unverified internal organizer organiser "
    "presenter panelist panellist facilitator moderator attendee participant hub spoke anfitrion anfitriao hote moi eu "
    "yo ich invite invitado convidado gast ospite coanfitrion coanfitriao zoom teams camera audio video"
)
_DEVICES = re.compile(
    r"\b(?:i-?phone|i-?pad|i-?pod|i-?mac|mac-?book\w*|android|galaxy|samsung|huawei|xiaomi|redmi|oppo|tecno|infinix|"
    r"nokia|motorola|pixel|oneplus|lenovo|asus|thinkpad|chromebook|laptop|desktop|tablet|pc|"
    r"computer|phone|mobile|cell|handy|sm-[a-z]\d+\w*|device|webcam|polycom|cisco|logitech|telefono|celular|telefone|"
    r"telephone|portable|tableta)\b"
)
_SHARED = re.compile(
    r"\b(?:(?:ward|hall)\s+\d+|room|rm|clinic|hospital|office|desk|reception|conference|boardroom|board|lab|laboratory|library|center|"
    r"centre|theatre|department|dept|hub|spoke|team|staff|group|class|sala|salle|consultorio|clinica|oficina|equipo|"
    r"health|unit|station|echo|user|admin|administrator|guest|host|usuario|invitado|zoom|anonymous|unknown|"
    r"call-?in|caller|participant|attendee|test|owner)\b"
)
_PHONE = re.compile(r"\+?\(?\+?[\d*xX#][\d*xX#().\s-]{5,24}[\d*xX#]")
_GROUP = re.compile(r"[(\[{]([^()\[\]{}]*)(?:[)\]}]|$)")
_SEGMENTS = re.compile(r"\s+[-\u2013\u2014|\u2022]+\s+|\s*[|\u2022;]\s*|\s*/\s+|\s+/\s*|\s*@\s+")
_ROLL_NUMBER = re.compile(r"^[a-z]{0,4}\d[a-z0-9]+(?:\s*[_:-]\s*|\s+)(?=\D{3})|[\s_-]+\d{4,}$", re.IGNORECASE)


@dataclass(frozen=True)
class DisplayName:
    """A written name taken apart: whose it may be, a number, and whether several people may sit behind it."""

    written: str
    names: tuple[str, ...]
    phone: str | None
    shared: bool


def tidy(text: str) -> str:
    """`text` on one line, without invisible characters, spaces single."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.split())


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """`text` for comparing: NFKC, lower case, Latin letters without accents; other scripts keep their marks."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFD", tidy(text).casefold())
    kept: list[str] = []
    latin = False
    for char in decomposed:
        if not unicodedata.combining(char):
            latin = char < "\u0250" or "\u1e00" <= char <= "\u1eff"
        elif latin:
            continue
        kept.append(char)
    return tidy("".join(kept).translate(_PLAIN))


@lru_cache(maxsize=20_000)
def name_key(text: str) -> str:
    """The name for comparing: folded, titles and credentials dropped, "Doe, Jane" turned round, words in order.

    >>> name_key("Dr. José  Núñez-Ortiz, MD")
    'jose nunez ortiz'
    """
    first, *rest = [part for part in (_words(part) for part in tidy(text).split(",")) if part] or [[]]
    rest = [kept for part in rest if (kept := _without_credentials(part, after_comma=True))]
    words = (rest[0] + first) if len(rest) == 1 else first + [word for part in rest for word in part]
    return " ".join(fold(word) for word in _without_titles(_without_credentials(words, after_comma=False)))


def sorted_key(text: str) -> str:
    """`name_key` whatever the order of the words: "Okoro Ada" and "Ada Okoro" are alike. Never proof, only a hint."""
    return " ".join(sorted(name_key(text).split()))


def phone_key(text: str) -> str:
    """Digits and masks only, so that "+1 (505) 555-0142" and "15055550142" are one number."""
    return re.sub(r"[^\d*]", "", text.replace("x", "*").replace("X", "*"))


def is_shared(text: str) -> bool:
    """Whether this names a device, a room or nobody: it may never decide who somebody is."""
    key = fold(text)
    words = re.findall(r"[^\W\d_]+", key)
    if not words or not any(len(word) > 1 for word in words):
        return True
    return bool(_SHARED.search(key) or _DEVICES.search(key))


@lru_cache(maxsize=20_000)
def take_apart(written: str) -> DisplayName:
    """Names, number and nature of what stands in a name column."""
    text = tidy(written)
    phone, text = _phone_of(text)
    groups = [group.strip() for group in _GROUP.findall(text)]
    base = _GROUP.sub(" ", text)
    found = list(dict.fromkeys(name for part in (base, *groups) for name in _plausible(part)))
    people = [name for name in found if not is_shared(name)]
    names = people or found[:1]
    shared = not people
    return DisplayName(tidy(written), tuple(names), phone, shared)


def _words(part: str) -> list[str]:
    bare = _APOSTROPHES.sub("", part)
    bare = re.sub(r"\b(Ph)\.(?=\s?D\b)|(?<=\b\w)\.(?=\w\b)", r"\1", bare)  # Ph.D., M.D., J.R.
    # A vowel sign is no separator, though `\w` says so.
    spaced = "".join(char if char.isalnum() or unicodedata.category(char).startswith("M") else " " for char in bare)
    return spaced.split()


def _without_titles(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and fold(words[start]) in _TITLES:
        start += 1
    return words[start:]


def _without_credentials(words: list[str], *, after_comma: bool) -> list[str]:
    mixed = not all(word.isupper() for word in words)
    least = 0 if after_comma else 1
    kept = list(words)
    while len(kept) > least:
        last = fold(kept[-1])
        surely = last in _CREDENTIALS and (after_comma or len(kept) > 1)
        perhaps = last in _CREDENTIALS_OR_NAMES and (after_comma or (len(kept) > 2 and mixed and kept[-1].isupper()))
        if not (surely or perhaps):
            break
        kept.pop()
    return kept


def _phone_of(text: str) -> tuple[str | None, str]:
    """A telephone number in the text, masked or not, and the text without it.

    Roll numbers are digits as well: a bare number counts only from ten digits on, a shorter one needs a plus, a mask
    or the usual punctuation.
    """
    for found in _PHONE.finditer(text):
        raw = found.group().strip()
        key = phone_key(raw)
        digits = sum(char.isdigit() for char in key)
        marked = "*" in key or raw.startswith("+") or bool(re.search(r"\d[\s().-]+\d", raw))
        if 9 <= len(key) <= 16 and digits >= 4 and (marked or digits >= 10):
            rest = (text[: found.start()] + " " + text[found.end() :]).strip()
            return ("+" + key if raw.startswith("+") else key), rest
    return None, text


def _plausible(part: str) -> list[str]:
    """The names in one part of a written name: none for pronouns, roles and bare devices."""
    part = tidy(part.split("#")[0]).strip(" -_,;:|/")
    words = set(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", fold(part)))
    if not words or words <= _PRONOUNS | _ANNOTATIONS:
        return []
    part = _ROLL_NUMBER.sub("", part) or part
    part = _without_device(part)
    if not re.search(r"[^\W\d_]", part) or re.fullmatch(r"\S*\d\S*", part):
        return []
    segments = [segment for segment in _SEGMENTS.split(part) if segment.strip()]
    if len(segments) > 1:
        people = [segment.strip() for segment in segments if len(segment.split()) > 1 and not is_shared(segment)]
        return [part, *people[:1]]  # "Jane Doe - Gulu RRH": whoever writes more than a name begins with it.
    return [part]


def _without_device(part: str) -> str:
    """`Jane's iPad` is Jane; `Jane Doe - iPhone` is Jane Doe; `iPhone` and `Galaxy S9` stay what they are."""
    found = _DEVICES.search(part.casefold())
    if not found:
        return part
    before = re.sub(r"(?:['\u2019]s?)?[\s_,:|-]*$", "", part[: found.start()])
    owned = re.match(r"^(?:i-?phone|i-?pad)\s+(?:de|von|di|do|da|van)\s+(.+)$", part, re.IGNORECASE)
    if owned:
        return owned.group(1)
    return before if re.search(r"[^\W\d_]{2}", before) and not is_shared(before) else part
