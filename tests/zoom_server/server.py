"""The server as a client meets it: where it listens, and what happens to a request."""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.zoom_server import limits, meetings, past, registrants, users
from tests.zoom_server.answers import Answer, Refusal
from tests.zoom_server.faults import HTML, Fault
from tests.zoom_server.journal import Call
from tests.zoom_server.operations import OPERATIONS, Operation, found
from tests.zoom_server.sessions import Sessions
from tests.zoom_server.wire import Listening

HANDLERS = {**users.HANDLERS, **meetings.HANDLERS, **registrants.HANDLERS, **past.HANDLERS}
assert set(HANDLERS) == {operation.name for operation in OPERATIONS}
PATIENCE = 4
"""So many calls may be on their way when a pause is ordered."""


@dataclass
class Ask:
    """One request that got past the door."""

    call: Call
    parts: dict[str, str]
    query: dict[str, str]
    body: Any
    now: datetime


@dataclass
class Pause:
    told: float
    seconds: float
    early: int = 0


class ZoomServer(Sessions):
    """`with ZoomServer() as zoom:` listens on `zoom.api_url` and `zoom.oauth_url` until the block ends."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._numbers = itertools.count(1)
        self._pauses: dict[str, Pause] = {}
        self._listening: list[Listening] = []

    def __enter__(self) -> Self:
        self._listening.append(Listening(self))
        self.tokens.region = self.base_url
        return self

    def __exit__(self, *fault: object) -> None:
        self.leave.set()
        for listening in self._listening:
            listening.close()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listening[0].port}"

    @property
    def oauth_url(self) -> str:
        return f"{self.base_url}/oauth/token"

    @property
    def api_url(self) -> str:
        return f"{self.base_url}/v2"

    @property
    def connections(self) -> int:
        """How many connections were opened to it."""
        return sum(listening.connections for listening in self._listening)

    def move_to_region(self) -> None:
        """From the next token on another address is told, which is the only right one."""
        if len(self._listening) == 1:
            self._listening.append(Listening(self))
        self.tokens.region = f"http://127.0.0.1:{self._listening[1].port}"
        self.tokens.end("expired")
        self.regional = True

    # One request

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes, port: int
    ) -> tuple[Answer, Fault | None]:
        """What is done with one request, and how it is answered; the fault says what becomes of the answer on its way."""
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        with self.lock:
            call = Call(next(self._numbers), self.now(), method, unquote(parts.path), query=dict(pairs), port=port)
            self.journal.calls.append(call)
            if parts.path == "/oauth/token" and method == "POST":
                call.operation, work = "token", lambda: self._token(call, headers, body)
                operation = None
            else:
                raw = parts.path.removeprefix("/v2") if parts.path.startswith("/v2/") else "-"
                known = found(method, raw)
                operation = known[0] if known else None
                call.operation = operation.name if operation else "unknown"
                work = lambda: self._operation(call, known, headers, body)  # noqa: E731  # one of two ways to do it
            fault = self.faults.meeting(call.operation, later_page="next_page_token" in call.query)
            answer = self._before(call, operation, fault) or self._done(call, work)
            if fault is not None:
                call.fault = fault.kind
                call.lost = fault.kind in {"lost", "cut"} or fault.carried_out
                if fault.kind == "failed" and fault.carried_out:
                    answer = _broken(fault)
            call.status, call.code = answer.status, answer.code
            if answer.status == 429:
                self._pause(operation, answer)
            call.verdict = call.verdict or _verdict(answer.status)
            return answer, fault

    def _before(self, call: Call, operation: Operation | None, fault: Fault | None) -> Answer | None:
        """The answer of a fault that strikes before anything is done."""
        if fault is None or fault.carried_out:
            return None
        if fault.kind == "failed":
            return _broken(fault)
        if fault.kind == "dropped":
            return Answer(0)
        if fault.kind == "aged":
            self.pages.age()
        if fault.kind == "limited":
            until = self.now() + timedelta(seconds=fault.seconds)
            label = operation.label if operation else "light"
            return limits.too_many(label, 10, until, fault.retry_after, fault.seconds).answer
        return None

    def _done(self, call: Call, work: Callable[[], Answer]) -> Answer:
        try:
            return work()
        except Refusal as refusal:
            if refusal.violation:
                self.note(refusal.violation, call)
            return refusal.answer
        except Exception as fault:
            self.note(f"stand-in: our own server failed with {fault!r}", call)
            return Answer(500, {"code": 500, "message": "Our own Zoom is at fault."})

    def _token(self, call: Call, headers: dict[str, str], body: bytes) -> Answer:
        told = {**call.query, **dict(parse_qsl(body.decode("utf-8", "replace")))}
        if self.deauthorised:
            return Answer(400, {"reason": "The app is not authorised.", "error": "invalid_client"})
        answer = self.tokens.ask(headers.get("authorization", ""), told, call.at)
        if answer.status == 200:
            self.secrets.add(answer.body["access_token"])
        return answer

    def _operation(
        self, call: Call, known: tuple[Operation, dict[str, str]] | None, headers: dict[str, str], body: bytes
    ) -> Answer:  # fmt: skip
        if known is None:
            raise Refusal(404, 404, "No such operation.", violation=f"unknown: {call.method} {call.path}")
        operation, parts = known
        token = self.tokens.known(headers.get("authorization", ""), call.at)
        call.token = token.value[-6:]
        if self.regional and call.port == self._listening[0].port:
            self.note("region: the token's api_url was not obeyed", call)
        if not set(operation.scopes) & set(token.scopes) & set(self.tokens.scopes):
            status, code = self.scope_answer
            raise Refusal(
                status, code, f"Invalid access token, does not contain scopes:[{', '.join(operation.scopes[::-1])}]."
            )
        self._impatience(call, operation)
        self.limits.a_call(operation.label, call.at)
        strange = sorted(set(call.query) - operation.query)
        if strange:
            raise Refusal(
                400, 300, f"Invalid field: {strange}", violation=f"query: {', '.join(strange)} is not known here"
            )
        call.body = _json(headers, body) if operation.method in {"POST", "PATCH", "PUT"} else None
        parts = {name: value if name == "meeting" else unquote(value) for name, value in parts.items()}
        self._place(call, parts)
        return HANDLERS[operation.name](self, Ask(call, parts, call.query, call.body, call.at))

    def _place(self, call: Call, parts: dict[str, str]) -> None:
        """Which host and meeting it is about, for the journal."""
        call.meeting = parts.get("meeting", "")
        if call.meeting.isdigit() and int(call.meeting) in self.meetings:
            call.host = self.meetings[int(call.meeting)].host_id
        elif "user" in parts:
            known = [
                u for u in self.users.values() if parts["user"].casefold() in {u.id.casefold(), u.email.casefold()}
            ]
            call.host = known[0].id if known else parts["user"]

    def _pause(self, operation: Operation | None, answer: Answer) -> None:
        if operation is not None and "Retry-After" in answer.headers:
            told = answer.headers["Retry-After"]
            seconds = float(told) if told.isdigit() else 0.8
            self._pauses[operation.label] = Pause(time.monotonic(), seconds)

    def _impatience(self, call: Call, operation: Operation) -> None:
        pause = self._pauses.get(operation.label)
        if pause is None:
            return
        since = time.monotonic() - pause.told
        if 0.1 < since < pause.seconds - 0.1:
            pause.early += 1
            if pause.early > PATIENCE:
                self.note(f"impatient: asked again {since:.1f} s after an answer that said {pause.seconds:.0f}", call)


def _broken(fault: Fault) -> Answer:
    if fault.code is not None:
        return Answer(fault.status, {"code": fault.code, "message": fault.message})
    return Answer(fault.status, HTML, {"Content-Type": "text/html; charset=utf-8"})


def _verdict(status: int) -> str:
    if status == 0 or status >= 500:
        return "failed"
    return "limited" if status == 429 else "done" if status < 300 else "refused"


def _json(headers: dict[str, str], body: bytes) -> Any:
    if not headers.get("content-type", "").lower().startswith("application/json"):
        raise Refusal(415, 300, "Unsupported content type.", violation="content type: a body must be application/json")
    try:
        return json.loads(body)
    except ValueError:
        raise Refusal(
            400, 300, "Request Body should be a valid JSON object.", violation="schema: the body is no JSON"
        ) from None
