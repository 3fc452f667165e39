"""All rows about one person, found by the data map."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.sql import ColumnElement

from echo_sessions.database import Model, db
from echo_sessions.privacy import data_map
from echo_sessions.privacy.data_map import Table


def tables_about() -> Iterator[tuple[Table, SqlTable]]:
    """The tables that hold rows about people, each with its entry in the map; those that others point to come last."""
    known = Model.metadata.tables
    for sql in reversed(Model.metadata.sorted_tables):
        entry = data_map.tables().get(sql.name)
        if entry is not None and entry.about:
            yield entry, known[sql.name]


def is_about(entry: Table, sql: SqlTable, person_id: int) -> ColumnElement[bool]:
    """The condition that a row is about this person, by any of the ways the map names."""
    ways: list[ColumnElement[bool]] = []
    for way in entry.about:
        near, _, far = way.partition(">")
        if far:
            other, column = far.split(".")
            beyond = Model.metadata.tables[other]
            ways.append(sql.c[near].in_(select(beyond.c.id).where(beyond.c[column] == person_id)))
        else:
            ways.append(sql.c[near] == person_id)
    found = ways[0]
    for way_on in ways[1:]:
        found = found | way_on
    return found


def rows_about(entry: Table, sql: SqlTable, person_id: int) -> Select[Any]:
    """The rows of a table about this person, oldest first, with the columns that may be exported."""
    shown = [sql.c[column.name] for column in entry.columns.values() if column.exported and column.name in sql.c]
    return select(*shown).where(is_about(entry, sql, person_id)).order_by(*sql.primary_key.columns)


def collected(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Everything the database says about this person that may be handed out, by table; tables without rows left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    for entry, sql in tables_about():
        rows = [dict(row._mapping) for row in db.session.execute(rows_about(entry, sql, person_id))]
        if rows:
            found[entry.name] = rows
    return dict(sorted(found.items(), key=lambda item: list(data_map.tables()).index(item[0])))
