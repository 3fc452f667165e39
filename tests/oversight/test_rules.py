"""What a reader of counts can work out about those that are hidden: nothing beyond "fewer than five"."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echo_sessions.oversight.rules import FEWEST, Breakdown, Count, breakdown, hidden_in, shown

SMALL, WITHHELD = Count(None), Count(None, withheld=True)


@pytest.mark.parametrize(
    ("number", "told"), [(0, SMALL), (1, SMALL), (4, SMALL), (5, Count(5)), (40, Count(40))], ids=str
)
def test_a_count_alone_is_told_from_five_on(number, told):
    assert shown(number) == told


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        pytest.param([12, 8, 5], [12, 8, 5], id="nothing is small, so nothing is hidden"),
        pytest.param([12, 9, 3], [12, None, None], id="one is small: another is withheld, or the sum would give it away"),
        pytest.param([12, 5, 4, 20], [12, None, None, 20], id="the smallest other that protects is withheld"),
        pytest.param([12, 5, 0, 20], [None, 5, None, 20], id="five and nobody: withholding five would say nobody, so twelve goes"),
        pytest.param([3, 2, 1, 20], [None, None, None, 20], id="three small ones hide each other"),
        pytest.param([3, 2, 4, 20], [None, None, None, None], id="but not where nine in all say that none is nobody"),
        pytest.param([4, 4, 30, 9], [None, None, 30, None], id="two fours would be known from their sum of eight"),
        pytest.param([0, 0, 0, 30, 9], [None, None, None, 30, None], id="nobody thrice would be known from the sum"),
        pytest.param([5, 0], None, id="five and nobody cannot be kept apart: no breakdown"),
        pytest.param([6, 1], None, id="six and one: one would be between nobody and two, so no breakdown"),
        pytest.param([8, 1], [None, None], id="eight and one: any number up to four is possible"),
        pytest.param([20], None, id="one part is the sum, and names the place"),
        pytest.param([1, 1, 1], None, id="fewer than five in all: not even the sum"),
    ],
)  # fmt: skip
def test_what_is_told_of_the_parts(parts, told):
    result = breakdown({str(place): number for place, number in enumerate(parts)}, sum(parts))
    assert result.left_out is (told is None)
    assert [count.number for _name, count in result.parts] == (told or [])
    assert result.total == (Count(sum(parts)) if sum(parts) >= FEWEST else SMALL)


def test_small_and_withheld_are_told_apart_since_one_of_them_would_be_a_lie():
    assert dict(breakdown({"a": 12, "b": 9, "c": 3}, 24).parts) == {"a": Count(12), "b": WITHHELD, "c": SMALL}


counts = st.lists(st.integers(0, 14), min_size=1, max_size=5)


@settings(max_examples=400, deadline=None)
@given(counts)
def test_no_hidden_count_can_be_derived_by_subtraction_or_by_any_other_reasoning(numbers):
    """By trying everything a reader could believe: each small count could still be each of 0 to 4, and a withheld one
    more than one number."""
    told = breakdown({str(place): number for place, number in enumerate(numbers)}, sum(numbers))
    believable = worlds(told)
    for place, (_name, count) in enumerate(told.parts):
        possible = {world[place] for world in believable}
        if count.small:
            assert possible == set(range(FEWEST)), (numbers, told)
        elif count.withheld:
            assert len(possible) >= FEWEST, (numbers, told)
        else:
            assert possible == {numbers[place]}


@settings(max_examples=300, deadline=None)
@given(counts, st.integers(0, 12))
def test_people_who_count_in_two_places_betray_nobody_either(numbers, twice):
    """The sum of distinct people is less than that of the parts; a reader who adds up all the same learns nothing."""
    total = max(max(numbers), sum(numbers) - twice)
    told = breakdown({str(place): number for place, number in enumerate(numbers)}, total)
    for believed in {total, sum(numbers)} if not told.left_out else ():
        believable = worlds(told, believed)
        for place, (_name, count) in enumerate(told.parts):
            assert not count.small or {world[place] for world in believable} in (set(), set(range(FEWEST)))


@given(counts)
def test_every_small_count_is_hidden_and_no_more_than_needed(numbers):
    parts = {str(place): number for place, number in enumerate(numbers)}
    hidden = hidden_in(parts, sum(numbers))
    small = {name for name, number in parts.items() if number < FEWEST}
    assert hidden is None or small <= hidden
    assert small or hidden == frozenset()


def worlds(told: Breakdown, total: int | None = None) -> list[tuple[int, ...]]:
    """All numbers that agree with what is told: what is shown is so, small is 0 to 4, withheld is 5 or more."""
    total = told.total.number if total is None else total
    if total is None or not told.parts:
        return []
    ranges = [
        [count.number] if count.number is not None else range(FEWEST) if count.small else range(FEWEST, total + 1)
        for _name, count in told.parts
    ]
    return [world for world in product(*ranges) if sum(world) == total]
