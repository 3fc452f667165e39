"""What is known of a room while it is open, as far as its provider tells by hooks: whether it is recorded, how many are in."""

from datetime import datetime

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.meetings import hooks
from echo_sessions.meetings.models import Hook, Meeting
from echo_sessions.meetings.presences import presences
from echo_sessions.outside.meetings import Room


def recorded(meeting: Meeting | None) -> bool | None:
    """Whether it is being recorded now; None where nobody tells: no hook of this meeting has come yet."""
    if meeting is None:
        return None
    if meeting.recording_since is not None:
        return True
    return False if _is_heard(meeting) else None


def count(meeting: Meeting | None, now: datetime) -> int | None:
    """How many are in the room or its breakout rooms now, two devices of one registration counted once; None where nobody
    tells."""
    if meeting is None or not _is_heard(meeting):
        return None
    there = [
        each for each in presences(hooks.events_of(meeting)) if each.joined <= now and each.room is not Room.WAITING
    ]
    return len(
        {
            each.registrant or each.email or each.who or each.name
            for each in there
            if each.left is None or each.left > now
        }
    )


def _is_heard(meeting: Meeting) -> bool:
    """Whether the provider has told anything about this meeting."""
    chosen = select(Hook.id).where(Hook.provider == meeting.provider, Hook.meeting_ref == meeting.ref)
    return meeting.ref is not None and db.session.scalar(chosen.limit(1)) is not None
