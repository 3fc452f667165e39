"""Columns whose values are kept encrypted: licence numbers, needs of access, secrets of second factors.

A copy of the database alone tells nothing of them. AES-256-GCM under a key derived from the deployment's secret key;
the purpose of the column is bound in, so that a value copied into another column does not open. A key that was
replaced still opens what it sealed, as long as it stands in ECHO_OLD_SECRET_KEYS.
"""

import base64
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

NONCE = 12
MARK = "s1."


class CannotOpen(Exception):
    """No key of this deployment opens a sealed value: it was sealed under another one, or was changed."""


def seal(text: str, *, key: bytes, purpose: str) -> str:
    """The text, encrypted for this purpose; each time different."""
    nonce = secrets.token_bytes(NONCE)
    return MARK + base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())).decode()


def unseal(sealed: str, *, keys: Sequence[bytes], purpose: str) -> str:
    """The text again. Raises `CannotOpen` when no key fits or the value was changed or moved."""
    if not sealed.startswith(MARK):
        raise CannotOpen("this value was never sealed")
    raw = base64.urlsafe_b64decode(sealed.removeprefix(MARK))
    for key in keys:
        try:
            return AESGCM(key).decrypt(raw[:NONCE], raw[NONCE:], purpose.encode()).decode()
        except InvalidTag:
            continue
    raise CannotOpen("no key of this deployment opens a sealed value: add the one before to ECHO_OLD_SECRET_KEYS")


class Sealed(TypeDecorator[str]):
    """Text that is encrypted on its way to the database. It cannot be searched or compared there."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else seal(value, key=_keys()[0], purpose=self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(value, keys=_keys(), purpose=self.purpose)


def _keys() -> tuple[bytes, ...]:
    keys: tuple[bytes, ...] = current_app.extensions["settings"].sealing_keys
    return keys
