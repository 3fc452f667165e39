"""Hooks: what Zoom tells of what happened, signed over the raw bytes, and the ways in which deliveries go astray."""

import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import requests

from tests.zoom_server.state import Meeting, Registrant, Row, User


class Delivery(NamedTuple):
    """One delivery: the headers, and the body as it goes over the wire."""

    headers: dict[str, str]
    raw: bytes

    @property
    def event(self) -> str:
        return str(json.loads(self.raw)["event"])

    @property
    def told(self) -> dict[str, Any]:
        """The object of the event."""
        found: dict[str, Any] = json.loads(self.raw)["payload"].get("object", {})
        return found


def signature(secret: str, stamp: str, raw: bytes) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + raw, hashlib.sha256).hexdigest()


def signed(raw: bytes, secret: str, at: datetime, tracking: str) -> Delivery:
    """The delivery as it leaves Zoom at this moment."""
    stamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zoom Marketplace/1.0a",
        "x-zm-request-timestamp": stamp,
        "x-zm-signature": signature(secret, stamp, raw),
        "x-zm-trackingid": tracking,
    }
    return Delivery(headers, raw)


def wire(event: str, at: datetime, payload: dict[str, Any]) -> bytes:
    """The body in Zoom's manner: no spaces, letters of other alphabets as they are, the order of fields as it falls."""
    body = {"event": event, "payload": payload, "event_ts": int(at.timestamp() * 1000)}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


# Deliveries that go astray


def shuffled(hooks: Sequence[Delivery], seed: int = 1) -> list[Delivery]:
    """In another order, the same one for the same seed."""
    return random.Random(seed).sample(list(hooks), len(hooks))


def doubled(hooks: Iterable[Delivery]) -> list[Delivery]:
    """Each of them twice in a row."""
    return [one for hook in hooks for one in (hook, hook)]


def without(hooks: Iterable[Delivery], event: str, every: int = 1) -> list[Delivery]:
    """Every so many-th of one event is lost (all of them by default)."""
    kept, seen = [], 0
    for hook in hooks:
        if hook.event == event:
            seen += 1
            if seen % every == 0:
                continue
        kept.append(hook)
    return kept


def late(hooks: Iterable[Delivery], event: str, behind: int = 5) -> list[Delivery]:
    """Those of one event come so many deliveries later, as leaves do after a crash."""
    weighed = [(place + (behind + 0.5 if hook.event == event else 0), hook) for place, hook in enumerate(hooks)]
    return [hook for _, hook in sorted(weighed, key=lambda pair: pair[0])]


# What stands in them


class Telling:
    """Writes events. `ids`: whether numbers of meetings stand in them as text or as numbers, or by turns (`mixed`)."""

    def __init__(self, account_id: str, ids: str = "mixed") -> None:
        self.account_id = account_id
        self.ids = ids
        self._turn = 0

    def number(self, meeting: Meeting) -> str | int:
        self._turn += 1
        return str(meeting.id) if self.ids == "string" or (self.ids == "mixed" and self._turn % 2) else meeting.id

    def about(self, meeting: Meeting, uuid: str, **more: Any) -> dict[str, Any]:
        start = meeting.start_time
        return {
            "account_id": self.account_id,
            "object": {
                "uuid": uuid, "id": self.number(meeting), "host_id": meeting.host_id, "topic": meeting.topic,
                "type": meeting.type, "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ") if start else "",
                "duration": meeting.duration, "timezone": meeting.timezone, **more,
            },
        }  # fmt: skip

    def participant(self, row: Row, moment: str, at: datetime, **more: Any) -> dict[str, Any]:
        told: dict[str, Any] = {
            "user_id": row.user_id, "user_name": row.name, "id": row.participant_id, "email": row.email,
            "participant_uuid": row.participant_uuid, "participant_user_id": row.participant_id,
            moment: at.strftime("%Y-%m-%dT%H:%M:%SZ"), "customer_key": "",
        }  # fmt: skip
        if row.registrant_id:
            told["registrant_id"] = row.registrant_id
        if row.phone:
            told["phone_number"] = row.phone
        return {**told, **more}

    def registration(self, meeting: Meeting, registrant: Registrant) -> dict[str, Any]:
        told = {
            "id": registrant.id, "email": registrant.email, "first_name": registrant.first_name,
            "last_name": registrant.last_name, "status": registrant.status, "join_url": registrant.join_url,
        }  # fmt: skip
        return self.about(meeting, meeting.uuid, registrant=told)

    def user(self, user: User) -> dict[str, Any]:
        told = {
            "id": user.id,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "type": user.type,
        }
        return {"account_id": self.account_id, "object": told}


def deliver(
    url: str, hooks: Iterable[Delivery], again: Callable[[Delivery, int], Delivery], *, retries: int = 3, timeout: float = 3.0
) -> list[int]:  # fmt: skip
    """POST each of them for real; what is not answered 200 or 204 within three seconds comes again, at most three times (the
    minutes between are not waited for). The last status of each; 0 where nobody answered."""
    told = []
    with requests.Session() as session:
        session.trust_env = False
        for hook in hooks:
            status = 0
            for attempt in range(1 + retries):
                sent = hook if attempt == 0 else again(hook, attempt)
                try:
                    status = session.post(url, data=sent.raw, headers=sent.headers, timeout=timeout).status_code
                except requests.RequestException:
                    status = 0
                if status in {200, 204}:
                    break
            told.append(status)
    return told


def challenge_answer(secret: str, plain: str) -> dict[str, str]:
    """The plain token and its HMAC under the secret token."""
    return {
        "plainToken": plain,
        "encryptedToken": hmac.new(secret.encode(), plain.encode(), hashlib.sha256).hexdigest(),
    }
