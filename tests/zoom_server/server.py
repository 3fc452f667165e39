"""The server: its state, what happens to a request, and what tests order to happen on Zoom's side."""

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.zoom_server import hooks as hooking
from tests.zoom_server import limits, meetings, past, registrants, users
from tests.zoom_server.answers import Answer, Refusal, no_meeting, no_user
from tests.zoom_server.faults import HTML, Fault, Faults
from tests.zoom_server.holding import Holding
from tests.zoom_server.hooks import Delivery, Telling, signed, wire
from tests.zoom_server.journal import Call, Journal, Violation
from tests.zoom_server.limits import Limits
from tests.zoom_server.operations import OPERATIONS, Operation, found
from tests.zoom_server.paging import Pages
from tests.zoom_server.people import Held, Present, Span
from tests.zoom_server.schema import said, when
from tests.zoom_server.state import LICENSED, Account, Instance, Meeting, Names, Registrant, User
from tests.zoom_server.tokens import Tokens
from tests.zoom_server.wire import Listening

HANDLERS = {**users.HANDLERS, **meetings.HANDLERS, **registrants.HANDLERS, **past.HANDLERS}
assert set(HANDLERS) == {operation.name for operation in OPERATIONS}
PATIENCE = 4
"""So many calls may be on their way when a pause is ordered."""


class StartFailed(Exception):
    """A meeting cannot be started: its host is in another one."""


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


@dataclass
class ZoomServer:
    """`with ZoomServer() as zoom:` listens on `zoom.api_url` and `zoom.oauth_url` until the block ends.

    `clock` is what time it is on its side; by default the time of this machine. Two licensed users may hold meetings.
    """

    seed: int = 11
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    account_id: str = "acc-Test_1"
    client_id: str = "client-of-tests"
    client_secret: str = "s3cret-of-the-client"
    hook_secret: str = "s3cret-of-the-hooks"
    account: Account = field(default_factory=Account)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    journal: Journal = field(default_factory=Journal)
    violations: list[Violation] = field(default_factory=list)
    users: dict[str, User] = field(default_factory=dict)
    meetings: dict[int, Meeting] = field(default_factory=dict)
    instances: list[Instance] = field(default_factory=list)
    hooks: list[Delivery] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    batch_status: int = 201
    scope_answer: tuple[int, int] = (400, 4711)
    regional: bool = False
    deauthorised: bool = False
    hands: Any = None

    def __post_init__(self) -> None:
        self.names = Names(self.seed)
        self.tokens = Tokens(self.account_id, self.client_id, self.client_secret, self.names)
        self.pages = Pages(short=self.account.short_pages)
        self.telling = Telling(self.account_id)
        self.lock = threading.RLock()
        self.leave = threading.Event()
        self._numbers = itertools.count(1)
        self._pauses: dict[str, Pause] = {}
        self._kept: dict[str, str] = {}
        self._listening: list[Listening] = []
        self.add_user("host1@hub.test", "Hana", "One")
        self.add_user("host2@hub.test", "Hugo", "Two")

    # Coming and going

    def __enter__(self) -> Self:
        self._listening.append(Listening(self))
        self.tokens.region = self.base_url
        self.secrets |= {self.client_secret, self.hook_secret}
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

    def now(self) -> datetime:
        return self.clock()

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
            fault = self.faults.meeting(call.operation)
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

    def note(self, words: str, call: Call | None = None) -> None:
        """A client must not do this."""
        self.violations.append(Violation(words, call.number if call else None))

    # What operations ask

    def user(self, ref: str) -> User:
        """By id or address. Raises 404 with 1001."""
        for user in self.users.values():
            if ref.casefold() in {user.id.casefold(), user.email.casefold()}:
                return user
        raise no_user(ref)

    def may_host(self, ref: str) -> bool:
        try:
            user = self.user(ref)
        except Refusal:
            return False
        return user.type == LICENSED and user.status == "active"

    def meeting(self, ref: "str | int | Meeting") -> Meeting:
        """By number. Raises 404 with 3001 when it is gone, 400 with 3000 when it is a webinar now."""
        if isinstance(ref, Meeting):
            return ref
        number = unquote(str(ref))
        meeting = self.meetings.get(int(number)) if number.isdigit() else None
        if meeting is not None and meeting.state == "webinar":
            raise Refusal(400, 3000, "Cannot access webinar info.")
        if meeting is None or meeting.state != "live":
            raise no_meeting(number)
        return meeting

    def over(self, meeting: Meeting, now: datetime) -> bool:
        start = meeting.start_time
        return start is not None and not meeting.in_progress and start + timedelta(minutes=meeting.duration) < now

    def live(self) -> list[Meeting]:
        """All meetings that stand."""
        return [meeting for meeting in self.meetings.values() if meeting.state == "live"]

    def hosting(self, meeting: Meeting) -> set[str]:
        """The addresses of its host and of those who may start it too."""
        told = [self.users[meeting.host_id].email] if meeting.host_id in self.users else []
        told += str(meeting.settings.get("alternative_hosts", "")).replace(",", ";").split(";")
        return {one.strip().casefold() for one in told if one.strip()}

    def overlapping(self, meeting: Meeting) -> list[Meeting]:
        """Other live meetings of its host at its time."""
        return [
            other for other in self.live()
            if other is not meeting and other.host_id == meeting.host_id and _meet(meeting, other)
        ]  # fmt: skip

    def kept(self, key: str) -> str:
        """A secret word that stays the same for this key."""
        if key not in self._kept:
            self._kept[key] = self.names.word(24)
            self.secrets.add(self._kept[key])
        return self._kept[key]

    def fresh_secret(self, before: str, length: int = 40) -> str:
        """A new secret behind these words."""
        word = self.names.word(length)
        self.secrets.add(word)
        return before + word

    # What tests look at

    def duplicates(self) -> list[list[int]]:
        """The numbers of live meetings that bear one mark."""
        by_mark: dict[str, list[int]] = {}
        for meeting in self.live():
            by_mark.setdefault(meeting.mark, []).append(meeting.id)
        return [numbers for numbers in by_mark.values() if len(numbers) > 1]

    def orphans(self, known: Iterable[str | int | None]) -> list[int]:
        """Live meetings that the client made and knows nothing of; `known` are the numbers that it has."""
        held = {str(ref) for ref in known}
        return [meeting.id for meeting in self.live() if meeting.by_client and str(meeting.id) not in held]

    def by_mark(self, mark: str) -> Meeting:
        """The one live meeting that bears this mark."""
        (one,) = [meeting for meeting in self.live() if mark in meeting.agenda.split()[:1] or meeting.mark == mark]
        return one

    # What happens on Zoom's side

    def add_user(self, email: str, first: str = "Some", last: str = "Body", **values: Any) -> User:
        """Another account of the organisation: licensed and active unless `type=1` or `status=` say otherwise."""
        user = User(self.names.word(22), email, first, last, **values)
        self.users[user.id] = user
        return user

    def remove_user(self, email: str, *, to: str | None = None) -> None:
        """The account is deleted; its meetings go with it, or to another user."""
        with self.lock:
            user = self.user(email)
            heir = self.user(to) if to else None
            for meeting in [m for m in self.live() if m.host_id == user.id]:
                if heir is None:
                    meeting.state = "deleted"
                else:
                    meeting.host_id = heir.id
            del self.users[user.id]
            self._send("user.deleted", self.now(), self.telling.user(user))

    def deactivate_user(self, email: str) -> None:
        with self.lock:
            user = self.user(email)
            user.status = "inactive"
            self._send("user.deactivated", self.now(), self.telling.user(user))

    def delete_meeting(self, ref: "str | int | Meeting", *, quietly: bool = False) -> None:
        """Somebody deletes it in Zoom's portal; `quietly`: no hook tells of it."""
        with self.lock:
            meeting = self.meeting(ref)
            meeting.state = "deleted"
            if not quietly:
                self.tell("meeting.deleted", meeting, self.now())

    def recover_meeting(self, ref: str | int) -> None:
        with self.lock:
            meeting = self.meetings[int(ref)]
            meeting.state = "live"
            self.tell("meeting.recovered", meeting, self.now())

    def convert_to_webinar(self, ref: "str | int | Meeting", *, quietly: bool = False) -> None:
        """Somebody makes a webinar of it; its number now answers 3000."""
        with self.lock:
            meeting = self.meeting(ref)
            meeting.state = "webinar"
            if not quietly:
                self.tell("meeting.converted_to_webinar", meeting, self.now())

    def change_meeting(self, ref: "str | int | Meeting", **values: Any) -> None:
        """Somebody changes it in the portal: topic, agenda, start_time (text), duration, or any setting."""
        with self.lock:
            meeting = self.meeting(ref)
            before = {
                "id": meeting.id,
                "topic": meeting.topic,
                "start_time": meeting.start_time and said(meeting.start_time),
            }
            for name, value in values.items():
                if name == "start_time":
                    meeting.start_time = when(value, meeting.timezone)
                elif name in {"topic", "agenda", "duration", "timezone", "password"}:
                    setattr(meeting, name, value)
                else:
                    meeting.settings[name] = value
            self.tell_changed(meeting, before, self.now())

    def add_twin(self, ref: "str | int | Meeting") -> Meeting:
        """Another meeting with the same mark, as a lost answer of an older client would have left."""
        with self.lock:
            meeting = self.meeting(ref)
            twin = Meeting(
                self.names.meeting(), self.names.uuid(), meeting.host_id, meeting.topic, meeting.type, meeting.start_time,
                meeting.duration, meeting.timezone, meeting.agenda, meeting.password, self.now(), dict(meeting.settings),
            )  # fmt: skip
            self.meetings[twin.id] = twin
            return twin

    def approve(self, ref: "str | int | Meeting", email: str) -> None:
        """The host approves somebody by hand."""
        with self.lock:
            meeting = self.meeting(ref)
            registrant = meeting.registrants[email.casefold()]
            registrant.status = "approved"
            self.tell_registration("meeting.registration_approved", meeting, registrant, self.now())

    def lose_scope(self, *names: str) -> None:
        """The administrator takes these scopes away."""
        self.tokens.scopes = tuple(scope for scope in self.tokens.scopes if scope not in names)

    def kill_tokens(self) -> None:
        """Somebody else asked for a token."""
        self.tokens.end("killed")

    def expire_tokens(self) -> None:
        self.tokens.end("expired")

    def deauthorise(self) -> None:
        """The administrator removes the app."""
        with self.lock:
            self.deauthorised = True
            self.tokens.end("killed")
            self._send("app_deauthorized", self.now(), {
                "account_id": self.account_id, "user_id": "u1", "signature": "-", "client_id": self.client_id,
                "deauthorization_time": said(self.now()),
            })  # fmt: skip

    def move_to_region(self) -> None:
        """From the next token on another address is told, which is the only right one."""
        if len(self._listening) == 1:
            self._listening.append(Listening(self))
        self.tokens.region = f"http://127.0.0.1:{self._listening[1].port}"
        self.tokens.end("expired")
        self.regional = True

    # Sessions

    def hold_session(
        self,
        meeting: "str | int | Meeting",
        people: Sequence[Present],
        *,
        starts_at: datetime | None = None,
        instances: Sequence[Span] = ((-10, 95),),
        ids: str | None = None,
        host: bool = False,
    ) -> Held:
        """Play a session: its instances (spans in minutes after the start), reports and hooks; `host`: the account that
        opens it is there too, all the time. Raises StartFailed when the host is in another meeting at that time."""
        with self.lock:
            one = self.meeting(meeting)
            start = starts_at or one.start_time or self.now()
            self._free(one, [(start + timedelta(minutes=a), start + timedelta(minutes=b)) for a, b in instances])
            telling = Telling(self.account_id, ids) if ids else self.telling
            holding = Holding(one, start, self.names, telling)
            held = holding.hold([*people, *self._host_of(one, instances if host else ())], instances)
            self.instances += held.instances
            held.hooks = [self.sign(body) for body in holding.bodies()]
            self.hooks += held.hooks
            return held

    def _host_of(self, meeting: Meeting, spans: Sequence[Span]) -> list[Present]:
        user = self.users[meeting.host_id]
        name = f"{user.first_name} {user.last_name}"
        return [Present(name, user.email, (span,), registered=False, shows=True, account=user.id) for span in spans]

    def _free(self, meeting: Meeting, spans: Sequence[tuple[datetime, datetime]]) -> None:
        for other in self.instances:
            if self.meetings[other.meeting_id].host_id != meeting.host_id or other.meeting_id == meeting.id:
                continue
            if any(other.start < end and (other.end is None or begin < other.end) for begin, end in spans):
                self.note(f"overlap: {meeting.id} cannot start, its host is in {other.meeting_id}")
                raise StartFailed(str(meeting.id))

    def start(self, ref: "str | int | Meeting") -> Instance:
        """Begin a meeting now; `end` ends it. For tests of what is seen while it runs."""
        with self.lock:
            meeting = self.meeting(ref)
            self._free(meeting, [(self.now(), self.now() + timedelta(minutes=meeting.duration))])
            uuid, meeting.uuid = meeting.uuid, self.names.uuid()
            instance = Instance(uuid, meeting.id, self.now(), None)
            meeting.in_progress = True
            self.instances.append(instance)
            self._send(
                "meeting.started", self.now(), self.telling.about(meeting, uuid, start_time=said(instance.start))
            )
            return instance

    def end(self, ref: "str | int | Meeting") -> None:
        with self.lock:
            meeting = self.meeting(ref)
            meeting.in_progress = False
            for one in self.instances:
                if one.meeting_id == meeting.id and one.end is None:
                    one.end = self.now()
                    told = self.telling.about(meeting, one.uuid, start_time=said(one.start), end_time=said(one.end))
                    self._send("meeting.ended", self.now(), told)

    def record(
        self, held: Held, *kinds: str, starts: float = 0, minutes: float = 60, instance: int = 0, ready: bool = True
    ) -> list[dict[str, Any]]:
        """Cloud recordings of one instance: one file each kind (`shared_screen_with_speaker_view`, `audio_only`, `chat_file`,
        `audio_transcript`, `summary`), over the same minutes, with the hooks that tell of them."""
        with self.lock:
            one, begin, end = held.instances[instance], held.at(starts), held.at(starts + minutes)
            one.share_url = one.share_url or self.fresh_secret("https://us02web.zoom.us/rec/share/")
            one.passcode = one.passcode or self.fresh_secret("", 8)
            files = [self._file(one, kind, begin, end, ready) for kind in kinds or ("shared_screen_with_speaker_view",)]
            one.recordings += files
            for event, at in (("recording.started", begin), ("recording.stopped", end)):
                moments = {
                    "recording_start": said(begin),
                    "recording_end": said(end) if event.endswith("stopped") else "",
                }
                told = self.telling.about(held.meeting, one.uuid, recording_file=moments)
                self._send(event, at, told)
            if ready:
                told = self.telling.about(held.meeting, one.uuid, share_url=one.share_url, password=one.passcode,
                                          recording_count=len(one.recordings), recording_files=one.recordings)  # fmt: skip
                for _ in range(2):
                    self._send(
                        "recording.completed",
                        end + timedelta(minutes=40),
                        {**told, "download_token": self.fresh_secret("")},
                    )
            return files

    def _file(self, instance: Instance, kind: str, begin: datetime, end: datetime, ready: bool) -> dict[str, Any]:
        file_type = {
            "audio_only": "M4A",
            "chat_file": "CHAT",
            "audio_transcript": "TRANSCRIPT",
            "summary": "SUMMARY",
        }.get(kind, "MP4")
        return {
            "id": self.names.guid().lower(), "meeting_id": instance.uuid, "recording_start": said(begin),
            "recording_end": said(end), "file_type": file_type, "file_extension": file_type, "file_size": 7_220_000_000,
            "play_url": self.fresh_secret("https://us02web.zoom.us/rec/play/"),
            "download_url": self.fresh_secret("https://us02web.zoom.us/rec/download/"),
            "status": "completed" if ready else "processing", "recording_type": kind,
        }  # fmt: skip

    # Hooks

    def sign(self, body: bytes | dict[str, Any], *, secret: str | None = None, at: datetime | None = None) -> Delivery:
        """A delivery of this body as Zoom would sign it now (or at another moment, or with another secret)."""
        raw = body if isinstance(body, bytes) else json.dumps(body, separators=(",", ":")).encode()
        return signed(
            raw, self.hook_secret if secret is None else secret, at or self.now(), f"v=2.0;clid={self.names.word(12)}"
        )

    def signed_again(self, deliveries: Iterable[Delivery], *, at: datetime | None = None) -> list[Delivery]:
        """The same bodies as new deliveries: with a new time, signature and tracking id."""
        return [self.sign(one.raw, at=at) for one in deliveries]

    def challenge(self, plain: str = "qgg8vlvZRS6UYooatFL8Aw") -> Delivery:
        """The validation of an address, as it comes at first and every 72 hours."""
        return self.sign(wire("endpoint.url_validation", self.now(), {"plainToken": plain}))

    def challenge_answer(self, plain: str = "qgg8vlvZRS6UYooatFL8Aw") -> dict[str, str]:
        """What must be answered to it."""
        return hooking.challenge_answer(self.hook_secret, plain)

    def deliver(
        self, url: str, deliveries: Iterable[Delivery] | None = None, *, retries: int = 3, timeout: float = 3.0
    ) -> list[int]:
        """POST deliveries for real (all that happened, by default), each signed now; what is not taken comes again."""
        told = self.hooks if deliveries is None else deliveries
        sent = self.signed_again(list(told))
        return hooking.deliver(url, sent, lambda one, _: self.sign(one.raw), retries=retries, timeout=timeout)

    def tell(self, event: str, meeting: Meeting, at: datetime) -> None:
        """Something about a whole meeting, with who did it."""
        told = self.telling.about(meeting, meeting.uuid)
        self._send(
            event, at, {**told, "operator": "host1@hub.test", "operator_id": meeting.host_id, "operation": "single"}
        )

    def tell_changed(self, meeting: Meeting, before: dict[str, Any], at: datetime) -> None:
        """Only what has changed, without a UUID."""
        after = {
            "id": meeting.id,
            "topic": meeting.topic,
            "start_time": meeting.start_time and said(meeting.start_time),
        }
        changed = [name for name in after if name == "id" or after[name] != before[name]]
        self._send("meeting.updated", at, {
            "account_id": self.account_id, "operator": "host1@hub.test", "operator_id": meeting.host_id, "scope": "all",
            "object": {name: after[name] for name in changed}, "old_object": {name: before[name] for name in changed},
            "time_stamp": int(at.timestamp() * 1000),
        })  # fmt: skip

    def tell_registration(self, event: str, meeting: Meeting, registrant: Registrant, at: datetime) -> None:
        self._send(event, at, self.telling.registration(meeting, registrant))

    def _send(self, event: str, at: datetime, payload: dict[str, Any]) -> None:
        self.hooks.append(self.sign(wire(event, at, payload)))

    def chance(self, seed: int) -> random.Random:
        """Chance that is the same in each run."""
        return random.Random(self.seed * 1000 + seed)


def _meet(one: Meeting, other: Meeting) -> bool:
    if one.start_time is None or other.start_time is None:
        return False
    ends = one.start_time + timedelta(minutes=one.duration), other.start_time + timedelta(minutes=other.duration)
    return one.start_time < ends[1] and other.start_time < ends[0]


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
