"""Names and addresses of people: how they are compared, and what is refused."""

import re
import unicodedata
from datetime import timedelta
from enum import StrEnum

from echo_sessions.errors import Refused

LINK_LIVES = timedelta(minutes=15)
NAME_MOST = 300
_SPACE = re.compile(r"\s+")
_ADDRESS = re.compile(r"[^@\s\"<>(),;:\\\x00-\x1f]+@[^@\s\"<>(),;:\\\x00-\x1f]+\.[^@\s\"<>(),;:\\.\x00-\x1f]+")


class StaffRole(StrEnum):
    """What somebody may do for the whole hub: an owner everything, a coordinator founds and runs programs."""

    OWNER = "owner"
    COORDINATOR = "coordinator"


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
    """The one spelling an e-mail address is compared by: NFKC, lower case. Refuses what cannot be an address."""
    address = unicodedata.normalize("NFKC", text).strip().casefold()
    if not _ADDRESS.fullmatch(address) or len(address) > 320:
        raise Refused("This is not an e-mail address: it needs one @ and a domain, such as ana@clinic.example.")
    return address


def short_name(name: str) -> str:
    """How to greet somebody: the first word of the name that is no title."""
    words = [
        word for word in name.split() if word.rstrip(".").casefold() not in {"dr", "prof", "mr", "mrs", "ms", "sr"}
    ]
    return words[0] if words else name
