"""Looking how a meeting stands at its provider."""

from datetime import datetime


def look_at(number: int, now: datetime) -> None:
    """Read the meeting with this id at its provider."""
