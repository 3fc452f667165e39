"""Codes for the outside world: random, readable aloud, telling nothing.

Crockford's base32 leaves out I, L, O and U, so a code read from paper or over the phone is not mistaken.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")


def code(prefix: str, length: int = 8) -> str:
    """A new random code such as `S-7K3Q29FM`."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def certificate_code() -> str:
    """Sixteen random characters in groups of four, 80 bits: `7K3Q-29FM-XW0D-4T8B`."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(16))
    return "-".join(text[at : at + 4] for at in range(0, 16, 4))


def certificate_code_as_typed(text: str) -> str:
    """What somebody typed from paper, in the one form that is stored; other texts come back unequal to any code."""
    plain = "".join(text.upper().translate(_READ_AS).replace("-", " ").split())
    return "-".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def token() -> str:
    """A one-time secret for a link (256 bits); only its hash is stored."""
    return secrets.token_urlsafe(32)
