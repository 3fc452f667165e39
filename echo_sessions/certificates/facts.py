"""Facts of a certificate from JSON, checked field by field. Pure, like `rules`.

Every refusal is one sentence that names the field, such as `sessions[0].minutes`, and says what it should be.
"""

import json
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

from echo_sessions.certificates.rules import (
    CertificateKind,
    CreditFact,
    Facts,
    Registration,
    Replaced,
    SessionFact,
    Signatory,
)
from echo_sessions.errors import BadInput
from echo_sessions.words import msgid

Item = TypeVar("Item")

DIRECTIONS = ("ltr", "rtl", "auto")
MOST_MINUTES = 100_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_INVISIBLE = dict.fromkeys(
    number
    for first, last in (
        (0xAD, 0xAD),  # soft hyphen
        (0x61C, 0x61C),
        (0x200B, 0x200B),
        (0x200E, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
        (0xE0000, 0xE007F),  # tags
    )
    for number in range(first, last + 1)
)
"""Marks that show nothing or turn the direction of what follows. Joiners stay: names in many scripts need them."""


def facts_from(data: bytes, file_name: str) -> Facts:
    """Facts from the bytes of a JSON file; refused with the file and line where it is none."""
    try:
        return read_facts(json.loads(data, parse_float=Decimal, parse_constant=_no_number))
    except UnicodeDecodeError:
        raise BadInput(msgid("%(file)s is not text in UTF-8."), file=file_name) from None
    except json.JSONDecodeError as fault:
        raise BadInput(
            msgid("%(file)s is not JSON: line %(line)s, column %(column)s: %(why)s."),
            file=file_name,
            line=fault.lineno,
            column=fault.colno,
            why=fault.msg,
        ) from None
    except (ValueError, RecursionError):
        raise BadInput(
            msgid("%(file)s holds a number too long, or lists too deep, to be read."), file=file_name
        ) from None


def read_facts(data: object) -> Facts:
    """The facts in a certificate's JSON, or `BadInput` that names the first field at fault."""
    fields = _Fields(data, "")
    kind = fields.choice("kind", [kind.value for kind in CertificateKind])
    facts = Facts(
        name=fields.text("name", 200),
        lang=fields.language("lang"),
        dir=fields.choice("dir", DIRECTIONS, default="auto"),
        kind=CertificateKind(kind),
        program=fields.text("program", 300),
        title=fields.text("title", 300),
        sessions=fields.many("sessions", _session, least=1, most=200),
        credits=fields.many("credits", _credit, least=1 if kind == CertificateKind.CREDIT else 0, most=6),
        provider=fields.text("provider", 300),
        signatory=_signatory(fields.inner("signatory")),
        registration=fields.optional("registration", _registration),
        issued_on=fields.day("issued_on"),
        number=fields.text("number", 60),
        verify_url=fields.address("verify_url"),
        format=fields.text("format", 100, default=""),
        replaces=fields.optional("replaces", _replaced),
    )
    fields.nothing_else()
    return facts


def clean(text: str) -> str:
    """A text as it is printed: composed letters, single spaces, no invisible marks."""
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


class _Fields:
    """The fields of one JSON object, taken out one by one; what is left over at the end has no place."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict):
            raise BadInput(msgid("%(field)s must be a JSON object with named fields."), field=where or "The file")
        self._left = dict(data)
        self._where = where

    def text(self, key: str, most: int, *, default: str | None = None) -> str:
        """A printable text of at most so many letters."""
        value = self._take(key, default)
        if not isinstance(value, str) or (default is None and not clean(value)):
            raise BadInput(msgid("%(field)s must be a text that is not empty."), field=self._name(key))
        text = clean(value)
        if len(text) > most:
            raise BadInput(
                msgid("%(field)s has %(length)s letters; at most %(most)s can be printed."),
                field=self._name(key),
                length=len(text),
                most=most,
            )
        for letter in text:
            if unicodedata.category(letter) in {"Cc", "Cn", "Co", "Cs"}:
                raise BadInput(
                    msgid("%(field)s holds a character that cannot be printed (%(code)s); take it out."),
                    field=self._name(key),
                    code=f"U+{ord(letter):04X}",
                )
        return text

    def choice(self, key: str, known: Any, *, default: str | None = None) -> str:
        """One of some words."""
        value = self._take(key, default)
        if value not in known:
            raise BadInput(msgid("%(field)s must be one of %(known)s."), field=self._name(key), known=", ".join(known))
        return str(value)

    def language(self, key: str) -> str:
        """A language tag such as sw or pt-BR."""
        value = self._take(key, "en")
        if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
            raise BadInput(msgid("%(field)s must be a language such as en, sw or pt-BR."), field=self._name(key))
        return value

    def day(self, key: str) -> date:
        """A calendar day."""
        value = self._take(key)
        try:
            if not isinstance(value, str) or len(value) != 10:
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise BadInput(
                msgid("%(field)s must be a day that exists, written as 2026-11-25."), field=self._name(key)
            ) from None

    def minutes(self, key: str) -> int:
        """A whole number of minutes."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_MINUTES:
            raise BadInput(
                msgid("%(field)s must be a whole number of minutes from 0 to %(most)s."),
                field=self._name(key),
                most=MOST_MINUTES,
            )
        return value

    def amount(self, key: str) -> Decimal:
        """An amount of credit, as a number or as its text; the decimals stay as they were written."""
        value = self._take(key)
        try:
            amount = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else Decimal("NaN")
        except InvalidOperation:
            amount = Decimal("NaN")
        exponent = amount.as_tuple().exponent
        usable = isinstance(exponent, int) and -4 <= exponent <= 0 and 0 <= amount < 10_000
        if isinstance(value, bool) or not usable:
            raise BadInput(
                msgid("%(field)s must be an amount from 0 to 9999 with at most four decimals, such as 0.75."),
                field=self._name(key),
            )
        return amount

    def address(self, key: str) -> str:
        """An address of the web, short enough for a QR code that a phone reads from paper."""
        value = self._take(key)
        if isinstance(value, str) and value.isascii() and len(value) <= 150 and not set(value) & set(' "<>\\'):
            parts = urlsplit(value)
            if parts.scheme in {"https", "http"} and parts.hostname and value.isprintable():
                return value
        raise BadInput(
            msgid("%(field)s must be an address such as https://echo.example.org/verify/7K3Q-29FM-XW0D-4T8B."),
            field=self._name(key),
        )

    def many(self, key: str, read: "Callable[[_Fields], Item]", *, least: int, most: int) -> tuple[Item, ...]:
        """A list of objects."""
        value = self._take(key, None if least else [])
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise BadInput(
                msgid("%(field)s must be a list of %(least)s to %(most)s entries."),
                field=self._name(key),
                least=least,
                most=most,
            )
        return tuple(_whole(read, _Fields(entry, f"{self._name(key)}[{at}]")) for at, entry in enumerate(value))

    def inner(self, key: str) -> "_Fields":
        """The fields of an object inside this one."""
        return _Fields(self._take(key), self._name(key))

    def optional(self, key: str, read: "Callable[[_Fields], Item]") -> Item | None:
        """An object that may be missing."""
        return _whole(read, self.inner(key)) if self._left.get(key) is not None else self._left.pop(key, None)

    def nothing_else(self) -> None:
        """Refuse what nobody asked for: a misspelt field would silently be missing on the page."""
        for key in self._left:
            raise BadInput(
                msgid("%(field)s is not a field of a certificate; check its spelling."), field=self._name(key)
            )

    def _take(self, key: str, default: object = None) -> Any:
        if key not in self._left and default is None:
            raise BadInput(msgid("%(field)s is missing."), field=self._name(key))
        value = self._left.pop(key, default)
        return default if value is None and default is not None else value

    def _name(self, key: str) -> str:
        return f"{self._where}.{key}" if self._where else str(key)


def _whole(read: Callable[[_Fields], Item], fields: _Fields) -> Item:
    """An object read to its last field."""
    item = read(fields)
    fields.nothing_else()
    return item


def _session(fields: _Fields) -> SessionFact:
    return SessionFact(fields.text("title", 300), fields.day("date"), fields.minutes("minutes"))


def _credit(fields: _Fields) -> CreditFact:
    return CreditFact(fields.text("type", 120), fields.amount("amount"), fields.text("statement", 1500, default=""))


def _signatory(fields: _Fields) -> Signatory:
    return _whole(lambda inner: Signatory(inner.text("name", 100), inner.text("role", 150)), fields)


def _registration(fields: _Fields) -> Registration:
    return Registration(fields.text("body", 150), fields.text("number", 60))


def _replaced(fields: _Fields) -> Replaced:
    return Replaced(fields.text("number", 60), fields.day("issued_on"))


def _no_number(name: str) -> NoReturn:
    raise BadInput(msgid("%(name)s is not a number that JSON knows."), name=name)
