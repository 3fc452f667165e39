"""Keeping files. The object is in the storage before its row is written: a row never promises bytes that are not there."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import islice

from echo_sessions.database import db
from echo_sessions.files import queries
from echo_sessions.files.models import File
from echo_sessions.jobs import service as jobs
from echo_sessions.outside.storage import Stored

ORPHANS_LIVE = timedelta(days=2)
"""How long an object may wait for its row: previews live a day, and a transaction may be tried again."""


def keep(stored: Stored, *, now: datetime) -> File:
    """The row of an object that was put into the storage before this transaction began."""
    file = File(key=stored.key, sha256=stored.sha256, size=stored.size, type=stored.type, kept_at=now)
    db.session.add(file)
    db.session.flush()
    return file


def hold(file: File, *, now: datetime) -> None:
    """Give its bytes to nobody from now on."""
    file.held_at = file.held_at or now


def let_go(file: File) -> None:
    """Give its bytes again to whoever may have them."""
    file.held_at = None


def destroy(file: File, *, now: datetime) -> None:
    """Delete it for good: nobody is given it any more, and a job removes the bytes, then the row."""
    hold(file, now=now)
    jobs.queue("files.destroy", {"file": file.id}, now=now, key=f"destroy:{file.id}")


def orphans(keys: Iterable[str]) -> list[str]:
    """Those of these objects that no row knows, in their order."""
    asked = list(keys)
    known = queries.known(asked)
    return [key for key in asked if key not in known]


def sweep(keys: Iterable[str], remove: Callable[[str], None], *, at_once: int = 500) -> int:
    """Remove the objects that no row knows; returns how many. Give it only keys older than `ORPHANS_LIVE`."""
    removed, rest = 0, iter(keys)
    while batch := list(islice(rest, at_once)):
        gone = orphans(batch)
        for key in gone:
            remove(key)
        removed += len(gone)
    return removed
