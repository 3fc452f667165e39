"""Which source speaks about whom: by table, and by property over any evidence in any order."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.attendance.rules import Source, Stay, minutes_present
from echo_sessions.attendance.sources import Rank, Told, best, placed, plain_number, rank

START = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
END = START + timedelta(minutes=90)
DAY = timedelta(hours=12)


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def told(source: Source, came: float, went: float | None, **more: Any) -> Told:
    values = {"provider": "zoom", "instance": None if source is Source.FILE else "one", **more}
    return Told(at(came), None if went is None else at(went), source=source, **values)


def report(came: float, went: float | None, **more: Any) -> Told:
    return told(Source.REPORT, came, went, **more)


def interim(came: float, went: float | None, **more: Any) -> Told:
    return told(Source.REPORT, came, went, final=False, **more)


def hooks(came: float, went: float | None, **more: Any) -> Told:
    return told(Source.HOOKS, came, went, **more)


def assumed(came: float, went: float, **more: Any) -> Told:
    return told(Source.HOOKS, came, went, assumed=True, **more)


def file(came: float, went: float | None, **more: Any) -> Told:
    return told(Source.FILE, came, went, **more)


def minutes(stays: Iterable[Stay], others: Iterable[Told] = (), numbers: dict[str, list[str]] | None = None) -> int:
    """One person's, where `others` is what is told of everybody else in the session."""
    own = list(stays)
    known = placed([*own, *others], numbers)[: len(own)]
    return minutes_present(best(known), START, END)


@pytest.mark.parametrize(
    ("evidence", "counted"),
    [
        pytest.param([report(0, 80), hooks(0, 90)], 80, id="a final report beats the hooks"),
        pytest.param([report(0, 80), file(0, 90)], 80, id="and the provider's file"),
        pytest.param([report(0, 40), report(50, 60), hooks(0, 90)], 50, id="all its stays, none of the others'"),
        pytest.param([file(0, 70), hooks(0, 90)], 70, id="a file beats the hooks"),
        pytest.param([interim(0, 70), file(0, 80)], 80, id="an interim report does not beat a file"),
        pytest.param([interim(0, 70), hooks(0, 80)], 80, id="nor hooks that told every end"),
        pytest.param([interim(0, 70), assumed(0, 90)], 70, id="but hooks whose end was lost"),
        pytest.param([file(0, None), file(0, 20), assumed(0, 90)], 20, id="so does a file of which an end is missing"),
        pytest.param(
            [file(0, None), file(0, 20), hooks(0, 90)], 90, id="which does not beat hooks that told every end"
        ),
        pytest.param([hooks(0, 10), assumed(20, 90)], 80, id="of hooks alone all counts, the assumed too"),
        pytest.param(
            [hooks(0, 10), assumed(20, 90), report(0, 30)], 30, id="hooks with one assumed end against a report"
        ),
        pytest.param([file(0, None), hooks(0, 50)], 50, id="a stay that nobody ended is no word"),
        pytest.param([report(5, 5), hooks(0, 50)], 50, id="nor one of no length"),
        pytest.param([interim(0, 0), hooks(0, 50)], 50, id="nor a report that still says zero"),
        pytest.param([report(0, 30), report(20, 60)], 60, id="two devices in the report are one presence"),
        pytest.param([report(0, 60), report(10, 30)], 60, id="a breakout room is the same presence"),
        pytest.param([], 0, id="nothing"),
    ],
)
def test_of_one_instance_one_source_speaks(evidence, counted):
    assert minutes(evidence) == counted


def test_a_stay_of_which_nobody_says_who_tells_it_always_counts():
    assert minutes_present(best([Stay(at(0), at(10)), report(20, 30), hooks(20, 90)]), START, END) == 20


FIRST, SECOND = "first", "second"


@pytest.mark.parametrize(
    ("evidence", "counted"),
    [
        pytest.param(
            [report(0, 30, instance=FIRST), hooks(0, 35, instance=FIRST), hooks(40, 90, instance=SECOND)], 80,
            id="the report has lost the second opening: the hooks tell of it",
        ),
        pytest.param(
            [report(0, 30, instance=FIRST), report(40, 80, instance=SECOND), hooks(0, 90, instance=SECOND)], 70,
            id="each opening by itself",
        ),
        pytest.param(
            [hooks(0, 30, instance=FIRST), hooks(40, 90, instance=SECOND), file(41, 81)], 70,
            id="a file of the second opening says nothing of the first",
        ),
        pytest.param(
            [hooks(0, 30, instance=FIRST), hooks(40, 90, instance=SECOND), file(1, 29), file(41, 81)], 68,
            id="a file of both",
        ),
        pytest.param([file(0, 30), hooks(40, 90)], 80, id="a file about a time of which nothing else is told adds"),
    ],
)  # fmt: skip
def test_each_opening_of_the_meeting_by_itself(evidence, counted):
    assert minutes(evidence) == counted


@pytest.mark.parametrize(
    ("own", "others", "counted"),
    [
        pytest.param([file(0, 60)], [report(0, 90)], 60, id="whom the report has lost counts from the file"),
        pytest.param(
            [hooks(0, 60)], [report(0, 90), file(0, 90)], 60, id="whom report and file have lost, from the hooks"
        ),
        pytest.param(
            [report(0, 30), file(50, 80)], [report(0, 90)], 30, id="the opening is known by what others did in it"
        ),
        pytest.param([hooks(0, 10), file(50, 80)], [hooks(0, 90)], 30, id="also where only hooks know it"),
    ],
)
def test_what_is_known_of_others_places_the_file(own, others, counted):
    assert minutes(own, others) == counted


@pytest.mark.parametrize(
    ("other", "counted"),
    [
        pytest.param(file(40, 90, provider="teams"), 90, id="people went on in Teams"),
        pytest.param(file(40, 90, number="999 8888 7777"), 90, id="a second meeting at Zoom, by its number"),
        pytest.param(file(40, 90, number="912 3456 7890"), 50, id="the same meeting, however its number is written"),
        pytest.param(file(40, 90, number="ECHO at noon"), 50, id="a topic is no number"),
        pytest.param(file(40, 90), 50, id="a file without a number is taken for the session's own meeting"),
    ],
)
def test_another_room_is_never_replaced_and_always_adds(other, counted):
    assert minutes([hooks(0, 40), other], [hooks(0, 90)], {"zoom": ["91234567890"]}) == counted


def test_a_former_meeting_of_the_session_is_its_own_too():
    numbers = {"zoom": ["91234567890", "97777777777"]}
    assert minutes([hooks(0, 40), file(40, 90, number="977 7777 7777")], [hooks(0, 90)], numbers) == 50


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("912 3456 7890", "91234567890"), ("912-345-678", "912345678"), ("Meeting 12", ""), ("", ""), ("26.01.2023 10:00 TB and HIV in Gulu", ""),
    ],
)  # fmt: skip
def test_a_number_of_a_meeting(text, number):
    assert plain_number(text) == number


def test_ranks_stand_in_the_order_in_which_they_are_told():
    groups = [
        [report(0, 9)],
        [file(0, 9)],
        [hooks(0, 9)],
        [interim(0, 9)],
        [file(0, 9), file(0, None)],
        [assumed(0, 9)],
        [file(0, None)],
    ]
    assert [rank(group) for group in groups] == list(Rank)


# By property

MOMENTS = st.integers(-30, 120)
ENDS = st.none() | MOMENTS


@st.composite
def one_told(draw: st.DrawFn) -> Told:
    source = draw(st.sampled_from([Source.REPORT, Source.HOOKS, Source.FILE]))
    more: dict[str, Any] = {"provider": draw(st.sampled_from(["zoom", "teams"]))}
    if source is Source.REPORT:
        more["final"] = draw(st.booleans())
    if source is Source.HOOKS:
        more["assumed"] = draw(st.booleans())
    if source is not Source.FILE:
        more["instance"] = draw(st.sampled_from([FIRST, SECOND]))
    return told(source, draw(MOMENTS), draw(ENDS), **more)


EVIDENCE = st.lists(one_told(), max_size=10)


@given(EVIDENCE, EVIDENCE, st.randoms())
def test_order_and_repetition_change_nothing(own: list[Told], others: list[Told], random: Random) -> None:
    """Of one person; what is told of the others may come in any order too."""
    again = own + [one for one in own if random.random() < 0.5]
    random.shuffle(again)
    rest = others + others
    random.shuffle(rest)
    assert minutes(again, rest) == minutes(own, others)
    assert best(placed(again, None)) == best(placed(own, None))


@given(EVIDENCE)
def test_nobody_gets_more_than_all_sources_together(own: list[Told]) -> None:
    assert minutes(own) <= minutes_present(own, START, END)


@given(EVIDENCE)
def test_somebody_who_was_there_by_any_source_was_there(own: list[Told]) -> None:
    known = placed(own)
    there = {(one.provider, one.instance) for one in known if one.length}
    counted = {(one.provider, one.instance) for one in best(known) if isinstance(one, Told) and one.length}
    assert there == counted


@given(EVIDENCE)
def test_where_a_final_report_speaks_nothing_else_of_that_opening_changes_it(own: list[Told]) -> None:
    final = [one for one in own if one.source is Source.REPORT and one.final and one.length]
    places = {(one.provider, one.instance) for one in final}
    for one in best(placed(own)):
        if isinstance(one, Told) and (one.provider, one.instance) in places:
            assert one.source is Source.REPORT and one.final


@given(EVIDENCE, st.integers(0, 60), st.integers(1, 30))
def test_presence_in_another_room_is_never_lost(own: list[Told], came: int, stayed: int) -> None:
    elsewhere = file(came, came + stayed, provider="meet")
    assert minutes([*own, elsewhere]) >= stayed


@given(EVIDENCE)
def test_taking_the_best_twice_is_taking_it_once(own: list[Told]) -> None:
    once = best(placed(own))
    assert best(once) == once
