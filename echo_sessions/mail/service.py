"""Queueing letters, and noting what became of them."""

from datetime import datetime

from flask import current_app
from sqlalchemy import select, update

from echo_sessions import ids
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import MOST_ATTEMPTS
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState, Message

GONE = "(This letter held a one-time link; its text was dropped once it had left.)"


def queue(
    message: Message, *, now: datetime, from_name: str, at: datetime | None = None, key: str | None = None
) -> Letter | None:
    """Put a finished letter into the outbox; None when one with this key is there already.

    A letter with a calendar part takes the place of an unsent one about the same entry to the same person.
    `at` is the earliest moment it may leave.
    """
    if key is not None and db.session.scalar(select(Letter.id).where(Letter.key == key)):
        return None
    settings: Settings = current_app.extensions["settings"]
    thread = f"{message.calendar.uid} {message.to}" if message.calendar else None
    if thread is not None:
        withdraw(thread)
    code = ids.code("L")
    letter = Letter(
        code=code,
        key=key,
        thread=thread,
        kind=message.kind,
        about=message.about,
        person_id=message.person_id,
        to_address=message.to,
        to_name=message.to_name,
        from_name=from_name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        calendar=message.calendar.data if message.calendar else None,
        method=message.calendar.method if message.calendar else None,
        uid=message.calendar.uid if message.calendar else None,
        sequence=message.calendar.sequence if message.calendar else None,
        message_id=f"<{code.lower()}@{settings.host}>",
        secret=message.secret,
        state=LetterState.QUEUED,
        queued_at=now,
    )
    db.session.add(letter)
    db.session.flush()
    jobs.queue("mail.deliver", {"letter": letter.id}, now=now, at=at, key=f"letter:{letter.id}")
    return letter


def withdraw(thread: str) -> int:
    """Take back unsent letters about a calendar entry; returns how many there were."""
    unsent = update(Letter).where(Letter.thread == thread, Letter.state == LetterState.QUEUED)
    return db.session.execute(unsent.values(state=LetterState.SUPERSEDED)).rowcount


def record_sent(letter: Letter, *, words: str, now: datetime) -> None:
    """Note the server's acceptance; a body with a one-time link is dropped now."""
    letter.state, letter.sent_at, letter.server_words = LetterState.SENT, now, words[:500]
    if letter.secret:
        letter.text = letter.html = GONE


def record_failed(letter: Letter, *, words: str) -> None:
    """Note that the server refused it for good, or that we gave up."""
    letter.state, letter.server_words = LetterState.FAILED, words[:500]


def record_delay(letter: Letter, *, words: str) -> None:
    """Keep what the server said; after the last try the letter is failed, for a person to look at."""
    letter.server_words = words[:500]
    if _job_of(letter).attempts >= MOST_ATTEMPTS:
        record_failed(letter, words=words)


def try_again(letter: Letter, *, now: datetime) -> None:
    """Send a failed letter once more, as it is."""
    if letter.state is not LetterState.FAILED:
        raise Refused("This letter is %(state)s; only a failed one can be sent again.", state=letter.state)
    letter.state = LetterState.QUEUED
    jobs.try_again(_job_of(letter), now=now)


def _job_of(letter: Letter) -> Job:
    return db.session.scalars(select(Job).where(Job.key == f"letter:{letter.id}")).one()
