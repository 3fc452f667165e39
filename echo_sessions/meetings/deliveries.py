"""Keeping what a provider delivers: at once, as it came, and nothing more. Reading it is `hooks.py`, and happens later.

A provider gives up after a few seconds and may deliver a thousand times in ten. So there is one short write and no network.
What would open a door (passcodes, start links, tokens) is taken out before it is kept; who was there never stands beside it.
"""

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import alone, transaction, upsert
from echo_sessions.errors import Stale
from echo_sessions.jobs import service as jobs
from echo_sessions.jobs.models import Job
from echo_sessions.meetings.models import Hook, HookDay
from echo_sessions.outside.meetings import Event, EventKind

READ = "meetings.read_hooks"
SLOT_SECONDS = 2
NAME_MOST = 120
HIDDEN = "hidden"
_SECRET_ENDINGS = ("_url", "token", "passcode", "password", "_pwd", "pin", "pin_code")
_SECRET_NAMES = frozenset({"pwd", "tk", "zak", "h323_passcode", "encrypted_password", "pstn_password"})


def keep(provider: str, raw: bytes, events: Sequence[Event]) -> None:
    """Store one delivery, by one statement, and ask for it to be read soon. The same bytes again only count."""
    told = upsert(Hook).values(
        provider=provider, sha256=hashlib.sha256(raw).hexdigest(), name=_name(raw, events), raw=without_secrets(raw),
        meeting_ref=next((event.meeting for event in events if event.meeting), "")[:120], received_at=clock.now(), times=1,
    )  # fmt: skip
    again = {"times": Hook.times + 1}
    alone(told.on_conflict_do_update(index_elements=["provider", "sha256"], set_=again))
    read_soon(clock.now())


def read_soon(now: datetime) -> None:
    """Ask for all to be read that came in this slot, once it is over: one job, however many came and to however many
    processes. What is stored has its job's moment still before it; if this process dies in between, the clock asks."""
    slot = int(now.timestamp()) // SLOT_SECONDS
    ends = datetime.fromtimestamp((slot + 1) * SLOT_SECONDS, now.tzinfo)
    key = f"hooks:{slot}"
    if alone(select(Job.id).where(Job.key == key)):
        return
    with suppress(Stale), transaction():  # stale: another process asked at the same moment
        jobs.queue(READ, {}, now=now, at=ends, key=key)


def count_refused(provider: str, why: str, *, now: datetime) -> None:
    """One more delivery that was turned away on this UTC day; nothing of it is kept."""
    told = upsert(HookDay).values(provider=provider, day=now.date(), why=why[:20], count=1)
    told = told.on_conflict_do_update(index_elements=["provider", "day", "why"], set_={"count": HookDay.count + 1})
    alone(told)


def without_secrets(raw: bytes) -> str:
    """The delivery as text: to the letter as it came, unless something in it would open a door; that is replaced.

    Not JSON (a form of BigBlueButton, which holds no passcode): as it came.
    """
    text = raw.decode("utf-8", "replace").replace("\x00", "")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return text
    bare, found = _bare(told)
    return json.dumps(bare, ensure_ascii=False) if found else text


def _bare(value: Any) -> tuple[Any, bool]:
    """The value without secrets, and whether there were any."""
    if isinstance(value, dict):
        parts = {name: (HIDDEN, True) if _is_secret(name, part) else _bare(part) for name, part in value.items()}
        return {name: part for name, (part, _) in parts.items()}, any(found for _, found in parts.values())
    if isinstance(value, list):
        items = [_bare(part) for part in value]
        return [part for part, _ in items], any(found for _, found in items)
    return value, False


def _is_secret(name: str, value: Any) -> bool:
    if not isinstance(value, str | int) or isinstance(value, bool) or value == "":
        return False
    low = name.lower()
    return low in _SECRET_NAMES or low.endswith(_SECRET_ENDINGS) or _is_way_in(value)


def _is_way_in(value: str | int) -> bool:
    """An address with a passcode or a token in it, whatever its name."""
    return (
        isinstance(value, str) and "://" in value and any(part in value for part in ("pwd=", "tk=", "zak=", "token="))
    )


def _name(raw: bytes, events: Sequence[Event]) -> str:
    """What it tells: the kinds of its events; for what we do not act upon, the provider's own name of it."""
    kinds = {event.kind for event in events}
    if kinds == {EventKind.OTHER}:
        try:
            return str(json.loads(raw).get("event", EventKind.OTHER.value))[:NAME_MOST]
        except (ValueError, AttributeError, RecursionError):
            pass
    return "+".join(sorted(kind.value for kind in kinds))[:NAME_MOST]
