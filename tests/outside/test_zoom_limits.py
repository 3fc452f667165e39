"""How long to wait, whatever way Zoom says it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.outside.meetings.zoom import limits
from echo_sessions.outside.meetings.zoom.limits import Whose

NOW = datetime(2026, 11, 25, 19, 30, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)
HOST_DAY = "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("7", 7, id="seconds"),
        pytest.param(" 0 ", 0, id="no seconds"),
        pytest.param("2.5", 2.5, id="parts of seconds"),
        pytest.param("Wed, 25 Nov 2026 19:30:09 GMT", 9, id="a date of HTTP"),
        pytest.param("2026-11-25T19:30:12Z", 12, id="an ISO date and time"),
        pytest.param("2026-11-25T20:30:12+01:00", 12, id="an ISO date and time elsewhere"),
        pytest.param("2026-11-25T19:30:12", 12, id="an ISO date and time without a zone"),
        pytest.param("2020-05-31T00:00:00Z", 0, id="past"),
        pytest.param("", None, id="absent"),
        pytest.param("soon", None, id="words"),
        pytest.param("-5", None, id="less than nothing"),
    ],
)
def test_retry_after_is_read_in_all_its_forms(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert limits.retry_after(value, NOW) == expected


@given(st.integers(min_value=0, max_value=86_000))
def test_all_forms_of_one_moment_mean_the_same(seconds):
    moment = NOW + timedelta(seconds=seconds)
    forms = (
        str(seconds),
        format_datetime(moment, usegmt=True),
        moment.isoformat(),
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    assert {limits.retry_after(form, NOW) for form in forms} == {timedelta(seconds=seconds)}


@given(st.text(max_size=60))
def test_whatever_stands_there_nothing_breaks(value):
    waited = limits.retry_after(value, NOW)
    assert waited is None or waited >= timedelta()
    assert NOW < limits.limit(value, {"Retry-After": value}, NOW).until <= NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("message", "headers", "whose", "until"),
    [
        pytest.param(HOST_DAY, {}, Whose.HOST, MIDNIGHT, id="a host's day, without any header"),
        pytest.param(HOST_DAY, {"x-ratelimit-remaining": "5893", "X-RateLimit-Type": "QPS", "Retry-After": "1"}, Whose.HOST, MIDNIGHT, id="a host's day, with counters of another limit"),
        pytest.param("You have reached the maximum daily rate limit for this API.", {"Retry-After": "2026-11-26T00:00:00Z"}, Whose.DAY, MIDNIGHT, id="the account's day"),
        pytest.param("Too many requests", {"X-RateLimit-Type": "Daily-limit"}, Whose.DAY, MIDNIGHT, id="a day, by the header alone"),
        pytest.param("You have reached the maximum per-second rate limit for this API.", {"x-ratelimit-type": "QPS"}, Whose.MOMENT, NOW + timedelta(seconds=1), id="a second, without Retry-After"),
        pytest.param("You have reached the maximum per-second rate limit.", {"RETRY-AFTER": "2026-11-25T19:30:03Z"}, Whose.MOMENT, NOW + timedelta(seconds=3), id="a second, with an ISO moment"),
        pytest.param("Too many requests", {"retry-after": "Wed, 25 Nov 2026 19:30:05 GMT"}, Whose.MOMENT, NOW + timedelta(seconds=5), id="a second, with a date of HTTP"),
        pytest.param("", {}, Whose.MOMENT, NOW + timedelta(seconds=1), id="nothing said"),
        pytest.param("exceeded the daily rate limit (3) of Add Registrant requests for this registrant", {}, Whose.REGISTRANT, MIDNIGHT, id="one registrant's day"),
    ],
)  # fmt: skip
def test_whose_limit_it_is_and_until_when(message, headers, whose, until):
    assert limits.limit(message, headers, NOW) == limits.Limit(whose, until)
