"""How long a check holds, how somebody stands, and which letter is due: by table and by hypothesis."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import Refused
from echo_sessions.verification import rules
from echo_sessions.verification.rules import Check, Notice, Standing, Verdict, VerificationState, Way

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
CHECKS = st.builds(Check, st.sampled_from(VerificationState), st.none() | MOMENTS)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("checked", "ends"),
    [
        pytest.param("2026-11-25T12:00", "2028-11-25T12:00", id="two years on, at the same hour"),
        pytest.param("2024-02-29T23:59", "2026-02-28T23:59", id="the 29 February becomes the 28th"),
        pytest.param("2026-02-28T08:00", "2028-02-28T08:00", id="the 28 February stays the 28th in a leap year"),
        pytest.param("2022-03-01T00:00", "2024-03-01T00:00", id="over a leap day the date stays"),
        pytest.param("2098-12-31T23:59", "2100-12-31T23:59", id="2100 is no leap year and nothing breaks"),
        pytest.param("2096-02-29T10:00", "2098-02-28T10:00", id="a leap day before 2100"),
    ],
)
def test_a_check_holds_twenty_four_months(checked, ends):
    assert rules.expires(moment(checked)) == moment(ends)


@given(MOMENTS)
def test_it_never_holds_longer_than_two_years_and_a_day_less_than_one_day_shorter(checked):
    assert timedelta(days=729) <= rules.expires(checked) - checked <= timedelta(days=731)


VERIFIED, WAITING, MORE, REFUSED, ENDED = (
    VerificationState.VERIFIED, VerificationState.WAITING, VerificationState.MORE, VerificationState.REFUSED, VerificationState.ENDED,
)  # fmt: skip


@pytest.mark.parametrize(
    ("checks", "stands"),
    [
        pytest.param([], Standing.NONE, id="nobody ever asked"),
        pytest.param([Check(WAITING)], Standing.WAITING, id="asked"),
        pytest.param([Check(MORE)], Standing.MORE, id="asked back"),
        pytest.param([Check(REFUSED)], Standing.REFUSED, id="refused"),
        pytest.param([Check(ENDED, NOW - DAY)], Standing.ENDED, id="taken back"),
        pytest.param([Check(VERIFIED, NOW + 61 * DAY)], Standing.VERIFIED, id="holds"),
        pytest.param([Check(VERIFIED, NOW + 60 * DAY)], Standing.ENDING, id="ends in sixty days"),
        pytest.param([Check(VERIFIED, NOW + timedelta(seconds=1))], Standing.ENDING, id="in its last second it holds"),
        pytest.param([Check(VERIFIED, NOW)], Standing.EXPIRED, id="at the moment of its end it does not"),
        pytest.param([Check(VERIFIED, NOW - DAY), Check(WAITING)], Standing.WAITING, id="expired, and asked again"),
        pytest.param([Check(VERIFIED, NOW + 30 * DAY), Check(WAITING)], Standing.ENDING, id="a renewal waits while the old one holds"),
        pytest.param([Check(VERIFIED, NOW + 30 * DAY), Check(REFUSED)], Standing.ENDING, id="a refused renewal ends nothing"),
        pytest.param([Check(VERIFIED, NOW + 300 * DAY), Check(VERIFIED, NOW + 20 * DAY)], Standing.VERIFIED, id="the longest counts"),
        pytest.param([Check(REFUSED), Check(VERIFIED, NOW + 300 * DAY)], Standing.VERIFIED, id="refused first, verified then"),
        pytest.param([Check(WAITING), Check(REFUSED)], Standing.WAITING, id="what is open counts before what is over"),
    ],
)  # fmt: skip
def test_how_somebody_stands(checks, stands):
    assert rules.standing(checks, NOW) is stands


@given(st.lists(CHECKS, max_size=5), MOMENTS)
def test_somebody_stands_as_verified_exactly_when_a_check_holds(checks, now):
    holds = any(rules.holds(check, now) for check in checks)
    assert (rules.standing(checks, now) in {Standing.VERIFIED, Standing.ENDING}) == holds


@given(st.lists(CHECKS, max_size=5), MOMENTS)
def test_only_who_is_verified_for_long_may_not_ask(checks, now):
    stands = rules.standing(checks, now)
    assert rules.may_ask(stands) == (stands is not Standing.VERIFIED)


@pytest.mark.parametrize(
    ("before", "which"),
    [
        pytest.param(61 * DAY, None, id="61 days before: none"),
        pytest.param(60 * DAY, Notice.SOON, id="60 days before: the first"),
        pytest.param(15 * DAY, Notice.SOON, id="15 days before: still the first, if it was missed"),
        pytest.param(14 * DAY, Notice.LAST, id="14 days before: the second"),
        pytest.param(timedelta(seconds=1), Notice.LAST, id="a second before: still the second"),
        pytest.param(timedelta(0), Notice.EXPIRED, id="at the end: the third"),
        pytest.param(-6 * DAY, Notice.EXPIRED, id="six days late: still told"),
        pytest.param(-7 * DAY, None, id="a week late: no more"),
        pytest.param(-400 * DAY, None, id="nobody hears of last year"),
    ],
)
def test_which_letter_about_the_end_is_due(before, which):
    assert rules.notice(NOW, NOW - before) is which


@pytest.mark.parametrize(
    ("way", "given_", "refusal"),
    [
        pytest.param(Way.REGISTER, {"body": "Board", "number": "1"}, None, id="a register with its number"),
        pytest.param(Way.REGISTER, {"body": "Board", "number": None}, "which register", id="a register without a number"),
        pytest.param(Way.REGISTER, {"body": None, "number": "1"}, "which register", id="a number without a register"),
        pytest.param(Way.LETTER, {"has_letter": True}, None, id="a letter"),
        pytest.param(Way.LETTER, {}, "Choose the letter", id="a letter that is not there"),
        pytest.param(Way.SITE_LEAD, {}, None, id="the lead needs nothing else"),
        pytest.param(Way.DIRECTOR, {}, None, id="the director needs nothing else"),
    ],
)  # fmt: skip
def test_what_a_request_needs(way, given_, refusal):
    values = {"body": None, "number": None, "has_letter": False} | given_
    if refusal is None:
        rules.may_be_asked_for(way, **values)
    else:
        with pytest.raises(Refused, match=refusal):
            rules.may_be_asked_for(way, **values)


@pytest.mark.parametrize("state", VerificationState)
def test_only_what_is_open_is_decided(state):
    if state in rules.OPEN:
        rules.may_be_decided(state)
    else:
        with pytest.raises(Refused, match="decided already"):
            rules.may_be_decided(state)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_no_needs_words(verdict):
    rules.needs_reason(verdict, "The number is somebody else's.")
    if verdict is Verdict.VERIFIED:
        rules.needs_reason(verdict, " ")
    else:
        with pytest.raises(Refused, match="what the person is told"):
            rules.needs_reason(verdict, " ")


def test_every_word_of_the_house_is_said():
    assert set(rules.STATE_WORDS) == set(VerificationState)
    assert set(rules.WAY_WORDS) == set(rules.WAY_SHORT) == set(Way)
