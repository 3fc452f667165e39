"""What comes next for a meeting, what differs, when it is tried again; which host is free. All pure."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.meetings import slots, steps
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.meetings.slots import Candidate, Span
from echo_sessions.meetings.steps import Facts, Step

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
WANTED, MADE, MISSING, UNWANTED, REMOVED = MeetingState
BUFFER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        pytest.param(Facts(WANTED), Step.MAKE, id="wanted and not there"),
        pytest.param(Facts(WANTED, uncertain=True), Step.LOOK_FOR, id="perhaps there already"),
        pytest.param(Facts(MADE, there=True), Step.REST, id="as it should be"),
        pytest.param(Facts(MADE, there=True, changed=True), Step.UPDATE, id="the session was moved"),
        pytest.param(Facts(MADE, there=True, changed=True, uncertain=True), Step.READ, id="perhaps moved already"),
        pytest.param(Facts(MADE, there=True, host_lost=True), Step.REPLACE, id="its host has left"),
        pytest.param(Facts(MADE, there=True, host_lost=True, uncertain=True), Step.REPLACE, id="left, and uncertain"),
        pytest.param(Facts(MADE, there=True, changed=True, host_taken=True), Step.REPLACE, id="host taken then"),
        pytest.param(Facts(MADE, there=True, host_taken=True), Step.REST, id="taken, but nothing moves"),
        pytest.param(Facts(MISSING, there=True, changed=True), Step.REST, id="gone: a person must choose"),
        pytest.param(Facts(UNWANTED, there=True), Step.TAKE_AWAY, id="not wanted any more"),
        pytest.param(Facts(UNWANTED, there=True, uncertain=True), Step.TAKE_AWAY, id="perhaps taken away"),
        pytest.param(Facts(UNWANTED, uncertain=True), Step.LOOK_FOR, id="not wanted, perhaps made"),
        pytest.param(Facts(UNWANTED), Step.LET_GO, id="not wanted, never made"),
        pytest.param(Facts(REMOVED), Step.REST, id="taken away"),
    ],
)
def test_the_next_step(facts, step):
    assert steps.next_step(facts) is step


@given(st.builds(Facts, st.sampled_from(MeetingState), *[st.booleans()] * 6))
def test_what_is_over_is_left_alone_and_what_is_uncertain_never_made_again(facts):
    step = steps.next_step(facts)
    if facts.over:
        assert step is Step.REST
    if facts.uncertain:
        assert step is not Step.MAKE
    if facts.there:
        assert step not in {Step.MAKE, Step.LOOK_FOR, Step.LET_GO}


ASKED = {
    "topic": "HCV",
    "starts_at": NOW.isoformat(),
    "minutes": 90,
    "zone": "America/Denver",
    "hosts_too": ["a@b.test"],
}


@pytest.mark.parametrize(
    ("got", "fields"),
    [
        pytest.param({}, set(), id="it tells nothing"),
        pytest.param({**ASKED}, set(), id="all the same"),
        pytest.param({"starts_at": "2026-11-25T12:00:00Z"}, set(), id="another spelling of the moment"),
        pytest.param({"starts_at": "2026-11-25T13:00:00Z"}, {"starts_at"}, id="an hour later"),
        pytest.param({"zone": "US/Mountain"}, set(), id="another name of the zone"),
        pytest.param({"zone": "America/New_York"}, {"zone"}, id="another zone"),
        pytest.param({"hosts_too": ["A@b.test"]}, set(), id="capitals in an address"),
        pytest.param({"hosts_too": []}, {"hosts_too"}, id="without the alternative host"),
        pytest.param({"minutes": 60, "topic": "HCV "}, {"minutes"}, id="shorter"),
        pytest.param({"use_pmi": True}, set(), id="what was not asked for"),
    ],
)
def test_differences(got, fields):
    assert steps.differences(ASKED, got).keys() == fields


@given(st.integers(1, 40), st.integers(0, 200_000), st.floats(0, 1))
def test_nobody_is_asked_earlier_than_they_want_nor_later_than_a_day_and_a_bit(failures, after, jitter):
    at = steps.try_again_at(failures, NOW, after_seconds=after, jitter=jitter)
    assert at - NOW >= min(timedelta(seconds=after), timedelta(days=1))
    assert timedelta(seconds=30) <= at - NOW <= timedelta(days=1, minutes=45)


def test_delays_double_up_to_half_an_hour_and_after_a_no_they_are_hours():
    waits = [(steps.try_again_at(n, NOW) - NOW).total_seconds() for n in range(1, 9)]
    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
    assert [(steps.refused_again_at(n, NOW) - NOW).total_seconds() / 3600 for n in (1, 2, 3, 9)] == [1, 2, 4, 24]


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)), st.floats(0, 1))
def test_a_new_day_begins_after_midnight_utc(now, jitter):
    at = steps.next_day(now, jitter=jitter)
    assert at.date() == now.date() + timedelta(days=1) and (at.hour, at.minute // 5) == (0, 0)


spans = st.tuples(st.integers(0, 600), st.integers(10, 180)).map(
    lambda pair: Span(NOW + timedelta(minutes=pair[0]), NOW + timedelta(minutes=sum(pair)))
)


@given(st.lists(spans, max_size=12), st.integers(1, 3), st.integers(1, 2))
def test_hosts_given_one_after_another_are_never_in_more_places_than_they_can_be(wishes, count, at_once):
    taken = {number: [] for number in range(count)}
    for wish in wishes:
        hosts = [Candidate(number, at_once, tuple(has), 100) for number, has in taken.items()]
        chosen = slots.choose(hosts, wish, BUFFER)
        if chosen is not None:
            taken[chosen.id].append(wish)
        else:
            assert not any(slots.is_free(at_once, has, wish, BUFFER) for has in taken.values())
    assert all(slots.most_at_once(has, BUFFER) <= at_once for has in taken.values())


@given(spans, spans)
def test_meeting_is_mutual(one, other):
    assert slots.meets(one, other, BUFFER) == slots.meets(other, one, BUFFER)


def test_of_free_hosts_the_one_who_leads_comes_first_then_the_one_with_most_calls_left():
    wish = Span(NOW, NOW + timedelta(hours=1))
    some = (
        Candidate(1, 1, (), 5),
        Candidate(2, 1, (), 50),
        Candidate(3, 1, (), 1, preferred=True),
        Candidate(4, 1, (), 0),
    )
    assert slots.choose(some, wish, BUFFER).id == 3
    assert slots.choose(some[:2], wish, BUFFER).id == 2
    assert slots.choose(some[3:], wish, BUFFER) is None
    busy = {
        9: (Span(NOW, NOW + timedelta(minutes=30), "S-1"), Span(NOW + timedelta(hours=4), NOW + timedelta(hours=5)))
    }
    assert slots.in_the_way(busy, wish, BUFFER) == {9: ("S-1",)}
