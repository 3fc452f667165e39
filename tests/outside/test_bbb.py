"""BigBlueButton behind the interface, against our own stand-in for its server (`tests/bbb_server.py`)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import (
    Attendee,
    EventKind,
    Forged,
    Meeting,
    NotConfigured,
    NotThere,
    Provider,
    Wanted,
)
from echo_sessions.outside.meetings.bbb import NO_HOOKS, SILENT, WRONG_SECRET, BigBlueButton
from echo_sessions.outside.meetings.bbb.speech import read
from tests.bbb_server import FAULTS, FIRST, SECRET, BbbServer, serving, token

HOOK = "https://echo.test/webhooks/bbb"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WANTED = Wanted("S-7K3Q29FM", "Hepatitis C · session 3", NOW, 90, "America/Denver")
GRACE, ANA = Attendee("P-GRACE", "Grace Okoro", "g@x.test"), Attendee("P-ANA", "Ana Ruiz", "a@x.test", moderates=True)


@pytest.fixture
def server() -> Iterator[BbbServer]:
    with serving() as found:
        yield found
        assert [each for each in found.refused if not each.endswith("idNotUnique")] == []


@pytest.fixture
def bbb(server: BbbServer) -> BigBlueButton:
    return BigBlueButton(server.url, SECRET, hook_url=HOOK)


def delivered(bbb: BigBlueButton, delivery, now: datetime = NOW):
    query, headers, body = delivery
    return bbb.parse_event({**headers, "Query-String": query}, body, now)


def test_planning_a_session_needs_no_call(server, bbb):
    provider: Provider = bbb
    meeting = provider.ensure_meeting(WANTED)
    assert (meeting.ref, meeting.made["topic"]) == ("S-7K3Q29FM", "Hepatitis C · session 3")
    assert provider.ensure_meeting(WANTED) == meeting == provider.read(meeting)
    moved = provider.update(meeting, Wanted("S-7K3Q29FM", "Hepatitis C · session 4", NOW, 60, "UTC"))
    assert (moved.ref, moved.made["minutes"]) == (meeting.ref, 60)
    assert provider.find_by_mark("S-7K3Q29FM", "")[0].ref == meeting.ref and provider.hosts() == []
    assert server.journal == []


def test_whoever_comes_first_makes_the_meeting_and_everybody_gets_in(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    assert [(link.registrant, link.url) for link in bbb.ensure_links(meeting, [GRACE, ANA])] == [
        ("P-GRACE", ""),
        ("P-ANA", ""),
    ]
    for person in (GRACE, ANA, GRACE):
        server.press(bbb.ensure_link(meeting, person).url)
    assert [one["role"] for one in server.meetings["S-7K3Q29FM"].people.values()] == ["VIEWER", "MODERATOR", "VIEWER"]
    assert len(server.asked("create")) == 1, "the others came within the same seconds"
    told = server.asked("create")[0]
    assert (told["record"], told["autoStartRecording"], told["recordFullDurationMedia"]) == ("false", "false", "false")
    assert server.asked("hooks/create") == [
        {
            "callbackURL": f"{HOOK}?meeting=S-7K3Q29FM", "meetingID": "S-7K3Q29FM",
            "eventID": "user-joined,user-left,meeting-ended,meeting-recording-started,meeting-recording-stopped",
        }
    ]  # fmt: skip


def test_another_process_and_a_later_press_find_the_same_run(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    server.press(bbb.ensure_link(meeting, GRACE).url)
    elsewhere = BigBlueButton(server.url, SECRET, hook_url=HOOK)
    server.press(elsewhere.ensure_link(meeting, ANA).url)
    seconds = [1000.0]
    late = BigBlueButton(server.url, SECRET, clock=lambda: seconds[0])
    server.press(late.ensure_link(meeting, GRACE).url)
    server.end(meeting.ref)
    seconds[0] += 60
    server.press(late.ensure_link(meeting, GRACE).url)
    assert len(server.meetings) == 1 and len(server.asked("create")) == 4


def test_a_link_of_an_earlier_run_opens_nothing(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    old = bbb.ensure_link(meeting, GRACE).url
    server.end(meeting.ref)
    server.press(BigBlueButton(server.url, SECRET).ensure_link(meeting, ANA).url)
    with pytest.raises(AssertionError, match="another run"):
        server.press(old)


def test_renamed_while_it_runs_it_stays_the_meeting_that_everybody_is_in(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    server.press(bbb.ensure_link(meeting, GRACE).url)
    renamed = bbb.update(meeting, Wanted("S-7K3Q29FM", "Another name", NOW, 90, "UTC"))
    server.press(bbb.ensure_link(renamed, ANA).url)
    assert server.refused == ["create: idNotUnique"] and len(server.meetings["S-7K3Q29FM"].people) == 2


def test_names_with_every_kind_of_letter_arrive_whole(server, bbb):
    name = "Дмитро О'Браєн & Søn + 王 #1"
    url = bbb.ensure_link(bbb.ensure_meeting(WANTED), Attendee("P-1", name, "")).url
    assert parse_qs(urlsplit(url).query)["fullName"] == [name]
    server.press(url)


def test_a_cancelled_session_ends_what_runs_and_nothing_else(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    bbb.cancel(meeting)
    server.press(bbb.ensure_link(meeting, GRACE).url)
    assert bbb.is_running(meeting)
    bbb.cancel(meeting)
    assert server.meetings == {} and not bbb.is_running(meeting)


def test_the_host_without_a_name_comes_in_as_moderator_and_the_way_is_not_shown(server, bbb):
    way = bbb.host_start_link(bbb.ensure_meeting(WANTED))
    assert "join" not in repr(way) and "checksum" not in repr(bbb)
    server.press(way.url)
    assert server.meetings["S-7K3Q29FM"].people["w_0001"]["role"] == "MODERATOR"


def test_without_webhooks_people_get_in_all_the_same(server, bbb):
    server.webhooks = False
    server.press(bbb.ensure_link(bbb.ensure_meeting(WANTED), GRACE).url)
    assert bbb.health().warnings == ((NO_HOOKS, {}),)


@pytest.mark.parametrize("checksum", ["sha1", "sha256", "sha512"])
def test_who_comes_and_goes_is_told_with_our_own_codes(server, bbb, checksum):
    server.checksum = checksum
    meeting = bbb.ensure_meeting(WANTED)
    first = server.press(bbb.ensure_link(meeting, GRACE).url)
    server.at(FIRST + 60_000)
    server.leave(meeting.ref, first)
    server.press(bbb.ensure_link(meeting, GRACE).url)
    server.end(meeting.ref)
    events = [event for delivery in server.hooks for event in delivered(bbb, delivery)]
    assert [event.kind for event in events] == [EventKind.JOINED, EventKind.LEFT, EventKind.JOINED, EventKind.ENDED]
    assert {(event.registrant, event.person) for event in events[:3]} == {("P-GRACE", "P-GRACE")}
    assert [event.who for event in events[:3]] == [first, first, "w_0002"]
    assert {event.meeting for event in events} == {"S-7K3Q29FM"} and len({event.instance for event in events}) == 1
    assert events[1].at == datetime.fromtimestamp(FIRST / 1000 + 60, UTC)


def test_a_hook_for_all_meetings_of_the_server_is_signed_over_its_bare_address(server, bbb):
    told = {
        "data": {"id": "user-joined", "attributes": {"meeting": {"external-meeting-id": "S-1"}}, "event": {"ts": FIRST}}
    }
    assert [event.meeting for event in delivered(bbb, server.signed(HOOK, told))] == ["S-1"]


@pytest.mark.parametrize("name", ["chat-group-message-sent", "meeting-created", "pad-content", "user-emoji-changed"])
def test_what_we_did_not_ask_for_says_nothing(server, bbb, name):
    told = {"data": {"id": name, "attributes": {"meeting": {"external-meeting-id": "S-1"}}, "event": {"ts": FIRST}}}
    assert delivered(bbb, server.signed(HOOK, [told])) == []


def test_forged_deliveries_are_refused(server, bbb):
    meeting = bbb.ensure_meeting(WANTED)
    server.press(bbb.ensure_link(meeting, GRACE).url)
    query, headers, body = server.hooks[0]
    forged = [
        (query, headers, body.replace(b"GRACE", b"OTHER")),
        (query.replace("S-7K3Q29FM", "S-OTHER"), headers, body),
        ("meeting=S-7K3Q29FM", headers, body),
        ("", headers, body),
        (query[:-1], headers, body),
        ("checksum=é", headers, body),
        server.signed(f"{HOOK}?meeting=S-7K3Q29FM", [{}], secret="another"),
        server.signed("https://elsewhere.test/webhooks/bbb", [{}]),
        server.analytics("S-1", {}, expires=2**40, secret="another"),
        server.analytics("S-1", {}, expires=1),
        ("", {"Authorization": "Bearer " + token({}, name="none")}, b"{}"),
        ("", {"Authorization": "Bearer x.y.z"}, b"{}"),
        ("", {"Authorization": "Bearer "}, b"{}"),
        ("", {}, b"signed_parameters=" + token({"meeting_id": "S-1"}, secret="another", name="HS256").encode()),
    ]
    for delivery in forged:
        with pytest.raises(Forged):
            delivered(bbb, delivery)


@pytest.mark.parametrize("body", [b"\xff\xfe", b"event=%5B%5B%5B", b"event=null", b"event=%5B1%2Cnull%2C%7B%7D%5D", b"event=" + b"%5B" * 50_000])  # fmt: skip
def test_signed_nonsense_says_nothing(bbb, body):
    import hashlib

    proof = hashlib.sha256(HOOK.encode() + body + SECRET.encode()).hexdigest()
    assert bbb.parse_event({"Query-String": f"checksum={proof}"}, body, NOW) == []


def test_the_analytics_at_the_end_tell_all_of_it_once_more(server, bbb):
    body = {
        "version": "1.0", "meeting_id": "S-1", "internal_meeting_id": "abc-1",
        "data": {
            "start": "2026-11-25T12:00:00.000+00:00", "finish": "2026-11-25T13:30:00.000+00:00",
            "attendees": [
                {"ext_user_id": "P-GRACE", "name": "Grace", "joins": ["2026-11-25T12:01:00.000+00:00", "2026-11-25 12:31:00"], "leaves": ["2026-11-25T12:30:00.000+00:00"]},
                {"name": "A caller", "joins": ["nonsense"], "leaves": None}, None,
            ],
        },
    }  # fmt: skip
    events = delivered(bbb, server.analytics("S-1", body, expires=int(NOW.timestamp()) + 60))
    assert [(event.kind, event.registrant, f"{event.at:%H:%M}") for event in events] == [
        (EventKind.STARTED, "", "12:00"), (EventKind.ENDED, "", "13:30"), (EventKind.JOINED, "P-GRACE", "12:01"),
        (EventKind.JOINED, "P-GRACE", "12:31"), (EventKind.LEFT, "P-GRACE", "12:30"),
    ]  # fmt: skip
    assert delivered(bbb, server.analytics("S-1", {"data": []}, expires=2**40)) == []


def test_a_recording_that_is_ready_is_told_looked_at_and_removed(server, bbb):
    said = token({"meeting_id": "S-1", "record_id": "rec-1"}, name="HS256")
    [event] = bbb.parse_event({}, f"signed_parameters={said}".encode(), NOW)
    assert (event.kind, event.meeting, event.instance) == (EventKind.RECORDING_READY, "S-1", "rec-1")
    server.recordings["rec-1"] = {"meeting": "S-1", "url": "https://bbb.test/playback"}
    meeting = Meeting("bbb", ref="S-1")
    files = bbb.recordings(meeting, ["rec-1"])
    assert [(file.ref, file.kind, file.bytes) for file in files] == [
        ("rec-1/presentation", "presentation", 1234),
        ("rec-1/video", "video", 1234),
    ]
    assert files[0].ends_at - files[0].starts_at == timedelta(minutes=10) and bbb.recordings(meeting, ["other"]) == []
    assert bbb.recording_way(meeting, files[1]).url == "https://bbb.test/playback/video"
    bbb.remove_recording(meeting, files[0])
    bbb.remove_recording(meeting, files[0])
    assert bbb.recordings(meeting, []) == []
    with pytest.raises(NotThere):
        bbb.recording_way(meeting, files[1])


def test_recording_is_allowed_only_where_the_deployment_says_so(server):
    allowed = BigBlueButton(server.url, SECRET, may_record=True)
    allowed.ensure_link(allowed.ensure_meeting(WANTED), GRACE)
    told = server.asked("create")[0]
    assert (told["record"], told["allowStartStopRecording"], told["autoStartRecording"]) == ("true", "true", "false")
    assert allowed.capabilities.recordings and not BigBlueButton(server.url, SECRET).capabilities.recordings


def test_health_says_in_a_sentence_what_is_wrong(server, bbb):
    assert (bbb.health().ok, bbb.health().warnings, bbb.health().account) == (True, (), "API 2.0")
    assert BigBlueButton("http://127.0.0.1:9/bigbluebutton/", SECRET).health().faults == ((SILENT, {}),)
    server.fault = "html"
    assert "Check ECHO_BBB_URL" in bbb.health().faults[0][0]


def test_a_wrong_secret_is_said_to_be_one(server):
    assert BigBlueButton(server.url, "another").health().faults == ((WRONG_SECRET, {}),)
    assert server.refused.pop() == "getMeetings: checksumError"


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_server_answers_is_a_fault_that_names_no_address(server, bbb, fault):
    server.fault = fault
    with pytest.raises((TryLater, GaveUp)) as caught:
        bbb.ensure_link(bbb.ensure_meeting(WANTED), GRACE)
    assert isinstance(caught.value, TryLater) is (fault in {"down", "limited"})
    assert "checksum" not in str(caught.value) and "127.0.0.1" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_does_not_answer_is_not_waited_for_at_the_door(server, bbb, monkeypatch):
    monkeypatch.setattr("echo_sessions.outside.meetings.bbb.DOOR_SECONDS", 0.2)
    server.fault = "slow"
    with pytest.raises(TryLater):
        bbb.ensure_link(bbb.ensure_meeting(WANTED), GRACE)


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><response/>',
        b"<!doctype r><response/>",
        b'<?xml version="1.0" encoding="utf-7"?><response>+ADw-</response>' + b"\xff",
        b"",
        b"<response>&undefined;</response>",
        b"\x00<response/>",
    ],
)
def test_xml_that_defines_anything_is_not_read(data):
    with pytest.raises(GaveUp):
        read(data)


def test_a_deployment_without_one_speaks_to_nobody():
    nowhere = BigBlueButton("", "")
    assert not nowhere.configured() and not nowhere.health().ok
    for act in (lambda: nowhere.ensure_meeting(WANTED), lambda: nowhere.parse_event({}, b"", NOW)):
        with pytest.raises(NotConfigured):
            act()
