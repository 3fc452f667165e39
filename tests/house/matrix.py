"""Reading docs/permissions.md: the tables of endpoints, of jobs and of commands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.house.plan import HOUSE

PAPER = HOUSE.parent / "docs" / "permissions.md"
MAY, BLACKED, FORBIDDEN, NOTHING, DOOR = "✓", "▢", "✗", "·", "→"
_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """What each role is answered by one endpoint, about one thing."""

    endpoint: str
    method: str
    about: str
    cells: dict[str, str]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.endpoint, self.method, self.about)))


def tables() -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table of the paper: its head, and its rows."""
    head: list[str] = []
    rows: list[list[str]] = []
    for line in [*PAPER.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if not head:
                head = cells
            elif set("".join(cells)) - set(":- "):
                rows.append(cells)
        elif head:
            yield head, rows
            head, rows = [], []


def endpoints() -> list[Row]:
    """All rows of the tables of endpoints."""
    found = []
    for head, rows in tables():
        if head[0] == "Endpoint":
            for name, method, about, *cells in rows:
                assert len(cells) == len(head) - 3, f"{name} {method}: {len(cells)} cells under {len(head) - 3} roles"
                found.append(Row(_NAME.findall(name)[0], method, about, dict(zip(head[3:], cells, strict=True))))
    return found


def named(first: str) -> set[str]:
    """The names in the first column of the table that begins with this head."""
    return {_NAME.findall(row[0])[0] for head, rows in tables() if head[0] == first for row in rows}
