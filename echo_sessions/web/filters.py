"""Moments as people read them: always with the zone, and the reader's own beside it when that differs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from flask import Flask, g, has_request_context
from flask_babel import get_locale

from echo_sessions import clock


def reader_zone() -> str:
    """The zone of whoever reads this page; UTC for strangers."""
    person = g.get("person") if has_request_context() else None
    return person.zone if person else "UTC"


def zone_city(zone: str) -> str:
    """A zone's name as people say it: `America/Denver` is Denver."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day_of(moment: datetime, zone: str, *, language: str | None = None) -> str:
    """`Wed 25 Nov`, with the year when it is not this one."""
    local = moment.astimezone(ZoneInfo(zone))
    locale = language or str(get_locale() or "en")
    this_year = clock.now().astimezone(ZoneInfo(zone)).year
    return format_date(local, "EEE d MMM" if local.year == this_year else "EEE d MMM y", locale=locale)


def hour_of(moment: datetime, zone: str) -> str:
    """`12:30`, on the 24-hour clock."""
    return format_time(moment.astimezone(ZoneInfo(zone)), "HH:mm", locale="en")


def local_time(moment: datetime, zone: str | None = None) -> str:
    """`Wed 25 Nov, 12:30 Denver`: in the given zone, else in the reader's."""
    zone = zone or reader_zone()
    return f"{day_of(moment, zone)}, {hour_of(moment, zone)} {zone_city(zone)}"


def span(start: datetime, end: datetime | None, zone: str, *, other: str | None = None, language: str | None = None) -> str:
    """`Wed 25 Nov, 12:30–14:00 Denver (22:30 Nairobi)`; the second only where its clock differs at that moment."""
    text = f"{day_of(start, zone, language=language)}, {hour_of(start, zone)}"
    if end is not None:
        text += f"–{hour_of(end, zone)}"
    text += f" {zone_city(zone)}"
    if other and _offset(start, other) != _offset(start, zone):
        here, there = (start.astimezone(ZoneInfo(name)).date() for name in (zone, other))
        day = f"{day_of(start, other, language=language)}, " if here != there else ""
        text += f" ({day}{hour_of(start, other)} {zone_city(other)})"
    return text


def both_zones(start: datetime, end: datetime | None = None, zone: str | None = None) -> str:
    """A span in the series' zone, with the reader's clock beside it where that differs."""
    reader = reader_zone()
    return span(start, end, zone or reader, other=reader)


def _offset(moment: datetime, zone: str) -> object:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


def connect(app: Flask) -> None:
    """Give the filters to all templates."""
    for act in (local_time, both_zones, zone_city, day_of, hour_of):
        app.add_template_filter(act)
