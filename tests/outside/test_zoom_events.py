"""Zoom's hooks: which are believed, and what they tell."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.outside.meetings import EventKind, Forged
from echo_sessions.outside.meetings.zoom import events

NOW = datetime(2026, 11, 25, 19, 30, 0, tzinfo=UTC)
SECRETS = ("the-new-one", "the-old-one")
TOKEN = "qgg8vlvZRS6UYooatFL8Aw"


def signed(raw: bytes, *, secret: str = SECRETS[0], at: datetime = NOW, **other: str) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()
    return {"X-Zm-Signature": f"v0={signature}", "x-zm-request-timestamp": stamp, **other}


def hook(name: str, thing: dict | None = None, **more: object) -> bytes:
    told = {"event": name, "event_ts": 1795635000123, "payload": {"account_id": "acc", "object": thing or {}, **more}}
    return json.dumps(told).encode()


def somebody(**more: object) -> dict:
    return {"id": 98765432101, "uuid": "/a//b==", "participant": {"user_id": 16778240, "user_name": "Ada", **more}}


RAW = hook("meeting.started", {"id": "98765432101", "uuid": "u", "start_time": "2026-11-25T19:29:00Z"})


@pytest.mark.parametrize("secret", SECRETS)
def test_a_hook_signed_with_any_of_our_secrets_is_believed(secret):
    [event] = events.read(signed(RAW, secret=secret), RAW, SECRETS, NOW)
    assert (event.kind, event.meeting, event.at) == (
        EventKind.STARTED,
        "98765432101",
        datetime(2026, 11, 25, 19, 29, tzinfo=UTC),
    )


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_it_is_believed_within_five_minutes_either_way(seconds):
    assert events.read(signed(RAW, at=NOW + timedelta(seconds=seconds)), RAW, SECRETS, NOW)


@pytest.mark.parametrize(
    ("headers", "raw", "secrets", "why"),
    [
        pytest.param({}, RAW, SECRETS, "unsigned", id="no headers"),
        pytest.param({"x-zm-signature": "v0=00"}, RAW, SECRETS, "unsigned", id="no timestamp"),
        pytest.param({"x-zm-request-timestamp": "1"}, RAW, SECRETS, "unsigned", id="no signature"),
        pytest.param(signed(RAW, secret="another"), RAW, SECRETS, "forged", id="another secret"),
        pytest.param(signed(RAW), RAW + b" ", SECRETS, "forged", id="one byte more"),
        pytest.param(signed(RAW), json.dumps(json.loads(RAW), indent=1).encode(), SECRETS, "forged", id="the same JSON in other bytes"),
        pytest.param({**signed(RAW), "X-Zm-Signature": "v0=ü"}, RAW, SECRETS, "forged", id="letters that no signature has"),
        pytest.param(signed(RAW), RAW, (), "forged", id="no secrets of ours"),
        pytest.param(signed(RAW, secret=""), RAW, ("",), "forged", id="an empty secret"),
        pytest.param(signed(RAW, at=NOW - timedelta(seconds=301)), RAW, SECRETS, "old", id="too old"),
        pytest.param(signed(RAW, at=NOW + timedelta(seconds=301)), RAW, SECRETS, "old", id="from the future"),
    ],
)  # fmt: skip
def test_what_zoom_did_not_send_or_not_now_is_refused(headers, raw, secrets, why):
    with pytest.raises(Forged, match=f"^{why}$"):
        events.read(headers, raw, secrets, NOW)


def test_a_timestamp_that_is_no_number_is_old_even_when_signed():
    stamp = "soon"
    signature = hmac.new(b"the-new-one", b"v0:soon:" + RAW, hashlib.sha256).hexdigest()
    with pytest.raises(Forged, match="old"):
        events.read({"x-zm-signature": f"v0={signature}", "x-zm-request-timestamp": stamp}, RAW, SECRETS, NOW)


def challenge(token: object) -> bytes:
    return json.dumps({"event": "endpoint.url_validation", "event_ts": 1, "payload": {"plainToken": token}}).encode()


@pytest.mark.parametrize("secret", [None, *SECRETS], ids=["unsigned", "new secret", "old secret"])
def test_a_challenge_is_answered_with_the_secret_it_was_signed_with(secret):
    raw = challenge(TOKEN)
    [event] = events.read(signed(raw, secret=secret) if secret else {}, raw, SECRETS, NOW)
    expected = hmac.new((secret or SECRETS[0]).encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
    assert event.kind is EventKind.CHALLENGE and event.answer == {"plainToken": TOKEN, "encryptedToken": expected}


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        pytest.param({}, "v0:1795635000:{}", id="the text of a signature: nobody has us sign hooks for them"),
        pytest.param({}, "x" * 129, id="too long"),
        pytest.param({}, "", id="empty"),
        pytest.param({}, {"a": 1}, id="no text"),
        pytest.param(signed(challenge(TOKEN), secret="another"), TOKEN, id="signed by another"),
        pytest.param(signed(challenge(TOKEN), at=NOW - timedelta(hours=1)), TOKEN, id="signed long ago"),
    ],
)
def test_a_challenge_that_is_none_is_not_answered(headers, token):
    with pytest.raises(Forged):
        events.read(headers, challenge(token), SECRETS, NOW)


def test_without_a_secret_no_challenge_can_be_answered():
    with pytest.raises(Forged):
        events.read({}, challenge(TOKEN), (), NOW)


T = "2026-11-25T19:31:02Z"
AT = datetime(2026, 11, 25, 19, 31, 2, tzinfo=UTC)
SENT = datetime(2026, 11, 25, 19, 30, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "moment", "kinds"),
    [
        ("meeting.participant_joined", {"join_time": T}, [EventKind.JOINED]),
        ("meeting.participant_left", {"leave_time": T, "leave_reason": "<b>left</b>"}, [EventKind.LEFT]),
        ("meeting.participant_joined_waiting_room", {"date_time": T}, [EventKind.WAITING_JOINED]),
        ("meeting.participant_left_waiting_room", {"date_time": T}, [EventKind.WAITING_LEFT]),
        ("meeting.participant_admitted", {"date_time": T}, [EventKind.WAITING_LEFT]),
        ("meeting.participant_put_in_waiting_room", {"date_time": T}, [EventKind.LEFT, EventKind.WAITING_JOINED]),
        ("meeting.participant_jbh_waiting", {"date_time": T}, [EventKind.WAITING_JOINED]),
        ("meeting.participant_jbh_waiting_left", {"date_time": T}, [EventKind.WAITING_LEFT]),
        ("meeting.participant_joined_breakout_room", {"join_time": T}, [EventKind.BREAKOUT_JOINED]),
        ("meeting.participant_left_breakout_room", {"leave_time": T}, [EventKind.BREAKOUT_LEFT]),
    ],
)
def test_who_came_and_went_where_and_when(name, moment, kinds):
    told = events.parse(
        hook(
            name,
            somebody(
                registrant_id="r0",
                email="a@x.example",
                participant_user_id="pu",
                parent_user_id="1",
                phone_number="+1***99",
                **moment,
            ),
        )
    )
    assert [event.kind for event in told] == kinds
    for event in told:
        assert (event.meeting, event.instance, event.at) == ("98765432101", "/a//b==", AT)
        assert (event.who, event.person, event.registrant, event.email, event.name, event.phone, event.parent) == (
            "16778240", "pu", "r0", "a@x.example", "Ada", "+1***99", "1",
        )  # fmt: skip


@pytest.mark.parametrize("number", [16778240, "16778240"], ids=["a number", "a string"])
def test_ids_are_the_same_as_numbers_and_as_strings(number):
    thing = {"id": number, "uuid": "u", "participant": {"user_id": number, "join_time": T}}
    [event] = events.parse(hook("meeting.participant_joined", thing))
    assert (event.meeting, event.who) == ("16778240", "16778240")


@pytest.mark.parametrize("number", [2**53 + 1, 2**63 - 1])
def test_numbers_of_64_bits_keep_their_last_digit(number):
    raw = hook("meeting.started", {"id": number, "uuid": "u"})
    assert events.parse(raw)[0].meeting == str(number) == events.meeting_of(raw)


@pytest.mark.parametrize(
    ("name", "thing", "kind", "at"),
    [
        ("meeting.ended", {"id": 1, "end_time": T, "duration": 90}, EventKind.ENDED, AT),
        ("meeting.updated", {"id": 1, "topic": "x"}, EventKind.MEETING_UPDATED, SENT),
        ("meeting.deleted", {"id": 1}, EventKind.MEETING_DELETED, SENT),
        ("meeting.recovered", {"id": 1}, EventKind.MEETING_RECOVERED, SENT),
        ("meeting.converted_to_webinar", {"id": 1}, EventKind.MEETING_CONVERTED, SENT),
        ("recording.started", {"id": 1, "recording_file": {"recording_start": T}}, EventKind.RECORDING_STARTED, AT),
        ("recording.resumed", {"id": 1}, EventKind.RECORDING_STARTED, SENT),
        ("recording.paused", {"id": 1}, EventKind.RECORDING_STOPPED, SENT),
        ("recording.stopped", {"id": 1, "recording_file": {"recording_end": T}}, EventKind.RECORDING_STOPPED, AT),
        ("recording.completed", {"id": 1, "recording_files": []}, EventKind.RECORDING_READY, SENT),
        ("meeting.participant_jbh_joined", {"id": 1, "participant": {"user_name": "Ada"}}, EventKind.OTHER, SENT),
        ("meeting.participant_bind", {"id": 1, "participant": {"user_id": 5}}, EventKind.BOUND, SENT),
        ("meeting.something_new", {"id": 1}, EventKind.OTHER, SENT),
    ],
)
def test_what_became_of_meetings_and_recordings(name, thing, kind, at):
    [event] = events.parse(hook(name, thing))
    assert (event.kind, event.meeting, event.at) == (kind, "1", at)


def test_registrations_accounts_and_the_end_of_the_app():
    [approved] = events.parse(
        hook("meeting.registration_approved", {"id": 1, "registrant": {"id": "r0", "email": "a@x.example"}})
    )
    assert (approved.kind, approved.registrant, approved.email) == (EventKind.REGISTRANT_APPROVED, "r0", "a@x.example")
    [gone] = events.parse(hook("user.deactivated", {"id": "H1", "email": "h@x.example"}))
    assert (gone.kind, gone.about, gone.meeting) == (EventKind.HOST_GONE, "H1", "")
    assert events.meeting_of(hook("user.deactivated", {"id": "H1"})) == ""
    [away] = events.parse(
        json.dumps({"event": "app_deauthorized", "payload": {"account_id": "acc", "deauthorization_time": T}}).encode()
    )
    assert (away.kind, away.about, away.at) == (EventKind.DEAUTHORISED, "acc", AT)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "uuid", "participant", "registrant", "user_id", "join_time", "recording_file", "x"]), inner, max_size=5), max_leaves=15)  # fmt: skip


@given(st.sampled_from([*events.KINDS, "endpoint.url_validation", "other"]), JSON, JSON)
def test_whatever_is_in_a_signed_hook_nothing_breaks(name, thing, stamp):
    raw = json.dumps({"event": name, "event_ts": stamp, "payload": {"object": thing}}).encode()
    for event in events.parse(raw):
        assert isinstance(event.meeting, str) and (event.at is None or event.at.tzinfo is UTC)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_json_tell_nothing(raw):
    events.parse(raw)
    assert events.name_of(raw) == "" or b"event" in raw
    with pytest.raises(Forged):
        events.read({}, raw, SECRETS, NOW)
