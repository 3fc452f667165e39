"""What minutes earn under an accreditor's rule. Integers and `Decimal` only, so that a transcript adds up.

A rule is data that the organiser enters; nothing here knows any accreditor. Minutes are whole minutes of
presence inside the educational window, already rounded down by the register.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

NOTHING = Decimal(0)


class Rounding(StrEnum):
    """How an amount between two steps becomes one of them."""

    NEAREST = "nearest"
    """To the nearer step; exactly half a step goes up."""
    DOWN = "down"


@dataclass(frozen=True)
class CreditRule:
    """One version of what one accreditor grants for one session; an award keeps a copy of it.

    `unit_minutes` is how long one whole credit takes: 60 for an hour, 30 where an hour gives two.
    `maximum` is what was designated for the session; None where the accreditor designates no figure.
    At most one of the two thresholds is set: fewer minutes, or a smaller share of the window, earn nothing.
    `professions` of None means everybody; else all others get a certificate of attendance.
    `approved_on` is the day of the accreditor's approval, needed before any session unless `needs_approval` is off.
    """

    credit_type: str
    unit_minutes: int = 60
    step: Decimal = Decimal("0.25")
    mode: Rounding = Rounding.NEAREST
    minimum: Decimal = NOTHING
    maximum: Decimal | None = None
    decimals: int = 2
    threshold_minutes: int = 0
    threshold_percent: int = 0
    professions: frozenset[str] | None = None
    evaluation_required: bool = False
    needs_approval: bool = True
    approved_on: date | None = None
    approved_until: date | None = None

    def __post_init__(self) -> None:
        if self.unit_minutes < 1:
            raise Refused(msgid("One credit of %(type)s must take at least one minute."), type=self.credit_type)
        if not 0 <= self.decimals <= 4:
            raise Refused(msgid("Credit is written with 0 to 4 decimals, not %(decimals)s."), decimals=self.decimals)
        if self.step <= 0 or not _fits(self.step, self.smallest_unit):
            raise Refused(
                msgid("The step of %(type)s must be above 0 and have at most %(decimals)s decimals."),
                type=self.credit_type,
                decimals=self.decimals,
            )
        for amount in (self.minimum, NOTHING if self.maximum is None else self.maximum):
            if amount < 0 or not _fits(amount, self.step):
                raise Refused(
                    msgid("%(amount)s is not a multiple of the step %(step)s; choose another maximum or minimum."),
                    amount=amount,
                    step=self.step,
                )
        if self.threshold_minutes < 0 or not 0 <= self.threshold_percent <= 100:
            raise Refused(msgid("A threshold is a number of minutes, or 0 to 100 per cent of the session."))
        if self.threshold_minutes and self.threshold_percent:
            raise Refused(msgid("Give the threshold in minutes or in per cent, not both."))

    @property
    def smallest_unit(self) -> Decimal:
        """The last decimal that is written: 0.01 for two decimals."""
        return Decimal(1).scaleb(-self.decimals)

    def written(self, amount: Decimal) -> Decimal:
        """The amount with exactly the decimals of this rule, so that 1 reads 1.00."""
        return amount.quantize(self.smallest_unit)


@dataclass(frozen=True)
class Outcome:
    """What a person's minutes come to.

    `offered` is the most that the session could give, `computed` what these minutes earn, `working` how. A
    `pending` reason means that the computed amount must not be awarded yet.
    """

    offered: Decimal
    computed: Decimal
    working: Said
    pending: Said | None = None


def may_offer(rule: CreditRule, held_on: date) -> bool:
    """Whether credit may be given for a session on that day: approval comes first, never afterwards."""
    if not rule.needs_approval:
        return True
    if rule.approved_on is None or rule.approved_on > held_on:
        return False
    return rule.approved_until is None or held_on <= rule.approved_until


def refuse_unapproved(rule: CreditRule, held_on: date) -> None:
    """Refuse to attach a rule to a session that its approval does not cover."""
    if may_offer(rule, held_on):
        return
    if rule.approved_on is None:
        raise Refused(msgid("%(type)s has no approval yet; enter its date before offering it."), type=rule.credit_type)
    if rule.approved_on > held_on:
        raise Refused(
            msgid(
                "%(type)s was approved on %(approved)s, after the session of %(held)s; credit is never given backwards."
            ),
            type=rule.credit_type,
            approved=rule.approved_on,
            held=held_on,
        )
    raise Refused(
        msgid("The approval of %(type)s ended on %(ended)s, before the session of %(held)s."),
        type=rule.credit_type,
        ended=rule.approved_until,
        held=held_on,
    )


def eligible(rule: CreditRule, profession: str | None) -> bool:
    """Whether people of this profession can earn the credit at all; an unknown profession cannot, if it matters."""
    return rule.professions is None or profession in rule.professions


def learner_minutes(present: int, presented: int) -> int:
    """Minutes that count for a presenter's learner credit: nobody learns and teaches in the same minutes."""
    return max(0, present - presented)


def rounded(minutes: int, rule: CreditRule) -> Decimal:
    """Minutes in credits, rounded as the rule says, before any minimum or maximum."""
    parts = minutes * 10**rule.decimals
    per_step = rule.unit_minutes * int(rule.step.scaleb(rule.decimals))
    steps = parts // per_step if rule.mode is Rounding.DOWN else (2 * parts + per_step) // (2 * per_step)
    return rule.written(steps * rule.step)


def offered(window_minutes: int, rule: CreditRule) -> Decimal:
    """The most that a session of this length gives: what was designated, else credit for all of its minutes."""
    return rule.written(rounded(window_minutes, rule) if rule.maximum is None else rule.maximum)


def credit(
    minutes: int,
    rule: CreditRule,
    *,
    window_minutes: int,
    profession: str | None = None,
    evaluated: bool = True,
    cap_left: Decimal | None = None,
) -> Outcome:
    """What `minutes` of a session of `window_minutes` earn under `rule`.

    Minutes beyond the window do not count. `cap_left` is what a daily or yearly cap still allows; it is
    rounded down to a step. Credit that waits for an evaluation comes back computed and pending.
    """
    if minutes < 0 or window_minutes < 1:
        raise ValueError("minutes are never negative, and a session lasts at least one")
    minutes = min(minutes, window_minutes)
    amount, working = _earned(minutes, rule, window_minutes, profession, cap_left)
    waits = rule.evaluation_required and not evaluated and amount > 0
    return Outcome(
        offered=offered(window_minutes, rule),
        computed=rule.written(amount),
        working=working,
        pending=Said(msgid("The evaluation of this session is not done yet.")) if waits else None,
    )


def claimable(claimed: Decimal, computed: Decimal, *, step: Decimal) -> Decimal:
    """The claimed amount, if a person may claim it: not more than computed, in steps; claiming less is always allowed."""
    if not claimed.is_finite() or claimed < 0:
        raise Refused(msgid("Claim 0 or more; %(claimed)s is not possible."), claimed=claimed)
    if claimed > computed:
        raise Refused(
            msgid("Your attendance comes to %(computed)s; %(claimed)s is more than that. Claim %(computed)s or less."),
            claimed=claimed,
            computed=computed,
        )
    if not _fits(claimed, step):
        raise Refused(
            msgid("Claim in steps of %(step)s; %(claimed)s is between two steps."), claimed=claimed, step=step
        )
    return claimed.quantize(computed)


def total(awards: Iterable[Decimal]) -> Decimal:
    """The sum of awards: rounded once each, so that certificates and transcript always agree."""
    return sum(awards, start=NOTHING)


def credit_year(day: date, *, starts: tuple[int, int] = (1, 1)) -> int:
    """The year in which an accreditor counts `day`, named after its first day; `starts` is (month, day)."""
    return day.year if (day.month, day.day) >= starts else day.year - 1


def _earned(
    minutes: int, rule: CreditRule, window: int, profession: str | None, cap_left: Decimal | None
) -> tuple[Decimal, Said]:
    """The amount and the sentence that shows how it came about."""
    if not eligible(rule, profession):
        values = {"type": rule.credit_type, "minutes": minutes}
        return NOTHING, Said(
            msgid("%(type)s is not for this profession; %(minutes)s minutes count as attendance."), values
        )
    if minutes < rule.threshold_minutes:
        values = {"minutes": minutes, "threshold": rule.threshold_minutes}
        return NOTHING, Said(msgid("%(minutes)s minutes are fewer than the %(threshold)s needed: no credit."), values)
    if minutes * 100 < rule.threshold_percent * window:
        values = {"minutes": minutes, "window": window, "percent": rule.threshold_percent}
        return NOTHING, Said(
            msgid("%(minutes)s of %(window)s minutes are less than the %(percent)s per cent needed: no credit."), values
        )
    return _limited(minutes, rule, cap_left)


def _limited(minutes: int, rule: CreditRule, cap_left: Decimal | None) -> tuple[Decimal, Said]:
    """Rounding, then the smallest award, then the ceiling; `raw` is shown cut to two decimals."""
    amount = rounded(minutes, rule)
    ceilings = [limit for limit in (rule.maximum, cap_left) if limit is not None]
    ceiling = max(NOTHING, min(ceilings)) // rule.step * rule.step if ceilings else amount
    smallest = max(rule.minimum, rule.step)
    values: dict[str, Any] = {
        "minutes": minutes,
        "unit": rule.unit_minutes,
        "raw": Decimal(minutes * 100 // rule.unit_minutes).scaleb(-2),
        "step": rule.step,
        "rounded": amount,
        "minimum": rule.written(smallest),
        "maximum": rule.written(ceiling),
    }
    if amount < smallest:
        return NOTHING, Said(
            msgid(
                "%(minutes)s minutes at %(unit)s a credit are %(raw)s; the smallest award is %(minimum)s: no credit."
            ),
            values,
        )
    if ceiling < smallest:
        return NOTHING, Said(
            msgid("These minutes come to %(rounded)s, but only %(maximum)s is left: no credit."), values
        )
    return min(amount, ceiling), _granted(rule.mode, amount > ceiling, values)


def _granted(mode: Rounding, capped: bool, values: Mapping[str, Any]) -> Said:
    """How a granted amount was reached. Four whole sentences, because translators cannot join halves."""
    if mode is Rounding.NEAREST and not capped:
        return Said(
            msgid("%(minutes)s minutes at %(unit)s a credit are %(raw)s, to the nearest %(step)s: %(rounded)s."), values
        )
    if not capped:
        return Said(
            msgid("%(minutes)s minutes at %(unit)s a credit are %(raw)s, down to a step of %(step)s: %(rounded)s."),
            values,
        )
    if mode is Rounding.NEAREST:
        return Said(
            msgid(
                "%(minutes)s minutes at %(unit)s a credit are %(raw)s, to the nearest %(step)s: %(rounded)s; "
                "at most %(maximum)s."
            ),
            values,
        )
    return Said(
        msgid(
            "%(minutes)s minutes at %(unit)s a credit are %(raw)s, down to a step of %(step)s: %(rounded)s; "
            "at most %(maximum)s."
        ),
        values,
    )


def _fits(amount: Decimal, step: Decimal) -> bool:
    """Whether an amount is a whole number of steps."""
    return amount.is_finite() and amount % step == 0
