"""How long to be patient: what Zoom says in headers and words when there were too many calls."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=1)
"""No call is put off longer by one answer: whoever says a year has another clock."""
_DAILY = re.compile(r"\bdaily\b|\bper day\b|\bof the day\b|GMT 00:00", re.IGNORECASE)
_HOST = re.compile(r"particular user|create/update|permitted for this", re.IGNORECASE)
_REGISTRANT = re.compile(r"registrant", re.IGNORECASE)


class Whose(StrEnum):
    """Whom a limit concerns: a second's calls of one label, a day's calls of one label, one host's day, one registrant's day."""

    MOMENT = "moment"
    DAY = "day"
    HOST = "host"
    REGISTRANT = "registrant"


@dataclass(frozen=True)
class Limit:
    """Whose calls were too many, and until when to make none."""

    whose: Whose
    until: datetime


def limit(message: str, headers: Mapping[str, str], now: datetime) -> Limit:
    """What a 429 means. Its words are believed before its headers: those were seen to tell of another limit, or nothing.

    A limit of the day ends at 00:00 UTC whatever `Retry-After` says; any other after that header, or a second.
    """
    kind = _header(headers, "x-ratelimit-type").lower()
    daily = bool(_DAILY.search(message)) or (kind.startswith("daily") and "second" not in message.lower())
    if daily:
        whose = Whose.REGISTRANT if _REGISTRANT.search(message) else Whose.HOST if _HOST.search(message) else Whose.DAY
        return Limit(whose, next_midnight(now))
    said = retry_after(_header(headers, "retry-after"), now)
    return Limit(Whose.MOMENT, now + min(max(said or SECOND, SECOND / 4), LONGEST))


def retry_after(value: str, now: datetime) -> timedelta | None:
    """How long from now, said in seconds, as a date of HTTP, or as an ISO date and time; None when it says nothing that
    can be read. What is past is zero."""
    text = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return timedelta(seconds=float(text))
    moment = _iso(text) or _http(text)
    return None if moment is None else max(moment - now, timedelta())


def next_midnight(now: datetime) -> datetime:
    """When Zoom's days begin anew: 00:00 UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1)


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _http(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
