"""Presence: unions, clipping and who is one somebody of a file."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.attendance.rules import (
    Provider,
    Reading,
    Row,
    Stay,
    identity_key,
    minutes_present,
    people_of,
    union_seconds,
)

OPENED = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
CLOSED = OPENED + timedelta(minutes=60)


def stay(start: float, end: float | None) -> Stay:
    """From `start` to `end` minutes after the opening."""
    left = None if end is None else OPENED + timedelta(minutes=end)
    return Stay(OPENED + timedelta(minutes=start), left)


@pytest.mark.parametrize(
    ("stays", "minutes"),
    [
        pytest.param([], 0, id="nobody"),
        pytest.param([stay(-20, 90)], 60, id="waiting room and chat after do not count"),
        pytest.param([stay(0, 60), stay(10, 40)], 60, id="laptop and phone at once"),
        pytest.param([stay(0, 20), stay(20, 40)], 40, id="a rejoin without a gap"),
        pytest.param([stay(30, 50), stay(0, 20)], 40, id="out of order, with a gap"),
        pytest.param([stay(0, 0.6), stay(10, 10.6)], 1, id="rounded down once, at the end"),
        pytest.param([stay(0, 59.999)], 59, id="a minute not finished is no minute"),
        pytest.param([stay(-30, -1)], 0, id="gone before it opened"),
        pytest.param([stay(61, 90)], 0, id="came after it closed"),
        pytest.param([stay(40, 20)], 0, id="left before joining"),
        pytest.param([stay(40, 20), stay(10, 30)], 20, id="a senseless stay takes nothing away"),
        pytest.param([stay(5, 5)], 0, id="zero length"),
        pytest.param([stay(10, None)], 0, id="an open stay counts nothing by itself"),
    ],
)
def test_minutes_present(stays: list[Stay], minutes: int) -> None:
    assert minutes_present(stays, OPENED, CLOSED) == minutes


@pytest.mark.parametrize(
    ("until", "minutes"),
    [
        pytest.param(45, 35, id="to the end of the meeting"),
        pytest.param(90, 50, id="never beyond the session"),
        pytest.param(5, 0, id="ended before it began"),
    ],
)
def test_an_open_stay_lasts_as_long_as_somebody_says(until: int, minutes: int) -> None:
    end = OPENED + timedelta(minutes=until)
    assert minutes_present([stay(10, None)], OPENED, CLOSED, open_until=end) == minutes


moments = st.integers(-5_000, 10_000).map(lambda second: OPENED + timedelta(seconds=second))
some_stays = st.lists(st.builds(Stay, moments, st.none() | moments), max_size=8)


@given(some_stays)
def test_a_union_is_no_longer_than_its_span_nor_than_its_sum(stays: list[Stay]) -> None:
    ended = [(one.joined, one.left) for one in stays if one.left is not None and one.left > one.joined]
    union = union_seconds(stays)
    assert union <= sum((left - joined).total_seconds() for joined, left in ended)
    if ended:
        assert union <= (max(left for _, left in ended) - min(joined for joined, _ in ended)).total_seconds()
        assert union >= max((left - joined).total_seconds() for joined, left in ended)


@given(some_stays, st.randoms())
def test_order_and_repetition_do_not_matter(stays: list[Stay], random) -> None:  # type: ignore[no-untyped-def]  # a stdlib Random
    shuffled = [*stays, *stays]
    random.shuffle(shuffled)
    assert union_seconds(shuffled) == union_seconds(stays)


@given(some_stays, moments)
def test_splitting_a_stay_changes_nothing(stays: list[Stay], cut: datetime) -> None:
    halves: list[Stay] = []
    for one in stays:
        inside = one.left is not None and one.joined < cut < one.left
        halves += [Stay(one.joined, cut), Stay(cut, one.left)] if inside else [one]
    assert union_seconds(halves) == union_seconds(stays)
    assert minutes_present(halves, OPENED, CLOSED) == minutes_present(stays, OPENED, CLOSED)


@given(some_stays, moments, moments, moments, moments)
def test_a_wider_window_never_holds_less(
    stays: list[Stay], one: datetime, two: datetime, three: datetime, four: datetime
) -> None:
    first, opened, closed, last = sorted([one, two, three, four])
    assert minutes_present(stays, opened, closed) <= minutes_present(stays, first, last)
    assert minutes_present(stays, opened, closed) <= (closed - opened).total_seconds() / 60


@given(some_stays, st.builds(Stay, moments, moments))
def test_one_more_stay_never_takes_presence_away(stays: list[Stay], more: Stay) -> None:
    assert union_seconds([*stays, more]) >= union_seconds(stays)


def row(line: int, name: str = "", **more: object) -> Row:
    return Row(line=line, name=name, names=(name,) if name else (), **more)  # type: ignore[arg-type]  # fields by name


def reading(*rows: Row, timed: bool = True) -> Reading:
    return Reading(Provider.ZOOM, "participants", "UTC", "mdy", rows, timed=timed)


def test_people_are_told_apart_by_registrant_then_address_then_name() -> None:
    rows = [
        row(2, "Ana", registrant="r1", email="ana@x.org"),
        row(3, "Ana at home", registrant="r1"),
        row(4, "Bo", email="bo@x.org"),
        row(5, "Bo's phone", email="bo@x.org"),
        row(6, "Cleo"),
        row(7, "CLEO"),
        row(8, "Ana"),
    ]
    people = people_of(reading(*rows))
    assert [person.written for person in people] == [
        ("Ana", "Ana at home"),
        ("Bo", "Bo's phone"),
        ("Cleo", "CLEO"),
        ("Ana",),
    ]
    assert [person.lines for person in people] == [(2, 3), (4, 5), (6, 7), (8,)]
    assert people[0].email == "ana@x.org"


def test_the_waiting_room_and_open_rows_add_no_seconds() -> None:
    minute = timedelta(minutes=1)
    rows = [
        row(2, "Ana", joined=OPENED, left=OPENED + minute, waiting_room=True, claimed_minutes=1.0),
        row(3, "Ana", joined=OPENED + minute, left=OPENED + 11 * minute, claimed_minutes=10.0),
        row(4, "Ana", joined=OPENED + 20 * minute),
    ]
    [ana] = people_of(reading(*rows))
    assert ana.seconds == 600
    assert ana.claimed_minutes == 10
    assert [one.left for one in ana.stays] == [OPENED + 11 * minute, None]
    assert [one.is_open for one in rows] == [False, False, True]


def test_a_file_of_totals_tells_no_seconds() -> None:
    [ana] = people_of(reading(row(2, "Ana", claimed_minutes=12.5), timed=False))
    assert (ana.seconds, ana.claimed_minutes, ana.stays) == (None, 12.5, ())


def test_nameless_rows_are_nobody_together() -> None:
    assert identity_key(row(2)) != identity_key(row(3))
    assert identity_key(Row(4, "", phone="1505***0142")) == "phone 1505***0142"
