"""Recordings in the background: which there are, removing what was taken down or is past its time."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs.handlers import handler
from echo_sessions.meetings import hooks, presences, queries, recordings
from echo_sessions.meetings.models import Meeting, Recording
from echo_sessions.meetings.providers import provider
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import Meeting as Made
from echo_sessions.outside.meetings import NotThere

log = structlog.get_logger()
LOOKS_AFTER = (timedelta(hours=2), timedelta(hours=12), timedelta(hours=48))
"""So long after a session it is looked what was recorded, also where no delivery told: files are made in minutes to hours."""
LATEST = timedelta(days=4)
DARKEN = "cases.darken_recordings"
"""Cases stand above and know which of theirs are out of view: they look at the files that turned up."""
TRIES_EVERY = timedelta(hours=6)
"""A removal that failed for good is asked for again after so long, for as long as it takes."""


@handler("meetings.find_recordings")
def find(payload: dict[str, Any], now: datetime) -> None:
    """Ask the provider which files it has of one meeting, over all its instances."""
    meeting = db.session.get(Meeting, payload["meeting"])
    if meeting is None or meeting.ref is None:
        return
    asked = provider(meeting.provider)
    if not (asked.capabilities.recordings and asked.configured()):
        return
    made = made_of(meeting)
    instances = [instance.ref for instance in presences.instances(hooks.events_of(meeting)) if instance.ref]
    db.session.rollback()
    try:
        found = asked.recordings(made, instances or [ref for ref in (made.uuid,) if ref])
    except NotThere:
        return
    with transaction():
        held = queries.held(payload["meeting"])
        if held is not None:
            recordings.note_files(held, [file for file in found if file.ready], now=now)
            jobs.queue(DARKEN, {"session": held.session_code}, now=now)


@handler("meetings.remove_recording")
def remove(payload: dict[str, Any], now: datetime) -> None:
    """Remove one file at the provider, look whether it is gone, and say so; what fails is noted and tried again."""
    recording = db.session.get(Recording, payload["recording"])
    if recording is None or recording.remove_since is None or recording.removed_at is not None:
        return
    number, name = recording.id, recording.meeting.provider
    made, file = made_of(recording.meeting), recordings.as_found(recording)
    db.session.rollback()
    try:
        asked = provider(name)
        asked.remove_recording(made, file)
        still = any(other.ref == file.ref for other in _there(asked, made, file.instance))
    except (TryLater, GaveUp) as fault:
        _failed(number, fault.words)
        raise
    if still:
        _failed(number, "It is still there.")
        raise TryLater("The provider still lists the recording after it was removed.", after_seconds=600)
    with transaction():
        recordings.removed(db.session.get_one(Recording, number), now=now)


@handler("meetings.keep_recordings", every_minutes=30)
def keep(payload: dict[str, Any], now: datetime) -> None:
    """Look after sessions what was recorded; let go what is past its time; ask again for removals that are not confirmed."""
    _look_after_sessions(now)
    over = select(Recording.id).where(
        Recording.keep_until <= now, Recording.remove_since.is_(None), Recording.removed_at.is_(None)
    )
    for number in list(db.session.scalars(over)):
        with transaction():
            recordings.let_go(db.session.get_one(Recording, number), now=now)
    slot = int(now.timestamp() // TRIES_EVERY.total_seconds())
    waiting = select(Recording.id).where(Recording.remove_since < now - TRIES_EVERY, Recording.removed_at.is_(None))
    numbers = list(db.session.scalars(waiting))
    if numbers:
        with transaction():
            for number in numbers:
                jobs.queue(
                    "meetings.remove_recording", {"recording": number}, now=now, key=f"remove-recording:{number}:{slot}"
                )


def made_of(meeting: Meeting) -> Made:
    """The meeting in the words of its provider."""
    host = meeting.host.ref if meeting.host else ""
    return Made(meeting.provider, meeting.ref, uuid=meeting.uuid or "", host=host, made=meeting.made)


def _look_after_sessions(now: datetime) -> None:
    """Queue a look for each meeting whose time has come; each of its looks once."""
    chosen = select(Meeting).where(
        Meeting.state == MeetingState.MADE, Meeting.starts_at > now - LATEST, Meeting.starts_at < now
    )
    due = [
        (meeting.id, meeting.code, number)
        for meeting in db.session.scalars(chosen).unique()
        for number, after in enumerate(LOOKS_AFTER)
        if meeting.ends_at + after <= now and provider(meeting.provider).capabilities.recordings
    ]
    if due:
        with transaction():
            for number, code, look in due:
                jobs.queue(
                    "meetings.find_recordings", {"meeting": number}, now=now, key=f"find-recordings:{code}:{look}"
                )


def _there(asked: Any, made: Made, instance: str) -> list[Any]:
    try:
        return list(asked.recordings(made, [instance] if instance else []))
    except NotThere:
        return []


def _failed(number: int, words: str) -> None:
    with transaction():
        db.session.get_one(Recording, number).remove_words = words[:400]
