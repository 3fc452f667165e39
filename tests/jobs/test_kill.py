"""Workers killed with -9 at twenty random moments lose nothing and do nothing twice, on each kind of storage.

What counts is the contents at the end: a row and a letter for every deed, each once in effect. A letter may arrive twice
(when the worker died between the server's yes and the note), always with the same Message-ID.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from echo_sessions import clock, create_app
from echo_sessions.audit.models import Entry
from echo_sessions.config import ROOT, Settings
from echo_sessions.database import db, transaction
from echo_sessions.files.models import File
from echo_sessions.jobs import service
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from tests import postgres, redis
from tests.conftest import KEY
from tests.outside.mail_server import serving
from tests.smtp_server import MailServer

KILLS = 20
DEEDS_A_ROUND = 8
LONGEST_LIFE_SECONDS = 0.8
PATIENCE_SECONDS = 60
OURS = ("test.deed", "mail.deliver")

pytestmark = pytest.mark.services


class Nursery:
    """The process that starts workers for us; see `tests/jobs/nursery.py`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def start(self) -> int:
        """A worker; its process number."""
        return int(self._ask("start")[1])

    def end(self, worker: int, by: signal.Signals) -> int:
        """End it by this signal, and wait until it is gone; how it ended."""
        os.kill(worker, by)
        return int(self._ask(f"wait {worker}")[1])

    def _ask(self, command: str) -> tuple[str, str]:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self._hear()

    def _hear(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        first, _, rest = self.process.stdout.readline().strip().partition(" ")
        assert first, "the nursery has died; its last words are above"
        return first, rest


@pytest.fixture(params=["sqlite", "postgresql", "redis"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings of a deployment on this storage: all in SQLite files; all in PostgreSQL; PostgreSQL with Redis as queue."""
    database, queue = f"sqlite:///{tmp_path / 'echo.db'}", f"sqlite:///{tmp_path / 'queue.db'}"
    with ExitStack() as servers:
        if request.param != "sqlite":
            database = servers.enter_context(postgres.server(tmp_path))
            queue = database.replace("postgresql+psycopg:", "postgresql:")
        if request.param == "redis":
            queue = servers.enter_context(redis.server(tmp_path))
        yield {
            "ECHO_DATA_DIR": str(tmp_path / "data"), "ECHO_SECRET_KEY": KEY, "ECHO_BASE_URL": "https://echo.test",
            "ECHO_MAIL_FROM": "hub@echo.test", "ECHO_DATABASE_URL": database, "ECHO_QUEUE_URL": queue,
        }  # fmt: skip


@pytest.fixture
def mail_server(environment: dict[str, str]) -> Iterator[MailServer]:
    server = MailServer()
    with serving(server) as server.port:
        environment["ECHO_SMTP_URL"] = server.url
        yield server


@pytest.fixture
def asker(environment: dict[str, str], mail_server: MailServer) -> Iterator[Flask]:
    """The web process's part: an application of its own on the same storage, that asks for work."""
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["carrier"]["huey"].storage.close()


@pytest.fixture
def nursery(environment: dict[str, str], mail_server: MailServer) -> Iterator[Nursery]:
    words = [sys.executable, "-m", "tests.jobs.nursery"]
    with subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        nursery = Nursery(process)
        assert nursery._hear() == ("open", "")
        try:
            yield nursery
        finally:
            assert process.stdin is not None
            process.stdin.close()


def ask_for(numbers: range) -> None:
    with transaction():
        for number in numbers:
            service.queue("test.deed", {"number": number}, now=clock.now(), key=f"deed:{number}")


def waiting() -> int:
    """How many jobs are neither done nor failed, but for those of the schedule."""
    db.session.rollback()
    left = select(func.count()).select_from(Job).where(Job.state == JobState.WAITING, Job.name.in_(OURS))
    return db.session.scalar(left) or 0


def until(true: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, f"after {PATIENCE_SECONDS} s still not: {what}"
        time.sleep(0.05)


@contextmanager
def printed(seed: int) -> Iterator[random.Random]:
    """Chance that can be played again; pytest shows the seed when the test fails."""
    print(f"seed of the kills: {seed}")
    yield random.Random(seed)


@pytest.mark.timeout(300)
def test_twenty_kills_lose_nothing_and_double_nothing(asker: Flask, nursery: Nursery, mail_server: MailServer) -> None:
    seed = int(os.environ.get("KILL_SEED") or random.SystemRandom().randrange(10**9))
    total = KILLS * DEEDS_A_ROUND
    with printed(seed) as chance:
        for round_ in range(KILLS):
            worker = nursery.start()
            ask_for(range(round_ * DEEDS_A_ROUND, (round_ + 1) * DEEDS_A_ROUND))
            time.sleep(chance.uniform(0, LONGEST_LIFE_SECONDS))  # the random moment itself
            assert nursery.end(worker, signal.SIGKILL) == -signal.SIGKILL
    worker = nursery.start()
    until(lambda: waiting() == 0, "everything done")
    assert nursery.end(worker, signal.SIGTERM) == 0

    names = {f"T-{number}" for number in range(total)}
    assert sorted(db.session.scalars(select(File.key))) == sorted(names), "each deed once, none lost"
    jobs = list(db.session.scalars(select(Job).where(Job.name.in_(OURS))))
    assert Counter(job.state for job in jobs) == {JobState.DONE: 2 * total}, "none stuck, none given up"
    begun = Counter(db.session.scalars(select(Entry.thing).where(Entry.deed == "deed begun")))
    hit = sum(job.attempts > 1 for job in jobs)
    print(f"{hit} jobs were hit while they ran, {begun.total() - total} deeds began anew")
    assert set(begun) == names
    assert hit, "the kills hit no job at work, so nothing was tested"
    letters = {letter.subject: letter for letter in db.session.scalars(select(Letter))}
    assert set(letters) == names
    assert {letter.state for letter in letters.values()} == {LetterState.SENT}
    arrived: dict[str, set[str]] = {}
    for message in mail_server.delivered():
        arrived.setdefault(message["Subject"], set()).add(message["Message-ID"])
    assert arrived == {name: {letter.message_id} for name, letter in letters.items()}, (
        "each arrives, under one Message-ID"
    )
