"""huey, used only to carry a job's number to some worker soon. Losing all its messages loses nothing."""

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import current_app
from huey import Huey, SqliteHuey
from huey.api import Task

log = structlog.get_logger()


def connect(url: str) -> Huey:
    """A queue on SQLite, Redis or PostgreSQL, by its address."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteHuey("echo", filename=url.removeprefix("sqlite:///"), timeout=15, results=False)
    if scheme in {"redis", "rediss"}:
        from huey import RedisHuey  # the driver is only needed by those who use it

        return RedisHuey("echo", url=url, results=False)
    from huey import PostgresHuey  # likewise

    return PostgresHuey("echo", dsn=url.replace("postgresql+psycopg:", "postgresql:"), results=False)


def hand(number: int) -> None:
    """Give the job's number to the queue. A queue that is away costs only time: the sweeper hands it again."""
    carrier: dict[str, Any] = current_app.extensions["carrier"]
    try:
        task: Task = carrier["task"].s(number)
        carrier["huey"].enqueue(task)
    except Exception as fault:  # whatever the queue's driver raises: the row is safe, so nobody is troubled
        log.warning("queue_away", job=number, fault=type(fault).__name__)
