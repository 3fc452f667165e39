"""The written matrix (docs/permissions.md) against the house: every endpoint, asked by one person of each role.

The matrix is written by hand from what should be; nothing here asks a policy. Each answer of each POST is undone, so
that all are asked in the same hub. On SQLite only: who may do what does not depend on the database.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from echo_sessions import clock
from echo_sessions.cli import main
from echo_sessions.database import db
from echo_sessions.jobs.handlers import HANDLERS
from tests.conftest import CI, Visitor
from tests.house.canaries import CANARIES, found_in, out_of_place, plant
from tests.house.cast import ROLES, STORY, Cast, address, cast
from tests.house.matrix import BLACKED, DOOR, FORBIDDEN, MAY, NOTHING, Row, endpoints, named
from tests.house.routes import Route, routes
from tests.house.world import World, codes, special, world
from tests.make import Make

pytestmark = pytest.mark.timeout(600)
DOORS = re.compile(r"^(https://echo\.test)?/sign-in/?(\?|$)")
UNREADY = {"health.readyz"}
"""Says 503 where a part of the house is missing, such as the mail server of these tests."""


@dataclass
class Snapshot:
    """The database as a file that every change is undone from."""

    path: Path
    kept: sqlite3.Connection
    watch: sqlite3.Connection

    @classmethod
    def of(cls, path: Path) -> "Snapshot":
        kept, watch = (
            sqlite3.connect(":memory:", check_same_thread=False),
            sqlite3.connect(path, check_same_thread=False),
        )
        watch.backup(kept)
        snapshot = cls(path, kept, watch)
        snapshot.version = snapshot._version()
        return snapshot

    version: int = 0

    def _version(self) -> int:
        [number] = self.watch.execute("PRAGMA data_version").fetchone()
        return int(number)

    def restore(self) -> None:
        """Undo whatever was written since, if anything was."""
        if self._version() != self.version:
            db.session.remove()
            self.watch.rollback()
            self.kept.backup(self.watch)
            self.version = self._version()


@dataclass
class Hub:
    """The hub of the matrix, its people, and how to come back to it."""

    app: Flask
    it: World
    who: Cast
    whole: dict[str, str]
    known: dict[str, Any]
    snapshot: Snapshot
    cookies: dict[str, str]
    token: str
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    """Which private field was found by which role on which page."""


@pytest.fixture
def hub(app, database_url) -> Iterator[Hub]:
    if not database_url.startswith("sqlite"):
        pytest.skip("the matrix is crawled on SQLite only")
    make = Make(now=(clock.now() - timedelta(days=5)).replace(microsecond=0))
    it = world(make)
    who = cast(make, it, app.extensions["storage"])
    plant(it, who)
    secret = "t" * 40
    signer: Any = app.session_interface.get_signing_serializer(app)
    cookies = {role: signer.dumps({**cookie, "csrf_token": secret}) for role, cookie in who.cookies.items()}
    token = str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(secret))
    found = Hub(
        app, it, who, special(it), codes(it), Snapshot.of(Path(database_url.removeprefix("sqlite:///"))), cookies, token
    )
    yield found
    found.snapshot.kept.close()
    found.snapshot.watch.close()


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return endpoints()


def test_every_endpoint_has_its_rows(whole_app, rows):
    written = {(row.endpoint, row.method) for row in rows}
    there = {
        (route.endpoint, method) for route in routes(whole_app) for method in route.methods & {"GET", "POST"}
    }  # fmt: skip
    missing, gone = sorted(there - written), sorted(written - there)
    assert not missing, f"say in docs/permissions.md, by hand, what each role is answered: {missing}"
    assert not gone, f"there is no such endpoint any more; take its row out of docs/permissions.md: {gone}"


def test_every_row_says_something_about_every_role(rows):
    for row in rows:
        assert tuple(row.cells) == ROLES, f"{row}: the columns are {', '.join(ROLES)}"
        assert set(row.cells.values()) <= {MAY, BLACKED, FORBIDDEN, NOTHING, DOOR}, row
    assert len({str(row) for row in rows}) == len(rows), "a row stands twice"


def test_every_job_and_every_command_has_its_row():
    assert named("Job") == set(HANDLERS), "say in docs/permissions.md who causes this job and what it touches"
    assert named("Command") == set(commands(main)), "say in docs/permissions.md who runs this command"


def test_every_answer_is_the_written_one(hub, rows):
    """Every endpoint, every role: what the house answers is what stands in the cell.

    Where all who are signed in are answered the same, five of them are asked, in turn; in CI everybody.
    """
    found = {route.endpoint: route for route in routes(hub.app)}
    wrong = []
    asked = 0
    for number, row in enumerate(rows):
        route = found[row.endpoint]
        for role in asked_of(row, number):
            asked += 1
            told = answer(hub, route, row, role)
            if told != row.cells[role]:
                wrong.append(f"{row}: {role} should be {row.cells[role]} and is {told}")
    assert not wrong, f"{len(wrong)} of {asked} answers:\n" + "\n".join(wrong)
    by_field = {canary.field: canary for canary in CANARIES}
    strays = [seen for seen in sorted(hub.seen) if out_of_place(by_field[seen[0]], seen[1], seen[2])]
    assert not strays, "a private word stands where its row in canaries.py does not allow it:\n" + "\n".join(
        map(str, strays)
    )
    never = {canary.field for canary in CANARIES if canary.pages} - {field for field, _, _ in hub.seen}
    assert not never, f"nobody finds these, so nothing was tested: {never}"


def test_what_other_programs_run_by_is_nothing_here(rows):
    """The coordinator of another program: nothing of this one, but for pages that are everybody's or list the own."""
    shared = {"hub", "owner"}
    for row in rows:
        if row.cells["other"] == FORBIDDEN:
            raise AssertionError(f"{row}: somebody from another program learns that this is there")
        if row.cells["outsider"] == NOTHING and row.cells["other"] == MAY:
            assert row.endpoint in OWN_LISTS, f"{row}: more than an outsider sees; {shared} may"


OWN_LISTS = {
    "oversight.hub": "the doors of the hub that open for them",
    "programs.list_people": "the people of the own program",
    "programs.export_people": "likewise",
    "programs.list_sites": "sites belong to the hub",
    "programs.export_sites": "likewise",
    "programs.new_site": "likewise",
    "programs.show_site": "likewise, with the own program's people",
    "programs.edit_site": "likewise",
    "programs.add_lead": "likewise",
    "programs.remove_lead": "likewise",
    "programs.show_room": "likewise",
    "verification.list_waiting": "the own program's people",
    "certificates.list_certificates": "the own program's certificates",
    "merging.list_duplicates": "among the own program's people",
    "merging.list_merges": "likewise",
    "merging.list_recoveries": "likewise",
    "conduct.list_incidents": "the own program's reports",
    "cases.break_glass": "in an emergency, with a reason, told to author, director and owners",
    "cases.list_recalls": "the own program's recalls",
}
"""Pages of the hub on which whoever runs another program sees the own part, and what of this program is open to them."""


def asked_of(row: Row, number: int) -> tuple[str, ...]:
    """The roles to ask about this row."""
    inside = ROLES[1:]
    if CI or len({row.cells[role] for role in inside}) > 1:
        return ROLES
    return ROLES[0], *(inside[(number * 5 + step) % len(inside)] for step in range(5))


def answer(hub: Hub, route: Route, row: Row, role: str) -> str:
    """The symbol of what this role is answered; a change is undone."""
    url = address(route, hub.it, hub.who, row.about, hub.whole, hub.known)
    client: Any = Visitor(hub.app).as_()
    client.set_cookie(hub.app.config["SESSION_COOKIE_NAME"], hub.cookies[role], domain="echo.test", secure=True)
    origin = {"REMOTE_ADDR": f"127.0.{ROLES.index(role)}.{next(_visitors) % 250 + 1}"}
    if row.method == "GET":
        told = client.get(url, environ_base=origin, buffered=True)
    else:
        data = {"csrf_token": hub.token, **hub.who.data.get(row.endpoint, {})}
        told = client.post(url, data=data, environ_base=origin, buffered=True)
    with told:
        symbol = symbol_of(told, route, row, url)
        if row.method == "GET":
            hub.seen |= {(canary.field, role, row.endpoint) for canary in found_in(told.get_data())}
    if row.method == "POST":
        hub.snapshot.restore()
    return symbol


def symbol_of(told: Any, route: Route, row: Row, url: str | None) -> str:
    body = told.get_data(as_text=True) if told.mimetype and told.mimetype.startswith("text/") else ""
    if told.status_code >= 500 and route.endpoint not in UNREADY:
        return str(told.status_code)
    assert "open for too long" not in body, f"{row}: the token of this test is not taken"
    if told.status_code in {301, 302, 303} and row.method == "GET" and DOORS.match(told.headers.get("Location", "")):
        return MAY if route.guard == "open_to_all" else DOOR
    if told.status_code in {403, 404}:
        return {403: FORBIDDEN, 404: NOTHING}[told.status_code]
    if 'class="blacked"' in body:
        assert STORY not in body and row.cells["auditor"] == BLACKED, f"{row}: the auditor reads the text"
        return BLACKED
    return MAY


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """All commands, with the words that lead to them."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}"


def _count() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


_visitors = _count()
