"""The Zoom client against our own Zoom, which was written by others from what is known of the real one: the checklist's
points that are the client's, each with no violation at the end."""

import dataclasses
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from echo_sessions import clock
from echo_sessions.database import db
from echo_sessions.errors import TryLater
from echo_sessions.outside.meetings import (
    Attendee,
    Converted,
    EventKind,
    HostRefused,
    HostSpent,
    LinkState,
    LostReply,
    Meeting,
    NotThere,
    Room,
    ScopeMissing,
    Wanted,
)
from echo_sessions.outside.meetings.zoom import Zoom, talking
from tests.zoom_server import Present, ZoomServer

START = datetime(2026, 12, 2, 19, 30, tzinfo=UTC)


@pytest.fixture
def zoom(app: Flask, zoom_server: ZoomServer) -> Iterator[Zoom]:
    """The client; at the end Zoom has nothing to complain of."""
    yield app.extensions["meetings"]["zoom"]
    assert [str(violation) for violation in zoom_server.violations] == []


def host(server: ZoomServer, number: int = 0) -> str:
    return list(server.users)[number]


def wanted(server: ZoomServer, **more: object) -> Wanted:
    usual = {
        "mark": "S-7K3Q29FM",
        "topic": "Hepatitis C · session 3",
        "starts_at": START,
        "minutes": 90,
        "zone": "America/Denver",
        "host": host(server),
    }
    return Wanted(**{**usual, **more})  # type: ignore[arg-type]  # values of its own kinds


def people(count: int, first: int = 0) -> list[Attendee]:
    return [Attendee(f"P-{n}", f"Person {n}", f"p{n}@clinic.test") for n in range(first, first + count)]


def test_a_meeting_is_made_read_changed_and_taken_away(zoom, zoom_server):
    want = wanted(zoom_server)
    meeting = zoom.ensure_meeting(want)
    assert (
        meeting.made["differs"] == {}
        and meeting.host == host(zoom_server)
        and int(meeting.ref or 0) in zoom_server.meetings
    )
    assert zoom.read(meeting).ref == meeting.ref
    before = len(zoom_server.journal)
    zoom.update(meeting, want)
    assert len(zoom_server.journal) == before
    moved = zoom.update(
        meeting, dataclasses.replace(want, starts_at=START + timedelta(days=7), topic="Another · session 3")
    )
    assert moved.made["differs"] == {} and moved.made["starts_at"] == (START + timedelta(days=7)).isoformat()
    zoom.cancel(meeting)
    zoom.cancel(meeting)
    with pytest.raises(NotThere):
        zoom.read(meeting)
    assert not [secret for secret in zoom_server.secrets if secret in repr(meeting) + repr(moved)]


@pytest.mark.parametrize("month", [3, 7, 11], ids=["the day clocks change", "summer", "winter"])
def test_the_start_is_the_same_moment_on_both_sides_in_summer_and_winter(zoom, zoom_server, month):
    local = datetime(2027, month, 14 if month == 3 else 1, 13, 30, tzinfo=ZoneInfo("America/Denver"))
    meeting = zoom.ensure_meeting(wanted(zoom_server, starts_at=local.astimezone(UTC)))
    assert zoom_server.meetings[int(meeting.ref)].start_time == local and meeting.made["differs"] == {}


@pytest.mark.parametrize("loses", ["lose_reply", "cut_reply", "drop"])
def test_a_lost_create_is_looked_up_first_and_there_is_one_meeting(zoom, zoom_server, loses):
    getattr(zoom_server.faults, loses)("meetings.create")
    with pytest.raises(LostReply):
        zoom.ensure_meeting(wanted(zoom_server))
    meeting = zoom.ensure_meeting(wanted(zoom_server, uncertain=True))
    assert [str(one.id) for one in zoom_server.live()] == [meeting.ref] and meeting.made["differs"] == {}


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_create_answered_by_a_page_of_html_is_looked_up_first(zoom, zoom_server, carried_out):
    zoom_server.faults.fail(502, "meetings.create", times=1, carried_out=carried_out)
    with pytest.raises(LostReply):
        zoom.ensure_meeting(wanted(zoom_server))
    zoom.ensure_meeting(wanted(zoom_server, uncertain=True))
    assert len(zoom_server.live()) == 1


def test_reads_survive_html_resets_and_limits_in_every_form(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.faults.fail_next("meetings.get", 503, 2)
    zoom.read(meeting)
    zoom_server.faults.lose_reply("meetings.get", times=2)
    zoom.read(meeting)
    for form in ("iso", "http", "seconds", "none"):
        zoom_server.faults.limit("meetings.get", times=1, retry_after=form)
        zoom.read(meeting)


def test_a_hosts_hundred_calls_are_spent_and_another_host_is_free(zoom, zoom_server):
    zoom_server.limits.writes_a_day = 3
    for n in range(3):
        zoom.ensure_meeting(wanted(zoom_server, mark=f"S-{n}", starts_at=START + timedelta(days=n)))
    for _ in range(3):
        with pytest.raises(HostSpent) as spent:
            zoom.ensure_meeting(wanted(zoom_server, mark="S-9", starts_at=START + timedelta(days=9)))
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert abs((clock.now() + timedelta(seconds=spent.value.after_seconds) - midnight).total_seconds()) < 5
    assert len(zoom_server.journal.of("meetings.create")) == 4
    assert zoom.ensure_meeting(wanted(zoom_server, mark="S-9", host=host(zoom_server, 1))).ref
    zoom_server.hands.set(midnight + timedelta(seconds=1))
    assert zoom.ensure_meeting(wanted(zoom_server, mark="S-10", starts_at=START + timedelta(days=9))).ref


def test_one_token_serves_all_and_a_killed_one_is_renewed_once(app, zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    for state in ("killed", "expired"):
        zoom_server.tokens.end(state)
        zoom.read(meeting)
    assert len(zoom_server.tokens.given) == 3

    def read() -> None:
        with app.app_context():
            zoom.read(meeting)
            db.session.remove()

    zoom_server.hands.forward(minutes=55)
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(zoom_server.tokens.given) == 4 and zoom_server.tokens.needless == 0


def test_the_region_is_obeyed(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.move_to_region()
    zoom.read(meeting)
    ports = {call.port for call in zoom_server.journal.of("meetings.get", verdict="done")}
    assert len(ports) == 1 and ports != {int(zoom_server.base_url.rsplit(":", 1)[1])}


def test_people_are_registered_once_in_batches_and_taken_out(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    links = zoom.ensure_links(meeting, people(30)) + zoom.ensure_links(meeting, people(1, 30))
    assert {link.state for link in links} == {LinkState.MADE} and len({link.url for link in links}) == 31
    one = zoom.ensure_link(meeting, people(1, 31)[0])
    known = zoom.known_links(meeting)
    assert len(known) == 32 and known["p31@clinic.test"].url == one.url
    assert {known[f"p{n}@clinic.test"].registrant for n in range(31)} == {link.registrant for link in links}
    zoom.revoke_links(meeting, [(one.registrant, "p31@clinic.test")])
    assert "p31@clinic.test" not in zoom.known_links(meeting)


def test_a_batch_whose_answer_is_lost_is_known_afterwards(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.faults.lose_reply("registrants.batch")
    with pytest.raises(LostReply):
        zoom.ensure_links(meeting, people(30))
    assert len(zoom.known_links(meeting)) == 30
    assert len(zoom_server.journal.of("registrants.batch")) == 1


def test_registrations_that_a_person_must_approve_have_no_link(zoom, zoom_server):
    zoom_server.account.approves_by_hand = True
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    links = zoom.ensure_links(meeting, people(2))
    assert {(link.state, link.url) for link in links} == {(LinkState.PENDING, "")} and all(
        link.registrant for link in links
    )
    assert {link.state for link in zoom.known_links(meeting).values()} == {LinkState.PENDING}


def test_the_host_among_the_people_is_left_out(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    address = zoom_server.users[host(zoom_server)].email
    links = zoom.ensure_links(meeting, [*people(2), Attendee("P-H", "Hana One", address)])
    assert [link.state for link in links] == [LinkState.MADE, LinkState.MADE, LinkState.REFUSED]


def test_what_zoom_changes_without_a_word_is_read_back(zoom, zoom_server):
    zoom_server.account.forced = {"use_pmi": False, "waiting_room": True, "auto_recording": "cloud"}
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    assert meeting.made["differs"] == {"auto_recording": ["none", "cloud"]}
    zoom_server.account.forced = {}
    past = clock.now() - timedelta(hours=3)
    assert list(zoom.update(meeting, wanted(zoom_server, starts_at=past)).made["differs"]) == ["starts_at"]


def test_alternative_hosts_who_cannot_be_are_left_out_and_told(zoom, zoom_server):
    other = zoom_server.users[host(zoom_server, 1)].email
    meeting = zoom.ensure_meeting(wanted(zoom_server, hosts_too=(other, "stranger@elsewhere.test")))
    assert "hosts_too" in meeting.made["differs"] and "stranger@elsewhere.test" not in meeting.made["hosts_too"]
    good = zoom.ensure_meeting(wanted(zoom_server, mark="S-2", starts_at=START + timedelta(days=1), hosts_too=(other,)))
    assert good.made["differs"] == {} and good.made["hosts_too"] == [other]
    zoom.update(good, wanted(zoom_server, mark="S-2", starts_at=START + timedelta(days=1)))
    assert zoom.read(good).made["hosts_too"] == []


def test_what_became_of_meeting_and_host_is_told_apart(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.convert_to_webinar(meeting.ref)
    with pytest.raises(Converted):
        zoom.read(meeting)
    with pytest.raises(HostRefused):
        zoom.ensure_meeting(wanted(zoom_server, mark="S-3", host="nobody"))


def test_a_lost_scope_is_named(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.tokens.scopes = tuple(s for s in zoom_server.tokens.scopes if "delete:meeting" not in s)
    with pytest.raises(ScopeMissing) as missing:
        zoom.cancel(meeting)
    assert "meeting:delete:meeting:admin" in missing.value.scopes
    zoom_server.tokens.end("expired")
    health = zoom.health()
    assert not health.ok and health.scopes_missing == ("meeting:delete:meeting:admin",)


def test_health_and_hosts(zoom, zoom_server):
    zoom_server.add_user("basic@hub.test", type=1)
    zoom_server.add_user("gone@hub.test", status="inactive")
    hosts = {each.address: each for each in zoom.hosts()}
    assert (hosts["basic@hub.test"].licensed, hosts["gone@hub.test"].active, hosts["host1@hub.test"].licensed) == (
        False,
        False,
        True,
    )
    health = zoom.health()
    assert health.ok and health.warnings == () and health.scopes_missing == ()
    zoom_server.account.settings["in_meeting"]["auto_saving_chat"] = True
    assert len(zoom.health().warnings) == 1


def test_every_instance_is_reported_late_empty_and_zero_answers_are_not_final(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom.ensure_links(meeting, people(2))
    present = [
        Present(email="p0@clinic.test", waiting=((-2, 0),), breakout=((20, 30),)),
        Present(email="p1@clinic.test", stays=((0, 30), (50, 90))),
    ]
    held = zoom_server.hold_session(meeting.ref, present, instances=((-10, 45), (48, 95)))
    span = START - timedelta(hours=12), START + timedelta(hours=12)
    held.hide_instances(1)
    assert not zoom.fetch_intervals(meeting, *span).final
    for says in ("empty", "zero"):
        held.answers(says)
        report = zoom.fetch_intervals(meeting, *span)
        assert not report.final and report.why
    report = zoom.fetch_intervals(meeting, *span)
    assert report.final and set(report.instances) == {one.uuid for one in held.instances} and len(report.instances) == 2
    assert {each.room for each in report.intervals} == set(Room)
    links = zoom.known_links(meeting)
    assert {each.registrant for each in report.intervals} == {link.registrant for link in links.values()}
    assert len(zoom_server.journal.of("report.participants")) >= 6


def test_without_reports_the_past_meeting_tells(zoom, zoom_server):
    zoom_server.tokens.scopes = tuple(s for s in zoom_server.tokens.scopes if not s.startswith("report:"))
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom_server.hold_session(meeting.ref, [Present(email="p0@clinic.test", name="Zero"), Present(name="A guest")])
    report = zoom.fetch_intervals(meeting, START - timedelta(hours=1), START + timedelta(hours=1))
    assert report.final and len(report.intervals) == 2 and not zoom_server.journal.of("report.participants")


def test_hooks_of_a_session_are_believed_and_say_who_was_there(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    zoom.ensure_links(meeting, people(1))
    held = zoom_server.hold_session(meeting.ref, [Present(email="p0@clinic.test", stays=((0, 90),))])
    told = [event for one in held.hooks for event in zoom.parse_event(one.headers, one.raw, clock.now())]
    assert [event.kind for event in told] == [EventKind.STARTED, EventKind.JOINED, EventKind.LEFT, EventKind.ENDED]
    assert {event.meeting for event in told} == {meeting.ref} and told[1].at == START
    challenge = zoom_server.challenge()
    [answer] = zoom.parse_event(challenge.headers, challenge.raw, clock.now())
    assert answer.answer == zoom_server.challenge_answer()


def test_recordings_are_listed_and_removed(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    held = zoom_server.hold_session(meeting.ref, [Present(name="A guest")])
    zoom_server.record(held, "shared_screen_with_speaker_view", "audio_only")
    files = zoom.recordings(meeting, [one.uuid for one in held.instances])
    assert {file.kind for file in files} == {"shared_screen_with_speaker_view", "audio_only"}
    way = zoom.recording_way(meeting, files[0])
    assert way.url.startswith("https://") and way.passcode
    zoom.remove_recording(meeting, files[0])
    zoom.remove_recording(meeting, files[0])
    assert len(zoom.recordings(meeting, [one.uuid for one in held.instances])) == 1


def test_the_hosts_link_is_fresh_each_time(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    first, second = zoom.host_start_link(meeting), zoom.host_start_link(meeting)
    assert first.url != second.url


def test_a_zoom_that_takes_its_time_is_not_waited_for_at_the_door(zoom, zoom_server, monkeypatch):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    monkeypatch.setattr(talking, "DOOR_SECONDS", 0.5)
    zoom_server.faults.slow(20, "registrants.add", times=1)
    zoom_server.faults.slow(20, "meetings.get", times=1)
    with pytest.raises(LostReply):
        zoom.ensure_link(meeting, people(1)[0])
    with pytest.raises(TryLater):
        zoom.host_start_link(meeting)
    assert list(zoom.known_links(meeting)) == ["p0@clinic.test"], "it was done, and is looked up"


def test_connections_are_kept_open(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    for _ in range(20):
        zoom.read(meeting)
    assert zoom_server.connections == 1


def test_a_batch_of_hundreds_of_calls_keeps_within_the_smallest_paid_plan(app, zoom, zoom_server):
    zoom_server.limits.plan = "pro"
    meeting = zoom.ensure_meeting(wanted(zoom_server))

    def reads() -> None:
        with app.app_context():
            for _ in range(20):
                zoom.read(meeting)
            db.session.remove()

    threads = [threading.Thread(target=reads) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(zoom_server.journal.of("meetings.get", verdict="done")) == 80


def test_no_secret_is_in_what_goes_wrong(zoom, zoom_server):
    meeting = zoom.ensure_meeting(wanted(zoom_server))
    faults = []
    for order in (
        lambda: zoom_server.faults.fail(500, "meetings.get", times=9),
        lambda: zoom_server.faults.fail(
            400, "meetings.get", times=1, code=300, message="Bad pwd=hunter2 for ada@x.test"
        ),
    ):
        zoom_server.faults.clear()
        order()
        with pytest.raises(Exception) as raised:  # whichever
            zoom.read(meeting)
        faults.append(str(raised.value) + repr(raised.value))
    assert not [
        secret for secret in (*zoom_server.secrets, "hunter2", "ada@x.test") for words in faults if secret in words
    ]


def test_an_unknown_meeting_is_not_there(zoom, zoom_server):
    with pytest.raises(NotThere):
        zoom.read(Meeting("zoom", "12345678901"))
