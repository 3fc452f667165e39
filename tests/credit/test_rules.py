"""What minutes earn: published tables, the doubtful cases, and what must hold for every rule."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.credit.rules import (
    CreditRule,
    Rounding,
    claimable,
    credit,
    credit_year,
    eligible,
    learner_minutes,
    may_offer,
    refuse_unapproved,
    rounded,
    total,
)
from echo_sessions.errors import Refused

HELD = date(2026, 11, 25)

AMA = CreditRule("AMA PRA Category 1", maximum=Decimal("1.00"), minimum=Decimal("0.25"))
AMA_DOWN = CreditRule("AMA PRA Category 1", maximum=Decimal("1.00"), minimum=Decimal("0.25"), mode=Rounding.DOWN)
EACCME = CreditRule("ECMEC", step=Decimal("0.5"), mode=Rounding.DOWN, decimals=1, maximum=Decimal("1.0"))
ANCC = CreditRule("ANCC contact hours", step=Decimal("0.01"), mode=Rounding.DOWN, maximum=Decimal("1.00"))
WHOLE = CreditRule("CPD credits", step=Decimal(1), mode=Rounding.DOWN, decimals=0, maximum=Decimal(1))


@pytest.mark.parametrize(
    ("minutes", "amounts"),
    [
        pytest.param(7, ("0.00", "0.00", "0.0", "0.11", "0"), id="7 minutes: 0.12 is under half a step"),
        pytest.param(8, ("0.25", "0.00", "0.0", "0.13", "0"), id="8 minutes round up to the first quarter"),
        pytest.param(52, ("0.75", "0.75", "0.5", "0.86", "0"), id="52 minutes are nearer to three quarters"),
        pytest.param(53, ("1.00", "0.75", "0.5", "0.88", "0"), id="53 minutes are nearer to the hour"),
        pytest.param(60, ("1.00", "1.00", "1.0", "1.00", "1"), id="all of it"),
        pytest.param(75, ("1.00", "1.00", "1.0", "1.00", "1"), id="over time earns no more than was designated"),
    ],
)
def test_one_session_under_five_rules(minutes, amounts):
    rules = (AMA, AMA_DOWN, EACCME, ANCC, WHOLE)
    assert tuple(str(credit(minutes, rule, window_minutes=90).computed) for rule in rules) == amounts


@pytest.mark.parametrize(("minutes", "amount"), [(37, "0.50"), (38, "0.75"), (7, "0.00"), (8, "0.25")])
def test_the_nearest_quarter_hour(minutes, amount):
    assert str(credit(minutes, AMA, window_minutes=60).computed) == amount


@pytest.mark.parametrize(
    ("mode", "minutes", "amount"),
    [
        pytest.param(Rounding.NEAREST, 15, "0.25", id="half a step goes up"),
        pytest.param(Rounding.NEAREST, 14, "0.00", id="just under half a step goes down"),
        pytest.param(Rounding.DOWN, 29, "0.00", id="a minute short of a step"),
        pytest.param(Rounding.DOWN, 30, "0.25", id="exactly a step"),
    ],
)
def test_ties_where_a_step_takes_thirty_minutes(mode, minutes, amount):
    rule = CreditRule("State council", unit_minutes=120, mode=mode)
    assert str(rounded(minutes, rule)) == amount


def test_ten_sessions_rounded_each_are_what_the_transcript_says():
    awards = [credit(52, AMA, window_minutes=60).computed for _ in range(10)]
    assert total(awards) == Decimal("7.50")


@pytest.mark.parametrize(
    ("rule", "minutes", "amount", "working"),
    [
        pytest.param(
            CreditRule("Hours", threshold_minutes=30), 29, "0.00",
            "29 minutes are fewer than the 30 needed: no credit.", id="under a threshold in minutes",
        ),
        pytest.param(
            CreditRule("Hours", threshold_percent=80), 47, "0.00",
            "47 of 60 minutes are less than the 80 per cent needed: no credit.", id="under a threshold in per cent",
        ),
        pytest.param(
            CreditRule("Hours", threshold_percent=80), 48, "0.75",
            "48 minutes at 60 a credit are 0.80, to the nearest 0.25: 0.75.", id="exactly the percentage",
        ),
        pytest.param(
            CreditRule("Hours", minimum=Decimal("0.50")), 20, "0.00",
            "20 minutes at 60 a credit are 0.33; the smallest award is 0.50: no credit.", id="under the smallest award",
        ),
        pytest.param(
            CreditRule("Hours", maximum=Decimal("0.50"), mode=Rounding.DOWN), 59, "0.50",
            "59 minutes at 60 a credit are 0.98, down to a step of 0.25: 0.75; at most 0.50.", id="over the maximum",
        ),
    ],
)  # fmt: skip
def test_the_working_is_shown(rule, minutes, amount, working):
    outcome = credit(minutes, rule, window_minutes=60)
    assert (str(outcome.computed), str(outcome.working)) == (amount, working)


@pytest.mark.parametrize(
    ("left", "amount"),
    [
        pytest.param("2.00", "1.00", id="plenty left of the day"),
        pytest.param("0.60", "0.50", id="the rest of a cap is used in whole steps"),
        pytest.param("0.00", "0.00", id="a used up cap"),
        pytest.param("-1.00", "0.00", id="a cap lowered afterwards never takes away"),
    ],
)
def test_a_daily_cap(left, amount):
    assert str(credit(60, AMA, window_minutes=60, cap_left=Decimal(left)).computed) == amount


def test_a_used_up_cap_is_named_as_the_reason():
    outcome = credit(60, AMA, window_minutes=60, cap_left=Decimal(0))
    assert str(outcome.working) == "These minutes come to 1.00, but only 0.00 is left: no credit."


def test_what_is_offered_does_not_depend_on_who_came():
    assert credit(8, AMA, window_minutes=60).offered == Decimal("1.00")
    assert credit(8, CreditRule("Hours"), window_minutes=90).offered == Decimal("1.50")


def test_credit_waits_for_the_evaluation_with_its_amount():
    rule = CreditRule("ECMEC", evaluation_required=True)
    outcome = credit(60, rule, window_minutes=60, evaluated=False)
    assert outcome.computed == 1
    assert str(outcome.pending) == "The evaluation of this session is not done yet."
    assert credit(60, rule, window_minutes=60, evaluated=True).pending is None


def test_nobody_is_asked_for_an_evaluation_that_earns_nothing():
    rule = CreditRule("ECMEC", evaluation_required=True)
    assert credit(3, rule, window_minutes=60, evaluated=False).pending is None


def test_another_profession_attends_without_earning():
    rule = CreditRule("AMA PRA Category 1", professions=frozenset({"physician"}))
    assert credit(60, rule, window_minutes=60, profession="physician").computed == 1
    outcome = credit(60, rule, window_minutes=60, profession="nurse")
    assert outcome.computed == 0
    assert str(outcome.working) == "AMA PRA Category 1 is not for this profession; 60 minutes count as attendance."
    assert not eligible(rule, None)
    assert eligible(CreditRule("Hours"), None)


def test_nobody_learns_from_the_own_talk():
    assert learner_minutes(60, 20) == 40
    assert learner_minutes(10, 20) == 0


@pytest.mark.parametrize(
    ("rule", "may"),
    [
        pytest.param(CreditRule("A", approved_on=date(2026, 11, 24)), True, id="approved the day before"),
        pytest.param(CreditRule("A", approved_on=HELD), True, id="approved that day"),
        pytest.param(CreditRule("A", approved_on=date(2026, 11, 26)), False, id="approved afterwards"),
        pytest.param(CreditRule("A"), False, id="never approved"),
        pytest.param(CreditRule("A", needs_approval=False), True, id="hours that nobody has to approve"),
        pytest.param(
            CreditRule("A", approved_on=date(2025, 1, 1), approved_until=date(2026, 1, 1)), False, id="approval ended"
        ),
    ],
)
def test_approval_comes_before_the_session(rule, may):
    assert may_offer(rule, HELD) is may
    if may:
        refuse_unapproved(rule, HELD)
    else:
        with pytest.raises(Refused, match="A "):
            refuse_unapproved(rule, HELD)


def test_a_late_approval_is_refused_with_both_dates():
    with pytest.raises(Refused) as refusal:
        refuse_unapproved(CreditRule("MOC Section 1", approved_on=date(2026, 12, 1)), HELD)
    assert str(refusal.value) == (
        "MOC Section 1 was approved on 2026-12-01, after the session of 2026-11-25; credit is never given backwards."
    )


@pytest.mark.parametrize(
    ("claimed", "sentence"),
    [
        ("1.00", "Your attendance comes to 0.75; 1.00 is more than that. Claim 0.75 or less."),
        ("0.30", "Claim in steps of 0.25; 0.30 is between two steps."),
        ("-0.25", "Claim 0 or more; -0.25 is not possible."),
        ("NaN", "Claim 0 or more; NaN is not possible."),
    ],
)
def test_claims_that_are_refused(claimed, sentence):
    with pytest.raises(Refused) as refusal:
        claimable(Decimal(claimed), Decimal("0.75"), step=Decimal("0.25"))
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("claimed", ["0", "0.5", "0.75"])
def test_less_may_be_claimed_than_was_earned(claimed):
    assert claimable(Decimal(claimed), Decimal("0.75"), step=Decimal("0.25")) == Decimal(claimed)


def test_a_claim_is_written_like_the_award():
    assert str(claimable(Decimal("0.5"), Decimal("0.75"), step=Decimal("0.25"))) == "0.50"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"unit_minutes": 0}, id="a credit of no minutes"),
        pytest.param({"step": Decimal(0)}, id="no step"),
        pytest.param({"step": Decimal("0.125")}, id="a step finer than the decimals"),
        pytest.param({"maximum": Decimal("1.10")}, id="a maximum between two steps"),
        pytest.param({"minimum": Decimal("0.10")}, id="a minimum between two steps"),
        pytest.param({"threshold_percent": 101}, id="more than all of it"),
        pytest.param({"threshold_percent": 80, "threshold_minutes": 30}, id="two thresholds"),
        pytest.param({"decimals": 9}, id="nine decimals"),
    ],
)
def test_rules_that_make_no_sense_are_refused(fields):
    with pytest.raises(Refused):
        CreditRule("Hours", **fields)


@pytest.mark.parametrize(
    ("day", "starts", "year"),
    [
        (date(2026, 3, 31), (1, 1), 2026),
        (date(2026, 3, 31), (4, 1), 2025),
        (date(2026, 4, 1), (4, 1), 2026),
    ],
)
def test_the_year_in_which_credit_counts(day, starts, year):
    assert credit_year(day, starts=starts) == year


@st.composite
def credit_rules(draw: st.DrawFn) -> CreditRule:
    decimals = draw(st.integers(0, 2))
    step = draw(st.integers(1, 150)) * Decimal(1).scaleb(-decimals)
    return CreditRule(
        "Hours",
        unit_minutes=draw(st.integers(1, 240)),
        step=step,
        decimals=decimals,
        mode=draw(st.sampled_from(Rounding)),
        minimum=draw(st.integers(0, 3)) * step,
        maximum=draw(st.none() | st.integers(0, 20).map(lambda steps: steps * step)),
        threshold_percent=draw(st.integers(0, 100)),
    )


PRESENT = st.integers(0, 300)


@given(credit_rules(), PRESENT, PRESENT, st.integers(1, 300))
def test_longer_attendance_never_earns_less(rule, one, other, window):
    less, more = sorted((one, other))
    assert credit(less, rule, window_minutes=window).computed <= credit(more, rule, window_minutes=window).computed


@given(credit_rules(), PRESENT, st.integers(1, 300), st.none() | st.decimals(-5, 50, places=2))
def test_an_award_is_a_multiple_of_the_step_within_every_limit(rule, minutes, window, left):
    outcome = credit(minutes, rule, window_minutes=window, cap_left=left)
    assert outcome.computed % rule.step == 0
    assert 0 <= outcome.computed <= outcome.offered
    assert outcome.computed == 0 or outcome.computed >= rule.minimum
    assert left is None or outcome.computed <= max(left, Decimal(0))
    assert str(outcome.working)


@given(credit_rules(), PRESENT)
def test_rounding_is_off_by_less_than_a_step_and_to_the_nearest_by_half_of_it(rule, minutes):
    distance = abs(rounded(minutes, rule) * rule.unit_minutes - minutes)
    allowed = rule.step * rule.unit_minutes
    assert distance * 2 <= allowed if rule.mode is Rounding.NEAREST else distance < allowed


@given(credit_rules(), st.lists(PRESENT, max_size=30))
def test_the_transcript_is_the_sum_of_the_certificates(rule, sessions):
    awards = [credit(minutes, rule, window_minutes=300).computed for minutes in sessions]
    written = sum(int(award.scaleb(rule.decimals)) for award in awards)
    assert total(awards) == Decimal(written).scaleb(-rule.decimals)
