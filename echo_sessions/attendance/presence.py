"""From evidence and decisions to minutes: who of a register was there, how long, in which role. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused
from echo_sessions.words import msgid

from .rules import Source, Stay, minutes_present
from .sources import Told, best

REASON_LEAST, REASON_MOST = 3, 1000


class Verdict(StrEnum):
    """What an identity of a session is."""

    PERSON = "person"
    GUEST = "guest"
    NOBODY = "nobody"
    ROOM = "room"


class MarkKind(StrEnum):
    """Why somebody's presence is said by hand: they sat in a room, or the files have the minutes wrong."""

    ROOM = "room"
    MINUTES = "minutes"


BY_HAND = "hand"

HOW_WORDS = {
    "registrant": msgid("registration"),
    "email": msgid("e-mail"),
    "alias": msgid("known name"),
    "name": msgid("name"),
    BY_HAND: msgid("by hand"),
    "room": msgid("in a room"),
    "minutes": msgid("minutes by hand"),
}

GUEST, PARTICIPANT, STAFF = "guest", "participant", "staff"
_DUTIES = ("facilitator", "panel", "case_expert", "scribe", "presenter")
_MEMBERSHIPS = ("director", "coordinator", "expert", "observer")
SPOKE_ROLES = frozenset({PARTICIPANT, "presenter"})
"""Roles that count as a spoke's attendance; everybody else is the hub's own or a guest, and counted apart."""

ROLE_WORDS = {
    "facilitator": msgid("Facilitator"),
    "panel": msgid("Panel"),
    "case_expert": msgid("Case expert"),
    "scribe": msgid("Scribe"),
    "presenter": msgid("Presenter"),
    "director": msgid("Director"),
    "coordinator": msgid("Coordinator"),
    "expert": msgid("Expert"),
    "observer": msgid("Observer"),
    STAFF: msgid("Hub staff"),
    PARTICIPANT: msgid("Participant"),
    GUEST: msgid("Guest"),
}


def role_of(*, duties: Iterable[str] = (), memberships: Iterable[str] = (), staff: bool = False, enrolled: bool) -> str:
    """In which role somebody was there: by accepted duty, else by membership, else as participant, else as guest.

    Of several duties or memberships the one nearest to the hub holds. Staff who are not enrolled are the hub's own.
    """
    held, member = set(duties), set(memberships)
    for role in (*(role for role in _DUTIES if role in held), *(role for role in _MEMBERSHIPS if role in member)):
        return role
    return PARTICIPANT if enrolled else STAFF if staff else GUEST


@dataclass(frozen=True)
class Seen:
    """One identity of a session: every line of evidence under one key.

    `stays` are those of all sources side by side, `best` what counts of them. Those without an end that somebody took to
    last until the end of the session have that end already. `touches`: whether any of it has to do with the session's
    time; the rest (a test of the line an hour before) waits for nobody. `claimed` are minutes that a report without times
    says, which nobody has checked.
    """

    key: str
    stay_id: int
    written: tuple[str, ...]
    names: tuple[str, ...] = ()
    email: str | None = None
    registrant: str | None = None
    phone: str | None = None
    stays: tuple[Stay, ...] = ()
    claimed: int | None = None
    touches: bool = True
    uploads: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What to call it on a page: as written, else its address or number."""
        return next((text for text in self.written if text), "") or self.email or self.phone or ""

    @property
    def masked_phone(self) -> str | None:
        """The number without its middle: enough to know it again, not enough to ring it."""
        phone = self.phone
        return f"{phone[:-6]}•••{phone[-3:]}" if phone and len(phone) > 6 else phone

    @property
    def discreet(self) -> str:
        """The name for a screen that others may see: a bare telephone number only in part."""
        return self.masked_phone or "" if self.phone and not self.names else self.name

    @property
    def best(self) -> tuple[Stay, ...]:
        """What would count of it by itself, were it nobody's but its own."""
        return best(self.stays)

    @property
    def sources(self) -> dict[Source, tuple[Stay, ...]]:
        """Its stays by who tells them."""
        found: dict[Source, list[Stay]] = {}
        for stay in self.stays:
            found.setdefault(stay.source if isinstance(stay, Told) else Source.FILE, []).append(stay)
        return {source: tuple(found[source]) for source in Source if source in found}

    @property
    def open_stays(self) -> int:
        return sum(stay.left is None for stay in self.best)

    @property
    def untimed(self) -> bool:
        """Whether there are only claimed minutes of it."""
        return not self.stays and self.claimed is not None

    def minutes(self, window: "Window") -> int:
        return minutes_present(self.best, window.opened, window.closed)


@dataclass(frozen=True)
class Window:
    """The time of a session in which presence counts."""

    opened: datetime
    closed: datetime

    @property
    def minutes(self) -> int:
        return (self.closed - self.opened) // timedelta(minutes=1)

    def touches(self, joined: datetime | None, left: datetime | None) -> bool:
        """Whether a line of evidence has to do with the session's time at all; without times, nobody can say no."""
        return (joined is None or joined < self.closed) and (left is None or left > self.opened)


@dataclass(frozen=True)
class Marked:
    """What the marks of one person say together: minutes by hand, and the rooms they sat in."""

    minutes: int | None = None
    rooms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    """One person's presence: what the evidence gives, what counts, and what a report without times claims."""

    measured: int
    minutes: int
    claimed: int | None = None
    stays: tuple[Stay, ...] = field(default=())

    @property
    def adjusted(self) -> bool:
        return self.minutes != self.measured


def marked(marks: Sequence[tuple[int | None, str | None]]) -> Marked:
    """Marks of one person in order, as (minutes, room): the newest minutes hold, rooms add up."""
    said = [minutes for minutes, _ in marks if minutes is not None]
    return Marked(said[-1] if said else None, tuple(dict.fromkeys(room for _, room in marks if room)))


def counted(seen: Sequence[Seen], rooms: Sequence[Seen], by_hand: int | None, window: Window) -> Counted:
    """Whole minutes of one person: the union of what counts of all their lines and of the rooms they sat in, in the session.

    Which source speaks is asked of all lines of the person together (the report knows them by registration, the file by
    address), and of each room by itself: it is another presence. Two devices, a rejoin and a shared room are one.
    Minutes by hand replace the sum; claimed minutes of a report without times never count by themselves.
    """
    own = best(stay for one in seen for stay in one.stays)
    sat = (stay for room in rooms for stay in room.best)
    stays = tuple(sorted((*own, *sat), key=lambda stay: stay.joined))
    measured = minutes_present(stays, window.opened, window.closed)
    claims = [one.claimed for one in seen if one.claimed is not None]
    claimed = min(max(claims), window.minutes) if claims and not stays else None
    return Counted(measured, measured if by_hand is None else by_hand, claimed, stays)


def share(minutes: int, window: Window) -> int:
    """Whole percent of the session, rounded down; nobody is shown 100 % who missed a minute."""
    return min(100, 100 * minutes // window.minutes) if window.minutes else 0


def clean_reason(text: str) -> str:
    """A reason in words: whoever looks in two years must understand it."""
    reason = " ".join(text.split())
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise Refused(
            "Say why in %(least)s to %(most)s letters: it stays with the record.", least=REASON_LEAST, most=REASON_MOST
        )
    return reason


def clean_minutes(minutes: int, window: Window) -> int:
    """Minutes by hand: none to the whole session."""
    if not 0 <= minutes <= window.minutes:
        raise Refused(
            "This session lasts %(most)s minutes; nobody can have been there for %(given)s.",
            most=window.minutes,
            given=minutes,
        )
    return minutes
