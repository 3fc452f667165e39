"""Verbs about credit: an accreditor's policy, and the awards that follow from a closed register."""

from datetime import date, datetime
from decimal import Decimal

from echo_sessions import ids
from echo_sessions.attendance import service as attendance
from echo_sessions.attendance.models import Attendance, Register
from echo_sessions.audit import service as audit
from echo_sessions.credit import queries, rules
from echo_sessions.credit.models import Award, Policy
from echo_sessions.credit.rules import CreditRule, Rounding
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, DutyState


def add_policy(
    program: Program, *, credit_type: str, provider: str, approved_on: date, statement: str, signatory_name: str, signatory_role: str,
    by: Person, now: datetime, approval_number: str | None = None, unit_minutes: int = 60, step: Decimal = Decimal("0.25"),
    mode: str = Rounding.NEAREST, minimum: Decimal = Decimal(0), maximum: Decimal | None = None, threshold_minutes: int = 0,
    threshold_percent: int = 0, professions: list[str] | None = None,
) -> Policy:  # fmt: skip
    """A policy for the program's sessions from its approval on, never backwards. Refuses figures that do not fit."""
    policy = Policy(
        code=ids.code("POL", 6), program=program, credit_type=credit_type.strip(), provider=provider.strip(),
        approval_number=approval_number or None, approved_on=approved_on, unit_minutes=unit_minutes, step=step, mode=Rounding(mode),
        minimum=minimum, maximum=maximum, threshold_minutes=threshold_minutes, threshold_percent=threshold_percent,
        professions=sorted(professions or []), statement=statement.strip(), signatory_name=signatory_name.strip(),
        signatory_role=signatory_role.strip(), created_at=now,
    )  # fmt: skip
    rule_of(policy)
    db.session.add(policy)
    db.session.flush()
    audit.record(by.id, "credit policy added", policy.code, at=now, program=program.code)
    return policy


def retire_policy(policy: Policy, *, by: Person, now: datetime) -> None:
    """Offer no more credit under this policy; awards made under it stay."""
    if policy.retired_at is not None:
        raise Refused("This policy is retired already.")
    policy.retired_at = now
    audit.record(by.id, "credit policy retired", policy.code, at=now)


def rule_of(policy: Policy) -> CreditRule:
    """The policy as a rule; refused when its figures do not fit together."""
    return CreditRule(
        credit_type=policy.credit_type, unit_minutes=policy.unit_minutes, step=policy.step.normalize(), mode=policy.mode,
        minimum=policy.minimum, maximum=policy.maximum, threshold_minutes=policy.threshold_minutes,
        threshold_percent=policy.threshold_percent, professions=frozenset(policy.professions) or None, approved_on=policy.approved_on,
    )  # fmt: skip


def close_and_award(session: Session, *, by: Person, now: datetime) -> Register:
    """Close the register and write everybody's award by the policy in force on that day.

    Without one there is presence but no credit. Whoever only ran the meeting gets an award of attendance too.
    """
    register = attendance.close(session, by=by, now=now)
    db.session.flush()
    policy = queries.policy_for(session)
    for row in register.rows:
        _award(session, row, policy, now=now)
    audit.record(
        by.id, "awards written", session.code, at=now, count=len(register.rows), policy=policy.code if policy else None
    )
    return register


def award_again(row: Attendance, *, by: Person, now: datetime) -> Award:
    """A new award after somebody's minutes were corrected; the old one stays, marked as replaced.

    The figures of the policy that the first award was made under are used, not those of today.
    """
    session = row.register.session
    old = next((award for award in queries.of_session(session.id) if award.person_id == row.person_id), None)
    if old is not None:
        old.replaced_at = now
    award = _award(session, row, old.policy if old is not None else queries.policy_for(session), now=now)
    audit.record(
        by.id,
        "award corrected",
        session.code,
        at=now,
        was=str(old.computed) if old else None,
        became=str(award.computed),
    )
    return award


def claim(award: Award, amount: Decimal, *, now: datetime) -> None:
    """What the person claims of it: not more than computed, in the policy's steps."""
    if award.policy is None:
        raise Refused("This session gave no credit to claim.")
    if award.replaced_at is not None:
        raise Refused("This award has been corrected; look at the newer one.")
    was = award.claimed
    award.claimed = rules.claimable(amount, award.computed, step=rule_of(award.policy).step)
    audit.record(
        award.person_id, "credit claimed", award.session.code, at=now, award=award.id,
        was=None if was is None else str(was), became=str(award.claimed),
    )  # fmt: skip


def _award(session: Session, row: Attendance, policy: Policy | None, *, now: datetime) -> Award:
    presented = presented_minutes(session, row.person_id)
    nothing = Decimal(0)
    outcome = (
        rules.credit(
            rules.learner_minutes(row.minutes, presented),
            rule_of(policy),
            window_minutes=session.minutes,
            profession=row.profession,
        )
        if policy is not None
        else None
    )
    computed = outcome.computed if outcome else nothing
    award = Award(
        person_id=row.person_id, session_id=session.id, policy=policy, attendance_id=row.id,
        number=queries.next_number(row.person_id, session.id, policy.id if policy else None), kind="credit" if computed > 0 else "attendance",
        minutes=row.minutes, offered=outcome.offered if outcome else nothing, computed=computed, claimed=computed,
        credit_type=policy.credit_type if policy and computed > 0 else None,
        working={"message": outcome.working.message, "values": {k: str(v) for k, v in outcome.working.values.items()}} if outcome else {},
        role=row.role, profession=row.profession, site_id=row.site_id, awarded_at=now,
    )  # fmt: skip
    db.session.add(award)
    db.session.flush()
    return award


def presented_minutes(session: Session, person_id: int) -> int:
    """The minutes of the didactic that somebody gave: nobody learns and teaches in the same minutes."""
    gave = any(
        duty.person_id == person_id and duty.role is DutyRole.PRESENTER and duty.state is DutyState.ACCEPTED
        for duty in session.duties
    )
    return sum(block.minutes for block in session.blocks if block.kind.value == "didactic") if gave else 0
