"""A letter's row as the bytes that go out."""

from datetime import datetime

from flask import current_app

from echo_sessions.config import Settings
from echo_sessions.mail.message import build
from echo_sessions.mail.models import Letter


def written(letter: Letter, date: datetime) -> bytes:
    """The whole RFC 5322 message, the same every time but for its date."""
    settings: Settings = current_app.extensions["settings"]
    return build(
        sender=settings.mail_from,
        sender_name=letter.from_name,
        to=letter.to_address,
        to_name=letter.to_name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        calendar=letter.calendar,
        method=letter.method,
        message_id=letter.message_id,
        date=letter.sent_at or date,
        headers={},
        attachments=(),
    )
