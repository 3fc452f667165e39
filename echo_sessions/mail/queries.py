"""Reading the outbox. Lists leave the bodies where they are."""

from collections.abc import Iterator

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import load_only

from echo_sessions.database import db
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState

SHOWN = (
    Letter.code, Letter.kind, Letter.about, Letter.to_address, Letter.to_name, Letter.subject, Letter.state,
    Letter.queued_at, Letter.sent_at, Letter.server_words,
)  # fmt: skip


def by_code(code: str) -> Letter | None:
    """The letter with this code."""
    return db.session.scalars(select(Letter).where(Letter.code == code)).one_or_none()


def failed_count() -> int:
    """Letters that will not arrive unless somebody does something."""
    return count(LetterState.FAILED)


def count(state: LetterState) -> int:
    """How many letters are in this state."""
    return db.session.scalar(select(func.count()).select_from(Letter).where(Letter.state == state)) or 0


def listed(*, state: LetterState | None = None, words: str = "") -> Select[Letter]:
    """Letters, last first, whose address, name, subject or the code of what they are about holds the words."""
    chosen = select(Letter).options(load_only(*SHOWN, raiseload=True)).order_by(Letter.id.desc())
    if state is not None:
        chosen = chosen.where(Letter.state == state)
    if words:
        places = (Letter.to_address, Letter.to_name, Letter.subject, Letter.about, Letter.code)
        chosen = chosen.where(or_(*(place.icontains(words, autoescape=True) for place in places)))
    return chosen


def leaving(*, to: str | None) -> Iterator[Letter]:
    """Letters that were sent or are to be sent, first one first; only those to one address if it is given."""
    chosen = select(Letter).where(Letter.state.in_((LetterState.QUEUED, LetterState.SENT))).order_by(Letter.id)
    if to is not None:
        chosen = chosen.where(func.lower(Letter.to_address) == to.strip().lower())
    yield from db.session.scalars(chosen.execution_options(yield_per=100))
