"""A Zoom that says what a test tells it to say: for the client alone. It holds no state and knows no rules."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from echo_sessions import clock
from echo_sessions.outside.meetings.zoom import Credentials, Fresh, Token, Zoom

ALL = "meeting:write:admin meeting:read:admin report:read:admin recording:read:admin recording:write:admin user:read:admin"


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Say:
    """One answer. `drop`: the connection ends without one, after the request was read."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


Answer = Say | Callable[[Asked], Say]


class Scripted:
    """`on(method, path, *answers)`: given in turn, the last for ever. Tokens are given out by themselves, numbered."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.tokens = 0
        self.token_answers: list[Say] = []
        self.scope: str | None = ALL
        self.api_path = "/api/v2"
        self.base = ""
        self._scripts: dict[tuple[str, str], list[Answer]] = {}
        self._lock = threading.Lock()
        self.token_gate: Callable[[], None] = lambda: None

    def on(self, method: str, path: str, *answers: Answer) -> None:
        self._scripts[method, self.api_path + path] = list(answers)

    def answer(self, asked: Asked) -> Say:
        if asked.path == "/oauth/token":
            return self._token()
        with self._lock:
            self.asked.append(asked)
            script = self._scripts.get((asked.method, asked.path))
            if not script:
                return Say(404, {"code": 300, "message": f"nobody told me about {asked.method} {asked.path}"})
            chosen = script.pop(0) if len(script) > 1 else script[0]
        return chosen(asked) if callable(chosen) else chosen

    def calls(self, method: str, path: str | None = None) -> list[Asked]:
        return [
            each for each in self.asked if each.method == method and path in {None, each.path[len(self.api_path) :]}
        ]

    def _token(self) -> Say:
        self.token_gate()
        with self._lock:
            self.tokens += 1
            if self.token_answers:
                return self.token_answers.pop(0)
            told = {"access_token": f"tok-{self.tokens}", "token_type": "bearer", "expires_in": 3599}
            if self.scope is not None:
                told["scope"] = self.scope
            return Say(200, told | {"api_url": self.base + self.api_path.removesuffix("/v2")})


@contextmanager
def answering() -> Iterator[Scripted]:
    """It listens on this machine for as long as the block lasts."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            is_json = "json" in self.headers.get("Content-Type", "")
            body = json.loads(raw) if is_json and raw else raw.decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            say = script.answer(Asked(self.command, parts.path, query, headers, body))
            if say.drop:
                self.close_connection = True
                return
            sent = (
                say.body.encode()
                if isinstance(say.body, str)
                else b""
                if say.body is None
                else json.dumps(say.body).encode()
            )
            self.send_response(say.status)
            for name, value in say.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        def log_message(self, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Notebook:
    """The client's memory in one process, for tests of the client alone."""

    def __init__(self) -> None:
        self.known: Credentials | None = Credentials("acc", "id", "s3cret-of-the-app")
        self.secrets = ("hook-secret",)
        self.kept: tuple[str, Token] | None = None
        self.pauses: dict[str, datetime] = {}
        self.counted: dict[tuple[str, str, str], int] = {}
        self._lock = threading.Lock()

    def credentials(self) -> Credentials | None:
        return self.known

    def hook_secrets(self) -> tuple[str, ...]:
        return self.secrets

    def token(self, mark: str) -> Token | None:
        return self.kept[1] if self.kept and self.kept[0] == mark else None

    def renew(self, mark: str, serial: int, fetch: Callable[[], Fresh], *, wait: float) -> Token:
        with self._lock:
            kept = self.token(mark)
            if kept and kept.serial != serial:
                return kept
            fresh = fetch()
            token = Token(fresh.value, serial + 1, clock.now() + fresh.lives, fresh.api_url, fresh.scopes)
            self.kept = (mark, token)
            return token

    def until(self, *keys: str) -> datetime | None:
        times = [self.pauses[key] for key in keys if key in self.pauses and self.pauses[key] > clock.now()]
        return max(times, default=None)

    def pause(self, key: str, until: datetime) -> None:
        self.pauses[key] = max(until, self.pauses.get(key, until))

    def count(self, kind: str, host: str = "", *, failed: bool = False, limited: bool = False) -> None:
        key = (kind, host, "limited" if limited else "failed" if failed else "fine")
        self.counted[key] = self.counted.get(key, 0) + 1

    def ages(self, left: timedelta) -> None:
        """The token now has so long to live."""
        assert self.kept is not None
        mark, token = self.kept
        self.kept = (mark, Token(token.value, token.serial, clock.now() + left, token.api_url, token.scopes))


def zoom_at(script: Scripted, memory: Notebook) -> Zoom:
    return Zoom(memory, oauth_url=f"{script.base}/oauth/token", api_url=f"{script.base}/elsewhere/v2")
