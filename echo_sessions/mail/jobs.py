"""Delivering one letter."""

from datetime import datetime
from typing import Any

from flask import current_app

from echo_sessions.database import db, transaction
from echo_sessions.errors import TryLater
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service
from echo_sessions.mail.bytes import written
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import GONE, LetterState

LEFT_ALONE = frozenset({LetterState.SENT, LetterState.SUPERSEDED, LetterState.HELD})
IN_ORDER = "An earlier letter about the same date is just leaving."


def given_up(payload: dict[str, Any], words: str) -> None:
    """The letter fails with its job, in the same transaction, so that the outbox shows why."""
    service.record_failed(payload["letter"], words=words)


@handler("mail.deliver", given_up=given_up)
def deliver(payload: dict[str, Any], now: datetime) -> None:
    """Speak SMTP for one letter, then note it. A letter that was sent, superseded or held is left alone.

    A crash between the server's OK and our note sends a second copy: the same Message-ID and calendar UID make
    it harmless, and that is better than none.
    """
    letter = db.session.get(Letter, payload["letter"])
    if letter is None or letter.state in LEFT_ALONE or letter.text == GONE:
        return
    if service.earlier_is_leaving(letter, now=now):
        raise TryLater(IN_ORDER)
    data, to, sender = written(letter, now), letter.to_address, current_app.extensions["settings"].mail_from
    db.session.rollback()
    try:
        words = current_app.extensions["smtp"].send(data, sender=sender, to=to)
    except TryLater as fault:
        with transaction():
            service.record_delay(letter, words=fault.words)
        raise
    with transaction():
        service.record_sent(letter, words=words, now=now)
