"""The page for the second screen: what is on, how long, what follows, and whether recording must stop."""

import hashlib
import json
from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.meetings.models import Hook
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState
from tests.meetings import rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now():
    return clock.now().replace(microsecond=0)


@pytest.fixture(autouse=True)
def texts(make):
    make.texts()


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def series(make, hub):
    return make.series()


@pytest.fixture
def at(make, series, now):
    """A session that has been on for so many minutes, with its meeting; `recording` since when it is recorded."""

    def on(minutes, *, recording=None, **values):
        session = make.session(series, starts_at=now - minutes * MINUTE - timedelta(seconds=20), **values)
        rows.meeting(session, rows.host(now=now), recording_since=recording)
        return session

    return on


def url(session):
    return f"/sessions/{session.code}/live"


def told(session, word, who, at, registrant):
    """Zoom has told that this presence came (joined) or went (left)."""
    moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    about = {
        "user_id": who,
        "user_name": who,
        "registrant_id": registrant,
        f"{'join' if word == 'joined' else 'leave'}_time": moment,
    }
    meeting = {"id": session.meeting.ref, "uuid": "u==", "participant": about}
    raw = json.dumps({"event": f"meeting.participant_{word}", "event_ts": 1, "payload": {"object": meeting}})
    with transaction():
        db.session.add(
            Hook(
                provider="zoom", sha256=hashlib.sha256(raw.encode()).hexdigest(), name=f"meeting.participant_{word}",
                meeting_ref=session.meeting.ref, raw=raw, received_at=at,
            )
        )  # fmt: skip


def test_it_counts_who_is_in_the_room_where_the_provider_tells(client, hub, at, now):
    session = at(15)
    told(session, "joined", "1", now - 14 * MINUTE, "grace")
    told(session, "joined", "2", now - 13 * MINUTE, "tom")
    told(session, "joined", "3", now - 12 * MINUTE, "grace")
    assert "2 people are in the room" in client.as_(hub).get_page(url(session)).text(), (
        "two devices of one person are one"
    )
    told(session, "left", "2", now - 2 * MINUTE, "tom")
    assert "1 person is in the room" in client.as_(hub).get_page(url(session)).text()


def test_it_shows_what_is_on_how_long_and_what_follows(client, hub, at):
    words = client.as_(hub).get_page(url(at(15))).text()
    assert "Short talk" in words and "15 minutes left, until" in words and "Then at" in words and "Case" in words
    assert "in the room" not in words


def test_the_last_minute_is_one(client, hub, at):
    assert "1 minute left, until" in client.as_(hub).get_page(url(at(29))).text()


@pytest.mark.parametrize(
    ("minutes", "recording", "said"),
    [
        pytest.param(40, True, "Recording is on: stop it now A case is never recorded", id="a case that is recorded"),
        pytest.param(
            5, True, "Recording is on: stop it now This part is not to be recorded", id="the welcome, recorded"
        ),
        pytest.param(95, True, "Recording is on: stop it now", id="the time after the end, recorded"),
        pytest.param(15, True, "Recording, as planned", id="the talk, recorded"),
        pytest.param(15, False, "You may record now", id="the talk, not recorded"),
        pytest.param(40, False, "If you are recording, stop now", id="a case of which nobody tells"),
    ],
)
def test_what_it_says_about_recording(client, hub, at, now, minutes, recording, said):
    session = at(minutes, recording=now - 3 * MINUTE if recording else None)
    assert said in client.as_(hub).get_page(url(session)).text()


def test_where_the_provider_tells_it_says_that_nothing_is_recorded(client, hub, at):
    session = at(40)
    told(session, "joined", "1", session.starts_at, "grace")
    assert "Not recording A case is on; leave it so" in client.as_(hub).get_page(url(session)).text()


def test_the_words_about_recording_are_spoken_when_they_change_and_follow_by_themselves(client, hub, at):
    page = client.as_(hub).get_page(url(at(40)))
    [place] = [each for each in page.all("div") if each.get("id") == "live"]
    assert place.get("data-every") == "15" and place.get("data-poll", "").endswith("/live")
    [sign] = [each for each in page.all("div") if each.get("id") == "sign"]
    assert sign.get("role") == "status" and sign.get("aria-live") == "polite" and sign.get("data-part") is not None


def test_before_and_after(client, hub, at):
    words = client.as_(hub).get_page(url(at(-30))).text()
    assert "Begins" in words and "minutes to go" in words and "First, at" in words
    assert "The planned time is over" in client.as_(hub).get_page(url(at(100))).text()


def test_a_cancelled_one_says_so(client, hub, at):
    assert "cancelled" in client.as_(hub).get_page(url(at(40, state=SessionState.CANCELLED))).text()


def test_it_is_for_who_leads_writes_down_or_runs(make, client, hub, series, at):
    session = at(40)
    facilitator = make.member(series.program, Role.FACILITATOR)
    scribe = make.duty(session, DutyRole.SCRIBE).person
    leads = make.duty(session, DutyRole.FACILITATOR).person
    for person in (hub, facilitator, scribe, leads):
        client.as_(person).get_page(url(session))
    panel = make.duty(session, DutyRole.PANEL).person
    asked = make.duty(session, DutyRole.SCRIBE, state=DutyState.OFFERED).person
    for person in (
        make.enrol(series),
        panel,
        asked,
        make.member(series.program, Role.AUDITOR, ends_at=clock.now() + timedelta(days=9)),
    ):
        client.as_(person).get_page(url(session), 403)
    for person in (make.person(), make.member(make.program("Another"), Role.COORDINATOR)):
        client.as_(person).get_page(url(session), 404)
    assert client.as_().get(url(session)).status_code == 302


def test_the_session_page_leads_there_while_it_is_on(client, hub, at, make, series):
    def leads_to(session, person=hub):
        return url(session) in client.as_(person).get_page(f"/sessions/{session.code}").links()

    assert leads_to(at(40)) and leads_to(at(-50))
    assert not leads_to(at(-70)) and not leads_to(at(100))
    assert not leads_to(at(40), make.enrol(series))
