"""What happens to files by itself."""

import json
from datetime import datetime
from typing import Any

from flask import current_app

from echo_sessions.audit import tombstones
from echo_sessions.audit.models import Tombstone
from echo_sessions.database import db, transaction
from echo_sessions.files import service
from echo_sessions.files.models import File
from echo_sessions.jobs.handlers import handler
from echo_sessions.outside.storage import Storage


@handler("files.sweep", every_minutes=24 * 60)
def sweep(payload: dict[str, Any], now: datetime) -> None:
    """Remove objects without a row: previews that nobody confirmed, and uploads whose transaction failed."""
    storage: Storage = current_app.extensions["storage"]
    service.sweep(storage.keys(before=now - service.ORPHANS_LIVE), storage.delete)


@handler("files.destroy")
def destroy(payload: dict[str, Any], now: datetime) -> None:
    """The bytes of a file that was deleted for good, then its row. Nothing points to the row any more."""
    file = db.session.get(File, payload["file"])
    if file is None:
        return
    key = file.key
    db.session.rollback()
    current_app.extensions["storage"].delete(key)
    with transaction():
        if row := db.session.get(File, payload["file"]):
            db.session.delete(row)


@handler("files.store_tombstones", every_minutes=5)
def store_tombstones(payload: dict[str, Any], now: datetime) -> None:
    """Take new tombstones to the storage, where a restore of the database does not reach them, and lifted ones away."""
    storage: Storage = current_app.extensions["storage"]
    late = [(row.id, row.kind, row.hash, row.at, row.word, row.lifted_at) for row in tombstones.to_store()]
    db.session.rollback()
    for number, kind, value, at, word, lifted_at in late:
        if lifted_at is None:
            storage.bury(kind, value, json.dumps({"at": at.isoformat(), "word": word}).encode())
        else:
            storage.dig_up(kind, value)
        with transaction():
            row = db.session.get(Tombstone, number)
            if row is not None and row.lifted_at == lifted_at and row.at == at:
                row.stored_at = now if lifted_at is None else None
