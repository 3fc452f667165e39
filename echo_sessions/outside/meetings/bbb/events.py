"""What BigBlueButton tells us, in three ways, each signed with the shared secret.

- bbb-webhooks: a form with `event` (one or more, as JSON) and `timestamp`, signed by a checksum in the query of the
  address it calls, made of that address, the body as it came and the secret.
- The analytics at the end of a meeting: JSON about everybody who was there, behind a token (JWT, HS512).
- A recording that is ready: a form with `signed_parameters` (JWT, HS256).

Their time is not checked for age: bbb-webhooks sends a delivery again with the time of the first try. The same delivery
twice is the same bytes, and who was there comes out the same.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from echo_sessions.outside.meetings import Event, EventKind, Forged
from echo_sessions.outside.meetings.bbb.speech import moment_of

KINDS = {
    "user-joined": EventKind.JOINED,
    "user-left": EventKind.LEFT,
    "meeting-ended": EventKind.ENDED,
    "meeting-recording-started": EventKind.RECORDING_STARTED,
    "meeting-recording-stopped": EventKind.RECORDING_STOPPED,
}
WANTED = tuple(KINDS)
"""What we ask to be told. Not `meeting-created`, which holds the meeting's passwords, nor what people write in the chat."""
ALGORITHMS = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
"""By the length of a checksum in hexadecimal digits; which one is used is a setting of the server."""
JWT = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def parse(headers: Mapping[str, str], raw: bytes, now: datetime, *, secret: str, hook_url: str) -> list[Event]:
    """The events of one delivery; none of a kind that we did not ask for. Raises Forged when the server did not sign it."""
    told = {name.lower(): value for name, value in headers.items()}
    form = _form(raw)
    if "signed_parameters" in form:
        return list(_recording(_checked(form["signed_parameters"], secret, now), now))
    if told.get("authorization", "").startswith("Bearer ") and "event" not in form:
        _checked(told["authorization"].removeprefix("Bearer ").strip(), secret, now)
        return list(_analytics(_json(raw)))
    _signed(told.get("query-string", ""), raw, secret, hook_url)
    found = _json(form.get("event", "").encode())
    return [event for each in (found if isinstance(found, list) else [found]) for event in _event(each)]


def read(raw: bytes, at: datetime) -> list[Event]:
    """The events of a delivery that was believed when it came at that moment: without its proof, which is not kept."""
    form = _form(raw)
    if "signed_parameters" in form:
        try:
            return list(_recording(_part(form["signed_parameters"].split(".")[1]), at))
        except (ValueError, IndexError):
            return []
    if "event" not in form:
        return list(_analytics(_json(raw)))
    found = _json(form["event"].encode())
    return [event for each in (found if isinstance(found, list) else [found]) for event in _event(each)]


def _form(raw: bytes) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(raw.decode(), max_num_fields=20).items()}
    except (UnicodeDecodeError, ValueError):
        return {}


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _signed(query: str, raw: bytes, secret: str, hook_url: str) -> None:
    """The checksum is the last part of the query; what stands before it belongs to the address that was registered."""
    before, _, given = query.rpartition("checksum=")
    address = hook_url + (f"?{before.rstrip('&')}" if before else "")
    name = ALGORITHMS.get(len(given))
    if not secret or name is None:
        raise Forged("it bears no checksum")
    expected = hashlib.new(name, address.encode() + raw + secret.encode()).hexdigest()
    if not hmac.compare_digest(expected, given.lower()):
        raise Forged("its checksum does not fit")


def _checked(token: str, secret: str, now: datetime) -> dict[str, Any]:
    """What a token says, if it was signed with the secret by one of three algorithms and has not run out."""
    head, _, rest = token.partition(".")
    body, _, proof = rest.partition(".")
    try:
        name = JWT.get(str(_part(head)["alg"]))
        said, given = _part(body), _bytes(proof)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Forged("its token cannot be read") from None
    if not secret or name is None:
        raise Forged("its token is not signed as BigBlueButton signs")
    if not hmac.compare_digest(hmac.digest(secret.encode(), f"{head}.{body}".encode(), name), given):
        raise Forged("its token does not fit")
    ends = said.get("exp")
    if isinstance(ends, int | float) and ends < now.timestamp():
        raise Forged("its token has run out")
    return said


def _part(part: str) -> dict[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _event(told: Any) -> Iterator[Event]:
    """One event of bbb-webhooks."""
    data = _dict(told, "data")
    attributes = _dict(data, "attributes")
    meeting, user = _dict(attributes, "meeting"), _dict(attributes, "user")
    kind, at = KINDS.get(str(data.get("id"))), moment_of(_dict(data, "event").get("ts"))
    if kind is None or at is None or not meeting.get("external-meeting-id"):
        return
    code = str(user.get("external-user-id") or "")
    yield Event(
        kind=kind, meeting=str(meeting["external-meeting-id"]), instance=str(meeting.get("internal-meeting-id") or ""), at=at,
        who=str(user.get("internal-user-id") or ""), person=code, registrant=code, name=str(user.get("name") or ""),
    )  # fmt: skip


def _analytics(told: Any) -> Iterator[Event]:
    """Everybody who was there, told once at the end: each coming and going of each person, and the whole."""
    whole, data = told if isinstance(told, dict) else {}, _dict(told, "data")
    meeting, instance = str(whole.get("meeting_id") or ""), str(whole.get("internal_meeting_id") or "")
    if not meeting:
        return
    for kind, name in ((EventKind.STARTED, "start"), (EventKind.ENDED, "finish")):
        if (at := _moment(data.get(name))) is not None:
            yield Event(kind=kind, meeting=meeting, instance=instance, at=at)
    for person in data.get("attendees") or ():
        code, name = str(_get(person, "ext_user_id") or ""), str(_get(person, "name") or "")
        for kind, list_name in ((EventKind.JOINED, "joins"), (EventKind.LEFT, "leaves")):
            for number, written in enumerate(_get(person, list_name) or ()):
                if (at := _moment(written)) is not None:
                    yield Event(
                        kind=kind, meeting=meeting, instance=instance, at=at, who=f"{code or name}#{number}", person=code,
                        registrant=code, name=name,
                    )  # fmt: skip


def _recording(said: Mapping[str, Any], now: datetime) -> Iterator[Event]:
    if said.get("meeting_id"):
        instance = str(said.get("record_id") or "")
        yield Event(kind=EventKind.RECORDING_READY, meeting=str(said["meeting_id"]), instance=instance, at=now)


def _moment(written: Any) -> datetime | None:
    """`2026-11-25T16:06:27.000+00:00`, or milliseconds. A moment without a zone is the server's UTC."""
    if isinstance(written, int):
        return moment_of(written)
    try:
        found = datetime.fromisoformat(str(written))
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _dict(told: Any, name: str) -> dict[str, Any]:
    found = _get(told, name)
    return found if isinstance(found, dict) else {}


def _get(told: Any, name: str) -> Any:
    return told.get(name) if isinstance(told, dict) else None
