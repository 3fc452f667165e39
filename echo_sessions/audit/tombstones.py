"""What must stay forgotten, or dark, also when an older copy of the database is put back.

A tombstone is a keyed hash of a kind and a code: it names nobody, and only somebody who has the code can ask for it. It is
kept twice: as a row, and as a small object in the storage, which is not part of a backup of the database. After a restore
the objects are read back and replayed.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import or_, select

from echo_sessions.audit.models import Tombstone
from echo_sessions.database import db

RECALL = "recall"
"""A case that was taken out of view."""
DESTROYED = "destroyed"
"""A case whose text was deleted for good."""
TEXT = "text"
"""A text of a case as it was before it was corrected."""
ERASURE = "erasure"
"""A person who was erased."""


def hash_of(kind: str, code: str, *, key: bytes) -> str:
    """The keyed hash that stands for a code of that kind."""
    return hmac.digest(key, f"tombstone\n{kind}\n{code}".encode(), hashlib.sha256).hex()


def hashes_of(kind: str, code: str) -> list[str]:
    """The hashes that stand for a code, the one that is made today first, then those under keys of before."""
    keys: Sequence[bytes] = current_app.extensions["settings"].sealing_keys
    return [hash_of(kind, code, key=key) for key in keys]


def bury(kind: str, code: str, *, at: datetime, word: str | None = None) -> Tombstone:
    """Remember that the thing with this code must stay dark or forgotten, within the open transaction. Done twice it
    stays as it is; done again after it was lifted it holds anew. `files.store_tombstones` takes it to the storage."""
    stone = _of(kind, code)
    if stone is None:
        stone = Tombstone(kind=kind, hash=hashes_of(kind, code)[0], word=word, at=at)
        db.session.add(stone)
    elif stone.lifted_at is not None:
        stone.at, stone.word, stone.lifted_at, stone.stored_at = at, word, None, None
    db.session.flush()
    return stone


def lift(kind: str, code: str, *, at: datetime) -> None:
    """It need not stay dark any more."""
    stone = _of(kind, code)
    if stone is not None and stone.lifted_at is None:
        stone.lifted_at = at
        db.session.flush()


def is_buried(kind: str, code: str) -> bool:
    """Whether the thing with this code must stay dark or forgotten."""
    stone = _of(kind, code)
    return stone is not None and stone.lifted_at is None


def buried(kind: str, codes: Iterable[str]) -> dict[str, Tombstone]:
    """Which of these codes must stay dark or forgotten, with their tombstones; one query for all."""
    stones = {row.hash: row for row in db.session.scalars(select(Tombstone).where(_holds(kind)))}
    found = {}
    for code in codes if stones else ():
        stone = next((stones[value] for value in hashes_of(kind, code) if value in stones), None)
        if stone is not None:
            found[code] = stone
    return found


def any_of(kinds: Iterable[str]) -> bool:
    """Whether anything of these kinds must stay dark or forgotten at all."""
    chosen = select(Tombstone.id).where(Tombstone.kind.in_(list(kinds)), Tombstone.lifted_at.is_(None))
    return db.session.scalar(chosen.limit(1)) is not None


def to_store() -> Sequence[Tombstone]:
    """Those whose object in the storage is not there yet, or should be gone."""
    late = or_(
        Tombstone.stored_at.is_(None) & Tombstone.lifted_at.is_(None),
        Tombstone.stored_at.is_not(None) & Tombstone.lifted_at.is_not(None),
    )
    return db.session.scalars(select(Tombstone).where(late).order_by(Tombstone.id)).all()


def known() -> set[tuple[str, str]]:
    """Kind and hash of every row, lifted ones too."""
    return {(kind, value) for kind, value in db.session.execute(select(Tombstone.kind, Tombstone.hash))}


def read_back(kind: str, value: str, *, at: datetime, word: str | None, stored_at: datetime) -> None:
    """A tombstone that the storage knows and this database does not: it was restored from before."""
    db.session.add(Tombstone(kind=kind, hash=value, word=word, at=at, stored_at=stored_at))
    db.session.flush()


def _of(kind: str, code: str) -> Tombstone | None:
    chosen = select(Tombstone).where(Tombstone.kind == kind, Tombstone.hash.in_(hashes_of(kind, code)))
    return db.session.scalars(chosen.order_by(Tombstone.lifted_at.is_not(None), Tombstone.id)).first()


def _holds(kind: str) -> Any:
    return (Tombstone.kind == kind) & Tombstone.lifted_at.is_(None)
