"""What the server is at any moment, and what its operations ask of it: accounts, meetings, secrets, hooks."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.zoom_server import hooks as hooking
from tests.zoom_server.answers import Refusal, no_meeting, no_user
from tests.zoom_server.faults import Faults
from tests.zoom_server.hands import Hands
from tests.zoom_server.hooks import Delivery, Telling, signed, wire
from tests.zoom_server.journal import Call, Journal, Violation
from tests.zoom_server.limits import Limits
from tests.zoom_server.paging import Pages
from tests.zoom_server.schema import said
from tests.zoom_server.state import LICENSED, Account, Instance, Meeting, Names, Registrant, User
from tests.zoom_server.tokens import Tokens


@dataclass
class Core:
    """All that is known. `clock` is what time it is on Zoom's side; two licensed users may hold meetings."""

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
    hands: Hands = field(default_factory=lambda: Hands(datetime.now(UTC)))

    def __post_init__(self) -> None:
        self.names = Names(self.seed)
        self.tokens = Tokens(self.account_id, self.client_id, self.client_secret, self.names)
        self.pages = Pages(short=self.account.short_pages)
        self.telling = Telling(self.account_id)
        self.lock = threading.RLock()
        self.leave = threading.Event()
        self._kept: dict[str, str] = {}
        self.secrets |= {self.client_secret, self.hook_secret}
        self.add_user("host1@hub.test", "Hana", "One")
        self.add_user("host2@hub.test", "Hugo", "Two")

    def now(self) -> datetime:
        return self.clock()

    def note(self, words: str, call: Call | None = None) -> None:
        """A client must not do this."""
        self.violations.append(Violation(words, call.number if call else None))

    def add_user(self, email: str, first: str = "Some", last: str = "Body", **values: Any) -> User:
        """Another account of the organisation: licensed and active unless `type=1` or `status=` say otherwise."""
        user = User(self.names.word(22), email, first, last, **values)
        self.users[user.id] = user
        return user

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
        """The one live meeting whose agenda begins with this, also where something follows it in the same word."""
        (one,) = [m for m in self.live() if m.mark == mark or re.fullmatch(re.escape(mark) + r"\W\w+", m.mark)]
        return one

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


def _meet(one: Meeting, other: Meeting) -> bool:
    if one.start_time is None or other.start_time is None:
        return False
    ends = one.start_time + timedelta(minutes=one.duration), other.start_time + timedelta(minutes=other.duration)
    return one.start_time < ends[1] and other.start_time < ends[0]
