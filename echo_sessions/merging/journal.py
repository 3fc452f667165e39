"""What a merge changed, step by step, and the way back.

A step is `set` (a column of a row, with what it was and became), `fill` (an empty column of the kept person took the
other's value), `out` (a row taken out, kept whole) or `new` (a row made by the merge). Going back touches nothing that was
changed since: such a step is left as it is, and said.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, insert, select, update

from echo_sessions.database import Model, db
from echo_sessions.merging.rules import Fate
from echo_sessions.sealed import Sealed

Step = dict[str, Any]
PEOPLE = "people"


def table_named(name: str) -> Table:
    """The table of this name."""
    return Model.metadata.tables[name]


def person_columns() -> Iterator[Column[Any]]:
    """Every column that names a person, by its key or, where rows outlive people, by its name."""
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            points = any(key.column.table.name == PEOPLE for key in column.foreign_keys)
            if points or (column.name == "person_id" and not column.foreign_keys):
                yield column


def moving(fates: Any) -> Iterator[Column[Any]]:
    """Those that follow the person. One that nobody has decided about follows too: nothing is left behind by oversight."""
    return (column for column in person_columns() if fates.get(str(column), Fate.MOVES) is Fate.MOVES)


class Journal:
    """Writes through it change the database at once and are noted."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.group: str | None = None

    def _note(self, step: Step) -> None:
        self.steps.append(step | ({"group": self.group} if self.group else {}))

    def set(self, name: str, number: int, column: str, value: Any) -> None:
        """Change one column of one row."""
        table = table_named(name)
        was = db.session.execute(select(table.c[column]).where(table.c.id == number)).scalar_one()
        if packed(was) == packed(value):
            return
        db.session.execute(update(table).where(table.c.id == number).values({column: value}))
        self._note(
            {"do": "set", "table": name, "id": number, "column": column, "was": packed(was), "is": packed(value)}
        )

    def changed(self, name: str, number: int, column: str, was: Any, now: Any) -> None:
        """Note what a verb has changed already."""
        self._note({"do": "set", "table": name, "id": number, "column": column, "was": packed(was), "is": packed(now)})

    def fill(self, kept_id: int, column: str, value: Any) -> None:
        """Give the kept person a value that was empty. It is not noted: it may be sealed, and the other record has it."""
        db.session.execute(
            update(table_named(PEOPLE)).where(table_named(PEOPLE).c.id == kept_id).values({column: value})
        )
        self._note({"do": "fill", "table": PEOPLE, "id": kept_id, "column": column})

    def out(self, name: str, row: dict[str, Any]) -> None:
        """Take a row out of its table and keep all of it."""
        table = table_named(name)
        if any(isinstance(column.type, Sealed) for column in table.columns):
            raise ValueError(f"rows of {name} hold sealed values and cannot be kept in a merge")
        db.session.execute(delete(table).where(table.c.id == row["id"]))
        self._note({"do": "out", "table": name, "row": {key: packed(value) for key, value in row.items()}})

    def made(self, name: str, number: int) -> None:
        """Note a row that a verb has made."""
        self._note({"do": "new", "table": name, "id": number, "row": _row(name, number)})


def rows_of(column: Column[Any], person_id: int) -> list[dict[str, Any]]:
    """The rows that name this person in this column, in order."""
    table = column.table
    assert isinstance(table, Table)
    found = db.session.execute(select(table).where(column == person_id).order_by(table.c.id))
    return [dict(row) for row in found.mappings()]


def twin_of(column: Column[Any], row: dict[str, Any], kept_id: int) -> dict[str, Any] | None:
    """The kept person's row that leaves no room for this one, by a unique key of the table."""
    table = column.table
    assert isinstance(table, Table)
    for names in _keys(table):
        if column.name in names and all(row[name] is not None for name in names):
            same = and_(*(table.c[name] == (kept_id if name == column.name else row[name]) for name in names))
            found = db.session.execute(select(table).where(same)).mappings().first()
            if found is not None and found["id"] != row["id"]:
                return dict(found)
    return None


def _keys(table: Table) -> Iterator[tuple[str, ...]]:
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield tuple(column.name for column in constraint.columns)
    for index in table.indexes:
        if index.unique and not any(
            index.dialect_options[name].get("where") is not None for name in index.dialect_options
        ):
            yield tuple(column.name for column in index.columns)
    for column in table.columns:
        if column.unique:
            yield (column.name,)


def can_go_back(step: Step, steps: list[Step], gone_id: int) -> bool:
    """Whether this step can be undone without losing what happened since."""
    if step["do"] == "out":
        return True
    now = _row(step["table"], step["id"])
    if now is None:
        return False
    if step["do"] == "new":
        return bool(now == step["row"]) and not _named(step, steps)
    if step["do"] == "fill":
        return bool(now[step["column"]] == (_row(PEOPLE, gone_id) or {}).get(step["column"]))
    return bool(now[step["column"]] == step["is"])


def go_back(step: Step) -> None:
    """Undo one step."""
    table = table_named(step["table"])
    if step["do"] == "new":
        db.session.execute(delete(table).where(table.c.id == step["id"]))
    elif step["do"] == "out":
        row = {key: unpacked(value) for key, value in step["row"].items()}
        if _row(step["table"], row["id"]) is not None:
            del row["id"]  # Another row has the number by now; nothing points to this one.
        db.session.execute(insert(table).values(row))
    else:
        value = None if step["do"] == "fill" else unpacked(step["was"])
        db.session.execute(update(table).where(table.c.id == step["id"]).values({step["column"]: value}))


def _named(step: Step, steps: list[Step]) -> bool:
    """Whether a row that the merge did not make points to this one."""
    ours = {(one["table"], one["id"]) for one in steps if one["do"] == "new"}
    for table in Model.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == step["table"] for key in column.foreign_keys):
                key = table.c.id if "id" in table.c else column
                pointing = db.session.scalars(select(key).where(column == step["id"]))
                if any((table.name, number) not in ours for number in pointing):
                    return True
    return False


def _row(name: str, number: int) -> dict[str, Any] | None:
    table = table_named(name)
    found = db.session.execute(select(table).where(table.c.id == number)).mappings().first()
    return None if found is None else {key: packed(value) for key, value in found.items()}


def packed(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, dt.datetime):
        return {"moment": value.astimezone(dt.UTC).isoformat()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    if isinstance(value, Decimal):
        return {"amount": str(value.normalize())}
    return value.value if isinstance(value, Enum) else value


def unpacked(value: Any) -> Any:
    """The value of a column again."""
    if isinstance(value, dict) and len(value) == 1:
        [(kind, text)] = value.items()
        if kind == "moment":
            return dt.datetime.fromisoformat(text)
        if kind == "day":
            return dt.date.fromisoformat(text)
        if kind == "amount":
            return Decimal(text)
    return value
