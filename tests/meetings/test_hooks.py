"""Reading what was delivered: what each delivery does to a meeting, once, in whatever order it comes."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from echo_sessions.database import db, transaction
from echo_sessions.jobs.models import Job
from echo_sessions.meetings import deliveries, hooks, presences
from echo_sessions.meetings.models import Hook, Meeting, ProviderAccount
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.outside.meetings import LinkState
from echo_sessions.outside.meetings.zoom import events
from echo_sessions.privacy import retention
from tests.meetings import rows


@pytest.fixture
def meeting(make) -> Meeting:
    """A meeting that begins in an hour."""
    return rows.meeting(make.session(starts_in=timedelta(hours=1)), rows.host(now=make.now))


def deliver(meeting, event, *, at=None, now=None, **thing):
    """Store a delivery as the door does, at the moment of the meeting's start unless another is given."""
    when = at or meeting.starts_at
    object_ = {"id": int(meeting.ref), "uuid": "one==", **thing}
    body = {"event": event, "payload": {"object": object_}, "event_ts": int(when.timestamp() * 1000)}
    raw = json.dumps(body).encode()
    deliveries.keep("zoom", raw, events.parse(raw))
    return raw


def somebody(meeting, event, minute, *, who="a", **more):
    at = meeting.starts_at + timedelta(minutes=minute)
    name = "join_time" if event == "joined" else "leave_time"
    told = {"user_id": who, "user_name": "Grace", name: f"{at:%Y-%m-%dT%H:%M:%SZ}", **more}
    return deliver(meeting, f"meeting.participant_{event}", at=at, participant=told)


def read(now) -> int:
    db.session.rollback()
    return hooks.read_new(now)


def fresh(meeting) -> Meeting:
    db.session.rollback()
    return db.session.get_one(Meeting, meeting.id)


def queued(name) -> list[Job]:
    db.session.rollback()
    return list(db.session.scalars(select(Job).where(Job.name == name).order_by(Job.id)))


def open_kinds(meeting) -> set[TroubleKind]:
    return {trouble.kind for trouble in fresh(meeting).troubles if trouble.over_at is None}


def test_who_came_and_went_is_kept_and_worked_out_when_it_is_asked(make, meeting):
    somebody(meeting, "left", 50)
    somebody(meeting, "joined", 5, registrant_id="r1")
    assert read(make.now) == 2
    [found] = presences.presences(hooks.events_of(fresh(meeting)))
    assert (found.registrant, found.left - found.joined) == ("r1", timedelta(minutes=45))
    assert read(make.now) == 0
    assert len(hooks.raws_of(fresh(meeting))) == 2


def test_what_was_told_of_a_meeting_that_was_replaced_belongs_to_its_session(make, meeting):
    somebody(meeting, "joined", 5)
    with transaction():
        row = fresh_in(meeting)
        old = Meeting(
            code=f"{row.code}/0", provider="zoom", ref=row.ref, topic="x", starts_at=row.starts_at, minutes=90, zone="UTC",
            state=MeetingState.REMOVED, created_at=make.now,
        )  # fmt: skip
        db.session.add(old)
        row.ref, row.generation = "99999999999", 1
    somebody(fresh(meeting), "joined", 15, who="b")
    assert [found.who for found in presences.presences(hooks.events_of(fresh(meeting)))] == ["a", "b"]


def fresh_in(meeting) -> Meeting:
    return db.session.get_one(Meeting, meeting.id)


def test_deliveries_about_meetings_of_others_are_passed_over(make, meeting):
    other = Meeting(ref="70000000000", starts_at=make.now)
    deliver(other, "meeting.deleted")
    deliver(other, "meeting.ended", end_time="2026-11-25T12:00:00Z")
    deliver(other, "user.created")
    assert read(make.now) == 3
    assert db.session.scalars(select(Hook).where(Hook.read_at.is_(None))).all() == []
    assert queued("attendance.collect") == []


def test_a_deletion_is_doubted_first_and_nothing_of_ours_goes(make, meeting):
    deliver(meeting, "meeting.deleted")
    read(make.now)
    assert fresh(meeting).state is MeetingState.MADE
    assert open_kinds(meeting) == {TroubleKind.DOUBTED}


def test_a_conversion_is_looked_at_and_a_recovery_as_well(make, meeting):
    deliver(meeting, "meeting.converted_to_webinar")
    read(make.now)
    assert TroubleKind.DOUBTED in open_kinds(meeting)
    before = len(queued("meetings.look_at"))
    deliver(meeting, "meeting.recovered")
    read(make.now)
    assert len(queued("meetings.look_at")) == before + 1


def test_a_change_over_there_is_read_but_not_the_echo_of_our_own(make, meeting):
    with transaction():
        fresh_in(meeting).checked_at = make.now
    deliver(meeting, "meeting.updated", at=make.now - timedelta(seconds=2))
    read(make.now)
    assert queued("meetings.look_at") == []
    deliver(meeting, "meeting.updated", at=make.now + timedelta(seconds=30))
    read(make.now)
    assert len(queued("meetings.look_at")) == 1


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        ("meeting.registration_cancelled", LinkState.MADE, LinkState.REFUSED),
        ("meeting.registration_denied", LinkState.PENDING, LinkState.REFUSED),
        ("meeting.registration_cancelled", LinkState.REVOKED, LinkState.REVOKED),
        ("meeting.registration_approved", LinkState.PENDING, LinkState.ASKED),
        ("meeting.registration_approved", LinkState.MADE, LinkState.MADE),
    ],
)
@pytest.mark.parametrize("by", ["id", "email"])
def test_what_became_of_a_registration(make, meeting, event, before, after, by):
    link = rows.link(meeting, make.person(), before)
    told = {"id": link.registrant} if by == "id" else {"id": "unknown", "email": link.address.upper()}
    deliver(meeting, event, registrant=told)
    read(make.now)
    db.session.rollback()
    found = db.session.get_one(type(link), link.id)
    assert found.state is after
    assert (found.url is None) == (after is LinkState.REFUSED)


@pytest.mark.parametrize(
    ("story", "since"),
    [
        pytest.param("+10", 10, id="started"),
        pytest.param("+10 -30", None, id="started and stopped"),
        pytest.param("-30 +10", None, id="told the wrong way round"),
        pytest.param("+10 -30 +40", 40, id="and started again"),
        pytest.param("+40 +10 -30 +40", 40, id="in any order"),
        pytest.param("+10 .90", None, id="until the meeting ended"),
        pytest.param("-30 +30", 30, id="in one second: believed to run"),
    ],
)
def test_whether_it_is_recorded_now(make, meeting, story, since):
    names = {"+": ("recording.started", "recording_start"), "-": ("recording.stopped", "recording_end")}
    for word in story.split():
        at = meeting.starts_at + timedelta(minutes=int(word[1:]))
        if word[0] == ".":
            deliver(meeting, "meeting.ended", at=at, end_time=f"{at:%Y-%m-%dT%H:%M:%SZ}")
        else:
            event, name = names[word[0]]
            deliver(meeting, event, at=at, recording_file={name: f"{at:%Y-%m-%dT%H:%M:%SZ}"})
        read(make.now)
    expected = None if since is None else meeting.starts_at + timedelta(minutes=since)
    assert fresh(meeting).recording_since == expected


def test_a_recording_that_is_ready_is_looked_for_once_a_minute(make, meeting):
    for number in range(3):
        deliver(meeting, "recording.completed", recording_files=[{"id": f"f{number}"}])
        read(make.now)
    [job] = queued("meetings.find_recordings")
    assert job.payload == {"meeting": meeting.id}


def test_after_the_end_attendance_is_asked_to_look_once_for_each_slot(make, meeting):
    somebody(meeting, "joined", 5)
    read(meeting.starts_at + timedelta(minutes=6))
    assert queued("attendance.collect") == []
    end = meeting.starts_at + timedelta(minutes=70)
    deliver(meeting, "meeting.ended", at=end, end_time=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    read(end)
    [job] = queued("attendance.collect")
    assert job.payload == {"meeting": meeting.id}
    assert end < job.run_at <= end + timedelta(minutes=2)
    somebody(meeting, "left", 69)
    read(end)
    assert len(queued("attendance.collect")) == 1
    somebody(meeting, "left", 68, who="b")
    read(end + timedelta(minutes=20))
    assert len(queued("attendance.collect")) == 2


def test_a_late_word_counts_where_nobody_told_the_end(make, meeting):
    somebody(meeting, "joined", 5)
    read(meeting.ends_at + timedelta(minutes=1))
    assert len(queued("attendance.collect")) == 1


def test_a_sharing_that_ended_is_no_end_of_the_meeting(make, meeting):
    deliver(meeting, "meeting.sharing_ended")
    somebody(meeting, "joined", 5)
    read(meeting.starts_at + timedelta(minutes=6))
    assert queued("attendance.collect") == []


def test_a_host_who_left_is_noticed(make, meeting):
    gone = fresh(meeting).host
    body = {
        "event": "user.deleted",
        "payload": {"object": {"id": gone.ref, "email": gone.address}},
        "event_ts": 1795608000000,
    }
    raw = json.dumps(body).encode()
    deliveries.keep("zoom", raw, events.parse(raw))
    read(make.now)
    db.session.rollback()
    assert fresh(meeting).host is None or fresh(meeting).host.gone_at is not None


def test_when_zoom_tells_us_to_stop_we_stop(make, meeting):
    make.hub()
    with transaction():
        db.session.add(ProviderAccount(provider="zoom", account_ref="acc", client_id="c", client_secret="s"))
    body = {"event": "app_deauthorized", "payload": {"account_id": "acc"}, "event_ts": 1795608000000}
    raw = json.dumps(body).encode()
    deliveries.keep("zoom", raw, events.parse(raw))
    read(make.now)
    db.session.rollback()
    account = db.session.scalars(select(ProviderAccount)).one()
    assert account.stopped_at is not None and account.client_secret is None


def test_one_that_cannot_be_done_does_not_keep_the_others_and_is_given_up_after_a_day(make, meeting, monkeypatch):
    """The job that looks cannot be queued: whatever the fault is, the delivery waits for the next reading."""

    def broken(*_args, **_values):
        raise RuntimeError("no luck")

    deliver(meeting, "meeting.recovered")
    somebody(meeting, "joined", 5)
    with transaction():
        db.session.execute(update(Hook).values(received_at=make.now))
    with monkeypatch.context() as patch:
        patch.setattr(hooks.service, "note_recovered", broken)
        read(make.now)
        unread = select(Hook.name).where(Hook.read_at.is_(None))
        assert list(db.session.scalars(unread)) == ["meeting_recovered"]
        with transaction():
            db.session.scalars(select(Hook).where(Hook.read_at.is_(None))).one().received_at = make.now - timedelta(
                days=2
            )
        read(make.now)
        assert list(db.session.scalars(unread)) == []


def test_deliveries_go_after_ninety_days(make, meeting):
    somebody(meeting, "joined", 5)
    with transaction():
        came = db.session.scalars(select(Hook)).one().received_at
    assert "hooks" not in retention.old(came + timedelta(days=89))
    count, before = retention.old(came + timedelta(days=91))["hooks"]
    with transaction():
        assert retention.clear("hooks", before, now=came + timedelta(days=91)) == count == 1
    assert db.session.scalars(select(Hook)).all() == []
