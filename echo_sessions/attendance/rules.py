"""Presence: what a file says, who is meant, and how long they were there.

Stays are half-open stretches of time. Everything is computed from their union: two devices, a rejoin and a breakout
room are one presence, and printed minutes (rounded up row by row) are never added up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.words import Said

GUEST_VISITS = 3
"""So often somebody may come to a program as a guest. Whoever comes again is let in all the same, and asked to enrol."""


class RegisterState(StrEnum):
    """Where the register of one session stands; open again only by a recorded correction."""

    OPEN = "open"
    CLOSED = "closed"


class Provider(StrEnum):
    """Whose meeting wrote the file."""

    ZOOM = "zoom"
    TEAMS = "teams"
    MEET = "meet"
    WEBEX = "webex"


class Source(StrEnum):
    """Where evidence comes from: a file somebody uploaded, what the provider reports afterwards, what it told while it
    happened; `hand` for a change that a person's decision made."""

    FILE = "file"
    REPORT = "report"
    HOOKS = "hooks"
    HAND = "hand"


@dataclass(frozen=True)
class Stay:
    """One unbroken presence in the meeting, as the provider reported it; `left` is None where nobody wrote it down."""

    joined: datetime
    left: datetime | None


@dataclass(frozen=True)
class Row:
    """One line of an attendance file, kept as evidence.

    Moments are aware UTC where the zone is known, else local and naive. `name` is as written, `names` are the
    plausible names in it. A waiting-room row is no presence; a row without `left` is open.
    """

    line: int
    name: str
    names: tuple[str, ...] = ()
    email: str | None = None
    registrant: str | None = None
    phone: str | None = None
    joined: datetime | None = None
    left: datetime | None = None
    claimed_minutes: float | None = None
    waiting_room: bool = False
    guest: bool | None = None
    meeting: str = ""

    @property
    def is_open(self) -> bool:
        """Came, and no line says that they went."""
        return self.joined is not None and self.left is None and not self.waiting_room

    @property
    def stay(self) -> Stay | None:
        """The presence of this row; none for the waiting room and where no arrival is written."""
        return None if self.joined is None or self.waiting_room else Stay(self.joined, self.left)


@dataclass(frozen=True)
class Question:
    """What only a person can settle; `about` is "date_order", "columns" or "day"."""

    about: str
    said: Said

    def __str__(self) -> str:
        return str(self.said)


@dataclass(frozen=True)
class Reading:
    """A whole attendance file, read. `timed` is false where it has totals only."""

    provider: Provider
    layout: str
    timezone: str | None
    date_order: str | None
    rows: tuple[Row, ...]
    warnings: tuple[Said, ...] = ()
    questions: tuple[Question, ...] = ()
    timed: bool = True


@dataclass(frozen=True)
class Identity:
    """One distinct somebody of a file: by registrant, else by e-mail, else by name as written."""

    key: str
    written: tuple[str, ...]
    names: tuple[str, ...]
    email: str | None
    registrant: str | None
    phone: str | None
    stays: tuple[Stay, ...]
    seconds: int | None
    claimed_minutes: float | None
    lines: tuple[int, ...] = ()
    guest: bool | None = None


def union_seconds(stays: Iterable[Stay]) -> int:
    """Seconds in which at least one of the stays lasted. Open stays and those that end before they begin add none."""
    closed = [(stay.joined, stay.left) for stay in stays if stay.left is not None]
    return _covered(closed) // timedelta(seconds=1)


def minutes_present(
    stays: Iterable[Stay], opened: datetime, closed: datetime, *, open_until: datetime | None = None
) -> int:
    """Whole minutes between `opened` and `closed`, overlaps counted once, rounded down at the very end.

    People join from a laptop and a phone, drop out and come back; the waiting room before and the chat after the
    session do not count. A stay without an end counts nothing, unless `open_until` says how long such stays are
    taken to have lasted (the end of the meeting, when a coordinator decides so). All moments are aware UTC.
    """
    clipped = []
    for stay in stays:
        left = stay.left if stay.left is not None else open_until
        if left is not None:
            clipped.append((max(stay.joined, opened), min(left, closed)))
    return _covered(clipped) // timedelta(minutes=1)


def people_of(reading: Reading) -> list[Identity]:
    """The distinct identities of a file in order of first appearance.

    Rows belong together when they share the registrant, else the e-mail, else the name. A guest's row and a
    signed-in row of the same name stay apart: only matching, which knows the enrolled people, may join them.
    """
    together: dict[str, list[Row]] = {}
    for row in reading.rows:
        together.setdefault(identity_key(row), []).append(row)
    return [_identity(key, rows, timed=reading.timed) for key, rows in together.items()]


def identity_key(row: Row) -> str:
    """What makes rows of one file one identity."""
    if row.registrant:
        return f"registrant {row.registrant}"
    if row.email:
        return f"email {row.email}"
    if row.names:
        return "name " + " / ".join(name.casefold() for name in row.names)
    if row.phone:
        return f"phone {row.phone}"
    return f"name {row.name.casefold()}" if row.name else f"line {row.line}"


def _identity(key: str, rows: Sequence[Row], *, timed: bool) -> Identity:
    stays = tuple(stay for row in rows if (stay := row.stay) is not None)
    claims = [row.claimed_minutes for row in rows if row.claimed_minutes is not None and not row.waiting_room]
    return Identity(
        key=key,
        written=_distinct(row.name for row in rows),
        names=_distinct(name for row in rows for name in row.names),
        email=_first(row.email for row in rows),
        registrant=_first(row.registrant for row in rows),
        phone=_first(row.phone for row in rows),
        stays=stays,
        seconds=union_seconds(stays) if timed else None,
        claimed_minutes=round(sum(claims), 2) if claims else None,
        lines=tuple(row.line for row in rows),
        guest=next((row.guest for row in rows if row.guest is not None), None),
    )


def _covered(stretches: Iterable[tuple[datetime, datetime]]) -> timedelta:
    covered = timedelta()
    reached: datetime | None = None
    for start, end in sorted(stretches):
        start = start if reached is None else max(start, reached)
        if start < end:
            covered += end - start
            reached = end
    return covered


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text), None)
