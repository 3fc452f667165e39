"""Whether a host is free, said while planning: before anything is saved, and never in the way."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from echo_sessions import clock
from echo_sessions.database import db
from echo_sessions.meetings import hosts
from echo_sessions.meetings.planning import Wish, clashes
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from tests.meetings import rows
from tests.sessions.test_letters import counted

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def now():
    return clock.now().replace(second=0, microsecond=0)


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
def at(now):
    return now + 10 * DAY


def taken(make, series, at, *accounts):
    """Each of these hosts has a session at that time; returns their codes."""
    found = []
    for host in accounts:
        session = make.session(series, starts_at=at)
        rows.meeting(session, host)
        found.append(session.code)
    return found


def said(wishes, provider="zoom"):
    return [str(each.said) for each in clashes(provider, wishes, zone="America/Denver")]


def test_while_one_host_is_free_nothing_is_said(make, series, at, now):
    one = rows.host(now=now)
    rows.host(now=now)
    taken(make, series, at, one)
    assert said([Wish(at, 90)]) == []


def test_one_licence(make, series, at, now):
    [code] = taken(make, series, at, rows.host(now=now))
    [sentence] = said([Wish(at, 90)])
    assert f"the one licence is taken by {code}; Zoom cannot open a second meeting" in sentence


def test_two_licences(make, series, at, now):
    one, two = taken(make, series, at, rows.host(now=now), rows.host(now=now))
    [sentence] = said([Wish(at + 30 * MINUTE, 90)])
    assert f"both licences are taken by {one} and {two}; Zoom cannot open a third meeting" in sentence
    assert "Denver" in sentence


def test_many_licences(make, series, at, now):
    codes = taken(make, series, at, *(rows.host(now=now) for _ in range(5)))
    [sentence] = said([Wish(at, 90)])
    assert f"all 5 licences are taken by {', '.join(codes[:3])} and 2 others" in sentence


def test_the_buffer_counts(make, series, at, now):
    taken(make, series, at, rows.host(now=now))
    assert said([Wish(at + 104 * MINUTE, 60)]) and not said([Wish(at + 105 * MINUTE, 60)])


def test_a_host_that_may_not_host_is_none(make, series, at, now):
    rows.host(now=now, licensed=False)
    rows.host(now=now, in_pool=False)
    rows.host(now=now, gone_at=now)
    [sentence] = said([Wish(at, 90)])
    assert sentence.endswith("no account of Zoom may open a meeting.")


def test_a_host_that_runs_two_at_once(make, series, at, now):
    host = rows.host(now=now, at_once=2)
    one, *_ = taken(make, series, at, host)
    assert said([Wish(at, 90)]) == []
    two, *_ = taken(make, series, at, host)
    [sentence] = said([Wish(at, 90)])
    assert f"every account is taken, by {one} and {two}" in sentence


@pytest.mark.parametrize("minutes", [-200, -105, -104, 0, 60, 104, 105, 200])
def test_it_says_what_the_giving_of_hosts_would_find(make, series, at, now, minutes):
    taken(make, series, at, rows.host(now=now), rows.host(now=now))
    wanted = at + minutes * MINUTE
    assert bool(said([Wish(wanted, 90)])) == (hosts.clash("zoom", wanted, 90) is not None)


def test_before_hosts_are_known_nothing_is_said(at):
    assert said([Wish(at, 90)]) == []


def test_a_provider_without_hosts_is_never_in_the_way(make, series, at, now):
    taken(make, series, at, rows.host(now=now))
    assert said([Wish(at, 90)], "link") == []


def test_ones_own_meeting_is_not_in_the_way(make, series, at, now):
    session = make.session(series, starts_at=at)
    row = rows.meeting(session, rows.host(now=now))
    assert said([Wish(at + HOUR, 90, session.code, row.id)]) == []
    assert said([Wish(at + HOUR, 90)])


def test_what_is_planned_together_takes_hosts_from_each_other(now, at):
    rows.host(now=now)
    [sentence] = said([Wish(at, 90, "S-1"), Wish(at + 30 * MINUTE, 90, "S-2")])
    assert "taken by S-1" in sentence


def test_a_series_of_52_dates_takes_as_many_queries_as_one(make, series, at, now):
    accounts = [rows.host(now=now), rows.host(now=now)]
    for week in range(0, 52, 4):
        taken(make, series, at + 7 * week * DAY, *accounts)

    def queries(count):
        with counted() as told:
            found = said([Wish(at + 7 * week * DAY, 90) for week in range(count)])
        return len(found), len(told)

    said([Wish(at, 90)])
    (few, one), (many, all_of_them) = queries(1), queries(52)
    assert (few, many) == (1, 13) and one == all_of_them


# Pages


def draft(make, series, at):
    return make.session(series, starts_at=at, state=SessionState.DRAFT)


def test_publishing_says_it_and_goes_on(make, client, hub, series, at, now):
    [code] = taken(make, series, at, rows.host(now=now))
    session = draft(make, series, at + 30 * MINUTE)
    page = client.as_(hub).get_page(f"/sessions/{session.code}/publish")
    assert f"taken by {code}" in page.text() and "ask the administrator for another licence" in page.text()
    client.as_(hub).submit(f"/sessions/{session.code}/publish")
    assert db.session.get_one(Session, session.id).state is SessionState.SCHEDULED


def test_publishing_without_a_clash_says_nothing(make, client, hub, series, at, now):
    rows.host(now=now)
    session = draft(make, series, at)
    assert "licence" not in client.as_(hub).get_page(f"/sessions/{session.code}/publish").text()


def test_publishing_a_series_names_each_date(make, client, hub, series, at, now):
    host = rows.host(now=now)
    other = make.series()
    for week in range(7):
        taken(make, other, at + 7 * week * DAY, host)
        draft(make, series, at + 7 * week * DAY)
    draft(make, series, at + DAY)
    words = client.as_(hub).get_page(f"/series/{series.code}/sessions/publish").text()
    assert (
        "On 7 dates no host is free" in words
        and words.count("the one licence is taken") == 7
        and "2 more dates" in words
    )


def test_a_pasted_room_needs_no_host(make, client, hub, series, at, now):
    taken(make, series, at, rows.host(now=now))
    session = make.session(series, starts_at=at, state=SessionState.DRAFT, meeting_url="https://meet.test/x")
    assert "licence" not in client.as_(hub).get_page(f"/sessions/{session.code}/publish").text()


def moved(session, starts_at):
    local = starts_at.astimezone(ZoneInfo("America/Denver"))
    return {"day": local.date().isoformat(), "start": f"{local:%H:%M}"}


@pytest.mark.parametrize("state", [SessionState.DRAFT, SessionState.SCHEDULED])
def test_moving_says_it_before_it_is_saved(make, client, hub, series, at, now, state):
    [code] = taken(make, series, at, rows.host(now=now))
    session = make.session(series, starts_at=at + 3 * DAY, state=state)
    browser, url = client.as_(hub), f"/sessions/{session.code}/edit"
    page = browser.submit(url, 200, **moved(session, at + HOUR))
    assert f"taken by {code}" in page.text()
    assert db.session.get_one(Session, session.id).starts_at == at + 3 * DAY
    assert browser.post(url, data=page.fields()).status_code == 303
    assert db.session.get_one(Session, session.id).starts_at == at + HOUR


def test_a_new_topic_asks_nothing_about_hosts(make, client, hub, series, at, now):
    host = rows.host(now=now)
    taken(make, series, at, host)
    session = draft(make, series, at)
    client.as_(hub).submit(f"/sessions/{session.code}/edit", 303, title="Another topic")


def test_restoring_says_it(make, client, hub, series, at, now):
    [code] = taken(make, series, at, rows.host(now=now))
    session = make.session(series, starts_at=at, state=SessionState.CANCELLED)
    assert f"taken by {code}" in client.as_(hub).get_page(f"/sessions/{session.code}/restore").text()


def test_planning_a_series_says_it_in_its_preview(make, client, hub, series, now):
    first = (now + 10 * DAY).astimezone(ZoneInfo("America/Denver")).replace(hour=12, minute=30)
    [code] = taken(make, series, first.astimezone(now.tzinfo), rows.host(now=now))
    program = series.program
    make.member(program, Role.COORDINATOR, hub)
    fields = {
        "name": "Spring",
        "first_date": first.date().isoformat(),
        "start": "12:30",
        "minutes": "60",
        "zone": "America/Denver",
        "count": "3",
    }
    page = client.as_(hub).submit(f"/programs/{program.code}/series/new", 200, do="preview", **fields)
    assert f"taken by {code}" in page.text() and "Plan 3 sessions" in page.text()
