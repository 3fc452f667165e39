"""The pages of a meeting with our own Zoom behind them: what stands on them is what happened there."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from echo_sessions.database import db
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.sessions import ways
from tests.meetings.season import Season

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


@pytest.fixture
def season(app, make, zoom_server):
    return Season(app, make, zoom_server)


@pytest.fixture
def session(season):
    """Announced, made at Zoom, and twelve people have their links."""
    season.people(12)
    [found] = season.announce()
    season.settle_down()
    return found


def near(season, session):
    """Forty minutes before it begins."""
    season.server.hands.set(session.starts_at - timedelta(minutes=40))


def press(client, season, url, **data):
    browser = client.as_(season.hub)
    token = browser.get_page("/me/settings").fields()["csrf_token"]
    return browser.post(url, data={"csrf_token": token, **data})


def everything_kept():
    """All that stands in any column of any table, as text."""
    found = []
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(text(f'SELECT * FROM "{table.name}"')):
            found.append(" ".join(map(str, row)))
    return "\n".join(found)


def page_of(client, season, session, rest=""):
    db.session.expire_all()
    return client.as_(season.hub).get_page(f"/sessions/{session.code}{rest}")


def test_the_start_link_is_fetched_for_the_press_and_kept_nowhere(client, season, session, zoom_server, logged):
    near(season, session)
    url = f"/sessions/{session.code}/start"
    answers = [press(client, season, url) for _ in range(2)]
    links = {answer.headers["Location"] for answer in answers}
    assert [answer.status_code for answer in answers] == [303, 303] and len(links) == 2, "each press gets its own"
    for link in links:
        assert link.startswith(f"https://us02web.zoom.us/s/{session.meeting.ref}?zak=")
        secret = link.partition("zak=")[2]
        assert secret not in everything_kept()
        assert secret not in client.as_(season.hub).get_page(url).body
    season.all_is_well()


@pytest.mark.parametrize("fault", ["lost", "failed", "limited"])
def test_when_zoom_is_down_the_page_says_what_to_do(client, season, session, zoom_server, fault):
    near(season, session)
    faults = zoom_server.faults
    {"lost": lambda: faults.drop("meetings.get", every=1), "failed": lambda: faults.fail(503, "meetings.get", every=1), "limited": lambda: faults.limit("meetings.get", every=1, seconds=60)}[fault]()  # fmt: skip
    answer = press(client, season, f"/sessions/{session.code}/start")
    assert answer.status_code == 503
    assert "does not answer just now" in answer.get_data(as_text=True)


def test_one_that_is_gone_is_doubted_by_the_press(client, season, session, zoom_server):
    near(season, session)
    zoom_server.delete_meeting(session.meeting.ref, quietly=True)
    answer = press(client, season, f"/sessions/{session.code}/start")
    assert answer.status_code == 503 and "would not give the link" in answer.get_data(as_text=True)
    assert season.troubles(session) == [("doubted", "")]


def test_all_is_well_after_everything_was_made(client, season, session):
    words = page_of(client, season, session).text()
    assert "12 of 12 personal links are made." in words and "Nothing is wrong with it" in words
    words = page_of(client, season, session, "/meeting").text()
    assert "99 of 100, until midnight UTC" in words, "one call made it"


def test_what_somebody_changed_there_is_put_back_by_one_press(client, season, session, zoom_server):
    zoom_server.change_meeting(session.meeting.ref, topic="Team lunch", use_pmi=True)
    assert press(client, season, f"/sessions/{session.code}/meeting/try").status_code == 303
    season.work()
    assert "Put it back" in page_of(client, season, session).text()
    assert press(client, season, f"/sessions/{session.code}/meeting/put-back").status_code == 303
    season.settle_down()
    there = zoom_server.meeting(session.meeting.ref)
    assert there.topic.startswith("Hepatitis C") and there.settings["use_pmi"] is False
    assert "Nothing is wrong with it" in page_of(client, season, session).text()
    assert "Team lunch instead of Hepatitis C" in page_of(client, season, session, "/meeting").text()
    season.all_is_well()


def test_a_meeting_that_was_deleted_there_is_made_anew_and_the_ways_in_stay(client, season, session, zoom_server):
    person = season.people_of()[0]
    before, first = ways.join_url(session, person), session.meeting.ref
    zoom_server.delete_meeting(first, quietly=True)
    press(client, season, f"/sessions/{session.code}/meeting/try")
    season.work()
    assert "Perhaps gone" in page_of(client, season, session).text()
    season.wait(minutes=30)
    page = page_of(client, season, session)
    assert "Gone" in page.text() and "Make a new meeting" in page.text()
    assert press(client, season, f"/sessions/{session.code}/meeting/again").status_code == 303
    season.settle_down()
    db.session.expire_all()
    assert session.meeting.state is MeetingState.MADE and session.meeting.ref != first
    assert season.links(session) == {LinkState.MADE: 12} and ways.join_url(session, person) == before
    assert "12 of 12 personal links are made." in page_of(client, season, session).text()
    season.all_is_well()


def test_where_every_host_is_taken_the_page_says_so_and_heals(client, make, season, session, zoom_server):
    hosts = len([user for user in zoom_server.users.values() if user.type == 2])
    others = season.announce(*[7] * hosts)
    season.work()
    without = [each for each in others if season.troubles(each) == [("no_host", "")]]
    assert len(without) == 1
    page = page_of(client, season, without[0])
    assert "Every host is taken at that time" in page.text() and "It is tried again by itself" in page.text()
    assert "No free host" in client.as_(season.hub).get_page("/").text()
    draft = season.draft(days=7)
    words = client.as_(season.hub).get_page(f"/sessions/{draft.code}/publish").text()
    assert "licence" in words and "Zoom cannot open" in words
    season.all_is_well()


def test_held_elsewhere_it_leaves_nothing_behind(client, season, session, zoom_server):
    assert press(client, season, f"/sessions/{session.code}/meeting/provider", provider="link").status_code == 303
    season.settle_down()
    assert zoom_server.live() == []
    assert press(client, season, f"/sessions/{session.code}/meeting/provider", provider="zoom").status_code == 303
    season.settle_down()
    assert len(zoom_server.live()) == 1 and season.links(session) == {LinkState.MADE: 12}
    season.all_is_well()


def test_no_page_holds_a_personal_link(client, season, session, zoom_server):
    near(season, session)
    for rest in ("", "/meeting", "/meeting/again", "/meeting/provider", "/start", "/live"):
        body = page_of(client, season, session, rest).body
        assert "tk=" not in body and "pwd=" not in body and "zoom.us" not in body, rest
