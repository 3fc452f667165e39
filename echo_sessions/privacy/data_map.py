"""The data map: for every column of the database what it says, what for, on what ground, who sees it and for how long.

The words stand in `data_map.toml`, by hand; a test compares them with the models, so that a new column without an entry
fails. Copies of one's own data and erasure follow this map and nothing else.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

PLAIN = {"id": "number of the row", "version": "how often it was saved", "link_generation": "which links still work"}
"""Columns that mean the same in every table, and tell nothing."""
MARKS = frozenset({"blank", "secret", "patient"})
BASES = {
    "contract": "to take part",
    "duty": "law or accreditor",
    "interest": "a safe service",
    "consent": "consent",
    "none": "about no person",
}


class Fate(StrEnum):
    """What becomes of rows about a person who is erased."""

    DELETE = "delete"
    BLANK = "blank"
    KEEP = "keep"


@dataclass(frozen=True)
class Column:
    """One column: what it says, and its marks (blank, secret, patient)."""

    name: str
    what: str
    marks: frozenset[str]

    @property
    def exported(self) -> bool:
        return not self.marks & {"secret", "patient"} and self.name not in PLAIN


@dataclass(frozen=True)
class Table:
    """One table, with all that its rows have in common. `about` are the ways from a row to the person it is about."""

    name: str
    what: str
    purpose: str
    basis: str
    who: str
    keep: str
    columns: Mapping[str, Column]
    about: tuple[str, ...] = ()
    erase: Fate = Fate.KEEP
    because: str = ""

    @property
    def blanked(self) -> tuple[str, ...]:
        """Columns that are emptied when the person is erased."""
        return tuple(column.name for column in self.columns.values() if "blank" in column.marks)


@cache
def tables() -> Mapping[str, Table]:
    """The whole map, by the names of tables. Raises `ValueError` for an entry that says less than it must."""
    written = tomllib.loads((Path(__file__).parent / "data_map.toml").read_text(encoding="utf-8"))["tables"]
    return {name: _table(name, entry) for name, entry in written.items()}


def _table(name: str, entry: dict[str, Any]) -> Table:
    missing = {"what", "purpose", "basis", "who", "keep", "columns"} - entry.keys()
    if missing or entry["basis"] not in BASES:
        raise ValueError(f"the data map of {name} lacks {', '.join(sorted(missing)) or 'a known basis'}")
    about = entry.get("about", ())
    columns = {column: _column(column, words) for column, words in {**PLAIN, **entry["columns"]}.items()}
    found = Table(
        name=name, what=entry["what"], purpose=entry["purpose"], basis=entry["basis"], who=entry["who"],
        keep=entry["keep"], columns=columns, about=(about,) if isinstance(about, str) else tuple(about),
        erase=Fate(entry.get("erase", "keep")), because=entry.get("because", ""),
    )  # fmt: skip
    if bool(found.blanked) != (found.erase is Fate.BLANK):
        raise ValueError(f"the data map of {name} marks nothing to blank, or marks it and keeps it")
    return found


def _column(name: str, words: str) -> Column:
    what, *marks = (part.strip() for part in words.split("|"))
    if set(marks) - MARKS:
        raise ValueError(f"the data map knows no mark {', '.join(set(marks) - MARKS)}")
    return Column(name, what, frozenset(marks))


def as_markdown() -> str:
    """The map as a page for the papers, table by table."""
    lines = [
        "# Data map",
        "",
        "What the database holds, what for, on what ground, who sees it and for how long. Written from",
        "`echo_sessions/privacy/data_map.toml` by `echo-sessions privacy map`; a test fails when a column has no entry here.",
        "Numbers of rows, versions and generations of links mean the same everywhere and are left out.",
    ]
    for table in tables().values():
        fate = f" On erasure: {table.erase}." if table.about else ""
        lines += ["", f"## {table.name}", "", f"{table.what}. **For:** {table.purpose[0].lower()}{table.purpose[1:]}."]
        lines += [f"**Ground:** {BASES[table.basis]}. **Seen by:** {table.who}. **Kept:** {table.keep}.{fate}", ""]
        lines += ["| field | what it says | |", "| --- | --- | --- |"]
        for column in table.columns.values():
            if column.name not in PLAIN:
                lines.append(f"| `{column.name}` | {column.what} | {', '.join(sorted(column.marks))} |")
    return "\n".join(lines) + "\n"
