"""The lasting link by which people enrol in a series: derived from the series, void once its generation is raised."""

from flask import current_app, url_for

from echo_sessions import links
from echo_sessions.config import Settings
from echo_sessions.programs import queries
from echo_sessions.programs.models import Series
from echo_sessions.programs.rules import LINK_PURPOSE


def enrol_url(series: Series) -> str:
    """The whole address, to be put into a letter, a web page or on a poster."""
    token = links.make(_key(), LINK_PURPOSE, series.code, series.link_generation)
    return url_for("programs.enrol_by_link", token=token, _external=True)


def series_of(token: str) -> Series | None:
    """The series that a token leads to; None when we did not make it or when it was renewed since."""
    said = links.read(_key(), LINK_PURPOSE, token)
    if said is None:
        return None
    series = queries.series_by_code(said.code)
    return series if series is not None and series.link_generation == said.generation else None


def _key() -> bytes:
    settings: Settings = current_app.extensions["settings"]
    return settings.link_key
