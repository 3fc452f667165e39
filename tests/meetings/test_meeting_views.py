"""How a meeting stands: on the page of its session, on a page of its own, in lists, and what is done about it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.jobs.models import Job
from echo_sessions.meetings import hosts
from echo_sessions.meetings.models import Meeting
from echo_sessions.meetings.page import SEVEREST_FIRST, spaced
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.outside.meetings import LinkState
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Session
from tests.meetings import rows
from tests.sessions.test_letters import counted

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
VALUES = {
    TroubleKind.HOST_SPENT: {"host": "Echo Room 1"},
    TroubleKind.HOST_GONE: {"host": "Echo Room 1"},
    TroubleKind.SILENT: {"words": "HTTP 503"},
    TroubleKind.REFUSED: {"words": "Only available for Paid users"},
    TroubleKind.SCOPE: {"scopes": "meeting:write:meeting:admin"},
    TroubleKind.CHANGED: {"field": "waiting_room", "wanted": True, "got": False},
    TroubleKind.CO_HOST: {"address": "lee@hub.test"},
    TroubleKind.LINKS_PENDING: {"count": 2},
    TroubleKind.LINKS_REFUSED: {"count": 1, "words": "Host can not register"},
}


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def texts(make):
    make.texts()


@pytest.fixture(autouse=True)
def zoom(app):
    """Stands where Zoom stands."""
    known = app.extensions["meetings"]
    real, known["zoom"] = known["zoom"], rows.StandIn()
    yield known["zoom"]
    known["zoom"] = real


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def session(make, series, now):
    return make.session(series, starts_at=now + 10 * DAY)


@pytest.fixture
def meeting(session, now):
    """Made, with a host, and all is well."""
    return rows.meeting(session, rows.host("Echo Room 1", now=now), made_at=now - HOUR, created_at=now - 2 * HOUR)


@pytest.fixture
def auditor(make, series):
    return make.member(series.program, Role.AUDITOR, ends_at=clock.now() + 9 * DAY)


def page_of(client, person, session):
    return client.as_(person).get_page(f"/sessions/{session.code}")


def jobs():
    return {row.name for row in db.session.scalars(select(Job))}


def test_when_all_is_well_it_says_so_calmly(make, client, hub, series, session, meeting):
    for state in (LinkState.MADE, LinkState.MADE, LinkState.PENDING, LinkState.REVOKED):
        rows.link(meeting, make.enrol(series), state)
    words = page_of(client, hub, session).text()
    assert "opened by Echo Room 1" in words and "Nothing is wrong with it" in words
    assert "2 of 3 personal links are made, 1 waits for approval." in words


@pytest.mark.parametrize("kind", list(TroubleKind), ids=lambda kind: kind.value)
def test_each_trouble_is_a_sentence_with_its_next_step(client, hub, session, meeting, kind):
    rows.trouble(meeting, kind, **VALUES.get(kind, {}))
    page = page_of(client, hub, session)
    assert "Since" in page.text() and "%(" not in page.text() and "–." not in page.text()
    assert "by itself" in page.text()


def test_afterwards_it_is_over(make, client, hub, series, now):
    session = make.session(series, starts_at=now - 2 * DAY)
    rows.meeting(session)
    assert '<span class="st quiet">Over</span>' in page_of(client, hub, session).body


def test_the_severest_stands_first(client, hub, session, meeting):
    for kind in (TroubleKind.CO_HOST, TroubleKind.MISSING, TroubleKind.SILENT):
        rows.trouble(meeting, kind, **VALUES.get(kind, {}))
    words = page_of(client, hub, session).text()
    assert words.index("gone at the provider") < words.index("does not answer") < words.index("alternative host")
    assert set(SEVEREST_FIRST) == set(TroubleKind)


def test_what_happens_by_itself_has_its_moment(client, hub, session, meeting, now):
    rows.trouble(meeting, TroubleKind.SILENT, words="HTTP 503")
    with transaction():
        db.session.merge(meeting).next_try_at = now + 2 * HOUR
    assert "It is tried again by itself on" in page_of(client, hub, session).text()


def test_a_shut_door_near_the_start_is_red(make, client, hub, series, now):
    for starts_in, tone in ((HOUR, "danger"), (3 * DAY, "attention")):
        session = make.session(series, starts_at=now + starts_in)
        rows.trouble(rows.meeting(session, state=MeetingState.WANTED, ref=None), TroubleKind.NO_HOST)
        page = page_of(client, hub, session)
        assert f'<span class="st {tone}">No free host</span>' in page.body


def test_only_the_hubs_staff_is_sent_to_the_set_up(make, client, hub, series, session, meeting):
    rows.trouble(meeting, TroubleKind.NOT_CONFIGURED)
    page = page_of(client, make.member(series.program, Role.COORDINATOR), session)
    assert "Ask an owner of the hub" in page.text() and "Look at the set-up" not in page.text()
    assert "Ask an owner of the hub" not in page_of(client, hub, session).text()


def test_participants_see_nothing_of_it(make, client, series, session, meeting):
    rows.trouble(meeting, TroubleKind.MISSING)
    words = page_of(client, make.enrol(series), session).text()
    assert "Zoom" not in words and "Meeting" not in words and "gone" not in words


def test_auditors_see_it_without_buttons(client, auditor, session, meeting):
    rows.trouble(meeting, TroubleKind.SILENT, words="HTTP 503")
    page = page_of(client, auditor, session)
    assert "does not answer" in page.text() and "Try now" not in page.text()


# The page of its own


def url(session, rest=""):
    return f"/sessions/{session.code}/meeting{rest}"


def test_everything_about_it(make, client, hub, series, session, meeting, now):
    grace = make.enrol(series, make.person("Grace Okoro"))
    rows.link(meeting, grace)
    rows.link(meeting, make.enrol(series, make.person("Tom Banda")), LinkState.REFUSED, words="Too many")
    rows.trouble(meeting, TroubleKind.SILENT, words="HTTP 503", over_at=now)
    with transaction():
        row = db.session.merge(meeting)
        row.hosts_too = ["lee@hub.test"]
        hosts.count_write(row.host, now=clock.now())
        hosts.count_write(row.host, now=clock.now())
    page = client.as_(hub).get_page(url(session))
    words = page.text()
    assert "Echo Room 1" in words and "lee@hub.test" in words and "98 of 100" in words
    assert "The only account" in words and spaced(meeting.ref) in words
    assert "Grace Okoro There" in words and "Tom Banda Refused" in words and "Too many" in words
    assert "HTTP 503" in words, "what has passed stays in the history"
    assert "secret-of" not in page.body and "tk=" not in page.body and "pwd" not in page.body


def test_links_are_found_by_name_and_state(make, client, hub, series, session, meeting):
    rows.link(meeting, make.enrol(series, make.person("Grace Okoro")))
    rows.link(meeting, make.enrol(series, make.person("Tom Banda")), LinkState.REFUSED)
    assert "Tom Banda" not in client.as_(hub).get_page(url(session, "?q=grace")).text()
    assert "Grace" not in client.as_(hub).get_page(url(session, "?state=refused")).text()
    assert "Nobody is found here" in client.as_(hub).get_page(url(session, "?q=nobody")).text()


def test_it_takes_as_many_queries_for_a_hundred_links_as_for_one(make, client, hub, series, session, meeting):
    browser = client.as_(hub)

    def queries():
        browser.get_page(url(session))
        with counted() as said:
            browser.get_page(url(session))
        return len(said)

    rows.link(meeting, make.enrol(series))
    rows.trouble(meeting, TroubleKind.SILENT, words="HTTP 503")
    one = queries()
    for _ in range(99):
        rows.link(meeting, make.enrol(series))
    for number in range(10):
        rows.trouble(meeting, TroubleKind.CHANGED, about=str(number), field="topic", wanted="a", got="b")
    assert queries() <= one + 1, "a page of links asks once more for how many there are"


def test_a_session_without_meeting_says_how_it_gets_one(client, hub, session):
    assert "made when the session is published" in client.as_(hub).get_page(url(session)).text()
    with transaction():
        db.session.merge(session).meeting_url = "https://meet.test/x"
    assert "leads to the address that was pasted" in client.as_(hub).get_page(url(session)).text()


POSTS = ("/try", "/put-back", "/again", "/provider")


def test_it_is_for_who_runs_the_program_and_auditors_only_look(make, client, hub, series, session, meeting, auditor):
    client.as_(auditor).get_page(url(session))
    leads = make.member(series.program, Role.FACILITATOR)
    for person, status in (
        (auditor, 403), (make.enrol(series), 403), (leads, 403), (make.person(), 404),
        (make.member(make.program("Another"), Role.COORDINATOR), 404),
    ):  # fmt: skip
        browser = client.as_(person)
        token = browser.get_page("/me/settings").fields()["csrf_token"]
        if person is not auditor:
            browser.get_page(url(session), status)
        for rest in POSTS:
            assert browser.post(url(session, rest), data={"csrf_token": token}).status_code == status, rest
    assert client.as_().get(url(session)).status_code == 302
    assert client.as_(hub).post(url(session, "/try")).status_code == 400, "and not without a token"


def test_trying_now_asks_for_everything_that_waits(client, hub, session, meeting):
    client.as_(hub).submit(url(session), action="/try")
    assert {"meetings.settle", "meetings.give", "meetings.look_at"} <= jobs()


def test_one_that_is_gone_is_looked_for(make, client, hub, series, now):
    session = make.session(series, starts_at=now + 5 * DAY)
    rows.meeting(session, state=MeetingState.MISSING)
    client.as_(hub).submit(url(session), action="/try")
    assert "meetings.look_at" in jobs() and "meetings.settle" not in jobs()


def test_what_was_changed_is_put_back(client, hub, session, meeting):
    client.as_(hub).submit(url(session), action="/put-back")
    assert "meetings.settle" in jobs()
    assert "Put the meeting back" in page_of(client, hub, session).text()


def test_there_is_nothing_to_put_back_where_none_is_made(make, client, hub, series, now):
    session = make.session(series, starts_at=now + 5 * DAY)
    rows.meeting(session, state=MeetingState.WANTED, ref=None)
    browser = client.as_(hub)
    token = browser.get_page("/me/settings").fields()["csrf_token"]
    assert browser.post(url(session, "/put-back"), data={"csrf_token": token}).status_code == 409


def test_a_new_one_is_made_after_a_look_at_what_it_means(make, client, hub, series, session, meeting):
    rows.link(meeting, make.enrol(series))
    page = client.as_(hub).get_page(url(session, "/again"))
    assert "stays the same" in page.text() and "1 personal link at the provider is made anew" in page.text()
    client.as_(hub).submit(url(session, "/again"))
    db.session.expire_all()
    found = db.session.scalars(select(Meeting).order_by(Meeting.id)).unique().all()
    assert [row.state for row in found] == [MeetingState.WANTED, MeetingState.UNWANTED]
    assert "was left behind" in client.as_(hub).get_page(url(session)).text()


def test_without_a_meeting_nothing_can_be_done_about_it(client, hub, session):
    browser = client.as_(hub)
    token = browser.get_page("/me/settings").fields()["csrf_token"]
    for rest in ("/try", "/put-back", "/again"):
        answer = browser.post(url(session, rest), data={"csrf_token": token})
        assert answer.status_code == 409 and "no meeting at a provider" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("81234567890", "812 3456 7890"),
        ("1234567890", "123 456 7890"),
        ("123456789", "123 456 789"),
        ("s-7k3q", "s-7k3q"),
        (None, ""),
    ],
)
def test_a_number_as_people_read_it_aloud(ref, words):
    assert spaced(ref) == words


# Another provider


def provider_of(session):
    db.session.expire_all()
    return db.session.get_one(Session, session.id).provider


def test_it_can_be_held_elsewhere(app, client, hub, session, meeting):
    class Other(rows.StandIn):
        name, title = "bbb", "BigBlueButton"

    known = app.extensions["meetings"]
    real, known["bbb"] = known["bbb"], Other()
    try:
        page = client.as_(hub).get_page(url(session, "/provider"))
        assert "stays the same" in page.text() and "Hold it at BigBlueButton" in page.text()
        assert "Hold it at Zoom" not in page.text()
        browser = client.as_(hub)
        token = browser.get_page(url(session, "/provider")).fields()["csrf_token"]
        assert browser.post(url(session, "/provider"), data={"csrf_token": token, "provider": "bbb"}).status_code == 303
        assert provider_of(session) == "bbb"
        assert "BigBlueButton is asked for a meeting" in page_of(client, hub, session).text()
    finally:
        known["bbb"] = real


def test_a_link_is_pasted_instead(client, hub, session, meeting):
    page = client.as_(hub).submit(url(session, "/provider"))
    assert page.all("input[@name='meeting_url']"), "and here it is pasted"
    assert provider_of(session) == "link"
    assert "Zoom is taken away" in page_of(client, hub, session).text()


def test_a_provider_that_is_not_set_up_is_refused(client, hub, session, meeting):
    browser = client.as_(hub)
    token = browser.get_page(url(session, "/provider")).fields()["csrf_token"]
    for name in ("bbb", "nobody", ""):
        answer = browser.post(url(session, "/provider"), data={"csrf_token": token, "provider": name})
        assert answer.status_code == 409 and "not set up" in answer.get_data(as_text=True)
    assert provider_of(session) == "zoom"


# Lists


def test_the_list_of_sessions_names_the_severest_to_who_runs_it(make, client, hub, series, session, meeting):
    for kind in (TroubleKind.CO_HOST, TroubleKind.NO_HOST):
        rows.trouble(meeting, kind)
    assert "Meeting: No free host" in client.as_(hub).get_page("/sessions").text()
    assert "free host" not in client.as_(make.enrol(series)).get_page("/sessions").text()


def test_the_today_page_has_it_once_as_a_thing_to_do(make, client, hub, session, meeting):
    for kind in (TroubleKind.CO_HOST, TroubleKind.NO_HOST):
        rows.trouble(meeting, kind)
    page = client.as_(hub).get_page("/")
    assert page.body.count('class="t">Meeting of session') == 1 and "No free host" in page.text()
    assert f"/sessions/{session.code}#meeting" in page.links()


def test_a_pasted_address_leaves_nothing_to_do(client, hub, session, meeting):
    rows.trouble(meeting, TroubleKind.NO_HOST)
    with transaction():
        db.session.merge(session).meeting_url = "https://meet.test/x"
    assert "Meeting of session" not in client.as_(hub).get_page("/").text()
    assert "free host" not in client.as_(hub).get_page("/sessions").text()


def test_afterwards_only_a_missing_report_is_told(make, client, hub, series, now):
    session = make.session(series, starts_at=now - 2 * DAY)
    row = rows.meeting(session)
    rows.trouble(row, TroubleKind.CO_HOST)
    assert "Meeting of session" not in client.as_(hub).get_page("/").text()
    rows.trouble(row, TroubleKind.NO_REPORT)
    assert "No report" in client.as_(hub).get_page("/").text()


@pytest.mark.parametrize("address", ["/", "/sessions"])
def test_lists_take_as_many_queries_for_thirty_meetings_in_trouble_as_for_two(make, client, hub, series, now, address):
    browser = client.as_(hub)

    def queries():
        browser.get_page(address)
        with counted() as said:
            browser.get_page(address)
        return len(said)

    def many(count):
        for number in range(count):
            row = rows.meeting(make.session(series, starts_at=now + (number + 1) * HOUR), rows.host(now=now))
            rows.trouble(row, TroubleKind.CHANGED, field="topic", wanted="a", got="b")

    many(2)
    two = queries()
    many(28)
    assert queries() == two
