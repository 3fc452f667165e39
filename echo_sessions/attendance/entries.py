"""A register line by line for pages and exports, whether it is still computed or already frozen."""

from dataclasses import dataclass

from echo_sessions.attendance import presence, queries
from echo_sessions.attendance.models import Attendance, Correction
from echo_sessions.attendance.names import fold
from echo_sessions.attendance.register import Computed, Line
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session


@dataclass(frozen=True)
class Entry:
    """One person of a register. `line` is what the evidence says now, `row` the frozen fact where there is one."""

    person: Person
    minutes: int
    share: int
    role: str
    profession: str
    site_name: str
    how: tuple[str, ...]
    adjusted: bool
    marked_by: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    claimed: int | None = None
    line: Line | None = None
    row: Attendance | None = None
    corrections: tuple[Correction, ...] = ()

    def has(self, words: str) -> bool:
        """Whether every word is somewhere in it."""
        text = fold(" ".join([self.person.name, self.profession, self.site_name, self.role, *self.how]))
        return all(word in text for word in fold(words).split())

    @property
    def by_hand(self) -> bool:
        """Whether anybody said anything about their presence, be it only that they sat in a room."""
        return self.adjusted or bool(self.marked_by)


def entries_of(session: Session, whole: Computed, *, closed: bool) -> list[Entry]:
    """The register by name."""
    if not closed:
        return [_open(line) for line in whole.lines]
    lines = {line.person.id: line for line in whole.lines}
    return [_frozen(row, lines.get(row.person_id), whole) for row in queries.rows_of(session.id)]


def _open(line: Line) -> Entry:
    site = line.standing.site
    return Entry(
        person=line.person, minutes=line.minutes, share=line.share, role=line.standing.role, profession=line.person.profession or "",
        site_name=site.name if site else "", how=line.how, adjusted=line.counted.adjusted, line=line, claimed=line.counted.claimed,
        marked_by=tuple(dict.fromkeys(mark.by.name for mark in line.marks)), reasons=tuple(mark.reason for mark in line.marks),
    )  # fmt: skip


def _frozen(row: Attendance, line: Line | None, whole: Computed) -> Entry:
    """As it was closed, with what was corrected since."""
    facts, corrections = row.facts, tuple(row.corrections)
    return Entry(
        person=row.person, minutes=row.minutes, share=presence.share(row.minutes, whole.window), role=row.role, profession=row.profession or "",
        site_name=row.site.name if row.site else "", how=tuple(facts.get("how", ())), adjusted=bool(facts.get("adjusted")) or bool(corrections),
        line=line, row=row, corrections=corrections,
        marked_by=tuple(dict.fromkeys([*facts.get("marked_by", ()), *(one.by.name for one in corrections)])),
        reasons=tuple(dict.fromkeys([*facts.get("reasons", ()), *(one.reason for one in corrections)])),
    )  # fmt: skip
