"""Lasting links: derived from a row's code, never stored.

A token says which row and which person it is for, and carries a code (HMAC-SHA256, 120 bits) over both, the
row's generation and the purpose, so that nobody can make one, change one, or use a feed's token to answer an
invitation. Raising the generation on the row revokes every token made before; the caller compares it.

The last letters are base32 in lower case and the whole is letters, digits, hyphens and points that are never
last, so that no mail program cuts it short when it makes a link of it.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

LONGEST = 60
SHORTEST_KEY = 32

_PURPOSE = re.compile(r"[a-z_]+")
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")
_TOKEN = re.compile(
    r"(?P<code>[A-Z0-9-]+)\.(?P<generation>0|[1-9][0-9]*)(?:\.(?P<person>[A-Z0-9-]+))?\.(?P<proof>[a-z2-7]{24})"
)


@dataclass(frozen=True)
class Read:
    """What a genuine token says. `generation` has still to be compared with the row's."""

    code: str
    person: str | None
    generation: int


def make(key: bytes, purpose: str, code: str, generation: int, *, person: str | None = None) -> str:
    """The token for a row, and for one person if the link is personal; at most 60 characters.

    The same values give the same token. Codes must be of the shape `S-7K3Q29FM`; others, a short key and a
    negative generation are faults of the program (ValueError).
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"A key for links needs at least {SHORTEST_KEY} bytes.")
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError("The purpose of a link is a word in small letters.")
    if generation < 0 or not all(_CODE.fullmatch(part) for part in (code, person) if part is not None):
        raise ValueError("A link is made from codes and a generation of 0 or more.")
    parts = [code, str(generation)] if person is None else [code, str(generation), person]
    token = ".".join([*parts, _proof(key, purpose, parts)])
    if len(token) > LONGEST:
        raise ValueError(f"A link's token would be longer than {LONGEST} characters.")
    return token


def read(key: bytes, purpose: str, token: str) -> Read | None:
    """What a token says, or None if we did not make it for this purpose. Takes as long for a near miss as for a far one."""
    found = _TOKEN.fullmatch(token) if len(token) <= LONGEST else None
    if found is None:
        return None
    code, generation, person, proof = found.group("code", "generation", "person", "proof")
    parts = [code, generation] if person is None else [code, generation, person]
    if not hmac.compare_digest(proof, _proof(key, purpose, parts)):
        return None
    return Read(code=code, person=person, generation=int(generation))


def _proof(key: bytes, purpose: str, parts: list[str]) -> str:
    # Neither the purpose nor a part can hold a line break, so different parts never run together into the same text.
    said = "\n".join([purpose, *parts]).encode()
    return base64.b32encode(hmac.digest(key, said, hashlib.sha256)[:15]).decode().lower()
