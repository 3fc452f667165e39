"""Verbs of a session, by story; what calendars hear of them is in test_letters.py."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.sessions import queries, service
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import Answer, Block, BlockKind, DutyRole, DutyState, SessionState, run_sheet_problem
from tests.conftest import NOON

DAY = timedelta(days=1)


@dataclass(frozen=True)
class At:
    """One date of a series."""

    starts_at: datetime
    ends_at: datetime


def dates(*days, minutes=90):
    return [At(NOON + day * DAY, NOON + day * DAY + timedelta(minutes=minutes)) for day in days]


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def session(make, hub):
    return make.session(uid="uid@echo.test", organizer="hub@echo.test")


def test_dates_become_numbered_drafts_with_a_run_sheet_that_fills_them(make, hub):
    series = make.series()
    with transaction():
        first = service.make_sessions(series, dates(1, 8), by=hub, now=NOON)
    with transaction():
        more = service.make_sessions(series, dates(15), by=hub, now=NOON, title="  Extra ")
    assert [(s.number, s.state, s.minutes) for s in [*first, *more]] == [(n, SessionState.DRAFT, 90) for n in (1, 2, 3)]
    assert more[0].title == "Extra"
    for session in [*first, *more]:
        assert run_sheet_problem(session.blocks, session.minutes) is None
        assert session.uid is None


@pytest.mark.parametrize(("minutes", "cases"), [(90, 2), (60, 2), (35, 1), (20, 0), (12, 0)])
def test_short_sessions_get_fewer_cases(a_series, hub, minutes, cases):
    with transaction():
        [session] = service.make_sessions(a_series, dates(1, minutes=minutes), by=hub, now=NOON)
    assert run_sheet_problem(session.blocks, minutes) is None
    assert sum(block.kind is BlockKind.CASE for block in session.blocks) == cases


@pytest.fixture
def a_series(make):
    return make.series()


def test_a_series_own_run_sheet_is_taken_where_it_fits(make, hub, a_series):
    with transaction():
        a_series.run_sheet = [{"kind": "case", "minutes": 50, "title": "Two cases"}, {"kind": "closing", "minutes": 10}]
        fits, other = service.make_sessions(a_series, [*dates(1, minutes=60), *dates(2, minutes=90)], by=hub, now=NOON)
    assert [block.title for block in fits.blocks] == ["Two cases", ""]
    assert len(other.blocks) > 2


def test_publishing_gives_an_identity_that_stays(make, hub):
    draft = make.session(state=SessionState.DRAFT)
    with transaction():
        service.schedule(draft, by=hub, now=NOON)
    assert draft.uid == f"{draft.code.lower()}@echo.test" and draft.organizer == "hub@echo.test" and draft.sequence == 0
    with pytest.raises(Refused, match="no draft any more"), transaction():
        service.schedule(draft, by=hub, now=NOON)


def test_the_past_is_not_published(make, hub):
    draft = make.session(state=SessionState.DRAFT, starts_in=-DAY)
    with pytest.raises(Refused, match="lies in the past"), transaction():
        service.schedule(draft, by=hub, now=NOON)
    assert draft.state is SessionState.DRAFT and draft.uid is None


def test_a_draft_is_changed_without_a_number_or_a_letter(make, hub, outbox):
    draft = make.session(state=SessionState.DRAFT)
    with transaction():
        service.change(draft, title="New", starts_at=draft.starts_at + DAY, minutes=60, by=hub, now=NOON)
    assert (draft.sequence, draft.title, draft.minutes) == (0, "New", 60) and outbox() == []


def test_each_kind_of_change_counts_once(session, hub):
    with transaction():
        what = service.change(session, title="T", starts_at=session.starts_at + DAY, minutes=100, by=hub, now=NOON)
    assert session.sequence == 1 and {w.value for w in what} == {"start", "end", "words"}
    with transaction():
        assert (
            service.change(session, title="T", starts_at=session.starts_at, minutes=100, by=hub, now=NOON)
            == frozenset()
        )
    assert session.sequence == 1


def test_a_new_length_is_given_to_the_last_block_that_can_bear_it(session, hub):
    with transaction():
        service.change(session, title=session.title, starts_at=session.starts_at, minutes=75, by=hub, now=NOON)
    assert [block.minutes for block in session.blocks] == [10, 5, 25, 25, 10]
    with transaction():
        service.change(session, title=session.title, starts_at=session.starts_at, minutes=120, by=hub, now=NOON)
    assert [block.minutes for block in session.blocks] == [10, 5, 25, 25, 55]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        pytest.param({"starts_at": NOON - DAY}, "lies in the past", id="to yesterday"),
        pytest.param({"minutes": 5}, "between 10 minutes and 12 hours", id="too short"),
        pytest.param({"minutes": 721}, "between 10 minutes and 12 hours", id="too long"),
    ],
)
def test_what_a_session_cannot_become(session, hub, change, sentence):
    wish = {"title": "", "starts_at": session.starts_at, "minutes": 90, **change}
    with pytest.raises(Refused, match=sentence), transaction():
        service.change(session, **wish, by=hub, now=NOON)


def test_what_is_over_keeps_its_time_but_may_be_renamed(make, hub):
    over = make.session(starts_in=-DAY, uid="o@echo.test")
    with pytest.raises(Refused, match="is over"), transaction():
        service.change(over, title="", starts_at=NOON + DAY, minutes=90, by=hub, now=NOON)
    with transaction():
        service.change(over, title="Right name", starts_at=over.starts_at, minutes=90, by=hub, now=NOON)
    assert over.title == "Right name" and over.sequence == 0


def test_a_cancelled_session_is_restored_before_it_is_changed(session, hub):
    with transaction():
        service.cancel(session, reason=" ill ", by=hub, now=NOON)
    assert session.cancel_reason == "ill" and session.sequence == 1
    with pytest.raises(Refused, match="restore it before"), transaction():
        service.change(session, title="x", starts_at=session.starts_at, minutes=90, by=hub, now=NOON)
    with transaction():
        service.restore(session, by=hub, now=NOON)
    assert session.cancel_reason is None and session.sequence == 2 and session.state is SessionState.SCHEDULED


def test_what_has_begun_is_neither_cancelled_nor_restored(make, hub):
    on = make.session(starts_in=-timedelta(minutes=5), uid="on@echo.test")
    with pytest.raises(Refused, match="has begun"), transaction():
        service.cancel(on, reason="", by=hub, now=NOON)
    gone = make.session(starts_in=-DAY, state=SessionState.CANCELLED, uid="g@echo.test")
    with pytest.raises(Refused, match="would have begun"), transaction():
        service.restore(gone, by=hub, now=NOON)


@pytest.mark.parametrize(
    "url", ["zoom.us/j/1", "http://zoom.us/j/1", "https://zoom.us/a b", "javascript:alert(1)", "https://" + "x" * 2000]
)
def test_what_is_no_link_of_a_meeting(session, hub, url):
    with pytest.raises(Refused, match="no web address"), transaction():
        service.set_link(session, url, by=hub, now=NOON)


def test_a_link_is_kept_and_told_to_nobody_and_not_to_the_audit(session, hub, outbox):
    with transaction():
        service.set_link(session, " https://zoom.us/j/123?pwd=s3cret ", by=hub, now=NOON)
    assert session.meeting_url == "https://zoom.us/j/123?pwd=s3cret" and outbox() == [] and session.sequence == 0
    for entry in db.session.scalars(select(Entry)):
        assert "s3cret" not in str(entry.facts)
    with transaction():
        service.set_link(session, "", by=hub, now=NOON)
    assert session.meeting_url is None


# The run sheet


def rows(session):
    return [
        Block(block.kind, block.minutes, block.title, block.recorded, block.id, block.owner_id)
        for block in session.blocks
    ]


def test_blocks_change_places_and_keep_what_they_are(session, hub):
    before = [block.id for block in session.blocks]
    first, second, *rest = rows(session)
    with transaction():
        service.save_run_sheet(session, [second, first, *rest], by=hub, now=NOON)
    db.session.expire_all()
    assert [block.id for block in session.blocks] == [before[1], before[0], *before[2:]]


def test_blocks_come_and_go_as_long_as_they_fill_the_session(session, hub):
    *kept, last = rows(session)
    with transaction():
        service.save_run_sheet(
            session, [*kept, Block(BlockKind.EVALUATION, last.minutes, owner_id=hub.id)], by=hub, now=NOON
        )
    db.session.expire_all()
    assert session.blocks[-1].kind is BlockKind.EVALUATION and session.blocks[-1].owner.name == hub.name
    with pytest.raises(Refused, match="10 too few"), transaction():
        service.save_run_sheet(session, kept, by=hub, now=NOON)
    assert len(session.blocks) == 5


def test_a_save_raises_the_version_so_that_a_second_one_notices(session, hub):
    version = session.version
    with transaction():
        service.save_run_sheet(session, list(reversed(rows(session))), by=hub, now=NOON)
    assert session.version > version


# Parts


def test_asking_again_after_a_no_takes_the_same_row_and_another_link(make, session, hub):
    grace = make.person("Grace")
    with transaction():
        duty = service.offer_duty(session, grace, DutyRole.PANEL, by=hub, now=NOON)
    with pytest.raises(Refused, match="asked for this already"), transaction():
        service.offer_duty(session, grace, DutyRole.PANEL, by=hub, now=NOON)
    with transaction():
        service.answer_duty(duty, DutyState.DECLINED, now=NOON, note="away", suggested="Ben <b@x.test>")
    with transaction():
        again = service.offer_duty(session, grace, DutyRole.PANEL, by=hub, now=NOON)
    assert again.id == duty.id and again.link_generation == 2 and again.note is None and again.suggested is None
    assert len(db.session.scalars(select(Duty)).unique().all()) == 1


def test_nobody_is_asked_to_be_in_two_places(make, session, hub):
    grace = make.person("Grace")
    other = make.session(starts_at=session.starts_at + timedelta(minutes=60))
    touching = make.session(starts_at=session.ends_at)
    make.duty(session, DutyRole.PANEL, grace)
    with pytest.raises(Refused, match=session.code), transaction():
        service.offer_duty(other, grace, DutyRole.FACILITATOR, by=hub, now=NOON)
    with transaction():
        service.offer_duty(touching, grace, DutyRole.FACILITATOR, by=hub, now=NOON)
        service.offer_duty(session, grace, DutyRole.FACILITATOR, by=hub, now=NOON)


def test_of_two_questions_for_one_time_only_one_gets_a_yes(make, session, hub):
    grace = make.person("Grace")
    other = make.session(starts_at=session.starts_at)
    with transaction():
        one = service.offer_duty(session, grace, DutyRole.PANEL, by=hub, now=NOON)
        two = service.offer_duty(other, grace, DutyRole.PANEL, by=hub, now=NOON)
    with transaction():
        service.answer_duty(one, DutyState.ACCEPTED, now=NOON)
    with pytest.raises(Refused, match="Decline one"), transaction():
        service.answer_duty(two, DutyState.ACCEPTED, now=NOON)
    with transaction():
        service.answer_duty(one, DutyState.DECLINED, now=NOON)
    with transaction():
        service.answer_duty(two, DutyState.ACCEPTED, now=NOON)


def test_a_cancelled_session_asks_and_hears_nobody(make, session, hub):
    duty = make.duty(session, DutyRole.PANEL, state=DutyState.OFFERED)
    with transaction():
        service.cancel(session, reason="", by=hub, now=NOON)
    with pytest.raises(Refused), transaction():
        service.answer_duty(duty, DutyState.ACCEPTED, now=NOON)
    with pytest.raises(Refused), transaction():
        service.offer_duty(session, hub, DutyRole.SCRIBE, by=hub, now=NOON)


def test_answers_end_with_the_session(make, session, hub):
    ana = make.enrol(session.series)
    with transaction():
        service.answer(session, ana, Answer.TENTATIVE, now=session.ends_at - timedelta(minutes=1))
    with pytest.raises(Refused, match="over"), transaction():
        service.answer(session, ana, Answer.ACCEPTED, now=session.ends_at)
    assert queries.invitation(session.id, ana.id).answer is Answer.TENTATIVE


def test_facts_of_many_sessions_take_as_many_queries_as_of_one(make):
    from tests.sessions.test_letters import counted

    series = make.series()
    sessions = [make.session(series) for _ in range(12)]
    for session in sessions:
        make.duty(session, DutyRole.PANEL)
    found = db.session.scalars(select(Session)).unique().all()
    with counted() as one:
        queries.facts_of(found[:1])
    with counted() as all_:
        facts = queries.facts_of(found)
    assert len(one) == len(all_) and len(facts) == 12 and all(fact.experts == 1 for fact in facts.values())
