"""A recording from Zoom's word that it is ready until it is gone there, against our own Zoom over HTTP."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings.models import Hook, Recording
from tests.meetings.season import MINUTE, Season
from tests.zoom_server.people import Present

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


def files():
    db.session.rollback()
    return {row.kind: row for row in db.session.scalars(select(Recording)).unique()}


def test_a_recording_is_noted_watched_taken_down_and_gone(app, make, zoom_server, client):
    season = Season(app, make, zoom_server)
    ada = make.enrol(season.series, make.person("Ada Okoro"))
    [session] = season.announce(7)
    season.settle_down()
    zoom_server.hands.set(session.ends_at + MINUTE)
    held = zoom_server.hold_session(session.meeting.ref, [Present(email=ada.address)])
    zoom_server.hooks.clear()
    zoom_server.record(held, "shared_screen_with_speaker_view", "chat_file", starts=1, minutes=5)
    visitor = client.as_()
    for one in zoom_server.hooks:
        signed = zoom_server.sign(one.raw)
        assert visitor.post("/webhooks/zoom", data=signed.raw, headers=signed.headers).status_code == 204
    zoom_server.hands.forward(seconds=5)
    season.settle_down()
    assert files().keys() == {"shared_screen_with_speaker_view", "chat_file"}
    kept = " ".join(db.session.scalars(select(Hook.raw)))
    assert not [secret for secret in zoom_server.secrets if secret in kept], "a link or passcode was kept"

    url, picture = f"/sessions/{session.code}/recordings", files()["shared_screen_with_speaker_view"]
    hers = client.as_(season.hub)
    page = hers.submit(url, status=200, action=f"/recordings/{picture.code}/watch")
    assert any(link.startswith("https://us02web.zoom.us/rec/play/") for link in page.links())
    assert held.instances[0].passcode in page.text()

    hers.submit(f"/recordings/{picture.code}/take-down", reason="The speaker asked for it.")
    season.settle_down()
    assert files()["shared_screen_with_speaker_view"].removed_at is not None
    assert files()["chat_file"].removed_at is None

    zoom_server.hands.set(session.ends_at + timedelta(days=91))
    with transaction():
        jobs.queue("meetings.keep_recordings", {}, now=season.now)
    season.settle_down()
    assert files()["chat_file"].removed_at is not None
    assert [str(one) for one in zoom_server.violations] == []
