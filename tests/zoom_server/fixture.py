"""The fixture `zoom_server`: our own Zoom, with the application under test made to speak to it, and one clock for both."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from echo_sessions import clock
from echo_sessions.config import Secret
from echo_sessions.meetings.memory import AccountMemory
from echo_sessions.outside.meetings.zoom import Zoom
from tests.make import Make
from tests.zoom_server.hands import Hands
from tests.zoom_server.server import ZoomServer


@pytest.fixture
def zoom_server(app: Flask, make: Make, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoomServer]:
    """Our Zoom, empty, for each test. The clock of the application and of the server begins at `make.now` and runs, unless a
    test sets another; `zoom_server.hands` moves it. At the end a test asks that `zoom_server.violations == []`."""
    with ZoomServer() as server:
        server.hands = Hands(make.now)
        monkeypatch.setattr(clock, "now", server.hands)
        server.clock = lambda: clock.now()
        before, providers = app.extensions["settings"], dict(app.extensions["meetings"])
        app.extensions["settings"] = dataclasses.replace(
            before,
            zoom_account_id=server.account_id,
            zoom_client_id=server.client_id,
            zoom_client_secret=Secret(server.client_secret),
            zoom_webhook_secrets=(Secret(server.hook_secret),),
            zoom_oauth_url=server.oauth_url,
            zoom_api_url=server.api_url,
        )
        app.extensions["meetings"]["zoom"] = Zoom(
            AccountMemory("zoom", app.extensions["settings"]), oauth_url=server.oauth_url, api_url=server.api_url
        )
        yield server
        app.extensions["settings"] = before
        app.extensions["meetings"].clear()
        app.extensions["meetings"].update(providers)
