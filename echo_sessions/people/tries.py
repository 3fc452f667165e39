"""Counting tries to sign in, over all processes: each is counted before it is judged, so that many at once gain nothing.

While somebody has to wait, a try is refused after one look and counts nothing: an attacker can neither make the wait
longer for others nor make us hash passwords.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from echo_sessions.database import db, insert_or_leave
from echo_sessions.people.models import Tries
from echo_sessions.people.waits import ADDRESS, NETWORK, Kind, Wait


def wait_of(kind: Kind, about: str, network: str, *, now: datetime) -> timedelta | None:
    """How long this has to wait, if it has to. One look, nothing written."""
    rows = select(Tries.free_at).where(
        Tries.hash.in_([key for key, _ in _keys(kind, about, network)]), Tries.free_at > now
    )
    longest = max(db.session.scalars(rows), default=None)
    return None if longest is None else longest - now


def take(kind: Kind, about: str, network: str, *, now: datetime) -> timedelta | None:
    """Count one try, unless it has to wait: then say how long. In a transaction of its own, before the try is judged."""
    keys = _keys(kind, about, network)
    for key, wait in keys:
        insert_or_leave(Tries, hash=key, count=0, free_at=now, forget_at=now + wait.forget)
    rows = [_locked(key) for key, _ in keys]
    longest = max(row.free_at for row in rows)
    if longest > now:
        return longest - now
    for row, (_, wait) in zip(rows, keys, strict=True):
        row.count = 1 if row.forget_at <= now else row.count + 1
        row.free_at, row.forget_at = now + wait.after(row.count), now + wait.forget
    return None


def forgive(kind: Kind, about: str, network: str) -> None:
    """It was the right person: their count begins anew, and the network gets this try back."""
    (mine, _), (ours, _) = _keys(kind, about, network)
    db.session.execute(delete(Tries).where(Tries.hash == mine))
    db.session.execute(update(Tries).where(Tries.hash == ours, Tries.count > 0).values(count=Tries.count - 1))


def count_of(kind: Kind, about: str, *, now: datetime) -> int:
    """How many tries are remembered for one address or account."""
    counted = select(Tries.count).where(Tries.hash == _key(kind, "about", about), Tries.forget_at > now)
    return db.session.scalar(counted) or 0


def sweep(*, now: datetime) -> None:
    """Forget what is old enough, so that the table stays as small as the trouble of the last day."""
    db.session.execute(delete(Tries).where(Tries.forget_at <= now))


def _locked(key: str) -> Tries:
    """The row of a count, held until the transaction ends. The address's before the network's, so that nobody waits in a ring."""
    chosen = (
        select(Tries).where(Tries.hash == key).with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    return db.session.scalars(chosen).one()


def _keys(kind: Kind, about: str, network: str) -> list[tuple[str, Wait]]:
    return [(_key(kind, "about", about), ADDRESS[kind]), (_key(kind, "network", network), NETWORK[kind])]


def _key(kind: Kind, what: str, value: str) -> str:
    """A keyed hash: the table alone tells neither addresses nor networks."""
    words = "\n".join(["tries", kind, what, value.strip().casefold()])
    return hmac.digest(current_app.extensions["settings"].link_key, words.encode(), hashlib.sha256).hex()
