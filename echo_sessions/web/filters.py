"""Moments on pages, in the reader's language and beside the reader's own clock."""

from datetime import date, datetime

from babel.dates import format_date
from flask import Flask, g, has_request_context
from flask_babel import get_locale
from flask_babel import gettext as _

from echo_sessions import moments
from echo_sessions.words import Said


def reader_zone() -> str:
    """The zone of whoever reads this page; UTC for strangers."""
    person = g.get("person") if has_request_context() else None
    return person.zone if person else "UTC"


def local_time(moment: datetime, zone: str | None = None) -> str:
    """`Wed 25 Nov, 12:30 Denver`: in the given zone, else in the reader's."""
    return moments.span(moment, None, zone or reader_zone(), language=_language())


def local_day(moment: datetime, zone: str | None = None) -> str:
    """`Wed 25 Nov`: in the given zone, else in the reader's."""
    return moments.day_of(moment, zone or reader_zone(), _language())


def written_day(iso: str) -> str:
    """`19 August 2026`, from a day as snapshots keep it."""
    return str(format_date(date.fromisoformat(iso), "d MMMM y", locale=_language()))


def both_zones(start: datetime, end: datetime | None = None, zone: str | None = None) -> str:
    """A span in the series' zone, with the reader's clock beside it where that differs; strangers have no clock here."""
    reader = reader_zone() if g.get("person") else None
    return moments.span(start, end, zone or reader_zone(), other=reader, language=_language())


def spoken(said: object) -> str:
    """A rule's sentence in the reader's language."""
    return said.through(_) if isinstance(said, Said) else _(str(said))


def _language() -> str:
    return str(get_locale() or "en")


def connect(app: Flask) -> None:
    """Give the filters to all templates."""
    for act in (local_time, local_day, written_day, both_zones, spoken, moments.zone_city, moments.hour_of):
        app.add_template_filter(act)
