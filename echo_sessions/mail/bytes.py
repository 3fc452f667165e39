"""A letter's row as the bytes that go out."""

from datetime import datetime

from flask import current_app

from echo_sessions.config import Settings
from echo_sessions.mail.message import build
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import GONE


def written(letter: Letter, date: datetime, *, to_show: bool = False) -> bytes:
    """The whole RFC 5322 message. The same every time but for its date: `date` until it is sent, then the day it was.

    `to_show`: not for its reader, so the text of one with a one-time link is left out.
    """
    hidden = to_show and letter.secret
    settings: Settings = current_app.extensions["settings"]
    return build(
        sender=settings.mail_from,
        sender_name=letter.from_name,
        to=letter.to_address,
        to_name=letter.to_name,
        subject=letter.subject,
        text=GONE if hidden else letter.text,
        html=None if hidden else letter.html,
        calendar=letter.calendar,
        method=letter.method,
        message_id=letter.message_id,
        date=letter.sent_at or date,
        headers={},
        attachments=(),
    )
