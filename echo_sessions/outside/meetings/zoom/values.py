"""Values as Zoom sends them, read so that nothing unexpected breaks anything: what cannot be read is not there."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def listed(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects in a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Ids are a string here and a number there, of up to 64 bits; as text they are the same."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def number(value: object) -> int | None:
    """A whole number, also one in quotes."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.removeprefix("-").isdigit() and len(digits) < 20 else None


def moment(value: object) -> datetime | None:
    """A moment in UTC. One without a zone is in UTC: so Zoom writes them in its answers."""
    if not isinstance(value, str) or not value:
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def in_utc(value: datetime) -> str:
    """A moment as Zoom wants it: in UTC, to the second, with a Z."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
