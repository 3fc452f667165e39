"""Grouping by time and folding by kind."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.today.rules import Fold, Group, Kind, Todo, arranged, group_of, late_words
from echo_sessions.words import Said

NOW = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)  # 09:00 in Denver


def todo(kind: Kind = Kind.REVIEW, due: datetime | None = NOW) -> Todo:
    return Todo(kind, Said("Review it"), "Hepatitis C", "Ana", Said("It waits."), Said("Review"), "/x", due)


@pytest.mark.parametrize(
    ("due", "group"),
    [
        pytest.param(NOW - timedelta(minutes=1), Group.OVERDUE, id="a minute ago is overdue"),
        pytest.param(NOW, Group.TODAY, id="this very moment is today"),
        pytest.param(
            datetime(2026, 11, 25, 6, 59, tzinfo=UTC), Group.TODAY, id="one minute to midnight in Denver is today"
        ),
        pytest.param(datetime(2026, 11, 25, 7, 0, tzinfo=UTC), Group.WEEK, id="midnight in Denver is this week"),
        pytest.param(datetime(2026, 12, 2, 6, 59, tzinfo=UTC), Group.WEEK, id="the last minute of the seventh day"),
        pytest.param(datetime(2026, 12, 2, 7, 0, tzinfo=UTC), Group.LATER, id="the eighth day is later"),
        pytest.param(None, Group.LATER, id="no date is later"),
    ],
)
def test_group_of(due, group):
    assert group_of(todo(due=due), NOW, "America/Denver") is group


def test_three_of_a_kind_fold_and_say_how_many_are_late():
    late = [todo(due=NOW - timedelta(days=n)) for n in (1, 2, 3)]
    [(group, [fold])] = arranged(late, NOW, "UTC")
    assert group is Group.OVERDUE and isinstance(fold, Fold)
    assert (str(fold.words), fold.late) == ("3 cases to review", 3)
    assert [t.due for t in fold.todos] == sorted(t.due for t in late)


def test_two_of_a_kind_stay_apart_and_the_earliest_comes_first():
    later, sooner = todo(due=NOW + timedelta(hours=2)), todo(Kind.SLOT, due=NOW + timedelta(hours=1))
    [(_, items)] = arranged([later, sooner], NOW, "UTC")
    assert items == [sooner, later]


@pytest.mark.parametrize(
    ("hours", "words"), [(0, "late"), (5, "5 h late"), (24, "1 day late"), (47, "1 day late"), (72, "3 days late")]
)
def test_late_words(hours, words):
    assert str(late_words(NOW - timedelta(hours=hours), NOW)) == words


@given(st.lists(st.tuples(st.sampled_from(Kind), st.one_of(st.none(), st.integers(-10_000, 10_000))), max_size=40))
def test_nothing_is_lost_by_folding(drawn):
    todos = [todo(kind, None if minutes is None else NOW + timedelta(minutes=minutes)) for kind, minutes in drawn]
    shown = [
        t
        for _, items in arranged(todos, NOW, "UTC")
        for item in items
        for t in (item.todos if isinstance(item, Fold) else [item])
    ]
    assert sorted(map(repr, shown)) == sorted(map(repr, todos))
