"""Moments in words: always with the zone, and the reader's own clock beside it where that differs."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from echo_sessions import clock


def zone_city(zone: str) -> str:
    """A zone's name as people say it: `America/Denver` is Denver."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def day_of(moment: datetime, zone: str, language: str = "en") -> str:
    """`Wed 25 Nov`, with the year when it is not this one."""
    local = moment.astimezone(ZoneInfo(zone))
    this_year = clock.now().astimezone(ZoneInfo(zone)).year
    return format_date(
        local, "EEE d MMM" if local.year == this_year else "EEE d MMM y", locale=language.replace("-", "_")
    )


def hour_of(moment: datetime, zone: str) -> str:
    """`12:30`, on the 24-hour clock."""
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def span(start: datetime, end: datetime | None, zone: str, *, other: str | None = None, language: str = "en") -> str:
    """`Wed 25 Nov, 12:30–14:00 Denver (22:30 Nairobi)`; the second only where its clock differs at that moment,
    and with its day where that differs too."""
    text = f"{day_of(start, zone, language)}, {hour_of(start, zone)}"
    if end is not None:
        text += f"–{hour_of(end, zone)}"
    text += f" {zone_city(zone)}"
    if other and start.astimezone(ZoneInfo(other)).utcoffset() != start.astimezone(ZoneInfo(zone)).utcoffset():
        same_day = start.astimezone(ZoneInfo(zone)).date() == start.astimezone(ZoneInfo(other)).date()
        day = "" if same_day else f"{day_of(start, other, language)}, "
        text += f" ({day}{hour_of(start, other)} {zone_city(other)})"
    return text
