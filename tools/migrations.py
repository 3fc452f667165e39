"""Write migrations: the next one from what the models now say, or the first set anew while nothing is released.

    python tools/migrations.py next "Sites have a telephone number"
    python tools/migrations.py first

Both work on an empty SQLite of their own and write migrations/HEAD, so that two branches that each add a migration
meet in git rather than in production. What is written wants to be read: Alembic does not see everything.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import flask_migrate
from alembic.operations import ops
from flask import Flask
from sqlalchemy import ForeignKeyConstraint, MetaData, Table

from echo_sessions import FEATURES, create_app
from echo_sessions.config import ROOT, Secret, Settings
from echo_sessions.database import NAMES, Model, db

MIGRATIONS = ROOT / "migrations"
VERSIONS = MIGRATIONS / "versions"
HEAD = MIGRATIONS / "HEAD"
LONGEST = 32
"""Alembic keeps the name of the revision in a column of this many characters."""

Fill = Callable[[ops.MigrationScript], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("first", help="write the whole set anew; only while nothing is released")
    commands.add_parser("next", help="write one more").add_argument("words", help='what it does, as a sentence: "…"')
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = _app(Path(folder))
        with app.app_context():
            written = _first(app) if wanted.command == "first" else _next(app, wanted.words)
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", *written], check=True)
    print("\n".join(str(path.relative_to(ROOT)) for path in written) or "The models ask for no change.")


def _first(app: Flask) -> list[Path]:
    """One migration for each feature that has tables, in the order of the shelf."""
    for path in VERSIONS.glob("*.py"):
        path.unlink()
    HEAD.unlink(missing_ok=True)
    written: list[Path] = []
    known: set[str] = set()
    for feature, tables in _tables_by_feature():
        known |= {table.name for table in tables}
        words = (import_module(f"echo_sessions.{feature}.models").__doc__ or feature).partition("\n")[0]
        written += _write(app, feature, words, partial(_fill, new=tables, known=frozenset(known)))
    return written


def _next(app: Flask, words: str) -> list[Path]:
    """What the models say and the migrations do not yet."""
    flask_migrate.upgrade()
    slug = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")
    return _write(app, slug, words, lambda _script: None)


def _write(app: Flask, slug: str, words: str, fill: Fill) -> list[Path]:
    """One more migration, filled in, named in HEAD, and tried. None where there is nothing to do."""
    name = f"{len(list(VERSIONS.glob('*.py'))) + 1:04}_{slug}"[:LONGEST].rstrip("_")

    def directives(_context: object, _revision: object, scripts: list[ops.MigrationScript]) -> None:
        fill(scripts[0])
        if scripts[0].upgrade_ops is None or scripts[0].upgrade_ops.is_empty():
            scripts.clear()

    app.extensions["migrate"].configure_args["process_revision_directives"] = directives
    flask_migrate.migrate(message=words, rev_id=name)
    path = VERSIONS / f"{name}.py"
    if not path.exists():
        return []
    text = re.sub(r"\n *# ### .* ###(?=\n)|, schema=None", "", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    HEAD.write_text(name + "\n", encoding="utf-8")
    flask_migrate.upgrade()
    return [path]


def _tables_by_feature() -> Iterator[tuple[str, list[Table]]]:
    """The tables of each feature that has some, those that are referred to first."""
    for feature in FEATURES:
        module = f"echo_sessions.{feature}.models"
        names = {mapper.local_table for mapper in Model.registry.mappers if mapper.class_.__module__ == module}
        tables = [table for table in db.metadata.sorted_tables if table in names]
        if tables:
            yield feature, tables


def _fill(script: ops.MigrationScript, *, new: list[Table], known: frozenset[str]) -> None:
    """Make these tables. A key that points up the shelf waits for the migration that makes the table it points to."""
    names = {table.name for table in new}
    there, back = list[Any](), list[Any]()
    for table in new:
        copy = table.to_metadata(MetaData(naming_convention=NAMES))
        for key in [key for key in copy.foreign_key_constraints if _target(key) not in known]:
            copy.constraints.discard(key)
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        there += [ops.CreateTableOp.from_table(copy), *(ops.CreateIndexOp.from_index(index) for index in indexes)]
        back.insert(0, ops.DropTableOp(table.name))
    for table in db.metadata.sorted_tables:
        late = [key for key in table.foreign_key_constraints if _target(key) in names and table.name not in names]
        if late and table.name in known:
            there.append(ops.ModifyTableOps(table.name, [ops.CreateForeignKeyOp.from_constraint(key) for key in late]))
            back.insert(0, ops.ModifyTableOps(table.name, [ops.DropConstraintOp.from_constraint(key) for key in late]))
    script.upgrade_ops, script.downgrade_ops = ops.UpgradeOps(there), ops.DowngradeOps(back)


def _target(key: ForeignKeyConstraint) -> str:
    """The name of the table that a key points to."""
    return key.elements[0].target_fullname.partition(".")[0]


def _app(folder: Path) -> Flask:
    """The application on an empty database, whatever the environment says."""
    return create_app(
        Settings(
            data_dir=folder,
            database_url=Secret(f"sqlite:///{folder / 'echo.db'}"),
            queue_url=Secret(f"sqlite:///{folder / 'queue.db'}"),
            storage_url=f"file://{folder / 'files'}",
            secret_key=Secret("only-for-migrations-" + "k" * 40),
            base_url="https://echo.test",
            smtp_url=Secret("smtp://127.0.0.1:9"),
            mail_from="hub@echo.test",
            testing=True,
        )
    )


if __name__ == "__main__":
    main()
