"""How one lives with Zoom, point by point: what happens, what people see of it, and that Zoom has nothing to say against us.

Each story goes the whole way, over HTTP: our verbs, jobs and pages on one side, our own Zoom on the other. The numbers are
those of the table in docs/zoom.md, which also names the tests that look at single parts of a point.
"""

import threading
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from echo_sessions.attendance import naming
from echo_sessions.attendance.register import computed
from echo_sessions.database import db, transaction
from echo_sessions.jobs import schedule, worker
from echo_sessions.meetings.models import HookDay
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from echo_sessions.sessions import service, ways
from tests.meetings.season import DAY, MINUTE, Season
from tests.sessions.test_door import press
from tests.zoom_server import Present, shuffled

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases

DENVER = ZoneInfo("America/Denver")


@pytest.fixture
def season(app, make, zoom_server):
    return Season(app, make, zoom_server)


@pytest.fixture
def page(client, season):
    """What the hub reads on the page of a session."""
    return lambda session: client.as_(season.hub).get_page(f"/sessions/{session.code}").text()


@pytest.fixture
def send(client):
    """Zoom tells something."""
    visitor = client.as_()
    return lambda hook: visitor.post("/webhooks/zoom", data=hook.raw, headers=dict(hook.headers)).status_code


def held(season, session, people, **values):
    """The session takes place, and an hour has passed since."""
    found = season.server.hold_session(session.meeting.ref, people, **values)
    season.server.hands.set(session.ends_at + 60 * MINUTE)
    return found


def passing(season, *, hours=0, minutes=0, step=5):
    """So much time passes; every few minutes workers do what is due, and what is done by the clock."""
    left = 60 * hours + minutes
    while left > 0:
        season.server.hands.forward(minutes=min(step, left))
        left -= step
        schedule.ask_for(season.now)
        season.work()


def minutes(session):
    db.session.rollback()
    return {line.person.name: line.minutes for line in computed(session).lines if line.minutes}


def moved(season, session, **by):
    with transaction():
        service.change(
            session, title=session.title, starts_at=session.starts_at + timedelta(**by), minutes=session.minutes,
            by=season.hub, now=season.now,
        )  # fmt: skip


# 1, 2: signing in


def test_01_all_workers_have_one_token_and_one_that_was_ended_is_renewed_once(app, season, zoom_server):
    season.people(2)
    season.announce(7, 8, 9, 10)
    zoom_server.faults.slow(0.05, "token", every=1)
    workers = [threading.Thread(target=worker.work_off, args=(app,), kwargs={"now": season.now}) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(zoom_server.tokens.given) == 1
    zoom_server.kill_tokens()
    season.announce(11)
    season.settle_down()
    zoom_server.hands.forward(minutes=61)
    season.announce(12)
    season.settle_down()
    assert len(zoom_server.tokens.given) == 3 and zoom_server.tokens.needless == 0
    assert len(zoom_server.live()) == 6 and [call.code for call in zoom_server.journal if call.status == 401] == [124]
    season.all_is_well()


def test_02_where_the_token_says_that_the_account_is_at_home_there_is_asked(season, zoom_server):
    zoom_server.move_to_region()
    season.people(2)
    season.announce()
    season.settle_down()
    ports = {call.port for call in zoom_server.journal if call.operation != "token"}
    assert len(ports) == 1 and not zoom_server.api_url.endswith(f":{ports.pop()}/v2")
    season.all_is_well()


# 3, 4, 5: answers that get lost, are no JSON, ask for patience


@pytest.mark.parametrize("fault", ["lost", "cut", "a page of HTML"])
def test_03_a_meeting_whose_making_was_not_answered_is_looked_up_before_it_is_made(season, zoom_server, page, fault):
    order = {
        "lost": lambda: zoom_server.faults.lose_reply("meetings.create", times=1),
        "cut": lambda: zoom_server.faults.cut_reply("meetings.create", times=1),
        "a page of HTML": lambda: zoom_server.faults.fail(504, "meetings.create", times=1, carried_out=True),
    }
    order[fault]()
    [session] = season.announce()
    season.work()
    assert session.meeting.state is MeetingState.WANTED and "answer was lost" in page(session)
    season.settle_down()
    assert session.meeting.state is MeetingState.MADE and "Nothing is wrong with it" in page(session)
    assert [
        call.operation for call in zoom_server.journal if call.operation in {"meetings.create", "meetings.list"}
    ] == [
        "meetings.create",
        "meetings.list",
    ]
    season.all_is_well()


def test_04_error_pages_for_half_an_hour_are_said_and_sat_out(season, zoom_server, page):
    zoom_server.faults.fail(503, every=1)
    [session] = season.announce()
    passing(season, minutes=30)
    assert "The provider does not answer" in page(session) and "by itself" in page(session)
    zoom_server.faults.clear()
    season.settle_down()
    assert "Nothing is wrong with it" in page(session)
    season.all_is_well()


@pytest.mark.parametrize("form", ["iso", "seconds", "http", "none"])
def test_05_patience_is_kept_however_it_is_asked_for(season, zoom_server, form):
    zoom_server.faults.limit("meetings.create", times=2, burst=2, retry_after=form)
    season.announce()
    season.settle_down()
    assert [call.verdict for call in zoom_server.journal.of("meetings.create")] == ["limited", "limited", "done"]
    season.all_is_well()


def test_05_a_spent_day_waits_for_midnight_and_is_that_hosts_alone(season, zoom_server, page):
    first, second = season.announce(7, 8)
    season.settle_down()
    spent = zoom_server.meeting(first.meeting.ref).host_id
    zoom_server.limits.writes[(spent, season.now.date())] = 100
    moved(season, first, days=1, hours=4)
    [third] = season.announce(9)
    passing(season, minutes=20)
    assert "are used up" in page(first) and zoom_server.meeting(first.meeting.ref).start_time != first.starts_at
    there = zoom_server.meeting(third.meeting.ref)
    assert there.host_id != spent
    season.server.hands.set(datetime.combine(season.now.date() + DAY, time(0, 5), UTC))
    season.settle_down()
    assert zoom_server.meeting(first.meeting.ref).start_time == first.starts_at
    assert "Nothing is wrong with it" in page(first) and "Nothing is wrong with it" in page(second)
    season.all_is_well()


# 6: only real changes


def test_06_nothing_is_sent_where_nothing_changes_for_zoom(season, zoom_server):
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    with transaction():
        service.change(
            session, title="Another title", starts_at=session.starts_at, minutes=90, by=season.hub, now=season.now
        )
    passing(season, hours=2, step=30)
    assert zoom_server.journal.count()["meetings.update"] == 0
    moved(season, session, hours=1)
    moved(season, session, hours=1)
    season.settle_down()
    assert zoom_server.journal.count()["meetings.update"] == 1
    assert zoom_server.journal.of("meetings.update")[0].body.keys() == {"start_time", "timezone"}
    season.all_is_well()


# 7: people


def test_07_everybody_is_registered_once_though_an_answer_is_lost(season, zoom_server):
    season.people(35)
    zoom_server.faults.lose_reply("registrants.batch", times=1)
    zoom_server.pages.most = 12
    [session] = season.announce()
    season.settle_down()
    sizes = [len(call.body["registrants"]) for call in zoom_server.journal.of("registrants.batch")]
    assert sizes == [30, 5] and season.links(session) == {LinkState.MADE: 35}
    assert len(zoom_server.journal.of("registrants.list")) >= 4
    season.all_is_well()


def test_07_who_must_be_approved_by_hand_waits_and_gets_in_afterwards(season, zoom_server, page, client):
    zoom_server.account.approves_by_hand = True
    ana, _ben = season.people(2)
    [session] = season.announce(1)
    passing(season, minutes=5)
    assert season.links(session) == {LinkState.PENDING: 2}
    assert "approve each registration, and 2 wait" in page(session)
    zoom_server.approve(session.meeting.ref, ana.address)
    passing(season, minutes=20)
    assert season.links(session) == {LinkState.PENDING: 1, LinkState.MADE: 1}
    zoom_server.hands.set(session.starts_at - 10 * MINUTE)
    answer = press(client.as_(), urlsplit(ways.join_url(session, ana)).path)
    assert answer.headers["Location"] == zoom_server.by_mark(session.code).registrants[ana.address].join_url
    assert zoom_server.violations == []


# 8: hosts


def test_08_two_sessions_never_share_a_host_at_one_time(season, zoom_server, page):
    first, second, third = season.announce(7, 7, 7)
    passing(season, minutes=10)
    taken = {zoom_server.meeting(one.meeting.ref).host_id for one in (first, second)}
    assert len(taken) == 2 and third.meeting.ref is None and "Every host is taken at that time" in page(third)
    with transaction():
        service.cancel(first, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    for session in (second, third):
        season.server.hold_session(session.meeting.ref, [Present("Ana")])
    season.all_is_well()


# 9: time


def test_09_the_hour_stays_over_summer_time(season, zoom_server):
    season.series.zone  # noqa: B018  # loaded before time passes
    zoom_server.hands.set(datetime(2027, 3, 1, 12, 0, tzinfo=UTC))
    days = [datetime(2027, 3, day, 12, 30, tzinfo=DENVER) for day in (10, 17)]
    drafts = [season.make.session(season.series, starts_at=day.astimezone(UTC), state="draft") for day in days]
    with transaction():
        for draft in drafts:
            service.schedule(draft, by=season.hub, now=season.now)
    season.settle_down()
    there = [zoom_server.by_mark(draft.code) for draft in drafts]
    assert [one.start_time.astimezone(DENVER).time() for one in there] == [time(12, 30), time(12, 30)]
    assert [one.start_time.hour for one in there] == [19, 18] and {one.timezone for one in there} == {"America/Denver"}
    sent = [call.body["start_time"] for call in zoom_server.journal.of("meetings.create")]
    assert all(start.endswith("Z") for start in sent)
    season.all_is_well()


def test_09_a_start_that_zoom_did_not_take_because_it_was_past_is_said(season, zoom_server, page):
    [session] = season.announce(1)
    season.settle_down()
    with transaction():
        service.change(
            session, title="", starts_at=season.now.replace(microsecond=0) + 5 * MINUTE, minutes=90, by=season.hub, now=season.now
        )  # fmt: skip
    zoom_server.hands.forward(minutes=8)
    season.work()
    assert zoom_server.by_mark(session.code).start_time != session.starts_at
    assert "It takes no start that is past" in page(session) and "Put it back" in page(session)
    assert zoom_server.violations == []


# 10: silent changes


def test_10_what_zoom_makes_otherwise_without_a_word_is_said_in_a_sentence(season, zoom_server, page):
    zoom_server.account.forced["auto_recording"] = "cloud"
    [session] = season.announce()
    season.settle_down()
    words = page(session)
    assert (
        "The provider has recording by itself otherwise than wanted: cloud instead of none" in words
        and "Put it back" in words
    )
    season.all_is_well()


# 11: numbers


@pytest.mark.parametrize("ids", ["string", "number"])
def test_11_a_number_is_the_same_as_text_and_as_a_number_and_longer_than_32_bits(season, zoom_server, send, ids):
    [ana] = season.people(1)
    [session] = season.announce()
    season.settle_down()
    assert int(session.meeting.ref) > 2**32
    told = held(season, session, [Present(email=ana.address, stays=((0, 50),)), Present("Host")], ids=ids)
    assert {type(hook.told["id"]) for hook in told.hooks} == {str if ids == "string" else int}
    assert {send(hook) for hook in zoom_server.signed_again(told.hooks)} == {204}
    zoom_server.lose_scope("report:read:list_meeting_participants:admin", "meeting:read:list_past_participants:admin")
    passing(season, minutes=10)
    assert minutes(session) == {ana.name: 50}
    assert zoom_server.violations == []


# 12, 13, 14, 15: reports


def test_12_13_every_opening_of_the_meeting_that_day_counts_whatever_its_uuid(season, zoom_server):
    [ana, ben] = season.people(2)
    [session] = season.announce()
    season.settle_down()
    there = [Present(email=ana.address, stays=((0, 88),)), Present(email=ben.address, stays=((20, 70),))]
    told = held(season, session, there, instances=((-10, 30), (31, 60), (62, 92), (95, 99)))
    uuids = [one.uuid for one in told.instances]
    assert any(one.startswith("/") for one in uuids) and any("//" in one for one in uuids)
    passing(season, minutes=20)
    assert minutes(session) == {ana.name: 30 + 29 + 26, ben.name: 10 + 29 + 8}
    asked = {call.path.rsplit("/", 2)[1] for call in zoom_server.journal.of("report.participants")}
    assert len(asked) == 4
    season.all_is_well()


def test_14_lists_are_read_to_their_empty_token_and_begun_anew_when_it_has_aged(season, zoom_server):
    everybody = season.people(12)
    zoom_server.pages.most = 7
    [session] = season.announce()
    season.settle_down()
    zoom_server.faults.age_tokens("report.participants")
    held(season, session, [Present(email=one.address, stays=((0, 60), (61, 90))) for one in everybody])
    passing(season, minutes=20)
    assert minutes(session) == {one.name: 89 for one in everybody}
    assert zoom_server.faults.struck("aged") == 1
    assert "refused" in {call.verdict for call in zoom_server.journal.of("report.participants")}
    season.all_is_well()


def test_15_a_report_that_is_late_empty_or_without_lengths_is_asked_for_again(season, zoom_server, page):
    [ana, ben] = season.people(2)
    [session] = season.announce()
    season.settle_down()
    zoom_server.hands.set(session.ends_at + MINUTE)
    told = zoom_server.hold_session(
        session.meeting.ref, [Present(email=ana.address, stays=((0, 45),)), Present(email=ben.address)]
    )
    told.answers("none", "empty", "zero")
    passing(season, hours=4, step=10)
    assert minutes(session) == {ana.name: 45, ben.name: 90}
    assert session.meeting.report_final_at is not None and 4 <= len(zoom_server.journal.of("report.participants")) <= 6
    season.all_is_well()


def test_15_one_that_never_comes_is_said_with_what_to_do(season, zoom_server, page):
    ana, ben = season.people(2)
    [session] = season.announce()
    season.settle_down()
    zoom_server.hands.set(session.ends_at + MINUTE)
    told = zoom_server.hold_session(session.meeting.ref, [Present(email=ana.address), Present(email=ben.address)])
    told.answers(*["empty"] * 50)
    passing(season, hours=60, step=240)
    words = page(session)
    assert "gave no attendance report, however often it was asked" in words and "Upload the report" in words
    assert zoom_server.violations == []


# 16, 17: the same minutes


def test_16_17_over_midnight_with_rooms_devices_and_waiting_in_whatever_order_it_is_told(season, zoom_server, send):
    ana, ben, cira = season.people(3)
    late = season.draft(days=7.47)
    with transaction():
        service.schedule(late, by=season.hub, now=season.now)
    season.settle_down()
    assert late.starts_at.date() != late.ends_at.date()
    people = [
        Present(email=ana.address, stays=((0, 40), (35, 90)), breakout=((50, 70),)),
        Present(email=ben.address, stays=((0, 60),), waiting=((-5, 0),)),
        Present(email=ben.address, name="Ben's telephone", stays=((30, 75),)),
        Present(email=cira.address, waiting=((0, 80),), stays=((80, 90),)),
    ]
    told = held(season, late, people)
    for hook in zoom_server.signed_again([*shuffled(told.hooks, 3), *shuffled(told.hooks, 4)]):
        assert send(hook) == 204
    passing(season, minutes=30)
    assert minutes(late) == {ana.name: 90, ben.name: 75, cira.name: 10}
    season.all_is_well()


# 18, 19: hooks


def test_18_forged_and_old_hooks_change_nothing_and_are_counted(season, zoom_server, send, client):
    [session] = season.announce()
    season.settle_down()
    zoom_server.delete_meeting(session.meeting.ref, quietly=True)
    zoom_server.recover_meeting(session.meeting.ref)
    [gone] = [hook for hook in zoom_server.hooks if hook.event == "meeting.recovered"]
    body = gone.raw.replace(b"recovered", b"deleted")
    assert send(zoom_server.sign(body, secret="of somebody else")) == 401
    assert send(zoom_server.sign(body, at=season.now - 6 * MINUTE)) == 401
    assert send(gone._replace(raw=body)) == 401
    db.session.rollback()
    assert {row.why: row.count for row in db.session.scalars(select(HookDay))} == {"forged": 2, "old": 1}
    passing(season, minutes=10)
    assert season.troubles(session) == []
    challenge = zoom_server.challenge()
    answer = client.as_().post("/webhooks/zoom", data=challenge.raw, headers=dict(challenge.headers))
    assert (answer.status_code, answer.get_json()) == (200, zoom_server.challenge_answer())


def test_19_all_hooks_of_a_large_session_are_taken_in_time_over_a_real_line(season, zoom_server, live_server):
    everybody = season.people(12)
    [session] = season.announce()
    season.settle_down()
    told = held(season, session, [Present(email=one.address, stays=((0, 40), (45, 90))) for one in everybody])
    providers = live_server.app.extensions["meetings"]
    before, providers["zoom"] = providers["zoom"], season.app.extensions["meetings"]["zoom"]
    try:
        assert set(zoom_server.deliver(f"{live_server.url}/webhooks/zoom", told.hooks, retries=0)) == {204}
    finally:
        providers["zoom"] = before
    passing(season, minutes=10)
    assert minutes(session) == {one.name: 85 for one in everybody}
    season.all_is_well()


# 20: names


def test_20_a_name_that_two_bear_credits_nobody(season, zoom_server, make, client):
    twins = [season.make.enrol(season.series, season.make.person("Grace Otieno")) for _ in range(2)]
    [other] = season.people(1)
    [session] = season.announce()
    season.settle_down()
    held(
        season,
        session,
        [
            Present("Grace Otieno", registered=False),
            Present(other.name, registered=False),
            Present(email=twins[1].address, stays=((0, 20),)),
        ],
    )
    passing(season, minutes=30)
    assert list(minutes(session).values()) == [20]
    shown = [(name.seen.stay_id, name.person.code) for name in naming.waiting_names(session)]
    assert [code for _, code in shown] == [other.code]
    queue = client.as_(season.hub).get_page(f"/sessions/{session.code}/attendance/queue").text()
    assert "Grace Otieno" in queue
    season.all_is_well()


# 21: what becomes of meetings, hosts and rights


def gone(zoom_server, session):
    zoom_server.delete_meeting(session.meeting.ref)


def converted(zoom_server, session):
    zoom_server.convert_to_webinar(session.meeting.ref)


def no_scope(zoom_server, session):
    zoom_server.lose_scope("meeting:update:meeting:admin")


@pytest.mark.parametrize(
    ("happens", "said", "step"),
    [
        pytest.param(gone, "The meeting is gone at the provider: it said so twice", "Make a new meeting", id="gone"),
        pytest.param(converted, "turned the meeting into a webinar", "Make a new meeting", id="converted"),
        pytest.param(no_scope, "has not granted what is needed for this: meeting:write:admin, meeting:update:meeting:admin", "Look at the set-up", id="a lost scope"),
    ],
)  # fmt: skip
def test_21_what_happened_on_zooms_side_is_shown_with_the_next_step(
    season, zoom_server, send, client, happens, said, step
):
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    zoom_server.hooks.clear()
    happens(zoom_server, session)
    for hook in zoom_server.signed_again(zoom_server.hooks):
        assert send(hook) == 204
    moved(season, session, hours=3)
    passing(season, minutes=45)
    owner = season.make.person("Ola Owner")
    with transaction():
        people.appoint(owner, season.make.hub(), StaffRole.OWNER, now=season.now)
    words = client.as_(owner).get_page(f"/sessions/{session.code}").text()
    assert said in words and step in words
    assert season.links(session) == {LinkState.MADE: 2} and session.meeting.ref is not None
    assert zoom_server.violations == []


def test_21_a_meeting_made_again_gives_everybody_a_new_way_behind_the_same_link(season, zoom_server, send, client):
    [ana] = season.people(1)
    [session] = season.announce(1)
    season.settle_down()
    zoom_server.delete_meeting(session.meeting.ref)
    former = session.meeting.ref
    assert send(zoom_server.signed_again(zoom_server.hooks[-1:])[0]) == 204
    passing(season, minutes=25)
    client.as_(season.hub).submit(f"/sessions/{session.code}/meeting/again")
    season.settle_down()
    assert session.meeting.ref != former
    zoom_server.hands.set(session.starts_at - 10 * MINUTE)
    answer = press(client.as_(), urlsplit(ways.join_url(session, ana)).path)
    assert answer.headers["Location"] == zoom_server.by_mark(session.code).registrants[ana.address].join_url
    season.all_is_well()


def test_21_when_a_host_leaves_another_takes_over(season, zoom_server, send, page):
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    leaver = zoom_server.users[zoom_server.meeting(session.meeting.ref).host_id]
    zoom_server.hooks.clear()
    zoom_server.remove_user(leaver.email)
    assert {send(hook) for hook in zoom_server.signed_again(zoom_server.hooks)} == {204}
    passing(season, minutes=10)
    assert zoom_server.by_mark(session.code).host_id != leaver.id and season.links(session)[LinkState.MADE] == 2
    assert "Nothing is wrong with it" in page(session)
    season.all_is_well()


# 22: secrets


def test_22_no_secret_of_zoom_is_anywhere_but_sealed(
    season, zoom_server, send, client, logged, caplog, outbox, settings, app
):
    caplog.set_level("DEBUG")
    ana, ben = season.people(2)
    zoom_server.faults.lose_reply(every=5)
    zoom_server.faults.fail(502, every=7)
    zoom_server.faults.limit(every=9)
    [session] = season.announce(1)
    season.settle_down()
    zoom_server.faults.clear()
    zoom_server.hands.set(session.starts_at - 10 * MINUTE)
    visitor = client.as_()
    bodies = [visitor.get_page(urlsplit(ways.join_url(session, ana)).path).body]
    location = press(visitor, urlsplit(ways.join_url(session, ana)).path).headers["Location"]
    told = held(season, session, [Present(email=ana.address), Present(email=ben.address)])
    zoom_server.record(told, "shared_screen_with_speaker_view")
    for hook in zoom_server.signed_again(zoom_server.hooks):
        assert send(hook) == 204
    passing(season, hours=2, step=20)
    hub = client.as_(season.hub)
    bodies += [
        hub.get_page(f"/sessions/{session.code}{more}").body for more in ("", "/meeting", "/register", "/attendance")
    ]
    kept = "\n".join(
        [*bodies, str(logged()), caplog.text, *(f"{one.subject} {one.text} {one.html}" for one in outbox())]
    )
    secrets = {one for one in zoom_server.secrets if len(one) >= 8}
    assert len(secrets) > 10 and any(one in location for one in secrets)
    assert [one for one in secrets if one in kept] == []
    assert [one for one in secrets if one in rows_in_the_clear()] == []


def rows_in_the_clear():
    """Everything that stands in the database, as a thief of the file would read it."""
    with db.engine.connect() as connection:
        return "\n".join(
            str(tuple(row)) for table in db.metadata.sorted_tables
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
        )  # fmt: skip
