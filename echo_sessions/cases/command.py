"""The command `privacy replay`, and the same after every upgrade of the database and at the start of a worker."""

from typing import Any

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from echo_sessions import clock
from echo_sessions.cases.jobs import replay
from echo_sessions.database import db
from echo_sessions.errors import GaveUp, TryLater

log = structlog.get_logger()


def replay_now() -> tuple[dict[str, Any], str]:
    """Do again what a database that was put back does not know; what was done."""
    done = replay(current_app.extensions["storage"], now=clock.now())
    words = (
        f"{done['tombstones']} tombstones were read back; {done['darkened']} cases were taken out of view again, "
        f"the text of {done['destroyed']} was deleted again."
    )
    return done, words


def replay_at_start(app: Flask) -> None:
    """The same when a process starts. It does not keep it from starting: the day's job tries again."""
    with app.app_context(), app.test_request_context(base_url=app.extensions["settings"].base_url):
        try:
            done, _words = replay_now()
            if any(done.values()):
                log.warning("replayed", **done)
        except (SQLAlchemyError, TryLater, GaveUp) as fault:
            db.session.rollback()
            log.warning("replay_failed", fault=type(fault).__name__)
