"""The database, the one way to write to it, and columns that refuse what would be wrong.

Edges (views, jobs, commands) open `transaction()`; nothing else commits. On SQLite a write takes its lock at
the start (`BEGIN IMMEDIATE`): with the driver's default two writers silently lose each other's updates.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from flask import Flask, has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, Executable, MetaData, String, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator

from echo_sessions.errors import Stale
from echo_sessions.words import msgid

STALE = msgid("Somebody else has just saved this. Nothing of theirs was overwritten: look at it, then save again.")
NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=NAMES)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware and in UTC both ways. Naive values are refused, since nobody knows what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[Any]):
    """An enum kept as its word, so that a row can be read without the code."""

    impl = String(40)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else self.kind(value)


class Versioned:
    """For every table with a form: a save over somebody else's is refused, never merged in silence."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


db = SQLAlchemy(model_class=Model)
_BEFORE = "before_commit"
_AFTER = "after_commit"
_CHECKS = "checks"
_WRITE = {"write": True}
_ALONE = {"alone": True}


@contextmanager
def transaction() -> Iterator[None]:
    """All of it or nothing of it, committed at the end.

    A read that is under way ends here, so that what the verb reads is what it locks; objects loaded before
    refresh themselves at the next look. Raises `Stale` when a row changed in between or was made twice.
    """
    session = db.session()
    if _AFTER in session.info:
        raise RuntimeError("transactions do not nest: the edge opens the only one")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed outside of a transaction")
    session.rollback()
    before: dict[Callable[[list[Any]], None], list[Any]] = {}
    after: list[Callable[[], None]] = []
    session.info[_BEFORE], session.info[_AFTER] = before, after
    try:
        session.connection(execution_options=_WRITE)
        for check in session.info.get(_CHECKS, ()):
            check()
        yield
        session.flush()
        for act, values in before.items():
            act(values)
        session.commit()
    except StaleDataError as fault:
        session.rollback()
        raise Stale(STALE) from fault
    except IntegrityError as fault:
        session.rollback()
        if _is_twin(fault):
            raise Stale(STALE) from fault
        raise
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_BEFORE], session.info[_AFTER]
    for then in after:
        then()


def before_commit(act: Callable[[list[Any]], None], value: Any) -> None:
    """Hand `value`, with all others given for the same `act`, to it once the verb has done and written everything else.

    What takes a lock that everybody wants is done here: it is held for the moment of the commit only.
    """
    if not in_write():
        raise RuntimeError("there is no transaction to belong to: its edge has not opened one")
    db.session().info[_BEFORE].setdefault(act, []).append(value)


def check_again(check: Callable[[], None]) -> None:
    """Ask `check` again at the start of every transaction that this request (or command) still opens: it raises when
    what was allowed at first sight is not any more, and then nothing is written."""
    db.session().info.setdefault(_CHECKS, []).append(check)


def forget_checks() -> None:
    """What was done is done: what the house notes about it afterwards does not ask again."""
    db.session().info.pop(_CHECKS, None)


def after_commit(act: Callable[[], None]) -> None:
    """Run `act` once the open transaction has been committed; never when it is rolled back."""
    if not in_write():
        raise RuntimeError("there is no transaction to follow: its edge has not opened one")
    db.session().info[_AFTER].append(act)


def in_write() -> bool:
    """Whether a transaction is open: slow work such as hashing or the network must not run then."""
    return has_app_context() and _AFTER in db.session().info


def connect(app: Flask, url: str) -> None:
    """Bind the application to its database, with SQLite made safe for several writers."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    embedded = url.startswith("sqlite")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = (
        {"connect_args": {"timeout": 15}} if embedded else {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}
    )
    db.init_app(app)
    if embedded:
        with app.app_context():
            event.listen(db.engine, "connect", _open_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """WAL for readers beside a writer, and no transaction of the driver's own."""
    connection.isolation_level = None
    # SQLite's own lower() knows ASCII only, so that a search for "élise" would miss "Élise".
    connection.create_function(
        "lower", 1, lambda text: text.lower() if isinstance(text, str) else text, deterministic=True
    )
    for pragma in ("journal_mode=WAL", "busy_timeout=15000", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("alone"):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


def _is_twin(fault: IntegrityError) -> bool:
    """Whether the database refused a second row with the same unique key."""
    return "UNIQUE constraint failed" in str(fault.orig) or getattr(fault.orig, "sqlstate", None) == "23505"


def insert_or_leave(kind: type[Model], **values: Any) -> None:
    """A new row, unless there is one with this key already: then nothing. Two at once make one."""
    db.session.execute(upsert(kind).values(**values).on_conflict_do_nothing())


@contextmanager
def aside() -> Iterator[Connection]:
    """A connection of its own, committed at the end: for counters that stand whatever becomes of the page.

    Not while a transaction is open: on SQLite it would wait for itself.
    """
    if in_write():
        raise RuntimeError("nothing is counted aside while a transaction is open")
    with db.engine.connect().execution_options(**_WRITE) as connection:
        yield connection
        connection.commit()


def alone(statement: Executable) -> Any:
    """Carry out one statement that stands for itself, on a connection of its own; its rows, where it has any.

    On SQLite there is nothing around it: the lock for writing is held within the one call, not while Python's threads
    wait for each other between a BEGIN and a COMMIT. For what comes a hundred times a second. Not inside a transaction.
    """
    if in_write():
        raise RuntimeError("nothing is carried out alone while a transaction is open")
    with db.engine.connect().execution_options(**_ALONE) as connection:
        answer = connection.execute(statement)
        rows = answer.all() if answer.returns_rows else []
        connection.commit()
        return rows


def upsert(kind: type[Model]) -> Any:
    """`INSERT INTO kind`, which knows ON CONFLICT in the dialect of this database."""
    return (postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert)(kind)
