"""A CSV file of people, read to rows and faults. Pure: it knows nothing of who is known already.

Takes what spreadsheets write: commas, semicolons or tabs, with or without a byte order mark, UTF-8, UTF-16 or
Windows-1252, any line ends. A file that cannot be read at all, or has columns we do not know, is refused with a
sentence (`BadInput`); what is wrong in single cells comes back as faults, all of them at once.
"""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from echo_sessions.errors import BadInput, Refused
from echo_sessions.people.lookalikes import mixes_alphabets
from echo_sessions.people.places import country_named, language_named
from echo_sessions.people.rules import clean_name, normal_address
from echo_sessions.programs.rules import ENDS, SITE_MOST, Role, clean_site, site_as_compared, zone_named
from echo_sessions.words import Said, msgid

COLUMNS = (
    "email", "name", "profession", "site", "country", "zone", "language", "series", "role", "registration", "credentials",
    "prescriber", "registration_body", "practising_since", "county", "region", "how_heard", "interests", "access_needs",
)  # fmt: skip
MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 20_000
MOST_FAULTS = 1000
PARTICIPANT = "participant"
ROLES = (PARTICIPANT, *(role for role in Role if role not in ENDS))
"""What a file may give; an auditor's look ends on a day, which a file cannot say."""
SHORT, ADDRESS_MOST = 120, 320
LONG = 2000
YES, NO = frozenset({"yes", "y", "true", "1"}), frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell, by the row's number in a spreadsheet (the head is row 1) and its column."""

    row: int
    column: str
    said: Said

    def __str__(self) -> str:
        return f"Row {self.row}, {self.column}: {self.said}"


@dataclass(frozen=True)
class Row:
    """One person as the file has it. `normal` is the address as compared; what the file leaves out is empty or None."""

    number: int
    email: str
    normal: str
    name: str
    profession: str
    site: str
    country: str | None
    zone: str | None
    language: str | None
    series: str
    role: str
    registration: str
    credentials: str = ""
    prescriber: bool | None = None
    registration_body: str = ""
    practising_since: int | None = None
    county: str = ""
    region: str = ""
    how_heard: str = ""
    interests: str = ""
    access_needs: str = ""


@dataclass(frozen=True)
class Table:
    """What a file says: rows that can be used, and faults of the others, both in the order of the file."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(data: bytes) -> Table:
    """The rows and faults of a file; refused when it is no table of people."""
    if len(data) > MOST_BYTES:
        raise BadInput("This file has more than 10 MB. Split it into several.")
    lines = _lines(_decoded(data))
    head = _head(next(lines, (1, []))[1])
    table = Table()
    for number, cells in lines:
        _take(table, number, cells, head)
        if len(table.faults) > MOST_FAULTS:
            raise BadInput(
                "More than %(most)s cells of this file are wrong; the first: row %(row)s, %(column)s: %(why)s",
                most=MOST_FAULTS, row=table.faults[0].row, column=table.faults[0].column, why=table.faults[0].said,
            )  # fmt: skip
    _same_address(table)
    if not table.rows and not table.faults:
        raise BadInput("There are no rows under the head of this file, so there is nobody to import.")
    return table


# Bytes to cells


def _decoded(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise BadInput("This is an Excel file, not CSV. Open it and save it as CSV (UTF-8), then try again.")
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise BadInput("This file is not text, so it cannot be a CSV file. Save the table as CSV (UTF-8), then try again.")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows, so many and no more; blank ones count but are left out. Excel's own first line `sep=;` is obeyed."""
    first = text.lstrip("\r\n").partition("\n")[0].strip()
    told = first[4:5] if first.lower().startswith("sep=") and len(first) == 5 else None
    delimiter = told or max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    number = 0
    try:
        for cells in reader:
            number += 1
            if number > MOST_ROWS + 1:
                raise BadInput("This file has more than %(most)s rows. Split it into several.", most=MOST_ROWS)
            if any(cell.strip() for cell in cells) and not (told and number == 1):
                yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise BadInput(
            "Row %(row)s cannot be read as CSV (%(why)s). Look for a quotation mark that is never closed.",
            row=number + 1,
            why=str(error),
        ) from None


def _head(cells: list[str]) -> list[str]:
    """The columns' names, small; empty ones may only hold empty cells."""
    head = [cell.casefold() for cell in cells]
    unknown = [cell[:40] for cell, name in zip(cells, head, strict=True) if name and name not in COLUMNS]
    if unknown:
        raise BadInput(
            "Unknown columns: %(unknown)s. The first row names the columns; these are known: %(known)s.",
            unknown=", ".join(unknown[:10]),
            known=", ".join(COLUMNS),
        )
    double = sorted({name for name in head if name and head.count(name) > 1})
    if double:
        raise BadInput("The column %(name)s is there twice. Keep one of them.", name=double[0])
    if "email" not in head:
        raise BadInput("The column email is missing: the first row must name the columns, and email is needed.")
    return head


# Cells to rows


def _take(table: Table, number: int, cells: list[str], head: list[str]) -> None:
    """One row, checked cell by cell so that every fault of it is named."""
    values = dict.fromkeys(COLUMNS, "")
    faults: list[Fault] = []
    for place, cell in enumerate(cells):
        name = head[place] if place < len(head) else ""
        if name:
            values[name] = cell
        elif cell:
            faults.append(Fault(number, str(place + 1), Said("There is a value in a column that has no name.")))
    row = _row(number, values, faults)
    if faults:
        table.faults.extend(faults)
    elif row is not None:
        table.rows.append(row)


def _row(number: int, values: Mapping[str, str], faults: list[Fault]) -> Row | None:
    clean: dict[str, Any] = {}
    for column, check in _CHECKS.items():
        try:
            clean[column] = check(values[column]) if values[column] or column == "email" else ""
        except Refused as fault:
            faults.append(Fault(number, column, Said(fault.message, fault.values)))
    if faults:
        return None
    return Row(
        number=number, email=values["email"], normal=clean["email"] or "", name=clean["name"] or "",
        profession=clean["profession"] or "", site=clean["site"] or "", country=clean["country"] or None,
        zone=clean["zone"] or None, language=clean["language"] or None, series=clean["series"] or "",
        role=clean["role"] or PARTICIPANT, registration=clean["registration"] or "", credentials=clean["credentials"],
        prescriber=clean["prescriber"] if values["prescriber"] else None, registration_body=clean["registration_body"],
        practising_since=clean["practising_since"] or None, county=clean["county"], region=clean["region"],
        how_heard=clean["how_heard"], interests=clean["interests"], access_needs=clean["access_needs"],
    )  # fmt: skip


def _same_address(table: Table) -> None:
    """An address that stands beside two names is a fault of the second: each person needs an own address."""
    first: dict[str, Row] = {}
    for row in table.rows:
        known = first.setdefault(row.normal, row)
        if row.name and known.name and site_as_compared(row.name) != site_as_compared(known.name):
            said = Said(
                "Row %(row)s has this address with another name. Each person needs an own address.",
                {"row": known.number},
            )
            table.faults.append(Fault(row.number, "email", said))
    bad = {fault.row for fault in table.faults}
    table.rows[:] = [row for row in table.rows if row.number not in bad]
    table.faults.sort(key=lambda fault: fault.row)


# What may stand in a cell


def _address(text: str) -> str:
    if len(text) > ADDRESS_MOST:
        raise Refused("This is not an e-mail address: it needs one @ and a domain, such as ana@clinic.example.")
    normal = normal_address(text)
    if mixes_alphabets(text):
        raise Refused("This address mixes letters of two alphabets that look alike. Ask its owner, and type it again.")
    return normal


def _short(text: str) -> str:
    line = " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in text).split())
    if len(line) > SHORT:
        raise Refused("This has %(length)s letters; at most %(most)s fit.", length=len(line), most=SHORT)
    return line


def _role(text: str) -> str:
    role = text.casefold()
    if role not in ROLES:
        raise Refused("No such role. These are known: %(known)s.", known=", ".join(ROLES))
    return role


def _line(text: str) -> str:
    if len(text) > SITE_MOST:
        raise Refused("This has %(length)s letters; at most %(most)s fit.", length=len(text), most=SITE_MOST)
    return " ".join(text.split())


def _text(text: str) -> str:
    if len(text) > LONG:
        raise Refused("This has %(length)s letters; at most %(most)s fit.", length=len(text), most=LONG)
    return text


def _yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word not in YES | NO:
        raise Refused("Write yes or no, or leave it empty.")
    return word in YES


def _year(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) == 4 and "1930" <= text <= "2100"):
        raise Refused("Write a year of four digits, such as 2009.")
    return int(text)


_CHECKS: dict[str, Callable[[str], Any]] = {
    "email": _address, "name": clean_name, "profession": _short, "site": clean_site, "country": country_named,
    "zone": zone_named, "language": language_named, "series": _short, "role": _role, "registration": _short,
    "credentials": _short, "prescriber": _yes_or_no, "registration_body": _line, "practising_since": _year, "county": _short,
    "region": _short, "how_heard": _line, "interests": _text, "access_needs": _text,
}  # fmt: skip
NAME_NEEDED = Said(msgid("Nobody is known by this address yet, so a name is needed."))
