"""Names and addresses of people: how they are compared, and what is refused."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused

LINK_LIVES = timedelta(minutes=15)
CODE_LIVES = timedelta(minutes=10)
CODE_TRIES = 5
CHALLENGE_LIVES = timedelta(minutes=5)
HALF_LIVES = timedelta(minutes=10)
FRESH = timedelta(minutes=10)
SEEN_EVERY = timedelta(minutes=5)
GRACE = timedelta(days=14)
RECOVERY_CODES = 10
NAME_MOST = 300
_SPACE = re.compile(r"\s+")
_ADDRESS = re.compile(r"[^@\s\"<>(),;:\\\x00-\x1f]+@[^@\s\"<>(),;:\\\x00-\x1f]+\.[^@\s\"<>(),;:\\.\x00-\x1f]+")


class StaffRole(StrEnum):
    """What somebody may do for the whole hub: an owner everything, a coordinator founds and runs programs."""

    OWNER = "owner"
    COORDINATOR = "coordinator"


class Law(StrEnum):
    """Whose clock runs when patient data got where it should not. `law_hours` says how long."""

    GDPR = "gdpr"
    HIPAA = "hipaa"
    OTHER = "other"


LAW_HOURS = {Law.GDPR: 72, Law.HIPAA: 60 * 24}
"""GDPR article 33: 72 hours after becoming aware. HIPAA 45 CFR 164.404: 60 calendar days after discovery."""
LAW_NAMES = {Law.GDPR: "GDPR", Law.HIPAA: "HIPAA"}


def clean_name(text: str) -> str:
    """A name as people write it: one line, single spaces, NFC. Refuses an empty one and more than 300 letters."""
    visible = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    name = _SPACE.sub(" ", unicodedata.normalize("NFC", visible)).strip()
    if not name:
        raise Refused("A name is needed.")
    if len(name) > NAME_MOST:
        raise Refused("This name has %(length)s letters; at most %(most)s fit.", length=len(name), most=NAME_MOST)
    return name


def normal_address(text: str) -> str:
    """The one spelling an e-mail address is compared by: NFKC, lower case, the domain as it is shown (`xn--bcher-kva` is
    `bücher`). Refuses what cannot be an address."""
    address = unicodedata.normalize("NFKC", text).strip().casefold()
    local, _at, domain = address.rpartition("@")
    if "xn--" in domain:
        address = f"{local}@{'.'.join(_shown(label) for label in domain.split('.'))}"
    if not _ADDRESS.fullmatch(address) or len(address) > 320:
        raise Refused("This is not an e-mail address: it needs one @ and a domain, such as ana@clinic.example.")
    return address


def _shown(label: str) -> str:
    """One part of a domain as people see it; what cannot be read stays as it is."""
    if not label.startswith("xn--"):
        return label
    try:
        return unicodedata.normalize("NFKC", label[4:].encode("ascii").decode("punycode")).casefold() or label
    except UnicodeError:
        return label


def short_name(name: str) -> str:
    """How to greet somebody: the first word of the name that is no title."""
    words = [
        word for word in name.split() if word.rstrip(".").casefold() not in {"dr", "prof", "mr", "mrs", "ms", "sr"}
    ]
    return words[0] if words else name


class SignInWay(StrEnum):
    """By what somebody signed in."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"
    PASSKEY = "passkey"
    PROVIDER = "provider"


class SecondFactor(StrEnum):
    """What proved, beside the way in, who it is. A passkey that checked its owner is both at once."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY = "recovery code"
    PROVIDER = "provider"


class Stay(StrEnum):
    """For how long a device stays signed in: a shared computer, an ordinary one, one's own."""

    SHARED = "shared"
    ORDINARY = "ordinary"
    KEPT = "kept"


STAYS = {
    Stay.SHARED: (timedelta(minutes=30), timedelta(hours=8)),
    Stay.ORDINARY: (timedelta(hours=12), timedelta(days=7)),
    Stay.KEPT: (timedelta(days=30), timedelta(days=30)),
}
"""How long without a page, and how long in all."""


def stay_of(*, shared: bool, kept: bool) -> Stay:
    """What was ticked; a shared computer keeps nothing, whatever else was ticked."""
    return Stay.SHARED if shared else Stay.KEPT if kept else Stay.ORDINARY


def grace_left(asked_at: datetime, now: datetime) -> int:
    """Days until a second factor is needed, counted up; 0 when the time is over."""
    left = asked_at + GRACE - now
    return max(0, -(-left // timedelta(days=1)))
