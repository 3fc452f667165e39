"""The head of the chain, noted outside of the database: who cuts the table's end off, head row and all, leaves it behind.

One note for each day (UTC) in the file store, `audit/2026-11-25.json`: a list with the last head of that day. A head
that the table does not know any more is never written over, but kept beside the new one: it is the evidence.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from flask import current_app

from echo_sessions import clock
from echo_sessions.audit import chain, rules
from echo_sessions.audit.rules import Anchor, Link
from echo_sessions.database import db
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.storage import Storage

log = structlog.get_logger()
FOLDER = "audit"
APART = timedelta(seconds=10)
"""A process of the web anchors at most so often, where the file store is a folder; elsewhere only the job does."""
_DAY = re.compile(r"audit/20[0-9]{2}-[01][0-9]-[0-3][0-9]\.json")
_ANCHORED = "audit_anchored_at"


def soon() -> None:
    """After a commit: anchor, unless this process did so just now or the store is far away. Never fails."""
    now = clock.now()
    last: datetime | None = current_app.extensions.get(_ANCHORED)
    if not _storage().is_near or (last is not None and abs(now - last) < APART):
        return
    current_app.extensions[_ANCHORED] = now
    try:
        write(now)
    except (TryLater, GaveUp) as fault:
        log.warning("audit_not_anchored", fault=type(fault).__name__)


def write(now: datetime) -> Anchor | None:
    """Note where the chain ends. Outside of transactions only. None while nothing was done yet."""
    head = chain.head()
    if head is None:
        return None
    anchor = _signed(head, now)
    name = f"{FOLDER}/{now.date().isoformat()}.json"
    before = _read(name)
    known = {seq: chain.seal_of(seq) for seq in {old.seq for old in before}}
    db.session.rollback()
    kept = [old for old in before if known[old.seq] != old.hash]
    if any(old.seq == anchor.seq and old.hash == anchor.hash for old in before):
        return anchor
    _storage().note(name, _written([*kept, anchor]))
    return anchor


def known() -> list[Anchor]:
    """All anchors, the oldest first. Raises `TryLater` when the store does not answer."""
    return [anchor for name in _storage().notes(FOLDER) if _DAY.fullmatch(name) for anchor in _read(name)]


def _signed(head: Link, now: datetime) -> Anchor:
    bare = Anchor(head.seq, head.hash, now)
    return Anchor(head.seq, head.hash, now, rules.proof_of(chain.keys()[0], bare))


def _written(anchors: Iterable[Anchor]) -> bytes:
    rows = [{"seq": one.seq, "hash": one.hash, "at": one.at.isoformat(), "proof": one.proof} for one in anchors]
    return json.dumps(rows, indent=1).encode()


def _read(name: str) -> list[Anchor]:
    """The anchors in a note. One that cannot be read counts as one that the house did not write."""
    try:
        return [
            Anchor(int(row["seq"]), str(row["hash"]), datetime.fromisoformat(row["at"]), str(row["proof"]))
            for row in json.loads(_storage().noted(name) or b"[]")
        ]
    except (ValueError, KeyError, TypeError):
        return [Anchor(0, "", datetime.fromisoformat(f"{name.removeprefix(FOLDER)[1:11]}T12:00:00+00:00"))]


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
