"""What Zoom's refusals mean: HTTP status, code and words made into one of our faults, with no secret left in the words.

One code has several texts and one text several codes, so the status, the code and the words are looked at together.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from echo_sessions.errors import GaveUp
from echo_sessions.outside.meetings import Converted, HostRefused, NotThere, ScopeMissing
from echo_sessions.outside.meetings.zoom import scopes
from echo_sessions.outside.meetings.zoom.operations import Operation

LONGEST_WORDS = 300
NOT_THERE, WEBINAR, NO_USER, NOT_OURS, MAY_NOT_HOST, PAID_ONLY = 3001, 3000, 1001, 1010, 3161, 200
HOST_CANNOT_REGISTER, OVER, FULL, NO_RECORDING = 3027, 3038, 3043, 3301
SCOPES = frozenset({4700, 4711})

_SECRET = re.compile(
    r"(?i)(\b(?:pwd|tk|zak|token|access_token|password|passcode|secret|signature)\b[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;]+"
)
_BEARER = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]{8,}(?:\.[\w-]+)*")
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:]+")
_TAG = re.compile(r"<[^<>]{0,200}>")
_NO_SCOPES = re.compile(r"does not contain scopes|missing scope|insufficient scope", re.IGNORECASE)
_CO_HOST = re.compile(r"alternative.?host", re.IGNORECASE)


class Refusal(GaveUp):
    """Zoom said no, and what it means depends on what was asked: `code` tells. No fault of the interface is meant by it."""

    def __init__(self, words: str, *, status: int, code: int, fields: Sequence[str] = (), raw: str = "") -> None:
        super().__init__(words)
        self.status, self.code, self.fields = status, code, tuple(fields)
        self._raw = raw

    @property
    def about_co_hosts(self) -> bool:
        """Whether it is an alternative host that is refused."""
        return bool(_CO_HOST.search(self._raw)) or any("alternative_hosts" in field for field in self.fields)

    @property
    def about_pages(self) -> bool:
        """Whether it is the mark of the next page that is refused."""
        told = " ".join((self._raw, *self.fields)).lower()
        return "page_token" in told or "page token" in told

    @property
    def about_registrants(self) -> bool:
        """Whether it is a registrant who is not there (any more)."""
        return "registrant" in self._raw.lower() and (self.status == 404 or "not exist" in self._raw.lower())

    @property
    def about_one(self) -> bool:
        """Whether it may be for the sake of one value or person that all is refused."""
        return bool(self.fields) or self.code in {HOST_CANNOT_REGISTER, FULL}

    def names(self, address: str) -> bool:
        """Whether it names this address, which its words do not tell any more."""
        return address.lower() in self._raw.lower()


@dataclass(frozen=True)
class Said:
    """The body of a refusal, as far as there was one."""

    code: int
    message: str
    fields: tuple[str, ...] = ()


def said(body: object) -> Said:
    """What a body says, whatever it is made of: an error page in HTML says nothing."""
    told: Mapping[str, Any] = body if isinstance(body, dict) else {}
    code, message, errors = told.get("code"), told.get("message"), told.get("errors")
    number = int(code) if isinstance(code, int | str) and re.fullmatch(r"-?\d{1,9}", str(code)) else 0
    listed = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    more = "; ".join(str(each.get("message") or "") for each in listed)
    words = ": ".join(part for part in (message if isinstance(message, str) else "", more) if part)
    return Said(number, words, tuple(str(each.get("field") or "") for each in listed))


def fault(status: int, body: object, operation: Operation) -> GaveUp:
    """The fault that a 4xx answer is, but for 401 and 429, which are the client's own business."""
    told = said(body)
    words = f"Zoom: {clean(told.message) or 'refused'} ({status}, {told.code})"
    if told.code in SCOPES or _NO_SCOPES.search(told.message):
        return ScopeMissing(words, scopes.named_in(told.message) or (operation.need.new,))
    if told.code == NOT_THERE:
        return NotThere(words)
    if told.code == WEBINAR and status == 400 and "/meetings/{}" in operation.path:
        return Converted(words)
    if told.code in {NO_USER, NOT_OURS, MAY_NOT_HOST, PAID_ONLY}:
        return HostRefused(words)
    return Refusal(words, status=status, code=told.code, fields=told.fields, raw=told.message)


def is_about_scopes(status: int, body: object) -> bool:
    """Whether a 401 (or 400) is not about the token but about what it may do."""
    told = said(body)
    return told.code in SCOPES or bool(_NO_SCOPES.search(told.message))


def clean(words: str) -> str:
    """Zoom's words without secrets, addresses of people and marks of HTML, in one line that is not too long."""
    bare = _TAG.sub(" ", words)
    for pattern, instead in ((_SECRET, r"\1…"), (_BEARER, "…"), (_ADDRESS, "…@…")):
        bare = pattern.sub(instead, bare)
    line = " ".join(bare.split())
    return line if len(line) <= LONGEST_WORDS else line[: LONGEST_WORDS - 1] + "…"
