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


def in_words(answer: dict[str, Any]) -> str:
    """The same for somebody who reads it in a terminal: who was there for how long, then what is open."""
    zone = f"times in {answer['timezone']}" if answer["timezone"] else "times as written, zone unknown"
    lines = [f"{answer['provider']}, {answer['layout']}: {len(answer['people'])} people, {zone}."]
    for person in answer["people"]:
        name = " / ".join(person["names"]) + (f" <{person['email']}>" if person["email"] else "")
        lines.append(f"{name}: {_how_long(person)}")
    counts = (("waiting_room_rows", "in the waiting room"), ("open_rows", "without an end"))
    lines += [f"{answer[key]} rows {words}, not counted." for key, words in counts if answer[key]]
    return "\n".join(
        [
            *lines,
            *(f"Note: {said}" for said in answer["warnings"]),
            *(f"To settle: {said}" for said in answer["questions"]),
        ]
    )


def _how_long(person: dict[str, Any]) -> str:
    if person["seconds"] is not None:
        stays = len(person["stays"])
        return f"{person['seconds'] // 60} minutes in {stays} {'stay' if stays == 1 else 'stays'}"
    claimed = person["claimed_minutes"]
    return "no times" if claimed is None else f"{claimed:g} minutes by the file's own figure"


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
