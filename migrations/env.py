"""How migrations run, called by Alembic: an upgrade is one transaction, in one process at a time.

On SQLite a changed table is copied and the old one dropped, which would delete what refers to it if foreign keys
were watched meanwhile; so they are checked once, at the end, and a migration that breaks one is undone.
"""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from echo_sessions.database import UtcDateTime, Word, db
from echo_sessions.errors import Refused
from echo_sessions.sealed import Sealed

LOCK = 0x4543484F
"""The number of the lock that upgrades of one PostgreSQL database take in turn."""


def plain(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Our own column types as what they are in the database: a migration must outlive the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return f"sa.String(length={item.impl_instance.length})"  # type: ignore[attr-defined]  # it is a String
    if kind == "type" and isinstance(item, Sealed):
        return "sa.Text()"
    return False


def main() -> None:
    """Run what Alembic was asked for on the application's database."""
    if context.is_offline_mode():
        raise SystemExit("Migrations look at the data, so they cannot be written out as SQL.")
    with db.engine.connect().execution_options(write=True) as connection:
        embedded = connection.dialect.name == "sqlite"
        if embedded:
            _watch_keys(connection, False)
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            transactional_ddl=True,
            render_item=plain,
            **current_app.extensions["migrate"].configure_args,
        )
        try:
            with context.begin_transaction():
                if not embedded:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                context.run_migrations()
                if embedded:
                    _check_keys(connection)
        finally:
            if embedded:
                _watch_keys(connection, True)


def _watch_keys(connection: Connection, watch: bool) -> None:
    """Outside of any transaction: inside of one SQLite ignores this."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={'ON' if watch else 'OFF'}")


def _check_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        words = "A row of %(table)s refers to a row of %(other)s that is not there, so nothing was changed."
        raise Refused(words, table=broken[0], other=broken[2])


main()
