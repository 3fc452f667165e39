"""Sessions get their meetings at our own Zoom: made, moved, taken away, lost, refused; what somebody does there behind our
back; whose host is whose. Ways in are in test_links.py, workers side by side in test_workers.py."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.meetings import hosts, looking, providers, queries, settling, wording
from echo_sessions.meetings import service as meetings
from echo_sessions.meetings.models import Host, HostSlot
from echo_sessions.meetings.rules import HOST_CALLS_A_DAY, MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import service, wants
from echo_sessions.sessions.rules import DutyRole, SessionState
from tests.meetings.season import DAY, Season

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


@pytest.fixture
def season(app, make, zoom_server):
    return Season(app, make, zoom_server)


def move(season, session, **by):
    with transaction():
        service.change(
            session, title=session.title, starts_at=session.starts_at + timedelta(**by), minutes=session.minutes,
            by=season.hub, now=season.now,
        )  # fmt: skip


def host_of(zoom_server, session):
    return zoom_server.users[zoom_server.meeting(session.meeting.ref).host_id].email


# Made, changed, taken away


def test_an_announced_session_gets_its_meeting_and_everybody_a_link(season, zoom_server):
    season.people(35)
    [session] = season.announce()
    assert session.provider == "zoom" and session.meeting.state is MeetingState.WANTED
    season.settle_down()
    meeting = session.meeting
    assert meeting.state is MeetingState.MADE and session.has_way_in and season.troubles(session) == []
    there = zoom_server.by_mark(session.code)
    assert str(there.id) == meeting.ref and there.start_time == session.starts_at and there.duration == 90
    assert there.topic == f"Hepatitis C · session {session.number}"
    assert season.links(session) == {LinkState.MADE: 35} and len(there.registrants) == 35
    assert {one.email for one in there.registrants.values()} == {p.address for p in season.people_of()}
    count = zoom_server.journal.count()
    assert (count["meetings.create"], count["meetings.update"], count["registrants.batch"]) == (1, 0, 2)
    season.all_is_well()


def test_neither_title_nor_site_is_told_and_a_long_name_of_a_program_is_cut(season, make, zoom_server):
    season.series.program.name  # noqa: B018  # loaded before it changes
    with transaction():
        season.series.program.name = "Hepatitis " * 20
    [session] = season.announce(title="The story of Maple Street")
    season.settle_down()
    topic = zoom_server.by_mark(session.code).topic
    assert len(topic) == 200 and topic.endswith(f"· session {session.number}")
    assert not [text for text in zoom_server.texts if "Maple" in text]
    season.all_is_well()


def test_a_moved_session_is_moved_by_one_call_and_a_new_title_by_none(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    with transaction():
        service.change(
            session, title="Another title", starts_at=session.starts_at, minutes=90, by=season.hub, now=season.now
        )
    season.settle_down()
    assert zoom_server.journal.count()["meetings.update"] == 0
    move(season, session, days=1)
    season.settle_down()
    assert zoom_server.by_mark(session.code).start_time == session.starts_at
    assert zoom_server.journal.count()["meetings.update"] == 1 and zoom_server.journal.count()["meetings.create"] == 1
    [slot] = db.session.scalars(select(HostSlot))
    assert (slot.starts_at, slot.ends_at) == (session.starts_at, session.ends_at)
    season.all_is_well()


def test_moved_there_and_back_before_anybody_worked_nothing_is_sent(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    move(season, session, days=1)
    move(season, session, days=-1)
    season.settle_down()
    assert zoom_server.journal.count()["meetings.update"] == 0
    season.all_is_well()


def test_a_cancelled_session_has_no_meeting_and_a_restored_one_a_new_one(season, zoom_server):
    season.people(3)
    [session] = season.announce()
    season.settle_down()
    first = session.meeting.ref
    with transaction():
        service.cancel(session, reason="Snow", by=season.hub, now=season.now)
    assert session.meeting.state is MeetingState.UNWANTED and not session.has_way_in
    season.settle_down()
    assert zoom_server.live() == [] and session.meeting.state is MeetingState.REMOVED
    assert season.links(session) == {LinkState.REVOKED: 3} and db.session.scalars(select(HostSlot)).all() == []
    with transaction():
        service.restore(session, by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and session.meeting.ref != first
    assert season.links(session) == {LinkState.MADE: 3}
    season.all_is_well()


def test_a_session_cancelled_before_its_meeting_was_made_calls_nobody(season, zoom_server):
    [session] = season.announce()
    with transaction():
        service.cancel(session, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.state is MeetingState.REMOVED and zoom_server.journal.count()["meetings.create"] == 0
    season.all_is_well()


def test_what_is_past_is_left_alone(season, zoom_server):
    [session] = season.announce(1)
    season.settle_down()
    zoom_server.hands.forward(days=2)
    with transaction():
        meetings.release(session.meeting, now=season.now)
    season.work()
    assert len(zoom_server.live()) == 1 and zoom_server.journal.count()["meetings.delete"] == 0


def test_with_nobody_to_make_meetings_a_session_has_none(app, make, monkeypatch):
    hub, series = make.coordinator(), make.series()
    make.texts()
    session = make.session(series, state=SessionState.DRAFT)
    with transaction():
        service.schedule(session, by=hub, now=make.now)
    assert session.provider == "link" and session.meeting is None


def test_a_series_may_keep_to_pasted_links_and_a_pasted_link_comes_first(season, make, zoom_server):
    own = make.series(name="By hand", provider="link")
    session = make.session(own, starts_at=make.now + DAY, state=SessionState.DRAFT)
    draft = season.draft()
    with transaction():
        service.set_link(draft, "https://meet.test/own", by=season.hub, now=season.now)
        for each in (session, draft):
            service.schedule(each, by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting is None and draft.meeting is None and zoom_server.live() == []
    with transaction():
        service.set_link(draft, "", by=season.hub, now=season.now)
    season.settle_down()
    assert draft.meeting.state is MeetingState.MADE
    with transaction():
        service.set_link(draft, "https://meet.test/way-out", by=season.hub, now=season.now)
    assert service.way_into_meeting(draft, season.hub) == "https://meet.test/way-out"
    season.settle_down()
    assert draft.meeting.state is MeetingState.MADE
    season.all_is_well()


# Lost answers


@pytest.mark.parametrize("fault", ["lose_reply", "cut_reply", "drop"])
def test_after_a_lost_answer_the_meeting_is_looked_for_before_it_is_made(season, zoom_server, fault):
    getattr(zoom_server.faults, fault)("meetings.create", times=1)
    [session] = season.announce()
    season.work()
    assert session.meeting.tried_at is not None and season.troubles(session) == [("silent", "")]
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    assert zoom_server.journal.count()["meetings.create"] == (2 if fault == "drop" else 1)
    season.all_is_well()


def test_a_worker_that_died_after_its_note_leaves_no_second_meeting(season, zoom_server):
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    [session] = season.announce()
    errand = settling._take(session.meeting_id, providers.provider("zoom"), season.now)
    settling._carry_out(errand, providers.provider("zoom"))  # and here it ends, without a word
    season.work()
    assert session.meeting.state is MeetingState.WANTED and len(zoom_server.live()) == 1
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and zoom_server.journal.count()["meetings.create"] == 1
    season.all_is_well()


def test_a_session_cancelled_while_its_answer_is_lost_leaves_no_orphan(season, zoom_server):
    zoom_server.faults.lose_reply("meetings.create", times=1)
    [session] = season.announce()
    season.work()
    with transaction():
        service.cancel(session, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.state is MeetingState.REMOVED and zoom_server.live() == []
    season.all_is_well()


def test_twins_are_taken_away_and_the_first_stays(season, zoom_server):
    zoom_server.faults.lose_reply("meetings.create", times=1)
    [session] = season.announce()
    season.work()
    first = zoom_server.by_mark(session.code)
    zoom_server.add_twin(first)
    season.settle_down()
    assert [meeting.id for meeting in zoom_server.live()] == [first.id] and session.meeting.ref == str(first.id)
    season.all_is_well()


@pytest.mark.parametrize("operation", ["meetings.update", "meetings.delete", "meetings.get"])
def test_a_lost_answer_to_anything_else_is_made_good(season, zoom_server, operation):
    moved, cancelled = season.announce(7, 8)
    season.settle_down()
    zoom_server.faults.lose_reply(operation, times=3)
    move(season, moved, hours=3)
    with transaction():
        service.cancel(cancelled, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    [there] = zoom_server.live()
    assert there.start_time == moved.starts_at and cancelled.meeting.state is MeetingState.REMOVED
    season.all_is_well()


def test_a_provider_that_asks_for_patience_gets_it(season, zoom_server):
    zoom_server.faults.limit("meetings.create", times=1, seconds=1800, retry_after="seconds")
    [session] = season.announce()
    season.work()
    assert season.troubles(session) == [("silent", "")]
    season.wait(minutes=28)
    assert len(zoom_server.journal.of("meetings.create")) == 1
    season.wait(minutes=10)
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    season.all_is_well()


# Hosts


def test_two_sessions_at_one_time_have_two_hosts_and_a_third_waits_until_one_is_free(season, zoom_server):
    sessions = season.announce(7, 7, 7)
    season.work()
    assert sorted(session.meeting.state for session in sessions) == ["made", "made", "wanted"]
    late = next(session for session in sessions if session.meeting.state is MeetingState.WANTED)
    first = next(session for session in sessions if session is not late)
    assert season.troubles(late) == [("no_host", "")]
    clash = hosts.clash("zoom", late.starts_at, 90, but=late.meeting_id)
    assert {code for taken in clash.hosts for code in taken.codes} == {s.code for s in sessions if s is not late}
    with transaction():
        service.cancel(first, reason="Snow", by=season.hub, now=season.now)
    season.work()
    assert late.meeting.state is MeetingState.MADE and season.troubles(late) == []
    season.all_is_well()


def test_between_two_sessions_of_one_host_there_is_a_quarter_of_an_hour(season, zoom_server):
    season.announce(7, 7)
    [near] = season.announce(7 + 100 / 1440)  # ten minutes after the others end
    season.work()
    assert season.troubles(near) == [("no_host", "")]
    [apart] = season.announce(7 + 105 / 1440)
    season.work()
    assert apart.meeting.state is MeetingState.MADE
    season.all_is_well()


def test_whoever_leads_the_session_is_its_host_where_they_have_an_account(season, make, zoom_server):
    lead = make.person("Hugo Two", email="host2@hub.test")
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    draft = season.draft()
    make.duty(draft, DutyRole.FACILITATOR, lead)
    with transaction():
        service.schedule(draft, by=season.hub, now=season.now)
    season.settle_down()
    assert host_of(zoom_server, draft) == "host2@hub.test"
    assert zoom_server.by_mark(draft.code).settings["alternative_hosts"] == ""
    season.all_is_well()


def test_alternative_hosts_are_those_with_an_account_and_one_without_licence_is_said(season, make, zoom_server):
    zoom_server.add_user("basic@hub.test", "Basil", "Basic", type=1)
    both = [make.person("Ann", email="host1@hub.test"), make.person("Hugo", email="host2@hub.test")]
    basic, nobody = make.person("Basil", email="basic@hub.test"), make.person("Nora", email="nora@clinic.test")
    for person in both:
        make.member(season.series.program, Role.FACILITATOR, person)
    draft = season.draft()
    for person in (basic, nobody):
        make.duty(draft, DutyRole.FACILITATOR, person)
    with transaction():
        service.schedule(draft, by=season.hub, now=season.now)
    season.settle_down()
    there = zoom_server.by_mark(draft.code)
    other = {"host1@hub.test", "host2@hub.test"} - {host_of(zoom_server, draft)}
    assert {there.settings["alternative_hosts"]} == other
    assert sorted(season.troubles(draft)) == [("co_host", "basic@hub.test")]
    assert {one.email for one in there.registrants.values()} == {"basic@hub.test", "nora@clinic.test"}
    season.all_is_well()
    zoom_server.deactivate_user(other.pop())
    with transaction():
        hosts.sync("zoom", [], now=season.now)  # asked anew by the next line
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    season.settle_down()
    assert zoom_server.by_mark(draft.code).settings["alternative_hosts"] == ""
    season.all_is_well()


def test_when_a_host_leaves_another_takes_over_and_all_links_are_new(season, zoom_server):
    season.people(4)
    [session] = season.announce()
    season.settle_down()
    before, number = session.meeting.ref, session.meeting_id
    old = {link.person_id: link.url for link in queries.links_of(number)}
    zoom_server.deactivate_user(host_of(zoom_server, session))
    with transaction():
        meetings.host_gone("zoom", zoom_server.meeting(before).host_id, now=season.now)
    season.settle_down()
    assert session.meeting_id == number and session.meeting.ref != before and season.troubles(session) == []
    assert zoom_server.users[zoom_server.by_mark(session.meeting.mark).host_id].status == "active"
    new = {link.person_id: link.url for link in queries.links_of(number)}
    assert new.keys() == old.keys() and not set(new.values()) & set(old.values())
    [left] = [meeting for meeting in queries.all_of(session.code) if meeting.id != number]
    assert left.state is MeetingState.REMOVED and left.session_code == session.code
    season.all_is_well()


def test_a_host_that_left_without_a_word_is_found_out_when_it_is_used(season, zoom_server):
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    zoom_server.remove_user("host1@hub.test")
    zoom_server.deactivate_user("host2@hub.test")
    [session] = season.announce()
    season.wait(minutes=5)
    assert season.troubles(session) == [("no_host", "")]
    zoom_server.add_user("host3@hub.test")
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    season.settle_down()
    assert host_of(zoom_server, session) == "host3@hub.test" and season.troubles(session) == []
    season.all_is_well()


def test_moved_onto_a_time_at_which_its_host_is_taken_it_gets_another_host(season, zoom_server):
    zoom_server.add_user("host3@hub.test")
    one, two, moved = season.announce(7, 7, 8)
    season.settle_down()
    with transaction():
        service.change(moved, title="", starts_at=one.starts_at, minutes=90, by=season.hub, now=season.now)
    season.settle_down()
    assert len({host_of(zoom_server, session) for session in (one, two, moved)}) == 3
    assert len(zoom_server.live()) == 3 and zoom_server.by_mark(moved.meeting.mark).start_time == one.starts_at
    season.all_is_well()


def test_without_another_host_it_stays_when_it_was_until_one_is_free(season, zoom_server):
    one, two, moved = season.announce(7, 7, 8)
    season.settle_down()
    with transaction():
        service.change(moved, title="", starts_at=one.starts_at, minutes=90, by=season.hub, now=season.now)
    season.work()
    assert season.troubles(moved) == [("no_host", "")] and moved.meeting.state is MeetingState.MADE
    with transaction():
        service.cancel(two, reason="Snow", by=season.hub, now=season.now)
    season.work()
    season.settle_down()
    assert zoom_server.by_mark(moved.meeting.mark).start_time == one.starts_at and season.troubles(moved) == []
    season.all_is_well()


# Calls of a day


def test_calls_are_counted_by_host_and_day_and_a_spent_host_gives_way(season, zoom_server):
    looking.fetch_hosts(providers.provider("zoom"), season.now)
    one, two = db.session.scalars(select(Host).order_by(Host.id)).all()
    with transaction():
        hosts.spent(one, now=season.now)
    [session] = season.announce()
    season.settle_down()
    assert session.meeting.host.id == two.id
    left = hosts.calls_left("zoom", [one.ref, two.ref], season.now)
    assert left == {one.ref: 0, two.ref: HOST_CALLS_A_DAY - 1}
    season.all_is_well()


def test_a_host_spent_by_others_is_left_alone_until_midnight_and_the_meeting_goes_elsewhere(season, zoom_server):
    zoom_server.limits.writes_a_day = 0
    [session] = season.announce()
    season.work()
    assert season.troubles(session) == [("host_spent", "")]
    calls = len(zoom_server.journal.of("meetings.create"))
    assert calls == 2  # each host once
    season.wait(hours=11)
    assert len(zoom_server.journal.of("meetings.create")) == calls
    zoom_server.limits.writes_a_day = 100
    season.wait(hours=2)
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    season.all_is_well()


def test_a_change_waits_for_midnight_when_its_host_is_spent(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    with transaction():
        hosts.spent(session.meeting.host, now=season.now)
    move(season, session, hours=2)
    season.work()
    assert season.troubles(session) == [("host_spent", "")] and zoom_server.journal.count()["meetings.update"] == 0
    season.wait(hours=13)
    assert zoom_server.by_mark(session.code).start_time == session.starts_at and season.troubles(session) == []
    season.all_is_well()


# Behind our back


def test_what_somebody_changes_there_is_said_and_put_back_only_by_a_person(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    zoom_server.change_meeting(session.meeting.ref, topic="Team lunch", duration=30, waiting_room=True, use_pmi=True)
    looking.look_at(session.meeting_id, season.now)
    assert {about for _, about in season.troubles(session)} == {"minutes", "topic", "use_pmi"}
    season.wait(minutes=10)
    assert zoom_server.meeting(session.meeting.ref).topic == "Team lunch"
    said = [str(wording.said(t)) for t in queries.open_troubles([session.meeting_id])[session.meeting_id]]
    assert any("the title otherwise than wanted: Team lunch instead of Hepatitis C" in each for each in said)
    with transaction():
        meetings.put_back(session.meeting, by=season.hub, now=season.now)
    season.settle_down()
    there = zoom_server.meeting(session.meeting.ref)
    assert (there.duration, there.settings["use_pmi"]) == (90, False) and there.topic.startswith("Hepatitis C")
    assert season.troubles(session) == []
    season.all_is_well()


def test_what_the_account_forces_is_said_once_and_not_fought(season, zoom_server):
    zoom_server.account.forced = {"auto_recording": "cloud"}
    [session] = season.announce()
    season.settle_down()
    assert season.troubles(session) == [("changed", "auto_recording")]
    looking.look_at(session.meeting_id, season.now)
    season.settle_down()
    assert zoom_server.journal.count()["meetings.update"] == 0
    season.all_is_well()


def test_gone_once_is_a_doubt_and_gone_twice_is_shown_with_what_to_do(season, zoom_server):
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    ref = session.meeting.ref
    zoom_server.delete_meeting(ref)
    looking.look_at(session.meeting_id, season.now)
    assert season.troubles(session) == [("doubted", "")] and session.meeting.state is MeetingState.MADE
    looking.look_at(session.meeting_id, season.now)
    assert session.meeting.state is MeetingState.MADE
    season.wait(minutes=12)
    assert season.troubles(session) == [("missing", "")] and session.meeting.state is MeetingState.MISSING
    assert session.meeting.ref == ref and season.links(session) == {LinkState.MADE: 2}
    season.wait(hours=2)
    assert zoom_server.live() == []  # a person decides
    [trouble] = queries.open_troubles([session.meeting_id])[session.meeting_id]
    assert wording.next_step(trouble)[1:] == ("meetings.make_again", {"code": session.code})
    with transaction():
        meetings.make_again(session.meeting, by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.ref not in {None, ref} and season.troubles(session) == []
    assert season.links(session) == {LinkState.MADE: 2}
    season.all_is_well()


def test_a_meeting_that_was_recovered_is_used_again(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    zoom_server.delete_meeting(session.meeting.ref)
    looking.look_at(session.meeting_id, season.now)
    season.wait(minutes=12)
    assert session.meeting.state is MeetingState.MISSING
    zoom_server.recover_meeting(session.meeting.ref)
    with transaction():
        meetings.look_again(session.meeting, by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    season.all_is_well()


def test_a_storm_of_wrong_answers_declares_nothing_gone(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    zoom_server.faults.fail_next("meetings.get", 404, code=3001, message="Meeting does not exist.")
    looking.look_at(session.meeting_id, season.now)
    assert season.troubles(session) == [("doubted", "")]
    season.wait(minutes=12)
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    season.all_is_well()


def test_turned_into_a_webinar_it_is_said_so(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    zoom_server.convert_to_webinar(session.meeting.ref)
    with transaction():
        meetings.note_converted(session.meeting.ref, "zoom", now=season.now)
    season.wait(minutes=25)
    assert season.troubles(session) == [("converted", "")] and session.meeting.state is MeetingState.MISSING
    with transaction():
        meetings.make_again(session.meeting, by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and len(zoom_server.live()) == 1
    season.all_is_well()


def test_our_own_taking_away_echoes_and_raises_no_doubt(season, zoom_server):
    [session] = season.announce()
    season.settle_down()
    ref = session.meeting.ref
    with transaction():
        service.cancel(session, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    with transaction():
        assert meetings.doubt(ref, "zoom", now=season.now) is None
    assert season.troubles(session) == []


def test_a_lost_scope_is_named_and_meetings_wait_until_it_is_granted(season, zoom_server):
    scopes = zoom_server.tokens.scopes
    zoom_server.lose_scope("meeting:write:meeting:admin", "meeting:write:admin")
    [session] = season.announce()
    season.work()
    assert season.troubles(session) == [("scope", "")]
    [trouble] = queries.open_troubles([session.meeting_id])[session.meeting_id]
    assert "meeting:write:meeting:admin" in str(wording.said(trouble))
    zoom_server.tokens.scopes = scopes
    zoom_server.kill_tokens()
    season.wait(hours=2)
    assert session.meeting.state is MeetingState.MADE and season.troubles(session) == []
    assert [v for v in zoom_server.violations if v.kind not in {"scope"}] == []


# Elsewhere


def test_a_session_can_be_held_elsewhere_and_its_meeting_is_taken_away(season, zoom_server):
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    with transaction():
        wants.choose_provider(session, "link", by=season.hub, now=season.now)
        service.set_link(session, "https://meet.test/elsewhere", by=season.hub, now=season.now)
    season.settle_down()
    assert zoom_server.live() == [] and session.meeting.state is MeetingState.REMOVED
    with transaction():
        wants.choose_provider(session, "zoom", by=season.hub, now=season.now)
    season.settle_down()
    assert session.meeting_url is None and season.links(session) == {LinkState.MADE: 2}
    season.all_is_well()


def test_only_an_announced_session_ahead_can_be_held_elsewhere(season, zoom_server):
    draft = season.draft()
    [session] = season.announce(1)
    with pytest.raises(Refused, match="not announced"), transaction():
        wants.choose_provider(draft, "zoom", by=season.hub, now=season.now)
    with pytest.raises(Refused, match="not set up"), transaction():
        wants.choose_provider(session, "teams", by=season.hub, now=season.now)
    zoom_server.hands.forward(days=2)
    with pytest.raises(Refused, match="is over"), transaction():
        wants.choose_provider(session, "link", by=season.hub, now=season.now)


def test_switched_between_providers_that_both_make_meetings_neither_is_left_over(season, zoom_server, app):
    from tests.meetings.plain import PlainProvider

    other = app.extensions["meetings"]["plain"] = PlainProvider()
    [session] = season.announce()
    season.settle_down()
    with transaction():
        wants.choose_provider(session, "plain", by=season.hub, now=season.now)
    season.settle_down()
    assert (
        session.meeting.provider == "plain"
        and zoom_server.live() == []
        and list(other.meetings) == [session.meeting.ref]
    )
    with transaction():
        wants.choose_provider(session, "zoom", by=season.hub, now=season.now)
    season.settle_down()
    assert other.meetings == {} and len(zoom_server.live()) == 1
    season.all_is_well()
