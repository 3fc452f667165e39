"""Collecting what a provider tells: on a schedule, late, never, twice at once, after closing; against our own Zoom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from echo_sessions.attendance import collecting, figures, queries, schedule, service
from echo_sessions.attendance.models import Attendance, Figure, Upload
from echo_sessions.attendance.register import computed
from echo_sessions.attendance.rules import Source
from echo_sessions.credit import service as credit
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import schedule as jobs_schedule
from echo_sessions.meetings.models import Meeting
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from tests.meetings.season import Season
from tests.zoom_server.hooks import Delivery, without
from tests.zoom_server.people import Held, Present

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
END = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)


# The schedule, by table


@pytest.mark.parametrize(
    ("tries", "now", "at"),
    [
        pytest.param(0, END, END + 5 * MINUTE, id="five minutes after the end"),
        pytest.param(1, END + 5 * MINUTE, END + 15 * MINUTE, id="then after a quarter of an hour"),
        pytest.param(4, END + HOUR, END + 3 * HOUR, id="then seldom"),
        pytest.param(8, END + 24 * HOUR, END + 48 * HOUR, id="for the last time after two days"),
        pytest.param(9, END + 48 * HOUR, None, id="and then no more"),
        pytest.param(0, END + 72 * HOUR, END + 5 * MINUTE, id="a worker that slept asks at once"),
        pytest.param(2, END + 72 * HOUR, END + 72 * HOUR + 5 * MINUTE, id="and the next tries come apart"),
    ],
)
def test_when_a_report_is_asked_for(tries, now, at):
    assert schedule.next_report_at(tries, END, now) == at


@pytest.mark.parametrize(
    ("final", "minutes", "same", "last"),
    [
        pytest.param(True, 5, False, False, id="whole, but so soon that it may grow"),
        pytest.param(True, 15, True, True, id="whole, and the same as before"),
        pytest.param(True, 30, False, True, id="whole after half an hour"),
        pytest.param(False, 300, True, False, id="the provider says that it is not"),
    ],
)
def test_when_a_report_is_the_last_word(final, minutes, same, last):
    assert schedule.is_last_word(final, END, END + minutes * MINUTE, same_as_before=same) is last


# Stories


@dataclass
class Over:
    """A session that was held at Zoom with two people, and workers whose turn it is."""

    season: Season
    session: Session
    held: Held
    ada: Person
    ben: Person
    send: Callable[[Delivery], Any]

    def after(self, **values: float) -> None:
        """So long after the end, the turn of the schedule and of the workers."""
        self.season.server.hands.set(self.session.ends_at + timedelta(**values))
        jobs_schedule.ask_for(self.season.now)
        self.season.work()

    def deliver(self, deliveries: Any = None) -> None:
        for one in self.held.hooks if deliveries is None else deliveries:
            assert self.send(self.season.server.sign(one.raw)).status_code == 204
        db.session.rollback()

    @property
    def meeting(self) -> Meeting:
        db.session.rollback()
        return db.session.get_one(Meeting, self.session.meeting_id)

    def minutes(self) -> dict[str, int]:
        db.session.rollback()
        return {line.person.name: line.minutes for line in computed(self.session).lines}

    def uploads(self, source: Source = Source.REPORT) -> list[Upload]:
        db.session.rollback()
        return list(queries.told(self.session.id, source))

    def close(self) -> None:
        with transaction():
            credit.close_and_award(self.session, by=self.season.hub, now=self.season.now)

    def reports_asked(self) -> int:
        return sum("report" in str(call.operation) for call in self.season.server.journal)


@pytest.fixture
def over(app, make, zoom_server, client):
    season = Season(app, make, zoom_server)
    ada, ben = (make.enrol(season.series, make.person(name)) for name in ("Ada Okoro", "Ben Mwangi"))
    [session] = season.announce(7)
    season.settle_down()
    zoom_server.hands.set(session.ends_at + MINUTE)
    people = [Present(email=ada.address, stays=((0, 80),)), Present(email=ben.address, stays=((5, 30), (40, 92)))]
    held = zoom_server.hold_session(session.meeting.ref, people)
    visitor = client.as_()
    yield Over(
        season, session, held, ada, ben, lambda one: visitor.post("/webhooks/zoom", data=one.raw, headers=one.headers)
    )
    assert [str(one) for one in zoom_server.violations] == []


TRUTH = {"Ada Okoro": 80, "Ben Mwangi": 75}


def test_a_report_comes_by_itself_and_is_final_once_it_does_not_change(over):
    over.after(minutes=4)
    assert over.uploads() == []
    over.after(minutes=14)
    [first] = over.uploads()
    assert (first.final, first.by_id, over.minutes()) == (False, None, TRUTH)
    over.after(minutes=24)
    [same] = over.uploads()
    assert (same.id, same.final, over.meeting.report_tries) == (first.id, True, 2)
    assert over.meeting.report_final_at is not None and over.meeting.report_next_at is None
    asked = over.reports_asked()
    over.after(hours=3)
    assert over.reports_asked() == asked, "nobody asks for what is there"


@pytest.mark.parametrize("says", ["empty", "zero", "none"])
def test_a_report_that_is_not_there_yet_is_asked_for_again(over, says):
    over.held.answers(says, says)
    over.after(minutes=6)
    over.after(minutes=16)
    assert over.meeting.report_final_at is None and not any(one.final for one in over.uploads())
    over.after(minutes=31)
    assert over.meeting.report_final_at is not None and over.minutes() == TRUTH
    assert [one.final for one in over.uploads() if one.withdrawn_at is None] == [True]


def test_without_a_report_after_all_tries_a_person_is_told(over):
    over.deliver()
    over.held.answers(*["empty"] * 40)
    for step in schedule.ASKED_AFTER:
        over.after(seconds=step.total_seconds() + 30)
    assert over.meeting.report_tries == len(schedule.ASKED_AFTER)
    assert over.season.troubles(over.session) == [("no_report", "")]
    assert over.minutes() == TRUTH, "what the hooks told is enough"
    over.after(hours=60)
    assert over.meeting.report_tries == len(schedule.ASKED_AFTER)


def test_a_day_without_zoom_costs_nothing(over):
    over.season.server.faults.fail("*", 503)
    for hours in (0.1, 0.3, 0.6, 1.1, 3.1, 6.1, 12.1, 23):
        over.after(hours=hours)
    assert over.uploads() == [] and over.season.troubles(over.session) == []
    over.season.server.faults.clear()
    over.after(hours=24.1)
    over.after(hours=48.1)
    assert over.minutes() == TRUTH and over.meeting.report_final_at is not None


def test_two_workers_at_once_make_one_call(over, app):
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    number, now = over.session.meeting_id, over.season.now

    def ask(_number: int) -> None:
        with app.app_context():
            collecting.ask_report(number, now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    assert (over.meeting.report_tries, len(over.uploads())) == (1, 1)


def test_the_sweep_asks_once_for_each_try(over):
    for minute in (6, 7, 8):
        over.after(minutes=minute)
    assert over.meeting.report_tries == 1


def test_hooks_are_enough_and_later_ones_make_a_new_snapshot(over):
    over.deliver(without(over.held.hooks, "meeting.participant_left"))
    over.after(minutes=6)
    [first] = over.uploads(Source.HOOKS)
    assert (first.final, first.rows) == (False, 3)
    over.deliver()
    over.after(minutes=20)
    second, former = over.uploads(Source.HOOKS)
    assert (second.final, former.withdrawn_at is not None, former.withdrawn_by_id) == (True, True, None)
    over.after(minutes=40)
    assert len(over.uploads(Source.HOOKS)) == 2


def test_nobody_is_asked_about_a_session_that_did_not_take_place(over):
    with transaction():
        over.session.state = SessionState.CANCELLED
    over.deliver()
    over.after(minutes=6)
    assert over.uploads() == [] and over.uploads(Source.HOOKS) == []


# What a person says about a source


def test_a_source_that_a_person_does_not_want_stays_out_when_it_tells_more(over):
    over.deliver(over.held.hooks[:-3])
    over.after(minutes=6)
    [first] = over.uploads(Source.HOOKS)
    with transaction():
        service.withdraw_upload(first, by=over.season.hub, now=over.season.now)
    over.deliver()
    over.after(minutes=20)
    second, _first = over.uploads(Source.HOOKS)
    assert second.withdrawn_by_id == over.season.hub.id
    with pytest.raises(Refused, match="told more since"), transaction():
        service.restore_upload(over.uploads(Source.HOOKS)[1], by=over.season.hub, now=over.season.now)
    with transaction():
        service.restore_upload(over.uploads(Source.HOOKS)[0], by=over.season.hub, now=over.season.now)
    assert over.uploads(Source.HOOKS)[0].withdrawn_at is None


def test_a_person_asks_now_and_gets_it(over, client):
    over.season.server.hands.set(over.session.ends_at + 2 * MINUTE)
    page = client.as_(over.season.hub).submit(f"/sessions/{over.session.code}/attendance", action="/ask")
    assert "It is being asked" in page.text()
    over.season.work()
    assert over.minutes() == TRUTH and over.meeting.report_tries == 1


# From what to what


def changes(over: Over) -> list[tuple[str, int | None, int, str]]:
    db.session.rollback()
    chosen = select(Figure).where(Figure.after_close.is_(False)).order_by(Figure.id)
    found = [(one.person.name, one.was, one.became, one.source.value) for one in db.session.scalars(chosen)]
    return sorted(found, key=lambda one: (one[0], one[1] is not None))


def test_a_later_source_changes_an_earlier_figure_only_with_a_line(over, client):
    over.deliver(without(over.held.hooks, "meeting.participant_left"))
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    collecting.ask_report(over.session.meeting_id, over.season.now)
    assert changes(over) == [
        ("Ada Okoro", None, 90, "hooks"), ("Ada Okoro", 90, 80, "report"), ("Ben Mwangi", None, 85, "hooks"), ("Ben Mwangi", 85, 75, "report"),
    ]  # fmt: skip
    hub = client.as_(over.season.hub)
    page = hub.get_page(f"/sessions/{over.session.code}/register").text()
    assert "90 → 80 minutes: Zoom's report" in page
    assert "90 → 80 minutes" in hub.get_page(f"/sessions/{over.session.code}/register/people/{over.ada.code}").text()


def test_a_first_figure_is_no_change(over, client):
    over.after(minutes=6)
    assert [one[1] for one in changes(over)] == [None, None]
    assert "→" not in client.as_(over.season.hub).get_page(f"/sessions/{over.session.code}/register").text()


# After closing


def close_by_hooks(over: Over) -> None:
    """Ends were lost, so everybody seems to have stayed; the register is closed before the report comes."""
    over.deliver(without(over.held.hooks, "meeting.participant_left"))
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    over.close()


def test_what_comes_after_closing_changes_nothing_and_is_shown_with_the_way_to_correct_it(over, client):
    close_by_hooks(over)
    over.after(minutes=40)
    rows = {row.person.name: row.minutes for row in db.session.scalars(select(Attendance)).unique()}
    assert rows == {"Ada Okoro": 90, "Ben Mwangi": 85}
    hub, code = client.as_(over.season.hub), over.session.code
    page = hub.get_page(f"/sessions/{code}/register")
    assert "Zoom's report says 80 minutes, the register 90." in page.text()
    assert "says otherwise about 2 people" in hub.get_page(f"/sessions/{code}/close").text()
    assert "what came after closing says otherwise" in hub.get_page("/").text()
    link = next(link for link in page.links() if over.ada.code in link and "figure=" in link)
    form = hub.get_page(link).fields()
    assert (form["minutes"], form["reason"]) == ("80", "After closing, Zoom's report came and says 80 minutes.")
    hub.submit(link, action=over.ada.code)
    page = hub.get_page(f"/sessions/{code}/register").text()
    assert "the register 90" not in page and "Zoom's report says 75 minutes, the register 85." in page
    assert figures.count_otherwise([over.session.id]) == {over.session.id: 1}


def test_what_comes_after_closing_and_says_the_same_is_not_mentioned(over):
    over.deliver()
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    over.close()
    over.after(minutes=40)
    assert len(over.uploads()) == 1 and figures.otherwise(over.session.id) == []
    assert db.session.scalar(select(func.count()).where(Figure.after_close.is_(True))) == 0


def test_somebody_whom_only_the_late_report_knows_can_be_added(over, client):
    over.deliver([one for one in over.held.hooks if over.ben.address not in one.raw.decode()])
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    over.close()
    over.after(minutes=40)
    hub, code = client.as_(over.season.hub), over.session.code
    page = hub.get_page(f"/sessions/{code}/register")
    assert "Zoom's report says 75 minutes; the register does not have them." in page.text()
    hub.submit(next(link for link in page.links() if "/register/add?figure=" in link))
    db.session.rollback()
    assert {row.person.name: row.minutes for row in queries.rows_of(over.session.id)} == TRUTH
    assert figures.otherwise(over.session.id) == []


# Not allowed


def test_where_reports_are_not_allowed_it_is_said_once_and_hooks_are_enough(over, monkeypatch):
    from echo_sessions.outside.meetings import ScopeMissing
    from echo_sessions.outside.meetings.zoom import Zoom

    def refused(*_args: Any) -> Any:
        raise ScopeMissing("Invalid access token, does not contain scopes", ["report:read:admin"])

    monkeypatch.setattr(Zoom, "fetch_intervals", refused)  # what the account answers; the rest is ours
    over.deliver()
    over.after(minutes=6)
    assert over.season.troubles(over.session) == [("scope", "report")] and over.minutes() == TRUTH
    over.after(hours=3)
    assert over.meeting.report_tries == 1
    for days in (1.01, 2.02, 3.03, 4.04, 5.05):
        over.after(days=days)
    assert over.meeting.report_tries == 1 + schedule.DAYS_WITHOUT_SCOPE
    assert over.season.troubles(over.session) == [("scope", "report"), ("no_report", "")]


# The pages


@pytest.mark.parametrize("page", ["attendance", "register", "close", "attendance/queue"])
def test_pages_ask_a_constant_number_of_questions_whatever_was_told(over, client, statements, page):
    hub, url = client.as_(over.season.hub), f"/sessions/{over.session.code}/{page}"
    over.deliver(without(over.held.hooks, "meeting.participant_left"))
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    hub.get_page(url)
    few = statements(lambda: hub.get_page(url))
    over.deliver()
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    collecting.ask_report(over.session.meeting_id, over.season.now)
    assert statements(lambda: hub.get_page(url)) <= few + 1


def test_the_sources_stand_side_by_side_with_their_states(over, client):
    hub, url = client.as_(over.season.hub), f"/sessions/{over.session.code}/attendance"
    over.deliver(without(over.held.hooks, "meeting.participant_left"))
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    page = hub.get_page(url).text()
    assert "What Zoom told while it ran" in page and "Ends missing" in page and "Not asked for yet" in page
    collecting.ask_report(over.session.meeting_id, over.season.now)
    page = hub.get_page(url).text()
    assert "Not final yet" in page and "Asked for once, next at" in page
    over.season.server.hands.forward(minutes=40)
    collecting.ask_report(over.session.meeting_id, over.season.now)
    assert "Final" in hub.get_page(url).text()
    [upload] = over.uploads()
    page = hub.submit(url, action=f"/files/{upload.id}/withdraw")
    assert "Does not count" in page.text() and over.minutes() == {"Ada Okoro": 90, "Ben Mwangi": 85}
    hub.submit(url, action=f"/files/{upload.id}/restore")
    assert over.minutes() == TRUTH


def test_the_close_page_says_what_is_used_where_no_report_came(over, client):
    over.deliver()
    over.held.answers(*["empty"] * 40)
    hub, url = client.as_(over.season.hub), f"/sessions/{over.session.code}/close"
    over.season.server.hands.set(over.session.ends_at + 6 * MINUTE)
    collecting.take_hooks(over.session.meeting_id, over.season.now)
    assert "It is not final yet; next asked for: soon." in hub.get_page(url).text()
    for _ in schedule.ASKED_AFTER:
        collecting.ask_report(over.session.meeting_id, over.season.now, asked=True)
    assert "Zoom gave no report; what it told while it ran is used: 2 names." in hub.get_page(url).text()
