"""Finding policies and awards, and adding awards up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from echo_sessions.credit.models import Award, Policy
from echo_sessions.credit.rules import credit_year, total
from echo_sessions.database import db
from echo_sessions.sessions.models import Session


@dataclass(frozen=True)
class YearTotal:
    """One person's awards of one type in one year; `credit_type` None: presence without credit."""

    year: int
    credit_type: str | None
    sessions: int
    minutes: int
    claimed: Decimal


def policy_by_code(code: str) -> Policy | None:
    """The policy with this code."""
    return db.session.scalars(select(Policy).where(Policy.code == code)).one_or_none()


def policies_of(program_id: int) -> Sequence[Policy]:
    """The policies of a program, those in force first, the newest first."""
    chosen = select(Policy).where(Policy.program_id == program_id)
    return db.session.scalars(
        chosen.order_by(Policy.retired_at.is_not(None), Policy.approved_on.desc(), Policy.id.desc())
    ).all()


def policy_for(session: Session) -> Policy | None:
    """The policy under which a session gives credit: the newest in force whose approval is not after its day."""
    held_on = day_of(session)
    chosen = select(Policy).where(
        Policy.program_id == session.series.program_id, Policy.retired_at.is_(None), Policy.approved_on <= held_on
    )
    return db.session.scalars(chosen.order_by(Policy.approved_on.desc(), Policy.id.desc())).first()


def day_of(session: Session) -> date:
    """The day of a session where it was announced."""
    return session.starts_at.astimezone(ZoneInfo(session.zone)).date()


def of_session(session_id: int) -> Sequence[Award]:
    """The awards of a session that hold, by person."""
    chosen = select(Award).where(Award.session_id == session_id, Award.replaced_at.is_(None)).order_by(Award.person_id)
    return db.session.scalars(chosen.options(selectinload(Award.policy))).unique().all()


def of_person(person_id: int, *, most: int | None = None) -> Sequence[Award]:
    """Somebody's awards that hold, the newest session first."""
    chosen = (
        select(Award)
        .join(Session, Session.id == Award.session_id)
        .where(Award.person_id == person_id, Award.replaced_at.is_(None))
        .options(selectinload(Award.session))
        .order_by(Session.starts_at.desc())
    )
    return db.session.scalars(chosen.limit(most)).unique().all()


def totals_of(person_id: int) -> list[YearTotal]:
    """Somebody's awards added up by calendar year and type, the newest year first."""
    groups: dict[tuple[int, str], list[Award]] = {}
    for award in of_person(person_id):
        groups.setdefault((credit_year(day_of(award.session)), award.credit_type or ""), []).append(award)
    return [
        YearTotal(
            year,
            kind or None,
            len(found),
            sum(award.minutes for award in found),
            total(award.claimed for award in found),
        )
        for (year, kind), found in sorted(groups.items(), key=lambda item: (-item[0][0], item[0][1]))
    ]


def next_number(person_id: int, session_id: int, policy_id: int | None) -> int:
    """The number of the next award of somebody for a session: 1 for the first."""
    chosen: Any = select(Award.number).where(Award.person_id == person_id, Award.session_id == session_id)
    return max(db.session.scalars(chosen), default=0) + 1
