"""Finding who opened a case by breaking the glass."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from echo_sessions.cases.models import BrokenGlass
from echo_sessions.database import db


def is_broken(case_id: int, person_id: int, now: datetime) -> bool:
    """Whether somebody opened this case within the last hour, or how long it holds."""
    chosen = select(BrokenGlass.id).where(
        BrokenGlass.case_id == case_id, BrokenGlass.person_id == person_id, BrokenGlass.at <= now, BrokenGlass.ends_at > now
    )  # fmt: skip
    return db.session.scalar(chosen.limit(1)) is not None


def of_case(case_id: int) -> Sequence[BrokenGlass]:
    """Everybody who did so with this case, the newest first."""
    chosen = select(BrokenGlass).where(BrokenGlass.case_id == case_id)
    return db.session.scalars(chosen.order_by(BrokenGlass.at.desc(), BrokenGlass.id.desc())).unique().all()
