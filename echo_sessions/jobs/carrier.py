"""huey, used only to carry a job's number to some worker soon. Losing all its messages loses nothing."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from flask import current_app
from huey import Huey, SqliteHuey
from huey.api import Task

log = structlog.get_logger()
PATIENCE = {"socket_connect_timeout": "2", "socket_timeout": "5"}
MOST_UNDERWAY = 500


def connect(url: str) -> Huey:
    """A queue on SQLite, Redis or PostgreSQL, by its address."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return SqliteHuey("echo", filename=url.removeprefix("sqlite:///"), timeout=15, results=False)
    if scheme in {"redis", "rediss"}:
        from huey import RedisHuey  # the driver is only needed by those who use it

        return RedisHuey("echo", url=impatient(url), results=False)
    from huey import PostgresHuey  # likewise

    return PostgresHuey("echo", dsn=url.replace("postgresql+psycopg:", "postgresql:"), results=False)


def impatient(url: str) -> str:
    """The address of Redis with time limits, unless it brings its own: a page must not hang on a queue that is silent."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode(PATIENCE | query)).geturl()


def hand(number: int) -> bool:
    """Give the job's number to the queue. A queue that is away costs only time: the sweeper hands it again."""
    carrier: dict[str, Any] = current_app.extensions["carrier"]
    try:
        task: Task = carrier["task"].s(number)
        carrier["huey"].enqueue(task)
    except Exception as fault:  # whatever the queue's driver raises: the row is safe, so nobody is troubled
        log.warning("queue_away", job=number, fault=type(fault).__name__)
        return False
    return True


def has_room() -> bool:
    """Whether the queue is there and short: a long backlog stays in the rows, or it would be handed over and over."""
    try:
        return int(current_app.extensions["carrier"]["huey"].pending_count()) < MOST_UNDERWAY
    except Exception as fault:  # as above
        log.warning("queue_away", fault=type(fault).__name__)
        return False
