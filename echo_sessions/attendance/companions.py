"""Who sat with whom, as people said at the door: claims that whoever keeps the register takes or puts aside. Nobody is
credited by one: only a decision makes it count, under the name of whoever decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from echo_sessions.attendance import marking, proposals
from echo_sessions.attendance.models import Identification, Mark
from echo_sessions.attendance.names import name_key
from echo_sessions.attendance.register import Computed, Line
from echo_sessions.attendance.service import lock_open
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Companion, Session

MOST_SUGGESTED = 3
SHORTEST_WORD = 3


class ClaimState(StrEnum):
    """`taken`: a standing mark says that they sat there; an undone mark opens the claim again."""

    OPEN = "open"
    TAKEN = "taken"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class Claim:
    """One person said to sit beside another. `may_be`: who of the session bears a typed name, as suggestions.
    `own`: whether they are in the register already by a line of their own."""

    companion: Companion
    state: ClaimState
    may_be: tuple[Person, ...] = ()
    own: bool = False

    @property
    def name(self) -> str:
        """As it was said: the typed name, else the colleague's."""
        return self.companion.called or (self.companion.other.name if self.companion.other else "")


@dataclass(frozen=True)
class Table:
    """Somebody at the door, and whom they named. Without `beside`, no line of the evidence is known to be theirs yet."""

    person: Person
    claims: tuple[Claim, ...]
    beside: tuple[Identification, ...] = ()
    minutes: int = 0

    @property
    def is_open(self) -> bool:
        return any(claim.state is ClaimState.OPEN for claim in self.claims)


def tables_of(session: Session, whole: Computed) -> list[Table]:
    """What people said at the door of this session and have not taken back; those with something to settle first."""
    chosen = select(Companion).where(Companion.session_id == session.id, Companion.undone_at.is_(None))
    chosen = chosen.options(joinedload(Companion.person), joinedload(Companion.other)).order_by(Companion.id)
    said: dict[int, list[Companion]] = {}
    for companion in db.session.scalars(chosen).unique():
        said.setdefault(companion.person_id, []).append(companion)
    if not said:
        return []
    lines = {line.person.id: line for line in whole.lines}
    typed = any(row.called and row.other_id is None for rows in said.values() for row in rows)
    known = proposals.findable(session, "", most=2000) if typed else []
    tables = [_table(rows, lines, whole, known) for rows in said.values()]
    return sorted(tables, key=lambda table: (not table.is_open, table.person.name.casefold(), table.person.id))


def companion_by_number(session: Session, number: int) -> Companion | None:
    """One claim of this session that its author has not taken back."""
    chosen = select(Companion).where(Companion.id == number, Companion.session_id == session.id)
    return db.session.scalars(chosen.where(Companion.undone_at.is_(None))).unique().one_or_none()


def take(
    session: Session, companion: Companion, person: Person | None, whole: Computed, *, by: Person, now: datetime
) -> list[Mark]:
    """Put somebody into the register as having sat beside whoever named them. `person` says who bears a typed name.

    Refused while no line of the evidence is known to be the author's, and for somebody said to sit beside themselves.
    Undone like any presence by hand, and by undoing whose line it was.
    """
    lock_open(session, now=now)
    table = next((each for each in tables_of(session, whole) if each.person.id == companion.person_id), None)
    if table is None or not table.beside:
        raise Refused(
            "%(name)s is not known in the evidence yet. Settle their own line first; then whoever sat beside them can be taken.",
            name=companion.person.name,
        )
    person = person or companion.other
    if person is None:
        raise Refused("Say who “%(name)s” is: choose somebody, or add them.", name=companion.called or "")
    if person.id == companion.person_id:
        raise Refused("%(name)s cannot sit beside themselves. Choose somebody else.", name=person.name)
    companion.other, companion.dismissed_at, companion.dismissed_by_id = person, None, None
    return marking.seat(
        session, person, table.beside, attested_by=companion.person.name,
        reason=f"In one room with {companion.person.name}, as said at the door", by=by, now=now,
    )  # fmt: skip


def dismiss(session: Session, companion: Companion, *, by: Person, now: datetime) -> None:
    """Decide that nothing follows from a claim; it stays on record and can be brought back."""
    lock_open(session, now=now)
    companion.dismissed_at, companion.dismissed_by_id = now, by.id
    audit.record(by.id, "claim of the door put aside", session.code, at=now, claim=companion.id)


def bring_back(session: Session, companion: Companion, *, by: Person, now: datetime) -> None:
    """Look at a claim again that was put aside."""
    lock_open(session, now=now)
    companion.dismissed_at, companion.dismissed_by_id = None, None
    audit.record(by.id, "claim of the door brought back", session.code, at=now, claim=companion.id)


def _table(rows: Sequence[Companion], lines: dict[int, Line], whole: Computed, known: Sequence[Person]) -> Table:
    person = rows[0].person
    line = lines.get(person.id)
    rooms = [whole.decisions[room.key] for room in line.rooms if room.key in whole.decisions] if line else []
    beside = tuple(line.decisions) + tuple(rooms) if line else ()
    keys = {decision.identity for decision in beside}
    return Table(
        person=person,
        claims=tuple(_claim(row, lines.get(row.other_id or 0), keys, known) for row in rows),
        beside=beside,
        minutes=line.minutes if line else 0,
    )


def _claim(row: Companion, line: Line | None, keys: set[str], known: Sequence[Person]) -> Claim:
    taken = line is not None and any(mark.identity in keys for mark in line.marks)
    state = ClaimState.TAKEN if taken else ClaimState.DISMISSED if row.dismissed_at else ClaimState.OPEN
    may_be = _bearers(row, known) if row.called and row.other_id is None else ()
    return Claim(row, state, may_be, own=line is not None and bool(line.decisions))


def _bearers(row: Companion, known: Sequence[Person]) -> tuple[Person, ...]:
    """Who of the session shares words with a typed name, those with most first. Suggestions only."""
    words = {word for word in name_key(row.called or "").split() if len(word) >= SHORTEST_WORD}
    shared = {person: len(words & set(name_key(person.name).split())) for person in known if person.id != row.person_id}
    found = [person for person, count in shared.items() if count]
    return tuple(sorted(found, key=lambda person: (-shared[person], person.name.casefold()))[:MOST_SUGGESTED])
