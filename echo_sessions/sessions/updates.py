"""What a change of a session means for the calendars that hold it: numbers, letters, answers, the feed.

A calendar takes an update only if its SEQUENCE is higher, or equal with a later DTSTAMP; many do not even look
at the second. So the number rises with whatever could make an answer void, and never falls.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.sessions.rules import Answer, SessionState

FEED_LOOKS_BACK = timedelta(days=60)
FEED_KEEPS_CANCELLED = timedelta(days=30)


class Change(StrEnum):
    """One kind of difference between a session before and after an edit."""

    START = "start"
    END = "end"
    PLACE = "place"
    STATE = "state"
    WORDS = "words"


@dataclass(frozen=True)
class Shown:
    """What calendars show of a session. `place` is whatever stands for where it is held, never a personal link."""

    starts_at: datetime
    ends_at: datetime
    place: str
    state: SessionState
    title: str
    description: str = ""


def changes(old: Shown, new: Shown) -> frozenset[Change]:
    """Which of the things that calendars show are different."""
    different = {
        Change.START: old.starts_at != new.starts_at,
        Change.END: old.ends_at != new.ends_at,
        Change.PLACE: old.place != new.place,
        Change.STATE: old.state is not new.state,
        Change.WORDS: (old.title, old.description) != (new.title, new.description),
    }
    return frozenset(change for change, happened in different.items() if happened)


def raises_sequence(what: Iterable[Change]) -> bool:
    """Everything but a change of words. RFC 5546, 2.1.4; clients ignore a move that keeps its number."""
    return bool(set(what) - {Change.WORDS})


def move_sequence(sequence: int, old: Shown, new: Shown) -> int:
    """The SEQUENCE after an edit: one higher for time, end, place or state, whatever changed together.

    While a session is a draft no calendar holds it, so nothing rises, neither by its publication. It never falls.
    """
    if old.state is SessionState.DRAFT:
        return sequence
    return sequence + 1 if raises_sequence(changes(old, new)) else sequence


def asks_again(what: Iterable[Change]) -> bool:
    """Whether a "yes" may no longer hold: after another time, and after a restored cancellation, not for a new
    link or title."""
    return bool(set(what) & {Change.START, Change.END, Change.STATE})


def answer_after(answer: Answer, what: Iterable[Change]) -> Answer:
    """What is left of an answer after an edit."""
    return Answer.NEEDS_ACTION if asks_again(what) else answer


def is_newer(reply: tuple[int, datetime], last: tuple[int, datetime] | None) -> bool:
    """Whether an answer by mail, as (SEQUENCE, DTSTAMP), comes after the last one counted of that person."""
    return last is None or reply > last


class Method(StrEnum):
    """A calendar letter, spelt as in METHOD."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class InvitationState:
    """The last calendar letter about a session that left the house to a person. One that was taken back while it
    still waited to leave does not count: its person knows nothing of it."""

    method: Method
    sequence: int
    dtstamp: datetime


@dataclass(frozen=True)
class Announced:
    """A session as its letters see it. `changed_at` is the last change that calendars show to everybody."""

    state: SessionState
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Recipient:
    """A person as letters see them: belongs to the session (enrolled, with a duty, or keeping the diary of somebody who is),
    wants invitations by mail. `otherwise`: their calendar was told of another part than they have now, their own
    instead of somebody else's or the other way round."""

    belongs: bool
    wants_letters: bool = True
    otherwise: bool = False


def needs_letter(
    old: InvitationState | None, session: Announced, person: Recipient, *, now: datetime, window: timedelta
) -> Method | None:
    """Which calendar letter this person must get now, if any.

    - Nothing about a session that is over, or still a draft.
    - Somebody whose calendar holds the session hears of its cancelling, of their own leaving and of each change
      since their last letter, whatever they have wished since: a wrong entry is worse than a letter.
    - Nobody gets a CANCEL for what they never got, or for what was already cancelled.
    - A first REQUEST goes to those who want letters once the session starts within `window`; one that was told
      before and then taken back (a restored session, a person who is back) goes at once.

    The letter carries the session's present SEQUENCE, so one who joins late starts where the others are. Before
    one person is un-invited the verb raises it by `uninvited_sequence`, and leaves `changed_at` alone: that
    CANCEL needs a number of its own, but is nobody else's business.
    """
    if session.ends_at <= now or session.state is SessionState.DRAFT:
        return None
    holds = old is not None and old.method is Method.REQUEST
    if session.state is SessionState.CANCELLED or not person.belongs:
        return Method.CANCEL if holds else None
    if old is not None and holds:
        return Method.REQUEST if old.dtstamp < session.changed_at or person.otherwise else None
    if not person.wants_letters:
        return None
    return Method.REQUEST if old is not None or session.starts_at <= now + window else None


def uninvited_sequence(sequence: int) -> int:
    """The session's SEQUENCE once one person is un-invited: every CANCEL rises (RFC 5546, 2.1.4), and a later
    REQUEST to the same person must not stand below it."""
    return sequence + 1


def dtstamp_after(last: datetime | None, now: datetime) -> datetime:
    """The DTSTAMP of a new letter: now in whole seconds, but always later than that of the last one."""
    stamp = now.replace(microsecond=0)
    return stamp if last is None else max(stamp, last.replace(microsecond=0) + timedelta(seconds=1))


def in_feed(state: SessionState, starts_at: datetime, changed_at: datetime, now: datetime) -> bool:
    """Whether a feed shows a session: all ahead and 60 days back; a cancelled one for 30 days, marked, because
    some programs keep what merely vanishes."""
    if state is SessionState.DRAFT or starts_at < now - FEED_LOOKS_BACK:
        return False
    return state is SessionState.SCHEDULED or changed_at >= now - FEED_KEEPS_CANCELLED
