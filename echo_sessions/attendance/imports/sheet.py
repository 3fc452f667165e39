"""The lie of a file: which rows are headers, and which rows belong to which header.

One file may hold several tables: sections of a report, several meetings, or two reports pasted together. What stands
above a header (meeting data, a section's title) belongs to the block below it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .columns import Field, Header, field_of, header_of, may_be_header, simple
from .moments import is_blank, looks_like_moment
from .table import SEPARATORS, Record, lines_of, records, unwrapped

_NONE = "\x1f"  # Separates nothing: each line is one cell.
_TOP = 400  # Lines in which the first header stands, whatever a report puts above it.
_SECTION = re.compile(r"^(\d)\.\s+\S")


@dataclass(frozen=True)
class Block:
    """A header, the filled rows below it, and the filled rows above it that are no people."""

    above: tuple[Record, ...]
    header: Header
    rows: tuple[Record, ...]


@dataclass(frozen=True)
class Sheet:
    """All records of a file and the headers among them, by place in `records`."""

    records: tuple[Record, ...]
    headers: tuple[tuple[int, Header], ...]

    @property
    def sections(self) -> dict[int, int]:
        """Where numbered sections ("2. Participants", in whatever language) begin: number to place in `records`."""
        found: dict[int, int] = {}
        for place, row in enumerate(self.records):
            title = _SECTION.match(row[0]) if len(row.filled) == 1 else None
            if title:
                found.setdefault(int(title[1]), place)
        return found

    def blocks(self) -> list[Block]:
        """The tables of the file from top to bottom."""
        found = []
        above = list(self.records[: self.headers[0][0]]) if self.headers else []
        for number, (place, header) in enumerate(self.headers):
            last = number + 1 == len(self.headers)
            end = len(self.records) if last else self.headers[number + 1][0]
            rows = list(self.records[place + 1 : end])
            cut = len(rows) if last else _where_next_begins(rows, header)
            found.append(Block(_filled(above), header, _filled(rows[:cut])))
            above = rows[cut:]
        return found


def find_sheet(text: str, columns: Mapping[str, str] | None = None) -> Sheet:
    """The file as a sheet under the separator that makes most sense of its header; without headers when none does."""
    text = re.sub(r"\A\ufeff?\"?sep=(.)\"?\r?\n", "\n", text)  # Excel's own hint; the line keeps its number.
    lines = lines_of(text)
    top = lines[:_TOP]
    ways = _separators(top)
    best = max(ways, key=lambda way: _understood(way, top, columns), default=None)
    if best is not None and _understood(best, top, columns):
        return _sheet(_records(lines, best), columns)
    plain = max(SEPARATORS, key=lambda separator: sum(len(row.filled) for row in records(top, separator)))
    return Sheet(tuple(records(lines, plain)), ())


def _separators(top: Sequence[str]) -> list[tuple[str, str]]:
    """Separators worth trying: alone, and, where whole lines sit in one cell, one inside another."""
    there = [separator for separator in SEPARATORS if any(separator in line for line in top)]
    return [(one, "") for one in there] + [
        (outer, inner) for outer in (*there, _NONE) for inner in there if inner != outer
    ]


def _records(lines: Sequence[str], way: tuple[str, str]) -> list[Record]:
    outer, inner = way
    found = records(lines, outer)
    return unwrapped(found, inner) if inner else found


def _understood(way: tuple[str, str], top: Sequence[str], columns: Mapping[str, str] | None) -> int:
    """How many columns of the clearest header are known under these separators; a plain one wins a draw."""
    headers = _sheet(_records(top, way), columns).headers
    return max((2 * len(header.places) - bool(way[1]) for _, header in headers), default=0)


def titles_found(sheet: Sheet) -> tuple[str, ...]:
    """What looks most like a header in a file that has none we know: for the sentence that refuses it."""
    rows = [row for row in sheet.records[:50] if row.filled]
    likely = [row for row in rows if not any("@" in cell or looks_like_moment(cell) for cell in row.filled)]
    widest = max(likely or rows, key=lambda row: len(row.filled), default=None)
    return widest.filled if widest else ()


def is_meeting_data(row: Record) -> bool:
    """Whether these are titles of meeting data, as exports put on top: topic, id, start and end, no person."""
    known = [field_of(cell) for cell in row.filled]
    return known.count(Field.OTHER) >= 2 and Field.JOINED not in known and not any(map(looks_like_moment, row.filled))


def meeting_of(above: Sequence[Record]) -> str:
    """The meeting's number from the data on top of a block, or nothing."""
    for titles, values in pairwise(above):
        if is_meeting_data(titles):
            for place, title in enumerate(titles.cells):
                if simple(title) in ("meeting id", "id", "webinar id", "id de reunion", "id da reuniao"):
                    return values[place]
    return ""


def _sheet(rows: list[Record], columns: Mapping[str, str] | None) -> Sheet:
    headers: list[tuple[int, Header]] = []
    failed = 0
    for place, row in enumerate(rows):
        if failed > _TOP or not may_be_header(row.cells):
            continue
        header = header_of(row.line, row.cells, columns)
        if header is None:
            failed += 1
        else:
            headers.append((place, header))
    return Sheet(tuple(rows), tuple(headers))


def _filled(rows: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(row for row in rows if any(not is_blank(cell) for cell in row.cells))


def _where_next_begins(rows: list[Record], header: Header) -> int:
    """Among the rows between two headers, the first that belongs to the second: its meeting data or its title."""
    end = len(rows)
    nearby = range(end - 1, max(-1, end - 8), -1)
    for place in nearby:
        row = rows[place]
        if row.filled and (is_meeting_data(row) or (len(row.filled) == 1 and len(header.titles) > 1)):
            end = place
        elif len(row.filled) > 1 and not _is_below_meeting_data(rows, place):
            break
    return end


def _is_below_meeting_data(rows: list[Record], place: int) -> bool:
    return place > 0 and bool(rows[place - 1].filled) and is_meeting_data(rows[place - 1])
