"""The providers of meetings that this deployment knows, by name."""

from typing import cast

from flask import current_app

from echo_sessions.outside.meetings import Provider

PREFERRED = ("zoom", "bbb")


def provider(name: str) -> Provider:
    """That provider, configured or not. Raises KeyError for a name that nobody has."""
    return _all()[name]


def creating() -> list[Provider]:
    """Those that can make meetings now: configured, and not only a place to paste a link."""
    return [one for one in _all().values() if one.capabilities.creates and one.configured()]


def usual() -> str:
    """The name of the one that a new series has, unless its coordinator says otherwise."""
    configured = {one.name for one in creating()}
    return next((name for name in PREFERRED if name in configured), "link")


def _all() -> dict[str, Provider]:
    return cast(dict[str, Provider], current_app.extensions["meetings"])
