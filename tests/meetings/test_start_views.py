"""Opening the meeting as its host: who may, when, and that the link stands nowhere."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LostReply, NotThere
from echo_sessions.people.models import Address
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole, SessionState
from tests.meetings import rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def texts(make):
    make.texts()


@pytest.fixture
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
def session(make, series, now, zoom):
    """It begins in half an hour, and a room's account hosts it."""
    found = make.session(series, starts_at=now + 30 * MINUTE)
    rows.meeting(found, rows.host("Echo Room 1", now=now))
    return found


@pytest.fixture
def lee(make, session, now):
    """Somebody whose own account hosts the meeting, without any other part in it."""
    person = make.person("Dr Lee Park")
    with transaction():
        db.session.merge(session.meeting.host).address = person.address.upper()
    db.session.expire_all()
    return person


def url(session):
    return f"/sessions/{session.code}/start"


def press(client, person, session):
    """Open the page, press its button."""
    browser = client.as_(person)
    page = browser.get_page(url(session))
    return page, browser.post(url(session), data=page.fields())


def token(browser, of="/me/settings"):
    return browser.get_page(of).fields()["csrf_token"]


def test_the_host_is_led_in_by_a_link_that_stands_nowhere(client, session, lee, zoom, logged):
    page, answer = press(client, lee, session)
    assert "Dr Lee Park" in page.text() and rows.START not in page.body and "zak" not in page.body
    assert answer.status_code == 303 and answer.headers["Location"] == rows.START
    assert answer.headers["Referrer-Policy"] == "no-referrer" and answer.headers["Cache-Control"] == "no-store"
    [asked] = zoom.asked
    assert asked.ref == session.meeting.ref and asked.host == session.meeting.host.ref
    [entry] = db.session.scalars(select(Entry).where(Entry.deed == "meeting opened as host"))
    assert entry.thing == session.code and entry.person_id == lee.id
    assert "zak" not in json.dumps(entry.facts)


def test_the_page_lets_its_form_lead_out(client, session, lee):
    page = client.as_(lee).get_page(url(session))
    assert "form-action 'self' https:" in page.answer.headers["Content-Security-Policy"]


def test_it_says_what_may_be_recorded_and_when_the_others_come(client, session, lee):
    words = client.as_(lee).get_page(url(session)).text()
    assert "Only this is recorded: Short talk. Never a case." in words and "from" in words


def test_where_the_host_is_a_person_nobody_else_opens_it(make, client, session, lee, hub, series):
    for person in (hub, make.duty(session, DutyRole.FACILITATOR).person):
        browser = client.as_(person)
        page = browser.get_page(url(session))
        assert "Dr Lee Park opens this meeting" in page.text()
        assert any("/join/" in link for link in page.links())
        assert "Open it as host" not in page.text()
        answer = browser.post(url(session), data={"csrf_token": token(browser)})
        assert answer.status_code == 403


def test_an_address_that_is_not_proved_makes_nobody_host(client, session, lee, hub):
    with transaction():
        row = db.session.scalars(select(Address).where(Address.person_id == lee.id)).one()
        row.verified_at = None
    client.as_(lee).get_page(url(session), 404)
    assert "Open it as host" in client.as_(hub).get_page(url(session)).text()


def test_a_rooms_account_is_opened_by_who_facilitates_or_runs(make, client, session, series, hub):
    leads = make.duty(session, DutyRole.FACILITATOR).person
    for person in (
        hub,
        leads,
        make.member(series.program, Role.FACILITATOR),
        make.member(series.program, Role.COORDINATOR),
    ):
        page, answer = press(client, person, session)
        assert "a room’s account" in page.text() and answer.status_code == 303


def test_others_are_told_nothing(make, client, session, series):
    auditor = make.member(series.program, Role.AUDITOR, ends_at=clock.now() + timedelta(days=9))
    for person in (make.enrol(series), make.duty(session, DutyRole.PANEL).person, auditor):
        browser = client.as_(person)
        browser.get_page(url(session), 403)
        assert browser.post(url(session), data={"csrf_token": token(browser)}).status_code == 403
    for person in (make.person(), make.member(make.program("Another"), Role.COORDINATOR)):
        browser = client.as_(person)
        browser.get_page(url(session), 404)
        assert browser.post(url(session), data={"csrf_token": token(browser)}).status_code == 404
    assert client.as_().get(url(session)).status_code == 302


@pytest.mark.parametrize(
    ("starts_in", "values", "said"),
    [
        pytest.param(61, {}, "too early", id="more than an hour before"),
        pytest.param(-91, {}, "This session is over", id="after the end"),
        pytest.param(30, {"state": SessionState.CANCELLED}, "not announced", id="a cancelled one"),
        pytest.param(
            30, {"meeting_url": "https://meet.test/x"}, "somebody pasted", id="one that is held at a pasted address"
        ),
    ],
)
def test_when_it_cannot_be_opened(make, client, hub, series, now, zoom, starts_in, values, said):
    session = make.session(series, starts_at=now + starts_in * MINUTE, **values)
    rows.meeting(session, rows.host(now=now))
    browser = client.as_(hub)
    page = browser.get_page(url(session))
    assert said in page.text() and "Open it as host" not in page.text()
    answer = browser.post(url(session), data={"csrf_token": token(browser)})
    assert answer.status_code == 409 and said in answer.get_data(as_text=True)
    assert not zoom.asked


def test_a_meeting_that_is_not_made_is_not_opened(make, client, hub, series, now, zoom):
    session = make.session(series, starts_at=now + 30 * MINUTE)
    rows.meeting(session, state=MeetingState.WANTED, ref=None)
    browser = client.as_(hub)
    assert "not made yet" in browser.get_page(url(session)).text()
    assert browser.post(url(session), data={"csrf_token": token(browser)}).status_code == 409


def test_a_session_without_meeting_says_so(make, client, hub, series, now, zoom):
    session = make.session(series, starts_at=now + 30 * MINUTE)
    assert "not made yet" in client.as_(hub).get_page(url(session)).text()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(LostReply("no answer within 4 s"), "does not answer just now", id="no answer"),
        pytest.param(NotThere("Meeting does not exist"), "would not give the link", id="no such meeting"),
        pytest.param(GaveUp("User does not exist"), "would not give the link", id="a refusal"),
    ],
)
def test_when_the_provider_fails_it_says_what_to_do(client, session, lee, zoom, fault, said):
    zoom.fault = fault
    page = client.as_(lee).submit(url(session), 503)
    assert said in page.text() and "sign in at Zoom itself" in page.text()
    assert "Open it as host" in page.text(), "and lets them try again"
    assert not db.session.scalars(select(Entry).where(Entry.deed == "meeting opened as host")).all()


def test_where_the_provider_has_no_accounts_it_names_none(make, client, hub, series, now, zoom):
    session = make.session(series, starts_at=now + 30 * MINUTE)
    rows.meeting(session)
    zoom.fault = LostReply("no answer within 4 s")
    words = client.as_(hub).submit(url(session), 503).text()
    assert "paste another link" in words and "sign in at" not in words
    zoom.fault = None
    assert press(client, hub, session)[1].status_code == 303


def test_without_its_token_nothing_happens(client, session, lee, zoom):
    assert client.as_(lee).post(url(session)).status_code == 400
    assert not zoom.asked
