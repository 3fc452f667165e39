"""Zoom's hooks: whether Zoom sent them, and what they tell in our words. Pure: bytes, secrets and the moment in, events out.

They come at least once and in any order, so nothing here depends on what came before.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from echo_sessions.outside.meetings import Event, EventKind, Forged
from echo_sessions.outside.meetings.zoom.values import mapping, moment, text

WINDOW = timedelta(minutes=5)
"""A signature is believed so long before and after the moment it names."""
CHALLENGE = "endpoint.url_validation"
LONGEST_TOKEN = 128
MILLISECONDS_FROM = 10**11

KINDS = {
    "meeting.started": EventKind.STARTED,
    "meeting.ended": EventKind.ENDED,
    "meeting.participant_joined": EventKind.JOINED,
    "meeting.participant_left": EventKind.LEFT,
    "meeting.participant_joined_waiting_room": EventKind.WAITING_JOINED,
    "meeting.participant_left_waiting_room": EventKind.WAITING_LEFT,
    "meeting.participant_admitted": EventKind.WAITING_LEFT,
    "meeting.participant_put_in_waiting_room": EventKind.WAITING_JOINED,
    "meeting.participant_jbh_waiting": EventKind.WAITING_JOINED,
    "meeting.participant_jbh_waiting_left": EventKind.WAITING_LEFT,
    "meeting.participant_joined_breakout_room": EventKind.BREAKOUT_JOINED,
    "meeting.participant_left_breakout_room": EventKind.BREAKOUT_LEFT,
    "meeting.participant_bind": EventKind.BOUND,
    "meeting.updated": EventKind.MEETING_UPDATED,
    "meeting.deleted": EventKind.MEETING_DELETED,
    "meeting.permanently_deleted": EventKind.MEETING_DELETED,
    "meeting.recovered": EventKind.MEETING_RECOVERED,
    "meeting.converted_to_webinar": EventKind.MEETING_CONVERTED,
    "meeting.registration_approved": EventKind.REGISTRANT_APPROVED,
    "meeting.registration_cancelled": EventKind.REGISTRANT_CANCELLED,
    "meeting.registration_denied": EventKind.REGISTRANT_CANCELLED,
    "recording.started": EventKind.RECORDING_STARTED,
    "recording.resumed": EventKind.RECORDING_STARTED,
    "recording.stopped": EventKind.RECORDING_STOPPED,
    "recording.paused": EventKind.RECORDING_STOPPED,
    "recording.completed": EventKind.RECORDING_READY,
    "user.deleted": EventKind.HOST_GONE,
    "user.deactivated": EventKind.HOST_GONE,
    "user.disassociated": EventKind.HOST_GONE,
    "app_deauthorized": EventKind.DEAUTHORISED,
}
"""What is not here is `other`: kept, and not acted upon. So is `participant_jbh_joined`, which has neither a moment nor
an id of the presence; `participant_joined` tells the same with both."""

_MOMENT_OF: dict[EventKind, tuple[str, ...]] = {
    EventKind.JOINED: ("join_time", "date_time"),
    EventKind.LEFT: ("leave_time", "date_time"),
    EventKind.WAITING_JOINED: ("date_time", "join_time"),
    EventKind.WAITING_LEFT: ("date_time", "leave_time"),
    EventKind.BREAKOUT_JOINED: ("join_time", "date_time"),
    EventKind.BREAKOUT_LEFT: ("leave_time", "date_time"),
}


def read(headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> list[Event]:
    """The events of one delivery. Raises Forged when Zoom did not sign it with one of our secrets, or too long ago.

    A challenge is answered signed or not, since nothing promises that it is; an unsigned one only where it asks about
    something that cannot be the text of a signature, or anybody could have us sign hooks for them.
    """
    told = _json(raw)
    if told.get("event") == CHALLENGE:
        return [_challenge(headers, raw, told, secrets, now)]
    verify(headers, raw, secrets, now)
    return parse(raw)


def verify(headers: Mapping[str, str], raw: bytes, secrets: Sequence[str], now: datetime) -> str:
    """The secret that these very bytes were signed with, in time. Raises Forged."""
    given = {name.lower(): value for name, value in headers.items()}
    signature, stamp = given.get("x-zm-signature", ""), given.get("x-zm-request-timestamp", "")
    if not signature or not stamp:
        raise Forged("unsigned")
    matching = None
    for secret in secrets:  # all of them, so that the time it takes tells nothing
        if secret and hmac.compare_digest(
            _signature(secret, stamp, raw).encode(), signature.encode("utf-8", "replace")
        ):
            matching = secret
    if matching is None:
        raise Forged("forged")
    if abs(_stamped(stamp) - now) > WINDOW:
        raise Forged("old")
    return matching


def parse(raw: bytes) -> list[Event]:
    """What a delivery tells, without asking who sent it. Never raises: what cannot be read tells nothing."""
    told = _json(raw)
    name, payload = text(told.get("event")), mapping(told.get("payload"))
    kind = KINDS.get(name, EventKind.OTHER)
    thing, sent = mapping(payload.get("object")), _epoch(told.get("event_ts"))
    if kind is EventKind.HOST_GONE:
        return [Event(kind, at=sent, about=text(thing.get("id")), email=text(thing.get("email")))]
    if kind is EventKind.DEAUTHORISED:
        at = moment(payload.get("deauthorization_time")) or sent
        return [Event(kind, at=at, about=text(payload.get("account_id")))]
    if not name:
        return []
    build: Callable[..., Event] = (
        _about_somebody if "participant" in thing else _about_registrant if "registrant" in thing else _about_meeting
    )
    event = build(kind, thing, sent)
    if name == "meeting.participant_put_in_waiting_room":
        return [build(EventKind.LEFT, thing, sent), event]
    return [event]


def name_of(raw: bytes) -> str:
    """Zoom's name of what a delivery tells."""
    return text(_json(raw).get("event"))[:120]


def meeting_of(raw: bytes) -> str:
    """The number of the meeting that a delivery is about, as text, if it is about one."""
    if not name_of(raw).startswith(("meeting.", "recording.")):
        return ""
    return text(mapping(mapping(_json(raw).get("payload")).get("object")).get("id"))


def answer(token: str, secret: str) -> dict[str, str]:
    """What a challenge wants to hear."""
    return {
        "plainToken": token,
        "encryptedToken": hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest(),
    }


def _challenge(
    headers: Mapping[str, str], raw: bytes, told: Mapping[str, Any], secrets: Sequence[str], now: datetime
) -> Event:
    token = mapping(told.get("payload")).get("plainToken")
    if not isinstance(token, str) or not 0 < len(token) <= LONGEST_TOKEN or ":" in token or not secrets:
        raise Forged("unsigned")
    signed = any(name.lower() == "x-zm-signature" for name in headers)
    secret = verify(headers, raw, secrets, now) if signed else secrets[0]
    return Event(EventKind.CHALLENGE, at=now, answer=answer(token, secret))


def _about_meeting(kind: EventKind, thing: Mapping[str, Any], sent: datetime | None) -> Event:
    at = None
    if kind is EventKind.STARTED:
        at = moment(thing.get("start_time"))
    elif kind is EventKind.ENDED:
        at = moment(thing.get("end_time"))
    elif kind in {EventKind.RECORDING_STARTED, EventKind.RECORDING_STOPPED}:
        file = mapping(thing.get("recording_file"))
        at = moment(file.get("recording_start" if kind is EventKind.RECORDING_STARTED else "recording_end"))
    return Event(kind, meeting=text(thing.get("id")), instance=text(thing.get("uuid")), at=at or sent)


def _about_somebody(kind: EventKind, thing: Mapping[str, Any], sent: datetime | None) -> Event:
    """Somebody came or went. In a breakout room they have another `user_id`; `parent` is that of the main room."""
    who = mapping(thing.get("participant"))
    at = next((found for field in _MOMENT_OF.get(kind, ()) if (found := moment(who.get(field)))), None)
    return Event(
        kind,
        meeting=text(thing.get("id")),
        instance=text(thing.get("uuid")),
        at=at or sent,
        who=text(who.get("user_id")) or text(who.get("participant_uuid")),
        person=text(who.get("participant_user_id")) or text(who.get("id")),
        registrant=text(who.get("registrant_id")),
        email=text(who.get("email")),
        name=text(who.get("user_name")),
        phone=text(who.get("phone_number")),
        parent=text(who.get("parent_user_id")),
        about=text(who.get("bind_user_id")),
    )


def _about_registrant(kind: EventKind, thing: Mapping[str, Any], sent: datetime | None) -> Event:
    who = mapping(thing.get("registrant"))
    return Event(
        kind, meeting=text(thing.get("id")), instance=text(thing.get("uuid")), at=sent,
        registrant=text(who.get("id")), email=text(who.get("email")),
    )  # fmt: skip


def _signature(secret: str, stamp: str, raw: bytes) -> str:
    signed = b"v0:" + stamp.encode("utf-8", "replace") + b":" + raw
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _stamped(stamp: str) -> datetime:
    """Seconds since 1970, or milliseconds."""
    at = _epoch(stamp, seconds=True)
    if at is None:
        raise Forged("old")
    return at


def _epoch(value: object, *, seconds: bool = False) -> datetime | None:
    digits = text(value)
    if not digits.isascii() or not digits.isdigit() or len(digits) > 16:
        return None
    number = int(digits)
    in_seconds = number / 1000 if number >= MILLISECONDS_FROM or not seconds else number
    try:
        return datetime.fromtimestamp(in_seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _json(raw: bytes) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(raw))
    except (ValueError, RecursionError):
        return {}
