"""What has been queued as letters."""

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState


class Outbox:
    """Call it for the letters that are queued or sent, oldest first."""

    def __call__(self, kind: str | None = None) -> list[Letter]:
        db.session.rollback()
        chosen = select(Letter).where(Letter.state != LetterState.SUPERSEDED).order_by(Letter.id)
        letters = list(db.session.scalars(chosen))
        return [letter for letter in letters if kind is None or letter.kind == kind]
