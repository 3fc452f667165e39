"""From text to records: separators, quotes, and the marks that spreadsheets leave in cells."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..names import tidy

SEPARATORS = ",;\t|"
_FORMULA = re.compile(r'^=\s*"(.*)"$', re.DOTALL)
_MOST_LINES_IN_A_CELL = 5
_LONGEST_LINE = 20_000


@dataclass(frozen=True)
class Record:
    """One row of a table and the line of the file on which it begins (the first line is 1)."""

    line: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> tuple[str, ...]:
        return tuple(cell for cell in self.cells if cell)

    def __getitem__(self, column: int) -> str:
        return self.cells[column] if 0 <= column < len(self.cells) else ""


def lines_of(text: str) -> list[str]:
    """The lines of a file, whichever system ended them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n")


def records(lines: Sequence[str], separator: str) -> list[Record]:
    """All rows, blank ones too, cells cleaned.

    A quote that is never closed spoils its own line only: names carry stray quotes, and a reader that trusts them
    swallows the rest of the file.
    """
    found: list[Record] = []
    at = 0
    while at < len(lines):
        cells, used = _cells(lines, at, separator)
        found.append(Record(at + 1, tuple(clean(cell) for cell in cells)))
        at += used
    return found


def unwrapped(rows: list[Record], separator: str) -> list[Record]:
    """The same rows, where a spreadsheet had put each whole line into one cell, taken apart again."""
    return [
        Record(row.line, tuple(clean(cell) for cell in _parsed(row.filled[0], separator)))
        if len(row.filled) == 1 and separator in row.filled[0]
        else row
        for row in rows
    ]


def clean(cell: str) -> str:
    """One cell without `="…"`, guarding apostrophes, invisible characters and doubled spaces."""
    text = cell.strip()
    formula = _FORMULA.match(text)
    if formula:
        text = formula.group(1).replace('""', '"')
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@":
        text = text[1:]
    return tidy(text)


def _cells(lines: Sequence[str], at: int, separator: str) -> tuple[list[str], int]:
    line = lines[at]
    if '"' not in line or len(line) > _LONGEST_LINE:
        return line.split(separator), 1
    for used in range(1, _MOST_LINES_IN_A_CELL + 1):
        if at + used > len(lines):
            break
        joined = "\n".join(lines[at : at + used])
        if joined.count('"') % 2 == 0:
            return _parsed(joined, separator), used
        opened = _unclosed(joined, separator)
        if opened is None:
            return _parsed(joined, separator), used
        if joined.count(separator, opened) > 1:  # A whole row stands behind the quote: it is a stray one.
            break
    return [cell.strip().strip('"') for cell in line.split(separator)], 1


def _unclosed(text: str, separator: str) -> int | None:
    """Where a quoted cell begins that does not end; None where all end."""
    state, opened = "start", 0
    for place, char in enumerate(text):
        if state == "quoted":
            state = "closing" if char == '"' else "quoted"
        elif char == '"' and state in ("start", "closing"):
            opened = place if state == "start" else opened
            state = "quoted"
        elif char in (separator, "\n"):
            state = "start"
        elif not (state == "start" and char == " "):
            state = "plain"
    return opened if state == "quoted" else None


def _parsed(text: str, separator: str) -> list[str]:
    lines = [line + "\n" for line in text.split("\n")]
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=separator != "\t"))
    except csv.Error:
        return text.replace("\n", " ").split(separator)
    return [cell for row in rows for cell in row]
