"""Whether somebody is verified, and what waits to be checked."""

from datetime import datetime

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import VerificationState


def holding(person_id: int, now: datetime) -> Verification | None:
    """The verification that holds now, the longest one if there are several."""
    chosen = select(Verification).where(
        Verification.person_id == person_id,
        Verification.state == VerificationState.VERIFIED,
        Verification.expires_at > now,
    )
    return db.session.scalars(chosen.order_by(Verification.expires_at.desc()).limit(1)).first()


def is_verified(person_id: int, now: datetime) -> bool:
    """Whether somebody is a known health worker (or vouched for) at this moment."""
    return holding(person_id, now) is not None
