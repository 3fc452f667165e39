"""Migrations make exactly what the models say, both ways, with data, on both databases."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import Engine, create_engine, inspect, make_url, select, text

from echo_sessions import create_app
from echo_sessions.config import ROOT, Secret, Settings, child_environment
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from tests.conftest import NOON
from tests.make import Make

MIGRATIONS = ROOT / "migrations"
HEAD = (MIGRATIONS / "HEAD").read_text(encoding="utf-8").strip()


@pytest.fixture
def fresh_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, without any table."""
    url = make_url(database_url)
    if url.drivername == "sqlite":
        yield f"sqlite:///{tmp_path / 'fresh.db'}"
        return
    name = f"fresh_{token_hex(6)}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield url.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def fresh(settings: Settings, fresh_url: str) -> Iterator[Flask]:
    """The application on that database."""
    app = create_app(replace(settings, database_url=Secret(fresh_url)))
    with app.test_request_context(base_url=settings.base_url):
        yield app
        db.session.remove()
        db.engine.dispose()


def test_files_are_numbered_in_order_and_head_names_the_newest():
    directory = ScriptDirectory(str(MIGRATIONS))
    names = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert [script.revision for script in reversed(list(directory.walk_revisions()))] == names
    assert directory.get_heads() == [HEAD] == names[-1:]


def test_upgrading_an_empty_database_makes_what_the_models_say(fresh):
    flask_migrate.upgrade()
    assert drift(db.engine) == []


def test_all_the_way_down_leaves_nothing_and_up_again_everything(fresh):
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    flask_migrate.upgrade()
    assert drift(db.engine) == []


def test_each_step_down_and_up_keeps_the_rows_below(fresh):
    """The floor of a step is what was there before it; whatever stands on that floor must not move."""
    flask_migrate.upgrade()
    session = Make(now=NOON).session()
    assert session.blocks, "the run sheet is what a copied table could lose"
    db.session.rollback()
    before = rows(db.engine)
    names = sorted((path.stem for path in (MIGRATIONS / "versions").glob("*.py")), reverse=True)
    for below in names[1 : names.index(next(n for n in names if n.endswith("_sessions"))) + 1]:
        flask_migrate.downgrade(revision=below)
        left = rows(db.engine)
        assert {name: before[name] for name in left} == left
    flask_migrate.upgrade()
    assert rows(db.engine) == before


def test_a_row_that_refers_to_nothing_stops_the_upgrade_and_nothing_is_changed(fresh):
    flask_migrate.upgrade()
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL never lets such a row in")
    flask_migrate.downgrade(revision="-1")
    before = set(inspect(db.engine).get_table_names())
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        driver.execute(
            "INSERT INTO addresses (person_id, email, normal, 'primary', created_at) VALUES (99, 'a', 'a', 0, '2026-11-25')"
        )
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(Refused, match=r"A row of addresses refers to a row of people that is not there"):
        flask_migrate.upgrade()
    assert set(inspect(db.engine).get_table_names()) == before


def test_keys_are_watched_again_after_an_upgrade(fresh):
    flask_migrate.upgrade()
    with pytest.raises(Exception, match=r"(?i)foreign key"), transaction():
        db.session.execute(
            text("INSERT INTO staff (hub_id, person_id, role, since) VALUES (9, 9, 'admin', '2026-11-25')")
        )
    assert db.session.scalars(select(Person)).all() == []


@pytest.mark.services
def test_two_processes_that_upgrade_at_once_take_turns(fresh, settings, fresh_url, tmp_path):
    environment = child_environment(
        ECHO_DATA_DIR=str(tmp_path),
        ECHO_DATABASE_URL=fresh_url,
        ECHO_SECRET_KEY=settings.secret_key.value,
        ECHO_BASE_URL=settings.base_url,
        ECHO_SMTP_URL=settings.smtp_url.value,
        ECHO_MAIL_FROM=settings.mail_from,
    )
    words = [sys.executable, "-c", "from echo_sessions.cli import main; main()", "db", "upgrade"]
    both = [subprocess.Popen(words, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=100)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert drift(db.engine) == []


def drift(engine: Engine) -> list[Any]:
    """What the models say and the database does not, or the other way round."""
    with engine.connect() as connection:
        seen = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(seen, db.metadata))


def rows(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table that is there, in a form that can be compared."""
    found = {}
    with engine.connect() as connection:
        for name in inspect(connection).get_table_names():
            if name != "alembic_version":
                table = connection.execute(text(f'SELECT * FROM "{name}"'))
                found[name] = sorted(repr(dict(row._mapping)) for row in table)
    return found
