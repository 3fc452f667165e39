"""One person's line of a report, still as text; and how lines of a table become such entries."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from echo_sessions.words import Said

from ..names import fold, word_set
from ..rules import Provider, Question
from .columns import Field, Header
from .moments import is_blank, looks_like_moment, seconds_of
from .sheet import Block
from .table import Record

_YES = word_set("yes y si sim oui ja true 1 da tak evet hai はい 是 예 네 vang co ya oo x да نعم")
_NO = word_set("no n nao non nein false 0 nie hayir いいえ 否 不是 아니요 khong tidak нет لا nee")
_TOTALS = re.compile(
    r"^(grand )?(totals?|sum|summe|gesamt\w*|somme|totale|average|media|mean|moyenne|durchschnitt|suma|toplam|итого|合計|总计|합계)\b"
)
_DATE_ALONE = re.compile(r"^\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}$")
_CLOCK_ALONE = re.compile(r"^\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?\s?m\.?)?$", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")


@dataclass(frozen=True)
class Entry:
    """One line as text. `joined` and `left` are not yet moments: their order of day and month is the file's affair."""

    line: int
    name: str = ""
    other_name: str = ""
    email: str = ""
    registrant: str = ""
    phone: str = ""
    joined: str = ""
    left: str = ""
    claimed_minutes: float | None = None
    waiting_room: bool = False
    guest: bool | None = None
    meeting: str = ""
    titles: tuple[str, str] = ("", "")


@dataclass
class Draft:
    """What a reader hands on: entries, and what it noticed on the way."""

    provider: Provider
    layout: str
    entries: list[Entry]
    english: bool = True
    day: date | None = None
    timezone: str | None = None
    other_dates: list[str] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


@dataclass
class Skipped:
    """Lines that are no attendance, kept for one warning each kind."""

    absent: list[int] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    bare: list[int] = field(default_factory=list)

    def warnings(self) -> list[Said]:
        kinds = [
            (self.absent, "Registered and did not come: %(count)s. They are left out."),
            (self.totals, "Totals are left out (%(lines)s)."),
            (self.bare, "Lines without a person or a time are left out (%(lines)s)."),
        ]
        return [Said(sentence, {"count": len(found), "lines": lines_said(found)}) for found, sentence in kinds if found]


def lines_said(lines: Sequence[int]) -> str:
    """`line 3`, `lines 3, 9 and 14 more`."""
    shown = ", ".join(str(line) for line in lines[:5])
    more = f" and {len(lines) - 5} more" if len(lines) > 5 else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def entries_of(block: Block, skipped: Skipped, *, meeting: str = "") -> list[Entry]:
    """The people of one block; who did not come, totals and stray lines go to `skipped`."""
    header = block.header
    seconds = any("sec" in title or "seg" in title for title in _title(header, Field.MINUTES).split())
    raw = any(cell in ("join_time", "user_email", "leave_time") for cell in (t.casefold() for t in header.titles))
    unit = "seconds" if seconds or (raw and "min" not in _title(header, Field.MINUTES)) else "minutes"
    found = []
    for row in block.rows:
        cells = aligned(header, row)
        if not _counts(header, cells, row, skipped):
            continue
        found.append(_entry(header, cells, row.line, unit, meeting))
    return found


def aligned(header: Header, row: Record) -> Record:
    """The row with its cells under their titles, where an unquoted comma in a date or a name had moved them."""
    cells = list(row.cells)
    while cells and not cells[-1]:
        cells.pop()
    width = max((place + 1 for place, title in enumerate(header.titles) if title), default=0)
    place = 0
    while place + 1 < len(cells):
        if _DATE_ALONE.match(cells[place].rstrip(",")) and _CLOCK_ALONE.match(cells[place + 1]):
            both = f"{cells[place].rstrip(',')} {cells[place + 1]}"
            if place + 1 < len(header.titles) and not header.titles[place + 1]:
                cells[place] = both
            elif len(cells) > width:
                cells[place : place + 2] = [both]
        place += 1
    over = len(cells) - width
    name, joined = header.places.get(Field.NAME), header.places.get(Field.JOINED)
    if over > 0 and name is not None and joined is not None and name < joined:
        seems_moved = not looks_like_moment(cells[joined]) and looks_like_moment(cells[joined + over])
        if seems_moved:
            cells[name : name + over + 1] = [", ".join(cells[name : name + over + 1])]
    return Record(row.line, tuple(cells))


def yes(text: str) -> bool | None:
    """Yes or no in the languages of the reports; None where the cell says neither."""
    word = fold(text).strip(" .")
    return True if word in _YES else False if word in _NO else None


def address(text: str) -> str:
    """The e-mail address in a cell, in small letters, or nothing; `j***@x.org` is nobody's in particular."""
    found = _ADDRESS.search(text)
    return (
        ""
        if found and "*" in found.group()
        else found.group().casefold().removeprefix("mailto:").rstrip(".")
        if found
        else ""
    )


def _counts(header: Header, cells: Record, row: Record, skipped: Skipped) -> bool:
    who = [_cell(header, cells, what) for what in (Field.NAME, Field.FIRST, Field.LAST, Field.EMAIL, Field.UPN)]
    times = [_cell(header, cells, what) for what in (Field.JOINED, Field.LEFT, Field.MINUTES, Field.TIMESTAMP)]
    if _TOTALS.match(fold(row.filled[0] if row.filled else "")) and not any(map(looks_like_moment, times[:2])):
        skipped.totals.append(row.line)
        return False
    if yes(_cell(header, cells, Field.ATTENDED)) is False and not any(times[:2]):
        skipped.absent.append(row.line)
        return False
    alone = len(row.filled) == 1 and len(header.places) > 2
    if not any(times) and (alone or not any(who)):
        skipped.bare.append(row.line)
        return False
    return True


def _entry(header: Header, cells: Record, line: int, unit: str, meeting: str) -> Entry:
    def cell(what: Field) -> str:
        return _cell(header, cells, what)

    seconds = seconds_of(cell(Field.MINUTES), unit=unit)
    whole = " ".join(part for part in (cell(Field.FIRST), cell(Field.LAST)) if part)
    name = cell(Field.NAME) or whole
    waiting = yes(cell(Field.WAITING)) is True or "waiting" in fold(cell(Field.STATUS))
    day = cell(Field.DATE)
    return Entry(
        line=line,
        name=name,
        other_name=whole if whole != name else "",
        email=_email(header, cells),
        registrant=cell(Field.REGISTRANT),
        phone=cell(Field.PHONE),
        joined=_on(day, cell(Field.JOINED)),
        left=_on(day, cell(Field.LEFT)),
        claimed_minutes=None if seconds is None else round(seconds / 60, 2),
        waiting_room=waiting,
        guest=yes(cell(Field.GUEST)),
        meeting=meeting,
        titles=(header.title_of(Field.JOINED), header.title_of(Field.LEFT)),
    )


def _email(header: Header, cells: Record) -> str:
    """The address of the e-mail column, else of the account column (Teams' UPN)."""
    return next((found for what in (Field.EMAIL, Field.UPN) if (found := address(_cell(header, cells, what)))), "")


def _cell(header: Header, cells: Record, what: Field) -> str:
    place = header.places.get(what)
    text = "" if place is None else cells[place]
    return "" if is_blank(text) else text


def _on(day: str, clock: str) -> str:
    return f"{day} {clock}" if day and _CLOCK_ALONE.match(clock) else clock


def _title(header: Header, what: Field) -> str:
    return fold(header.title_of(what)) if what in header.places else ""


def dates_in(rows: Iterable[Record]) -> list[str]:
    """Every cell that is a date: what stands on top helps to tell days from months."""
    return [cell for row in rows for cell in row.filled if looks_like_moment(cell)]
