"""Somebody's way into a session now: the pasted address, their own link, or one that is asked for while they wait.

Called outside of transactions, by whoever has made sure that they may enter and the door is open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from echo_sessions.meetings import doorstep
from echo_sessions.people.models import Person
from echo_sessions.sessions import policy, service
from echo_sessions.sessions.models import Session
from echo_sessions.words import Said

NO_ROOM = Said("The meeting has no link yet. The hub is late with it.")


@dataclass(frozen=True)
class Outcome:
    """An address for one redirect, to be shown and kept nowhere; or `why` there is none, with what helps meanwhile:
    numbers to dial and the number of the meeting, without its passcode."""

    url: str | None = field(default=None, repr=False)
    why: Said | None = None
    phones: tuple[Mapping[str, str], ...] = ()
    meeting_ref: str = ""
    help_phone: str = ""


def way_in(session: Session, person: Person, now: datetime) -> Outcome:
    """The way in for this person, within four seconds; or what happened and what to do instead."""
    url = service.way_into_meeting(session, person)
    if url is not None:
        return Outcome(url=url)
    meeting = session.meeting
    help_phone = session.series.program.help_phone or ""
    if meeting is None:
        return Outcome(why=NO_ROOM, help_phone=help_phone)
    phones, ref = tuple(dict(phone) for phone in meeting.phones), meeting.ref or ""
    answer = doorstep.open_for(meeting, person, moderates=policy.facilitates(person, session), now=now)
    if answer.url:
        return Outcome(url=answer.url)
    return Outcome(why=answer.why, phones=phones, meeting_ref=ref, help_phone=help_phone)
