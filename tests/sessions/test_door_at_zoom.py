"""The door with our own Zoom behind it: somebody enrolled at the last minute, and a Zoom that does not answer."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.sessions import ways
from echo_sessions.sessions.door import meeting_number
from echo_sessions.sessions.models import Visit
from tests.meetings.season import MINUTE, Season
from tests.sessions.test_door import press

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


@pytest.fixture
def season(app, make, zoom_server):
    return Season(app, make, zoom_server)


@pytest.fixture
def session(season):
    """Its meeting is made, everybody has a link, and it begins in ten minutes."""
    season.people(2)
    [session] = season.announce()
    season.settle_down()
    season.server.hands.set(session.starts_at - 10 * MINUTE)
    return session


def way(session, person):
    return urlsplit(ways.join_url(session, person)).path


def test_whoever_was_enrolled_at_the_last_minute_gets_in_by_a_link_of_their_own(season, session, client):
    late = season.make.enrol(season.series, season.make.person("Zodwa Late"))
    visitor = client.as_()
    assert "zoom.us" not in visitor.get_page(way(session, late)).body
    answer = press(visitor, way(session, late))
    there = season.server.by_mark(session.code)
    mine = next(each for each in there.registrants.values() if each.email == late.address)
    assert answer.status_code == 303 and answer.headers["Location"] == mine.join_url
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert press(visitor, way(session, late)).headers["Location"] == mine.join_url
    db.session.rollback()
    assert [visit.let_in for visit in db.session.scalars(select(Visit))] == [True, True]
    season.all_is_well()


def test_where_zoom_does_not_answer_one_is_told_what_to_do_and_comes_in_later(season, session, client):
    late = season.make.enrol(season.series, season.make.person("Zodwa Late"))
    with transaction():
        late.country = "ES"
    visitor = client.as_()
    season.server.faults.fail(503, every=1)
    answer = press(visitor, way(session, late))
    body = answer.get_data(as_text=True)
    assert (
        answer.status_code == 200
        and "You cannot be let in just now" in body
        and "does not answer at the moment" in body
    )
    assert "Try again" in body and f">{meeting_number(session)}</b>" in body
    assert body.index("Spain") < body.index("United States")
    for secret in ("zoom.us/", "pwd=", "tk=", "zak="):
        assert secret not in body
    season.server.faults.clear()
    season.server.hands.forward(minutes=2)
    assert press(visitor, way(session, late)).status_code == 303
    db.session.rollback()
    assert [visit.let_in for visit in db.session.scalars(select(Visit).order_by(Visit.id))] == [False, True]
    season.all_is_well()
