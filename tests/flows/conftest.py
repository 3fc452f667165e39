"""A town for each story: the clock that stories move, and the post office."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from echo_sessions import clock
from tests.flows.town import Clock, Town
from tests.smtp_server import MailServer

BEGINNING = datetime(2026, 8, 10, 15, 0, tzinfo=UTC)


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The one stand-in of the walk: the single source of time, moved by the story instead of by the earth."""
    standing = Clock(BEGINNING)
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def town(app: Flask, standing_clock: Clock, smtp_server: MailServer) -> Town:
    return Town(app, standing_clock, smtp_server)
