"""What a provider is answered when it delivers, and what is kept of it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.jobs.models import Job
from echo_sessions.meetings import setup
from echo_sessions.meetings.models import Hook, HookDay
from tests.zoom_server.hooks import Delivery, challenge_answer, signed, wire

ROOM = "/webhooks/zoom"


def told(event="meeting.participant_joined", **thing):
    thing = {"id": "81234567890", "uuid": "abc==", **thing}
    return {"event": event, "payload": {"account_id": "acc", "object": thing}}


@pytest.fixture
def send(zoom_server, client):
    """Deliver to the application, as Zoom does: without a cookie, without a token of ours."""
    visitor = client.as_()

    def deliver(delivery: Delivery, **headers):
        return visitor.post(ROOM, data=delivery.raw, headers={**delivery.headers, **headers})

    return deliver


@pytest.fixture
def sealed(zoom_server):
    """A delivery signed by Zoom now."""

    def make(body, *, secret=None, at=None):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return signed(raw, secret or zoom_server.hook_secret, at or clock.now(), "t")

    return make


def kept():
    db.session.rollback()
    return db.session.scalars(select(Hook).order_by(Hook.id)).all()


def turned_away():
    db.session.rollback()
    return {row.why: row.count for row in db.session.scalars(select(HookDay))}


def test_a_delivery_is_kept_as_it_came_and_answered_with_nothing(send, sealed):
    delivery = sealed(told(participant={"user_name": "Zoë Ñandú", "join_time": "2026-11-25T12:00:00Z"}))
    answer = send(delivery)
    assert (answer.status_code, answer.data) == (204, b"")
    [hook] = kept()
    assert hook.raw.encode() == delivery.raw
    assert (hook.provider, hook.name, hook.meeting_ref, hook.times) == ("zoom", "joined", "81234567890", 1)
    assert hook.read_at is None
    assert turned_away() == {}


def test_the_same_bytes_are_one_row_and_one_job(send, sealed):
    delivery = sealed(told())
    assert [send(delivery).status_code for _ in range(3)] == [204, 204, 204]
    assert [hook.times for hook in kept()] == [3]
    assert len(jobs_to_read()) == 1


def jobs_to_read():
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.name == "meetings.read_hooks")).all()


def test_many_at_once_ask_for_a_reading_once_after_they_came(zoom_server, send, sealed, monkeypatch):
    moment = clock.now().replace(microsecond=0)
    moment -= timedelta(seconds=moment.second % 2)
    monkeypatch.setattr(clock, "now", lambda: moment)
    for number in range(8):
        send(sealed(told(participant={"user_id": str(number)})))
    [job] = jobs_to_read()
    assert job.run_at == moment + timedelta(seconds=2)
    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=2))
    send(sealed(told(participant={"user_id": "late"})))
    assert len(jobs_to_read()) == 2


def test_a_challenge_is_answered_with_both_tokens(zoom_server, send, sealed):
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "plain-7q"}}
    answer = send(sealed(asked))
    assert (answer.status_code, answer.get_json()) == (200, challenge_answer(zoom_server.hook_secret, "plain-7q"))
    assert kept() == []
    assert turned_away() == {}


@pytest.mark.parametrize(
    ("why", "change"),
    [
        pytest.param("forged", lambda one, sealed: sealed(one.raw, secret="another"), id="another secret"),
        pytest.param("forged", lambda one, sealed: one._replace(raw=one.raw + b" "), id="one byte more"),
        pytest.param("forged", lambda one, sealed: one._replace(headers={}), id="no signature"),
        pytest.param(
            "old", lambda one, sealed: sealed(one.raw, at=clock.now() - timedelta(minutes=6)), id="six minutes old"
        ),
        pytest.param(
            "old", lambda one, sealed: sealed(one.raw, at=clock.now() + timedelta(minutes=6)), id="of the future"
        ),
    ],
)
def test_what_zoom_did_not_send_now_is_turned_away_and_only_counted(send, sealed, why, change):
    bad = change(sealed(told()), sealed)
    assert send(bad).status_code == 401
    assert send(bad).status_code == 401
    assert kept() == []
    assert turned_away() == {why: 2}


def test_a_signature_with_the_bodys_bytes_in_another_order_is_forged(send, sealed):
    delivery = sealed(b'{"event":"meeting.started","payload":{"object":{"id":1}}}')
    again = json.dumps(json.loads(delivery.raw)).encode()
    assert send(delivery._replace(raw=again)).status_code == 401
    assert send(delivery).status_code == 204


@pytest.mark.parametrize("raw", [b"", b"nothing", b"{", b"[]", b"{}", b"\xff\xfe", b"[" * 50_000])
def test_what_nobody_can_read_is_said_so(send, sealed, raw):
    answer = send(sealed(raw))
    assert answer.status_code == 400
    assert kept() == []
    assert turned_away() == {"unreadable": 1}


def test_what_is_too_large_is_not_taken(send, sealed):
    assert send(sealed(b'{"event": "x", "payload": "' + b"x" * 1024 * 1024 + b'"}')).status_code == 413
    assert kept() == []


def test_any_of_several_secrets_will_do(zoom_server, app, make, send, sealed):
    coordinator = make.coordinator()
    with transaction():
        setup.add_hook_secret("zoom", "a-second-secret-of-zoom", by=coordinator, now=clock.now())
    assert send(sealed(told(), secret="a-second-secret-of-zoom")).status_code == 204
    assert send(sealed(told(uuid="other"))).status_code == 204


def test_what_we_do_not_act_upon_is_kept_under_its_own_name(send, sealed):
    assert send(sealed(told("meeting.sharing_started"))).status_code == 204
    assert [hook.name for hook in kept()] == ["meeting.sharing_started"]


def test_without_a_secret_of_ours_everything_is_forged(app, make, client):
    delivery = signed(wire("meeting.started", make.now, {"object": {"id": 1}}), "any", make.now, "t")
    for room in (ROOM, "/webhooks/bbb"):
        assert client.as_().post(room, data=delivery.raw, headers=delivery.headers).status_code == 401


@pytest.mark.parametrize("room", [ROOM, "/webhooks/bbb"])
def test_only_deliveries_are_taken(client, make, room):
    make.hub()
    assert client.as_().get(room).status_code == 405


def test_nothing_that_opens_a_door_is_kept(zoom_server, send, sealed):
    files = [
        {
            "id": "f1",
            "play_url": "https://zoom.us/rec/play/x",
            "download_url": "https://zoom.us/rec/d",
            "recording_start": "2026-11-25T12:05:00Z",
        }
    ]
    thing = {
        "recording_files": files, "password": "s3cret!", "share_url": "https://zoom.us/rec/share/y", "recording_play_passcode": "zzz",
        "topic": "Hepatitis C · session 3",
    }  # fmt: skip
    body = told("recording.completed", **thing)
    body["download_token"] = "eyJ.token"
    assert send(sealed(body)).status_code == 204
    registrant = {"id": "r1", "email": "g@clinic.test", "join_url": "https://zoom.us/w/1?tk=abc&pwd=def"}
    assert send(sealed(told("meeting.registration_approved", registrant=registrant))).status_code == 204
    updated = {"join_url": "https://zoom.us/j/1?pwd=def", "note": "https://zoom.us/j/1?pwd=def"}
    assert send(sealed(told("meeting.updated", **updated))).status_code == 204
    words = " ".join(hook.raw for hook in kept())
    for secret in ("s3cret!", "zoom.us", "zzz", "eyJ.token", "tk=", "pwd=", "def"):
        assert secret not in words, secret
    for plain in ("Hepatitis C · session 3", "f1", "r1", "2026-11-25T12:05:00Z", "g@clinic.test"):
        assert plain in words, plain
