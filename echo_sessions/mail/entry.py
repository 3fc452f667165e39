"""What the calendar part of a letter says, for people who wonder what a reader's calendar was told. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from icalendar import Calendar


@dataclass(frozen=True)
class Entry:
    """One event of a calendar part; moments in UTC. What it does not say is empty."""

    method: str
    uid: str
    sequence: int
    status: str
    summary: str
    starts_at: datetime | None
    ends_at: datetime | None
    organizer: str


def entries(data: bytes) -> list[Entry]:
    """The events of a calendar part in their order; none when it cannot be read."""
    try:
        calendar = Calendar.from_ical(data)
    except ValueError:
        return []
    method = str(calendar.get("METHOD", ""))
    return [
        Entry(
            method=method,
            uid=str(event.get("UID", "")),
            sequence=int(event.get("SEQUENCE", 0)),
            status=str(event.get("STATUS", "")),
            summary=str(event.get("SUMMARY", "")),
            starts_at=_moment(event, "DTSTART"),
            ends_at=_moment(event, "DTEND"),
            organizer=str(event.get("ORGANIZER", "")).removeprefix("mailto:").removeprefix("MAILTO:"),
        )
        for event in calendar.walk("VEVENT")
    ]


def _moment(event: object, name: str) -> datetime | None:
    """The moment of a property; whole days and times without a zone say no moment."""
    found: date | None = getattr(event.get(name), "dt", None)  # type: ignore[attr-defined]  # icalendar's components are dicts
    return found.astimezone(UTC) if isinstance(found, datetime) and found.tzinfo else None
