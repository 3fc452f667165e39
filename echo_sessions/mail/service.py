"""Queueing letters, and noting what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import CursorResult, select, update

from echo_sessions import ids
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import GONE, LetterState, Message, thread_of

WORDS_MOST = 500


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
    thread = thread_of(message.calendar.uid, message.to) if message.calendar else None
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
    jobs.queue("mail.deliver", {"letter": letter.id}, now=now, at=at, key=_job_key(letter))
    return letter


def withdraw(thread: str) -> int:
    """Take back unsent letters about a calendar entry; returns how many there were. See `rules.thread_of`.

    One that is just being spoken to the server may still arrive, and is then noted as sent.
    """
    unsent = update(Letter).where(Letter.thread == thread, Letter.state == LetterState.QUEUED)
    done = db.session.execute(unsent.values(state=LetterState.SUPERSEDED))
    return cast(CursorResult[Any], done).rowcount


def hold(about: Sequence[str]) -> int:
    """Keep back the unsent letters about these things; returns how many. One that is just being spoken may still arrive."""
    unsent = update(Letter).where(Letter.about.in_(about), Letter.state == LetterState.QUEUED)
    return cast(CursorResult[Any], db.session.execute(unsent.values(state=LetterState.HELD))).rowcount


def let_go(about: Sequence[str], *, now: datetime) -> int:
    """Send the letters that were held back about these things; returns how many."""
    held = db.session.scalars(select(Letter).where(Letter.about.in_(about), Letter.state == LetterState.HELD)).all()
    for letter in held:
        letter.state = LetterState.QUEUED
        job = db.session.scalars(select(Job).where(Job.key == _job_key(letter))).one_or_none()
        if job is None:
            jobs.queue("mail.deliver", {"letter": letter.id}, now=now, key=_job_key(letter))
        elif job.state is not JobState.WAITING:
            jobs.once_more(job, now=now)
    return len(held)


def drop_held(about: Sequence[str]) -> int:
    """The letters that were held back about these things are never sent; returns how many."""
    held = update(Letter).where(Letter.about.in_(about), Letter.state == LetterState.HELD)
    return cast(CursorResult[Any], db.session.execute(held.values(state=LetterState.SUPERSEDED))).rowcount


def earlier_is_leaving(letter: Letter, *, now: datetime) -> bool:
    """Whether a worker holds an earlier letter of the same thread right now: letters of a thread leave in order."""
    if letter.thread is None:
        return False
    earlier = select(Letter.id).where(Letter.thread == letter.thread, Letter.id < letter.id)
    keys = [_key_of(number) for number in db.session.scalars(earlier)]
    held = select(Job.id).where(Job.key.in_(keys), Job.lease_token.is_not(None), Job.run_at > now)
    return db.session.scalar(held.where(Job.state == JobState.WAITING).limit(1)) is not None


def record_sent(letter: Letter, *, words: str, now: datetime) -> None:
    """Note the server's acceptance; a body with a one-time link is dropped now."""
    letter.state, letter.sent_at, letter.server_words = LetterState.SENT, now, words[:WORDS_MOST]
    _drop_secret(letter)


def record_delay(letter: Letter, *, words: str) -> None:
    """Keep what the server said when it asked for patience."""
    letter.server_words = words[:WORDS_MOST]


def record_failed(number: int, *, words: str) -> None:
    """Note that the letter will not arrive; a one-time link in it is dropped, for it would be too late anyway.

    A letter that was sent, or whose place another took, stays what it is.
    """
    letter = db.session.get(Letter, number)
    if letter is not None and letter.state in {LetterState.QUEUED, LetterState.FAILED}:
        letter.state, letter.server_words = LetterState.FAILED, words[:WORDS_MOST]
        _drop_secret(letter)


def try_again(letter: Letter, *, now: datetime) -> None:
    """Send a failed letter once more, as it is. Refused for one whose one-time link is gone."""
    if letter.state is not LetterState.FAILED:
        raise Refused("This letter is %(state)s; only a failed one can be sent again.", state=letter.state)
    if letter.secret:
        raise Refused("This letter held a one-time link, which is gone; its reader has to ask for a new one.")
    job = db.session.scalars(select(Job).where(Job.key == _job_key(letter))).one()
    letter.state = LetterState.QUEUED
    jobs.try_again(job, now=now)


def _drop_secret(letter: Letter) -> None:
    if letter.secret:
        letter.text = letter.html = GONE


def _job_key(letter: Letter) -> str:
    return _key_of(letter.id)


def _key_of(number: int) -> str:
    return f"letter:{number}"
