"""What a file would say, before anybody takes it: read with answers given so far, held against the session's time. Pure.

What the file leaves open is settled by the session's day where that is certain, and said; the rest is asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from echo_sessions.errors import BadInput, Refused
from echo_sessions.words import Said, msgid

from .imports import read, titles_of
from .presence import Window
from .rules import Question, Reading, Row

SHOWN = 5


@dataclass(frozen=True)
class Answers:
    """What somebody said about a file: the zone of its clock, and whatever only a person knows."""

    zone: str
    date_order: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    open_until_end: bool = False


@dataclass(frozen=True)
class Looked:
    """A file as it reads. Exactly one of `reading` and `refusal` is there.

    `notes` are worth reading, `doubts` speak against taking it as it is, `questions` must be answered before.
    """

    name: str
    answers: Answers
    reading: Reading | None = None
    refusal: Refused | None = None
    titles: tuple[str, ...] = ()
    notes: tuple[Said, ...] = ()
    doubts: tuple[Said, ...] = ()
    questions: tuple[Question, ...] = ()
    better_zones: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.reading.rows if self.reading else ()

    @property
    def open_rows(self) -> int:
        return sum(row.is_open for row in self.rows)

    @property
    def sample(self) -> tuple[Row, ...]:
        return self.rows[:SHOWN]

    @property
    def first(self) -> datetime | None:
        return min((row.joined for row in self.rows if row.joined and not row.waiting_room), default=None)

    @property
    def last(self) -> datetime | None:
        return max((row.left for row in self.rows if row.left and not row.waiting_room), default=None)

    @property
    def can_be_taken(self) -> bool:
        return bool(self.rows) and not any(question.about == "date_order" for question in self.questions)


def look(
    data: bytes,
    name: str,
    answers: Answers,
    window: Window,
    *,
    remembered: Mapping[str, str] | None = None,
    zones: Sequence[str] = (),
) -> Looked:
    """Read a file for a session. `remembered` are titles mapped by hand before; `zones` are tried where times do not fit."""
    columns = {**(remembered or {}), **answers.columns}
    try:
        reading = _read(data, name, answers, columns, window)
    except BadInput as fault:
        return Looked(name, answers, refusal=fault, titles=titles_of(data, filename=name))
    looked = Looked(name, answers, reading=reading, notes=reading.warnings, questions=reading.questions)
    if any(question.about == "columns" for question in reading.questions):
        looked = replace(looked, titles=titles_of(data, filename=name))
    if not reading.timed:
        return replace(looked, doubts=(_UNTIMED,))
    if fits(reading.rows, window):
        return looked
    better = tuple(
        zone for zone in dict.fromkeys(zones) if _fits_in(data, name, replace(answers, zone=zone), columns, window)
    )
    return replace(looked, doubts=(_doubt(looked, better),), better_zones=better)


_UNTIMED = Said(
    msgid(
        "This report has totals only, no times: nobody can tell whether the minutes lie within the session. They are shown "
        "to you as claimed minutes and count only when you say so. Better export the report again with “Show unique users” "
        "switched off."
    )
)
_WRONG_ZONE = msgid("These times do not overlap the session; read in another time zone they do. Is the zone right?")
_WRONG_DAY = msgid("These times do not overlap the session: is it the right file, and is the zone right?")


def _doubt(looked: Looked, better: Sequence[str]) -> Said:
    return Said(_WRONG_ZONE if better else _WRONG_DAY)


def fits(rows: Iterable[Row], window: Window) -> bool:
    """Whether anybody of these was there during the session."""
    return any(row.joined is not None and not row.waiting_room and window.touches(row.joined, row.left) for row in rows)


def _read(data: bytes, name: str, answers: Answers, columns: Mapping[str, str], window: Window) -> Reading:
    """The session's day settles what the file leaves open: reports with clocks only, and days that can be read both ways."""
    day = window.opened.astimezone(ZoneInfo(answers.zone)).date()
    return read(
        data, filename=name, timezone=answers.zone, date_order=answers.date_order, columns=columns or None, day=day
    )


def _fits_in(data: bytes, name: str, answers: Answers, columns: Mapping[str, str], window: Window) -> bool:
    try:
        return fits(_read(data, name, answers, columns, window).rows, window)
    except BadInput:
        return False
