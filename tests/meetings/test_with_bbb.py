"""A whole session at our own stand-in for BigBlueButton: planned without a call, entered from the door, told by hooks, counted."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.attendance.register import computed
from echo_sessions.database import db, transaction
from echo_sessions.meetings.models import MeetingLink
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.outside.meetings.bbb import BigBlueButton
from echo_sessions.sessions import service, ways
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.bbb_server import SECRET, BbbServer, serving
from tests.meetings.season import MINUTE, Season
from tests.sessions.test_door import press
from tests.zoom_server.hands import Hands

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


@pytest.fixture
def bbb(app, make, monkeypatch) -> Iterator[BbbServer]:
    """The server, with the application made to speak to it; Zoom is not connected, so it is the usual provider."""
    before = app.extensions["meetings"]["bbb"]
    with serving() as server:
        monkeypatch.setattr(clock, "now", Hands(make.now))
        app.extensions["meetings"]["bbb"] = BigBlueButton(server.url, SECRET, hook_url="https://echo.test/webhooks/bbb")
        yield server
        assert server.refused == []
    app.extensions["meetings"]["bbb"] = before


@pytest.fixture
def season(app, make, bbb) -> Season:
    return Season(app, make, SimpleNamespace(hands=clock.now))


def way(session, person):
    return urlsplit(ways.join_url(session, person)).path


def at(bbb: BbbServer, season: Season, moment) -> None:
    season.server.hands.set(moment)
    bbb.at(int(moment.timestamp() * 1000))


def enter(bbb: BbbServer, client, session, person) -> str:
    answer = press(client.as_(), way(session, person))
    assert answer.status_code == 303
    return bbb.press(answer.headers["Location"])


def deliver(app, bbb: BbbServer) -> None:
    for query, headers, body in bbb.hooks:
        for _ in range(2):
            answer = app.test_client().post(f"/webhooks/bbb?{query}", data=body, headers=headers)
            assert answer.status_code == 204


def test_a_session_from_its_plan_to_its_minutes(app, client, season, bbb):
    ada, ben, absent = season.people(3)
    leader = season.make.enrol(season.series, season.make.person("Lea Leader"))
    [session] = season.announce(7)
    season.make.duty(session, DutyRole.FACILITATOR, leader, state=DutyState.ACCEPTED)
    season.settle_down()
    assert (session.provider, session.meeting.state, session.meeting.ref) == ("bbb", MeetingState.MADE, session.code)
    assert season.links(session) == {LinkState.MADE: 4} and season.troubles(session) == [] and session.has_way_in
    assert bbb.journal == [], "planning calls nobody"

    at(bbb, season, session.starts_at - MINUTE)
    here = {person.code: enter(bbb, client, session, person) for person in (leader, ada, ben)}
    roles = {one["id"]: one["role"] for one in bbb.meetings[session.code].people.values()}
    assert roles == {leader.code: "MODERATOR", ada.code: "VIEWER", ben.code: "VIEWER"}
    assert len(bbb.asked("create")) == 1 and bbb.asked("create")[0]["name"] == f"Hepatitis C · session {session.number}"

    at(bbb, season, session.starts_at + 20 * MINUTE)
    bbb.leave(session.code, here[ben.code])
    at(bbb, season, session.starts_at + 50 * MINUTE)
    here[ben.code] = enter(bbb, client, session, ben)
    at(bbb, season, session.starts_at + 80 * MINUTE)
    bbb.leave(session.code, here[ada.code])
    at(bbb, season, session.ends_at)
    bbb.end(session.code)
    deliver(app, bbb)
    season.wait(hours=2)

    db.session.rollback()
    minutes = {line.person.code: line.minutes for line in computed(session).lines}
    assert minutes == {leader.code: 90, ada.code: 80, ben.code: 60} and absent.code not in minutes
    assert {link.url for link in db.session.scalars(select(MeetingLink))} == {None}, "no way in is kept"


def test_moved_and_cancelled_it_calls_nobody_until_somebody_is_in(season, client, bbb):
    [ada] = season.people(1)
    [session] = season.announce(7)
    season.settle_down()
    with transaction():
        service.change(
            session, title=session.title, starts_at=session.starts_at + timedelta(days=1), minutes=60, by=season.hub, now=season.now
        )  # fmt: skip
    season.settle_down()
    assert bbb.journal == [] and session.meeting.made["minutes"] == 60
    at(bbb, season, session.starts_at - 15 * MINUTE)
    enter(bbb, client, session, ada)
    with transaction():
        service.cancel(session, reason="Snow", by=season.hub, now=season.now)
    season.settle_down()
    assert bbb.meetings == {} and session.meeting.state is MeetingState.REMOVED


def test_with_the_server_down_the_door_says_so_and_opens_once_it_is_back(season, client, bbb):
    [ada] = season.people(1)
    [session] = season.announce(7)
    season.settle_down()
    at(bbb, season, session.starts_at)
    bbb.fault = "down"
    answer = press(client.as_(), way(session, ada))
    words = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "does not answer at the moment" in words and "checksum" not in words
    bbb.fault = ""
    enter(bbb, client, session, ada)


def test_forged_deliveries_are_turned_away_and_counted(app, client, season, bbb):
    [ada] = season.people(1)
    [session] = season.announce(7)
    season.settle_down()
    at(bbb, season, session.starts_at)
    enter(bbb, client, session, ada)
    query, headers, body = bbb.hooks[0]
    for sent in ((query, body + b"&x=1"), ("checksum=" + "0" * 64, body), ("", body)):
        assert app.test_client().post(f"/webhooks/bbb?{sent[0]}", data=sent[1], headers=headers).status_code == 401
    assert "401" not in client.as_().get("/healthz").get_data(as_text=True)
