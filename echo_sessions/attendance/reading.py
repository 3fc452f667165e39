"""An attendance file as the command line prints it: one JSON object, whatever wrote the file."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .imports import read
from .rules import Identity, people_of


def read_command(
    data: bytes, filename: str = "", timezone: str | None = None, date_order: str | None = None
) -> dict[str, Any]:
    """What `attendance read --json` prints. Moments are local, with offset where the zone is known; BadInput as it is."""
    reading = read(data, filename=filename, timezone=timezone, date_order=date_order)
    zone = ZoneInfo(reading.timezone) if reading.timezone else None
    return {
        "provider": reading.provider.value,
        "layout": reading.layout,
        "timezone": reading.timezone,
        "date_order": reading.date_order,
        "people": [_person(identity, zone) for identity in people_of(reading)],
        "waiting_room_rows": sum(row.waiting_room for row in reading.rows),
        "open_rows": sum(row.is_open for row in reading.rows),
        "warnings": [str(said) for said in reading.warnings],
        "questions": [str(question) for question in reading.questions],
    }


def _person(identity: Identity, zone: ZoneInfo | None) -> dict[str, Any]:
    return {
        "names": list(identity.names or identity.written),
        "email": identity.email,
        "registrant": identity.registrant,
        "phone": identity.phone,
        "seconds": identity.seconds,
        "stays": [{"joined": _iso(stay.joined, zone), "left": _iso(stay.left, zone)} for stay in identity.stays],
        "claimed_minutes": identity.claimed_minutes,
    }


def _iso(moment: datetime | None, zone: ZoneInfo | None) -> str | None:
    if moment is None:
        return None
    return (moment.astimezone(zone) if zone is not None else moment).isoformat()
