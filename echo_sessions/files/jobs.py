"""What happens to files by itself."""

from datetime import datetime
from typing import Any

from flask import current_app

from echo_sessions.files import service
from echo_sessions.jobs.handlers import handler
from echo_sessions.outside.storage import Storage


@handler("files.sweep", every_minutes=24 * 60)
def sweep(payload: dict[str, Any], now: datetime) -> None:
    """Remove objects without a row: previews that nobody confirmed, and uploads whose transaction failed."""
    storage: Storage = current_app.extensions["storage"]
    service.sweep(storage.keys(before=now - service.ORPHANS_LIVE), storage.delete)
