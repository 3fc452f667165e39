"""Everybody's own way into a meeting at our own Zoom: in batches, each once, at the door, and taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.meetings import queries
from echo_sessions.meetings import service as meetings
from echo_sessions.meetings.models import MeetingLink
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions import entering, service
from echo_sessions.sessions.rules import DutyRole
from tests.meetings.plain import PlainProvider
from tests.meetings.season import Season


@pytest.fixture
def season(app, make, zoom_server):
    return Season(app, make, zoom_server)


def registrants(zoom_server, session):
    return zoom_server.meeting(session.meeting.ref).registrants


def leave(season, person):
    with transaction():
        row = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).one()
        row.state = EnrolmentState.LEFT
        service.tell(season.series.id, now=season.now)


def come_back(season, person):
    with transaction():
        row = db.session.scalars(select(Enrolment).where(Enrolment.person_id == person.id)).one()
        row.state = EnrolmentState.ACTIVE
        service.tell(season.series.id, now=season.now)


def test_batches_are_of_thirty_and_every_link_is_kept_with_its_number(season, zoom_server):
    season.people(61)
    [session] = season.announce()
    season.settle_down()
    assert [len(call.body["registrants"]) for call in zoom_server.journal.of("registrants.batch")] == [30, 30, 1]
    there = registrants(zoom_server, session)
    for link in queries.links_of(session.meeting_id):
        assert there[link.address].id == link.registrant and link.url == there[link.address].join_url
    season.all_is_well()


def test_a_lost_answer_is_cleared_up_by_asking_whom_zoom_knows(season, zoom_server):
    season.people(40)
    zoom_server.faults.lose_reply("registrants.batch", times=1)
    [session] = season.announce()
    season.settle_down()
    assert season.links(session) == {LinkState.MADE: 40} and len(registrants(zoom_server, session)) == 40
    assert season.troubles(session) == []
    season.all_is_well()


@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("done", [False, True], ids=["not done", "done all the same"])
def test_an_error_of_the_server_is_no_answer(season, zoom_server, status, done):
    season.people(5)
    zoom_server.faults.fail_next("registrants.batch", status, carried_out=done)
    [session] = season.announce()
    season.work()
    assert season.troubles(session) == [("silent", "links")] and season.links(session) == {LinkState.ASKED: 5}
    season.settle_down()
    assert season.links(session) == {LinkState.MADE: 5} and season.troubles(session) == []
    season.all_is_well()


def test_somebody_without_an_address_gets_one_that_leads_nowhere(season, make, zoom_server):
    person = make.enrol(season.series, make.person("Mary Wanjiru", email=None, account=False))
    [session] = season.announce()
    season.settle_down()
    [one] = registrants(zoom_server, session).values()
    assert one.email == f"l-{person.code.lower()}@echo.test" and one.first_name == "Mary Wanjiru"
    assert queries.person_of_registrant([session.meeting_id], one.id) is person
    assert queries.person_of_registrant([session.meeting_id], "") is None
    season.all_is_well()


def test_whoever_leaves_loses_their_way_in_and_gets_one_again_when_they_come_back(season, zoom_server):
    stays, leaves = season.people(2)
    [session] = season.announce()
    season.settle_down()
    leave(season, leaves)
    assert service.way_into_meeting(session, leaves) is not None
    season.work()
    assert service.way_into_meeting(session, leaves) is None and service.way_into_meeting(session, stays)
    assert registrants(zoom_server, session)[leaves.address].status in {"cancelled", "denied"}
    link = queries.link_of(session.meeting_id, leaves.id)
    assert (link.state, link.url) == (LinkState.REVOKED, None) and link.registrant
    come_back(season, leaves)
    season.settle_down()
    assert service.way_into_meeting(session, leaves) is not None
    assert season.links(session) == {LinkState.MADE: 2}


def test_whoever_leaves_and_comes_back_before_anybody_worked_keeps_the_same(season, zoom_server):
    [person] = season.people(1)
    [session] = season.announce()
    season.settle_down()
    url = service.way_into_meeting(session, person)
    leave(season, person)
    come_back(season, person)
    season.settle_down()
    assert service.way_into_meeting(session, person) == url and zoom_server.journal.count()["registrants.status"] == 0
    season.all_is_well()


def test_a_new_participant_gets_a_link_for_each_coming_session(season, make, zoom_server):
    season.people(2)
    sessions = season.announce(7, 14)
    season.settle_down()
    new = make.enrol(season.series)
    with transaction():
        service.tell(season.series.id, now=season.now)
    season.settle_down()
    assert all(service.way_into_meeting(session, new) for session in sessions)
    season.all_is_well()


def test_whoever_accepts_a_part_gets_a_link_and_facilitators_have_one_by_their_role(season, make, zoom_server):
    lead = make.member(season.series.program, Role.FACILITATOR)
    [session] = season.announce()
    expert = make.duty(session, DutyRole.PANEL).person
    with transaction():
        service.tell_session(session, now=season.now)
    season.settle_down()
    assert service.way_into_meeting(session, lead) and service.way_into_meeting(session, expert)
    season.all_is_well()


def test_where_each_registration_is_approved_by_hand_that_is_said_and_followed(season, zoom_server):
    people = season.people(3)
    zoom_server.account.approves_by_hand = True
    [session] = season.announce()
    season.wait(minutes=10)
    assert season.links(session) == {LinkState.PENDING: 3}
    assert ("links_pending", "") in season.troubles(session)
    assert str(entering.way_in(session, people[0], season.now).why).startswith("Your way in waits for somebody")
    for person in people:
        zoom_server.approve(session.meeting.ref, person.address)
    season.wait(hours=7)
    assert season.links(session) == {LinkState.MADE: 3}
    assert ("links_pending", "") not in season.troubles(session)
    season.all_is_well()


def test_a_moved_session_keeps_its_links(season, zoom_server):
    season.people(3)
    [session] = season.announce()
    season.settle_down()
    before = {link.person_id: link.url for link in queries.links_of(session.meeting_id)}
    with transaction():
        service.change(
            session,
            title="",
            starts_at=session.starts_at + timedelta(hours=1),
            minutes=60,
            by=season.hub,
            now=season.now,
        )
    season.settle_down()
    assert {link.person_id: link.url for link in queries.links_of(session.meeting_id)} == before
    assert zoom_server.journal.count()["registrants.batch"] == 1
    season.all_is_well()


def test_a_record_that_is_erased_has_no_way_in_any_more(season, zoom_server):
    person, _other = season.people(2)
    [session] = season.announce()
    season.settle_down()
    with transaction():
        meetings.forget_person(person.id, now=season.now)
    assert queries.link_of(session.meeting_id, person.id).url is None
    season.settle_down()
    assert queries.link_of(session.meeting_id, person.id).state is LinkState.REVOKED
    assert registrants(zoom_server, session)[person.address].status in {"cancelled", "denied"}


# At the door


def test_whoever_was_enrolled_late_gets_in_at_the_door_and_is_registered_once(season, make, zoom_server):
    [session] = season.announce()
    season.settle_down()
    late = make.enrol(season.series)
    first = entering.way_in(session, late, season.now)
    assert first.url and first.url == registrants(zoom_server, session)[late.address].join_url
    assert entering.way_in(session, late, season.now).url == first.url
    season.settle_down()
    assert zoom_server.journal.count()["registrants.add"] == 1 and zoom_server.journal.count()["registrants.batch"] == 0
    season.all_is_well()


def test_at_the_door_of_a_silent_provider_one_hears_what_to_do_and_the_numbers_to_dial(season, make, zoom_server):
    [session] = season.announce()
    season.settle_down()
    late = make.enrol(season.series)
    zoom_server.faults.fail(503, "registrants.add", times=1)
    said = entering.way_in(session, late, season.now)
    assert said.url is None and said.why is not None
    assert said.meeting_ref == session.meeting.ref and {phone["number"] for phone in said.phones} >= {"+1 7205551234"}
    again = entering.way_in(session, late, season.now)
    assert again.url is None and "being made" in str(again.why)  # nobody is asked for twice
    season.settle_down()
    assert entering.way_in(session, late, season.now).url
    season.all_is_well()


def test_at_the_door_before_the_meeting_is_made_one_hears_that(season, make, zoom_server):
    zoom_server.faults.fail(503, "meetings.create", share=1.0)
    [session] = season.announce()
    season.work()
    person = make.enrol(season.series)
    assert "no room yet" in str(entering.way_in(session, person, season.now).why)
    draft = season.draft()
    assert "no link yet" in str(entering.way_in(draft, person, season.now).why)


def test_with_a_pasted_link_nobody_asks_the_provider(season, make, zoom_server):
    [session] = season.announce()
    season.settle_down()
    with transaction():
        service.set_link(session, "https://meet.test/way-out", by=season.hub, now=season.now)
    calls = len(zoom_server.journal)
    assert entering.way_in(session, make.enrol(season.series), season.now).url == "https://meet.test/way-out"
    assert len(zoom_server.journal) == calls


def test_host_and_alternative_host_are_not_registered_and_get_in_all_the_same(season, make, zoom_server):
    one, two = make.person("Hana One", email="host1@hub.test"), make.person("Hugo Two", email="host2@hub.test")
    for person in (one, two):
        make.member(season.series.program, Role.FACILITATOR, person)
    [session] = season.announce()
    season.settle_down()
    assert registrants(zoom_server, session) == {}
    for person in (one, two):
        url = entering.way_in(session, person, season.now).url
        assert url and "/j/" in url and session.meeting.ref in url and "zak=" not in url
    kept = db.session.scalars(select(MeetingLink.url)).all()
    assert not any(kept)
    season.all_is_well()


def test_a_meeting_that_is_gone_is_doubted_at_the_door(season, make, zoom_server):
    [session] = season.announce()
    season.settle_down()
    zoom_server.delete_meeting(session.meeting.ref)
    said = entering.way_in(session, make.enrol(season.series), season.now)
    assert said.url is None and "seems to be gone" in str(said.why)
    assert season.troubles(session) == [("doubted", "")]


def test_outcomes_do_not_show_their_address(season, make, zoom_server):
    [session] = season.announce()
    season.settle_down()
    outcome = entering.way_in(session, make.enrol(season.series), season.now)
    assert outcome.url and outcome.url not in repr(outcome)


# Fresh links


def test_a_provider_whose_links_are_good_for_one_press_has_none_kept(season, make, app):
    from dataclasses import replace

    plain = app.extensions["meetings"]["plain"] = PlainProvider()
    plain.capabilities = replace(plain.capabilities, fresh_links=True)
    person = make.enrol(season.series)
    with transaction():
        season.series.provider = "plain"
    [session] = season.announce()
    season.settle_down()
    link = queries.link_of(session.meeting_id, person.id)
    assert link.url is None and link.registrant
    plain.registered.clear()
    assert entering.way_in(session, person, season.now).url
    plain.registered.clear()
    assert entering.way_in(session, make.enrol(season.series), season.now).url
    assert not any(db.session.scalars(select(MeetingLink.url)).all())
    assert session.meeting.state is MeetingState.MADE
