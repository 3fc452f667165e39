"""One application for the whole run, an empty database for every test.

`--database=postgresql` runs the same tests on PostgreSQL; without a server those runs are skipped loudly.
"""

import os
import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import exists, literal, select, union_all

from echo_sessions import create_app
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db
from tests.browser import browser_for, chromium, live_server, playwright  # noqa: F401  # fixtures for all
from tests.client import BASE, StrictClient
from tests.logged import logged  # noqa: F401  # a fixture for all
from tests.make import Make
from tests.outbox import Outbox
from tests.signing import signed_in
from tests.smtp_server import smtp_server  # noqa: F401  # a fixture for all
from tests.zoom_server.fixture import zoom_server  # noqa: F401  # a fixture for all

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
KEY = "only-for-tests-" + "k" * 40


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=("sqlite", "postgresql"), default="sqlite", help="where the tests keep their rows"
    )
    parser.addoption("--whole", action="store_true", help="on PostgreSQL, also what is about pages and not about rows")


ABOUT_PAGES = {
    "people/entry", "people/provider", "people/second_factor", "cases/policy", "cases/openings", "programs/ways_in",
    "programs/deputies", "programs/agreements", "sessions/door", "sessions/delegates", "attendance/companions",
    "meetings/planning", "meetings/wording", "meetings/setup", "tests/doctor",
}  # fmt: skip
"""Files of tests that press buttons, or ask who may, though they are not called so."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """On PostgreSQL the pages' own tests are left out as well, unless they are named or `--whole` is said: the walks and
    stories there press the same buttons. The tests of the house, but for the migrations, ask nothing of a database."""
    if config.getoption("--database") != "postgresql" or config.getoption("--whole") or collection_path.is_dir():
        return None
    if any(Path(arg.split("::")[0]).resolve() == collection_path for arg in config.args):
        return None
    folder, name = collection_path.parent.name, collection_path.stem
    elsewhere = folder in {"layout", "outside", "web"} or (folder == "house" and name != "test_migrations")
    pages = name.endswith("views") or f"{folder}/{name.removeprefix('test_')}" in ABOUT_PAGES
    return True if name.startswith("test_") and (elsewhere or pages) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches the database: the rest would run the same again. So would the tests of the house, but
    for the migrations, and what is marked `once`: long crawls over pages, and long stories of a provider."""
    if config.getoption("--database") == "postgresql":
        chosen: dict[bool, list[pytest.Item]] = {True: [], False: []}
        for item in items:
            house = item.path.parent.name == "house" and item.path.stem != "test_migrations"
            rows = config.getoption("--whole") or not (house or item.get_closest_marker("once"))
            chosen["database_url" in getattr(item, "fixturenames", ()) and rows].append(item)
        config.hook.pytest_deselected(items=chosen[False])
        items[:] = chosen[True]


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """No test may speak to anything but this machine."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address[0]}")
        return real(self, address)

    socket.socket.connect = guarded  # type: ignore[method-assign]  # the trap itself
    yield
    socket.socket.connect = real  # type: ignore[method-assign]  # and back


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.config.getoption("--database") == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('database') / 'echo.db'}"
        return
    from tests.postgres import server

    with server(tmp_path_factory.mktemp("postgres")) as url:
        yield url


@pytest.fixture(scope="session")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("data")
    return Settings(
        data_dir=folder,
        database_url=Secret(database_url),
        queue_url=Secret(f"sqlite:///{folder / 'queue.db'}"),
        storage_url=f"file://{folder / 'files'}",
        secret_key=Secret(KEY),
        base_url="https://echo.test",
        smtp_url=Secret("smtp://127.0.0.1:9"),
        mail_from="hub@echo.test",
        testing=True,
    )


@pytest.fixture(scope="session")
def whole_app(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings)
    app.test_client_class = StrictClient
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def app(whole_app: Flask, settings: Settings) -> Iterator[Flask]:
    """The application with an empty database, inside a request as the edges have one."""
    with whole_app.app_context():
        _empty()
    with whole_app.test_request_context(base_url=settings.base_url):
        yield whole_app
        db.session.remove()


def _empty() -> None:
    """Every table without rows: one look says which have any, and those are emptied, children first.

    Numbers of rows are not begun anew on PostgreSQL: a test that relies on them would be wrong.
    """
    tables = list(reversed(db.metadata.sorted_tables))
    with db.engine.connect().execution_options(write=True) as connection:
        used = set(
            connection.scalars(union_all(*(select(literal(t.name)).where(exists().select_from(t)) for t in tables)))
        )
        for table in tables:
            if table.name in used:
                connection.execute(table.delete())
        connection.commit()


@pytest.fixture
def make(app: Flask) -> Make:
    return Make(now=NOON)


@pytest.fixture
def outbox(app: Flask) -> Outbox:
    return Outbox()


@pytest.fixture
def client(app: Flask) -> Any:
    """A visitor who has not signed in; `client.as_(person)` is somebody."""
    return Visitor(app)


class Visitor:
    """Opens clients for people, each with the own cookies."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def as_(self, person: Any = None) -> StrictClient:
        client: Any = self.app.test_client()
        if person is not None:
            cookie = signed_in(person)
            with client.session_transaction(base_url=BASE) as session:
                session.update(cookie)
        return client


def found(name: str) -> str | None:
    """A program of the machine, for tests that need a real one."""
    return shutil.which(name) or next((str(p) for p in Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None)


CI = os.environ.get("CI") == "true"
