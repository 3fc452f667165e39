"""Where a session stands, whether its run sheet adds up, when its door is open, how duties move."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import Refused
from echo_sessions.sessions.rules import (
    Block,
    BlockKind,
    Door,
    DutyState,
    Facts,
    SessionState,
    Stage,
    default_run_sheet,
    door,
    door_opens,
    fits,
    missing_for_ready,
    move,
    move_duty,
    overlap,
    run_sheet_problem,
    slot_problem,
    stage,
)

START = datetime(2026, 12, 2, 19, 30, tzinfo=UTC)
END = START + timedelta(minutes=90)
COMPLETE = Facts(
    state=SessionState.SCHEDULED,
    starts_at=START,
    ends_at=END,
    invited=True,
    facilitator=True,
    experts=1,
    presenter_confirmed=True,
    accepted_cases=1,
    meeting_link=True,
)
BEFORE, DURING, AFTER = START - timedelta(days=3), START + timedelta(minutes=1), END + timedelta(days=1)


@pytest.mark.parametrize(
    ("changed", "now", "expected"),
    [
        pytest.param({"state": SessionState.DRAFT}, BEFORE, Stage.DRAFT, id="a draft is a draft"),
        pytest.param({"state": SessionState.DRAFT}, AFTER, Stage.DRAFT, id="even when its time has passed"),
        pytest.param({"state": SessionState.CANCELLED}, DURING, Stage.CANCELLED, id="cancelled stays cancelled"),
        pytest.param({"invited": False}, BEFORE, Stage.SCHEDULED, id="complete, but nobody was told"),
        pytest.param({"experts": 0}, BEFORE, Stage.INVITED, id="told, but no expert"),
        pytest.param({}, BEFORE, Stage.READY, id="told and complete"),
        pytest.param({}, START - timedelta(seconds=1), Stage.READY, id="a second before the start"),
        pytest.param({}, START, Stage.LIVE, id="at the start"),
        pytest.param({"experts": 0, "invited": False}, DURING, Stage.LIVE, id="live though not ready"),
        pytest.param({}, END, Stage.HELD, id="at the end"),
        pytest.param({"reconciled": True}, DURING, Stage.LIVE, id="not reconciled while people are in it"),
        pytest.param({"reconciled": True}, AFTER, Stage.RECONCILED, id="attendance settled"),
        pytest.param({"reconciled": True, "closed": True}, AFTER, Stage.CLOSED, id="closed"),
    ],
)
def test_stage(changed, now, expected):
    assert stage(replace(COMPLETE, **changed), now) is expected


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        pytest.param({}, [], id="nothing lacks"),
        pytest.param({"facilitator": False}, ["Nobody has agreed to facilitate."], id="no facilitator"),
        pytest.param({"experts": 0}, ["No expert has agreed to come."], id="no expert"),
        pytest.param(
            {"presenter_confirmed": False}, ["The didactic's presenter has not confirmed."], id="no presenter"
        ),
        pytest.param({"presenter_confirmed": False, "didactic_planned": False}, [], id="no didactic is planned"),
        pytest.param(
            {"accepted_cases": 0}, ["There is neither an accepted case nor a backup case."], id="no case at all"
        ),
        pytest.param({"accepted_cases": 0, "backup_case": True}, [], id="a backup case will do"),
        pytest.param({"accepted_cases": 0, "case_planned": False}, [], id="no case is planned"),
        pytest.param({"meeting_link": False}, ["There is no meeting link."], id="no link"),
        pytest.param(
            {"disclosures_missing": 2}, ["Not everybody who speaks has filled in a disclosure."], id="no disclosure"
        ),
        pytest.param(
            {"facilitator": False, "meeting_link": False},
            ["Nobody has agreed to facilitate.", "There is no meeting link."],
            id="all that lacks is named",
        ),
    ],
)
def test_missing_for_ready(changed, missing):
    assert missing_for_ready(replace(COMPLETE, **changed)) == missing


MOVES = {("draft", "scheduled"), ("draft", "cancelled"), ("scheduled", "cancelled"), ("cancelled", "scheduled")}


@pytest.mark.parametrize("old", list(SessionState))
@pytest.mark.parametrize("new", list(SessionState))
def test_a_session_moves_only_along_its_table(old, new):
    if (old.value, new.value) in MOVES:
        assert move(old, new) is new
    else:
        with pytest.raises(Refused, match=f"is {old.value} cannot become {new.value}"):
            move(old, new)


# The run sheet


def blocks(*lengths):
    return [Block(BlockKind.DISCUSSION, minutes) for minutes in lengths]


@pytest.mark.parametrize(
    ("lengths", "minutes", "sentence"),
    [
        pytest.param([5, 10, 40, 5], 60, None, id="it fits"),
        pytest.param(
            [5, 10, 40, 10],
            60,
            "The blocks add up to 65 minutes, 5 too many for a session of 60; shorten some.",
            id="too long",
        ),
        pytest.param(
            [5, 10], 60, "The blocks add up to 15 minutes, 45 too few for a session of 60; fill them.", id="too short"
        ),
        pytest.param([], 60, "The run sheet is empty; add at least one block.", id="empty"),
        pytest.param([70, -10], 60, "Every block of the run sheet must last at least one minute.", id="negative"),
        pytest.param([60, 0], 60, "Every block of the run sheet must last at least one minute.", id="of no length"),
    ],
)
def test_run_sheet_problem(lengths, minutes, sentence):
    problem = run_sheet_problem(blocks(*lengths), minutes)

    assert (None if problem is None else str(problem)) == sentence


@pytest.mark.parametrize(
    ("minutes", "cases", "expected"),
    [
        pytest.param(
            60,
            2,
            [("welcome", 5), ("didactic", 10), ("case", 20), ("case", 20), ("closing", 5)],
            id="an hour, two cases",
        ),
        pytest.param(60, 1, [("welcome", 5), ("didactic", 25), ("case", 25), ("closing", 5)], id="an hour, one case"),
        pytest.param(
            90,
            2,
            [("welcome", 5), ("didactic", 25), ("case", 25), ("case", 25), ("closing", 5), ("evaluation", 5)],
            id="an hour and a half, two cases",
        ),
        pytest.param(
            60, 0, [("welcome", 5), ("didactic", 30), ("discussion", 20), ("closing", 5)], id="an hour without a case"
        ),
        pytest.param(20, 0, [("welcome", 5), ("didactic", 10), ("closing", 5)], id="the shortest"),
    ],
)
def test_default_run_sheet(minutes, cases, expected):
    assert [(block.kind.value, block.minutes) for block in default_run_sheet(minutes, cases)] == expected


@given(minutes=st.integers(-10, 720), cases=st.integers(-1, 12))
def test_a_default_run_sheet_is_right_or_refused(minutes, cases):
    try:
        sheet = default_run_sheet(minutes, cases)
    except Refused as refusal:
        assert cases < 0 or minutes < 25 + 10 * cases, str(refusal)
        assert str(cases) in str(refusal)
    else:
        assert run_sheet_problem(sheet, minutes) is None
        assert [block.kind for block in sheet].count(BlockKind.CASE) == cases


@pytest.mark.parametrize(
    ("kind", "state", "taken", "why"),
    [
        pytest.param(BlockKind.CASE, SessionState.SCHEDULED, False, None, id="free and long enough"),
        pytest.param(BlockKind.CASE, SessionState.DRAFT, False, None, id="in a draft"),
        pytest.param(BlockKind.CASE, SessionState.SCHEDULED, True, "Another case has this slot", id="taken"),
        pytest.param(BlockKind.DIDACTIC, SessionState.SCHEDULED, False, "is not for a case", id="no slot"),
        pytest.param(BlockKind.CASE, SessionState.CANCELLED, False, "is cancelled", id="a cancelled session"),
    ],
)
def test_a_slot_takes_one_case_in_a_session_that_happens(kind, state, taken, why):
    problem = slot_problem(Block(kind, 20), minutes=20, taken=taken, state=state)

    assert (problem is None) if why is None else (why in str(problem))
    assert fits(Block(kind, 20), minutes=20, taken=taken, state=state) is (why is None)


def test_a_case_longer_than_its_slot_is_told_so():
    problem = slot_problem(Block(BlockKind.CASE, 20), minutes=25, taken=False, state=SessionState.SCHEDULED)

    assert str(problem) == "The slot has 20 minutes and the case needs 25; lengthen the block first."


# Times and the door


@dataclass(frozen=True)
class Span:
    starts_at: datetime
    ends_at: datetime


def span(start, end):
    return Span(START + timedelta(minutes=start), START + timedelta(minutes=end))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(span(0, 60), span(60, 120), False, id="one after the other"),
        pytest.param(span(0, 60), span(59, 120), True, id="by one minute"),
        pytest.param(span(0, 60), span(10, 20), True, id="one inside the other"),
        pytest.param(span(0, 60), span(0, 60), True, id="the same time"),
        pytest.param(span(0, 60), span(90, 120), False, id="far apart"),
    ],
)
def test_overlap(one, other, expected):
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


@pytest.mark.parametrize(
    ("minutes", "state", "expected"),
    [
        pytest.param(-21, "scheduled", Door.EARLY, id="21 minutes before"),
        pytest.param(-20, "scheduled", Door.OPEN, id="20 minutes before"),
        pytest.param(45, "scheduled", Door.OPEN, id="in the middle"),
        pytest.param(90, "scheduled", Door.OPEN, id="at the planned end: sessions run over"),
        pytest.param(104, "scheduled", Door.OPEN, id="14 minutes later"),
        pytest.param(105, "scheduled", Door.OVER, id="a quarter of an hour later"),
        pytest.param(45, "cancelled", Door.CANCELLED, id="cancelled"),
        pytest.param(-5000, "cancelled", Door.CANCELLED, id="cancelled is told early too"),
        pytest.param(45, "draft", Door.EARLY, id="a draft opens to nobody"),
    ],
)
def test_door(minutes, state, expected):
    assert door(START + timedelta(minutes=minutes), START, END, SessionState(state)) is expected


def test_the_door_opens_twenty_minutes_before():
    assert START - door_opens(START) == timedelta(minutes=20)


# Duties

DUTY_MOVES = {
    ("offered", "accepted"), ("offered", "declined"), ("offered", "withdrawn"), ("accepted", "declined"),
    ("accepted", "withdrawn"), ("declined", "offered"), ("declined", "accepted"), ("declined", "withdrawn"),
    ("withdrawn", "offered"),
}  # fmt: skip


@pytest.mark.parametrize("old", list(DutyState))
@pytest.mark.parametrize("new", list(DutyState))
def test_a_duty_moves_only_along_its_table(old, new):
    if (old.value, new.value) in DUTY_MOVES:
        assert move_duty(old, new) is new
    else:
        with pytest.raises(Refused, match=f"is {old.value} cannot become {new.value}"):
            move_duty(old, new)
