"""What our Zoom knows: accounts of people, meetings, who is registered, what was held and recorded."""

import base64
import random
import string
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

BASIC, LICENSED, ON_PREM, UNASSIGNED = 1, 2, 3, 4


@dataclass
class User:
    """An account of somebody who may hold meetings."""

    id: str
    email: str
    first_name: str
    last_name: str
    type: int = LICENSED
    status: str = "active"
    seats: int = 500
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class Registrant:
    """Somebody who is registered for one meeting."""

    id: str
    email: str
    first_name: str
    last_name: str
    status: str
    created: datetime
    join_url: str


@dataclass
class Meeting:
    """One meeting. `state` is live, deleted, webinar or gone (its number has expired)."""

    id: int
    uuid: str
    host_id: str
    topic: str
    type: int
    start_time: datetime | None
    duration: int
    timezone: str
    agenda: str
    password: str
    created_at: datetime
    settings: dict[str, Any]
    state: str = "live"
    in_progress: bool = False
    by_client: bool = True
    registrants: dict[str, Registrant] = field(default_factory=dict)
    tracking_fields: list[dict[str, str]] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """By what two meetings are one: the first word of the agenda, else the topic and the start."""
        return self.agenda.split()[0] if self.agenda.split() else f"{self.topic} {self.start_time}"


@dataclass
class Row:
    """One line of a report: one unbroken presence of one device in one room."""

    user_id: str
    name: str
    join: datetime
    leave: datetime
    email: str = ""
    registrant_id: str = ""
    participant_id: str = ""
    participant_uuid: str = ""
    status: str = "in_meeting"
    breakout: str = ""
    phone: str = ""
    who: str = ""


@dataclass
class Instance:
    """One time that a meeting was started. `answers` are what the next reports of it say before it is ready."""

    uuid: str
    meeting_id: int
    start: datetime
    end: datetime | None
    rows: list[Row] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    hidden_for: int = 0
    recordings: list[dict[str, Any]] = field(default_factory=list)
    share_url: str = ""
    passcode: str = ""


@dataclass
class Account:
    """Settings of the whole account that change what a client gets, most of them without a word."""

    timezone: str = "America/New_York"
    plan: str = "business"
    approves_by_hand: bool = False
    forced: dict[str, Any] = field(default_factory=dict)
    drops_alternative_hosts: bool = False
    hides_people: bool = False
    empty_for_one: bool = True
    short_pages: bool = True
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "schedule_meeting": {"join_before_host": False, "use_pmi_for_scheduled_meetings": False, "use_pmi_for_instant_meetings": False},
            "in_meeting": {
                "auto_saving_chat": False,
                "allow_participants_chat_with": 1,
                "meeting_summary_with_ai_companion": {"enable": False, "auto_enable": False},
                "meeting_questions_with_ai_companion": {"enable": False, "auto_enable": False},
                "waiting_room": False,
            },
            "recording": {"auto_recording": "none", "cloud_recording": True, "local_recording": False, "save_chat_text": False},
            "email_notification": {},
        }
    )  # fmt: skip


class Names:
    """New numbers and secrets, the same ones in every run."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._meeting = 81_000_000_000
        self._uuids = 0
        self._user = 16_778_240

    def meeting(self) -> int:
        """Eleven digits: more than 32 bits hold."""
        self._meeting += self._random.randrange(1_000, 99_999)
        return self._meeting

    def uuid(self) -> str:
        """Base64 of sixteen bytes. By turns it begins with a slash, has two of them inside, a plus, or nothing special."""
        raw = self._random.randbytes(16)
        plain = base64.b64encode(raw).decode().replace("/", "a").replace("+", "b")
        self._uuids += 1
        turn = self._uuids % 4
        return {1: "/" + plain[1:], 2: plain[:9] + "//" + plain[11:], 3: plain[:7] + "+" + plain[8:], 0: plain}[turn]

    def presence(self) -> str:
        self._user += 1024
        return str(self._user)

    def word(self, length: int = 22) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits + "-_", k=length))

    def guid(self) -> str:
        return self._random.randbytes(16).hex().upper()
