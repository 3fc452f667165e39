"""An appeal for which nobody was chosen in time finds its second person by itself."""

from datetime import datetime
from typing import Any

from echo_sessions.conduct import service
from echo_sessions.database import transaction
from echo_sessions.jobs.handlers import handler


@handler("conduct.assign_appeals", every_minutes=360)
def assign_appeals(payload: dict[str, Any], now: datetime) -> None:
    """Give appeals that wait too long to an owner of the hub."""
    with transaction():
        service.assign_waiting(now)
