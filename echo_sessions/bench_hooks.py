"""A storm of hooks against the house as it is served: gunicorn and a worker, SQLite, and people who read pages meanwhile.

A provider counts from when it sends, so every delivery has its own moment by the clock and is late by whatever it takes,
also when those before it are slow. None may be lost: the rows are counted afterwards, and what was read of them.
"""

import hashlib
import hmac
import http.client
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.bench import BASE, NOTHING, Scale, hub, result
from echo_sessions.config import child_environment
from echo_sessions.database import db
from echo_sessions.meetings.models import Hook
from echo_sessions.processes import gunicorn_words

HOOKS, SECONDS = 1000, 10.0
PROMISED_MS = 100.0
PAGES_A_SECOND, NOTHINGS_A_SECOND = 8.0, 20
SENDERS, READERS = 32, 8
PATIENCE_SECONDS = 60.0
SECRET = "secret-of-the-bench"
MEETING = 81234567890


@dataclass
class Storm:
    """What one storm showed: how long each hook, each page, and each look at a page that does nothing took, in milliseconds;
    which answers were not right; and when the last hook was answered."""

    hooks: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)
    wrong: list[int] = field(default_factory=list)
    ended: float = 0.0


def hooks(rounds: int, few: Scale, many: Scale) -> list[dict[str, Any]]:
    """1,000 hooks in 10 seconds, with people reading pages, against the same pages without a storm. `rounds` is not used:
    one storm is 1,000 measurements."""
    with hub(many) as (client, addresses):
        app = client.application
        cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"], domain="bench.example")
        if cookie is None:
            raise RuntimeError("the browser of the bench has no session")
        header = {"Cookie": f"{cookie.key}={cookie.value}"}
        with _served(app) as port:
            urls = list(addresses.values())
            for _warm in range(4):
                _read(port, urls, header, Storm(), seconds=2)
            calm = Storm()
            _read(port, urls, header, calm, seconds=5)
            storm = _storm(port, urls, header)
            kept, read_after = _kept(app, storm.ended)
        return _results(storm, calm, kept, read_after)


def _results(storm: Storm, calm: Storm, kept: int, read_after: float) -> list[dict[str, Any]]:
    slow = sum(took > PROMISED_MS for took in storm.hooks)
    name, count = f"{HOOKS:,} hooks in {SECONDS:g} s", len(storm.hooks)
    return [
        result(f"{name}: the slowest answer", max(storm.hooks), "ms", "promised", PROMISED_MS, count),
        result(f"{name}: 99 of 100 answered within", _share(storm.hooks, 0.99), "ms", f"{NOTHING} meanwhile", _share(storm.nothing, 0.99), count),
        result(f"{name}: the middle one", median(storm.hooks), "ms", f"{NOTHING} meanwhile", median(storm.nothing), count),
        result(f"{name}: slower than {PROMISED_MS:g} ms", slow, "answers", "all of them", count, count),
        result(f"{name}: lost", HOOKS - kept, "hooks", "sent", HOOKS, count),
        result(f"{name}: answered otherwise than 204", len(storm.wrong), "answers", "all of them", count, count),
        result(f"{name}: all read after the last", read_after, "seconds", "as long as they came", SECONDS, 1),
        result("a page meanwhile", median(storm.pages), "ms", "a page without a storm", median(calm.pages), len(storm.pages)),
    ]  # fmt: skip


def _share(took: Sequence[float], share: float) -> float:
    return sorted(took)[min(len(took) - 1, int(len(took) * share))]


@contextmanager
def _served(app: Flask) -> Iterator[int]:
    """The house on a free port, with a worker, as `serve` and `worker` start them."""
    settings = app.extensions["settings"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = child_environment(
        ECHO_DATA_DIR=str(settings.data_dir), ECHO_DATABASE_URL=settings.database_url.value, ECHO_QUEUE_URL=settings.queue_url.value,
        ECHO_STORAGE_URL=settings.storage_url, ECHO_SECRET_KEY=settings.secret_key.value, ECHO_BASE_URL=BASE,
        ECHO_SMTP_URL="smtp://127.0.0.1:9", ECHO_MAIL_FROM=settings.mail_from, ECHO_ZOOM_WEBHOOK_SECRET=SECRET,
    )  # fmt: skip
    commands = (
        gunicorn_words(bind=f"127.0.0.1:{port}", workers=2),
        [sys.executable, "-m", "echo_sessions.cli", "worker"],
    )
    with tempfile.TemporaryFile() as said:
        started = [
            subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT) for command in commands
        ]
        try:
            _wait_for(lambda: _get(port, "/readyz", {}) == 200)
            yield port
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(timeout=30)


def _storm(port: int, urls: Sequence[str], header: dict[str, str]) -> Storm:
    """The hooks by the clock, and readers beside them."""
    found, todo = Storm(), SimpleQueue[tuple[float, bytes] | None]()
    begins = time.perf_counter() + 0.5
    for number in range(HOOKS):
        todo.put((begins + number * SECONDS / HOOKS, _body(number)))
    senders = [threading.Thread(target=_send, args=(port, todo, found)) for _ in range(SENDERS)]
    beside = [
        threading.Thread(target=_read, args=(port, urls, header, found), kwargs={"seconds": SECONDS}),
        threading.Thread(target=_probe, args=(port, begins, found)),
    ]
    for thread in beside:
        thread.start()
    for sender in senders:
        todo.put(None)
        sender.start()
    for sender in senders:
        sender.join()
    found.ended = time.perf_counter()
    for thread in beside:
        thread.join()
    return found


def _send(port: int, todo: "SimpleQueue[tuple[float, bytes] | None]", found: Storm) -> None:
    """One after the other, each when its time has come; a new connection for each, as the provider's many machines make."""
    while (one := todo.get()) is not None:
        at, body = one
        time.sleep(max(0.0, at - time.perf_counter()))
        status = _post(port, body)
        found.hooks.append((time.perf_counter() - at) * 1000)
        if status != 204:
            found.wrong.append(status)


def _probe(port: int, begins: float, found: Storm) -> None:
    """A page that does nothing, by the clock as well: what this machine takes for any answer at all at this moment."""
    with ThreadPoolExecutor(SENDERS) as pool:
        for number in range(int(SECONDS * NOTHINGS_A_SECOND)):
            at = begins + number / NOTHINGS_A_SECOND
            time.sleep(max(0.0, at - time.perf_counter()))
            pool.submit(_look_at_nothing, port, at, found)


def _look_at_nothing(port: int, at: float, found: Storm) -> None:
    _get(port, NOTHING, {})
    found.nothing.append((time.perf_counter() - at) * 1000)


def _read(port: int, urls: Sequence[str], header: dict[str, str], found: Storm, *, seconds: float) -> None:
    """People who look at pages, so many a second all together, at moments of their own."""
    ends = time.perf_counter() + seconds

    def reader(number: int) -> None:
        chance = random.Random(number)
        while True:
            wait = chance.expovariate(PAGES_A_SECOND / READERS)
            time.sleep(min(wait, max(0.0, ends - time.perf_counter()) + 0.01))
            start = time.perf_counter()
            if start > ends:
                return
            if _get(port, urls[chance.randrange(len(urls))], header) == 200:
                found.pages.append((time.perf_counter() - start) * 1000)

    readers = [threading.Thread(target=reader, args=(number,)) for number in range(READERS)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()


def _body(number: int) -> bytes:
    """Somebody comes or goes: 450 people, each again and again."""
    person, comes = number // 2 % 450, number % 2 == 0
    moment = {"join_time" if comes else "leave_time": f"2026-11-25T12:{number // 60 % 60:02}:{number % 60:02}Z"}
    participant = {
        "user_id": str(16778240 + number // 2), "user_name": f"Grace Otieno {person}", "email": f"grace{person}@clinic.example",
        "registrant_id": f"registrant-{person}", "participant_uuid": f"{number:08}-AAAA", **moment,
    }  # fmt: skip
    thing = {"id": str(MEETING), "uuid": "uLoRgfbbTayCX6r2Q==", "topic": "Program", "participant": participant}
    event = "meeting.participant_joined" if comes else "meeting.participant_left"
    return json.dumps({"event": event, "payload": {"object": thing}, "event_ts": number}).encode()


def _post(port: int, body: bytes) -> int:
    stamp = str(int(clock.now().timestamp()))
    proof = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-zm-signature": f"v0={proof}", "x-zm-request-timestamp": stamp, "Content-Type": "application/json"}
    return _ask(port, "POST", "/webhooks/zoom", body, headers)


def _get(port: int, path: str, headers: dict[str, str]) -> int:
    return _ask(port, "GET", path, None, headers)


def _ask(port: int, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> int:
    """The status of the answer, once it was read; 0 where there was none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


def _kept(app: Flask, ended: float) -> tuple[int, float]:
    """How many are in the database, and how many seconds after the last answer all of them were read."""

    def unread() -> int:
        with app.app_context():
            found = db.session.scalar(select(func.count()).select_from(Hook).where(Hook.read_at.is_(None))) or 0
            db.session.remove()
            return int(found)

    _wait_for(lambda: unread() == 0)
    with app.app_context():
        kept = db.session.scalar(select(func.count()).select_from(Hook)) or 0
    return int(kept), time.perf_counter() - ended


def _wait_for(what: Callable[[], bool]) -> None:
    ends = time.perf_counter() + PATIENCE_SECONDS
    while not what():
        if time.perf_counter() > ends:
            raise RuntimeError("the house did not do within a minute what the bench waits for")
        time.sleep(0.1)
