"""When a job is tried again, and which slot of time a moment lies in."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.jobs.rules import LEASE, MOST_ATTEMPTS, handed_before, next_try, slot_key

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempts", "asked", "seconds"),
    [
        pytest.param(1, None, 30, id="after the first try, half a minute"),
        pytest.param(2, None, 60, id="then twice as long"),
        pytest.param(7, None, 1920, id="before the last try, half an hour"),
        pytest.param(1, 600, 600, id="a longer delay that the server asked for is kept"),
        pytest.param(5, 1, 480, id="a shorter one is not"),
        pytest.param(1, 10**9, 86_400, id="but nobody waits for more than a day"),
    ],
)
def test_it_is_tried_again_later_and_later(attempts, asked, seconds):
    assert next_try(attempts, NOON, after_seconds=asked) == NOON + timedelta(seconds=seconds)


def test_after_the_last_try_a_person_must_look():
    assert next_try(MOST_ATTEMPTS, NOON) is None
    assert next_try(MOST_ATTEMPTS + 3, NOON, after_seconds=5) is None


@given(attempts=st.integers(1, MOST_ATTEMPTS - 1), jitter=st.floats(0, 1))
def test_jitter_spreads_over_half_as_much_again_and_no_more(attempts, jitter):
    plain, spread = next_try(attempts, NOON), next_try(attempts, NOON, jitter=jitter)
    assert plain <= spread <= NOON + (plain - NOON) * 1.5


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)), st.integers(1, 1440))
def test_a_slot_is_as_long_as_it_says(moment, minutes):
    start = moment.replace(tzinfo=UTC)
    key = slot_key("x", minutes, start)
    assert slot_key("x", minutes, start + timedelta(minutes=minutes)) != key
    inside = [start + timedelta(minutes=minutes) * part / 10 for part in range(10)]
    assert len({slot_key("x", minutes, at) for at in inside}) <= 2


def test_a_slot_of_a_day_begins_at_midnight_utc():
    last, first = datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)
    assert slot_key("x", 1440, last) != slot_key("x", 1440, first)
    assert slot_key("x", 1440, first) == slot_key("x", 1440, first + timedelta(hours=23))


def test_a_message_counts_as_lost_before_a_lease_ends():
    assert NOON - LEASE < handed_before(NOON, LEASE) < NOON
