"""For whoever watches over the processes: does this one live, and could it serve a page now?

Open to all and without secrets: names of parts, never addresses or words of a fault. What exactly is wrong is the
doctor's business (`echo-sessions doctor`).
"""

from typing import Any

from flask import Blueprint, Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from echo_sessions.database import db
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.people import queries
from echo_sessions.web.guard import open_to_all

bp = Blueprint("health", __name__)


def connect(app: Flask) -> None:
    """Answer before anybody asks the database who this is; called before all else that looks at a request."""

    @app.before_request
    def at_once() -> Any:
        if request.blueprint == bp.name and request.endpoint:
            return app.view_functions[request.endpoint]()
        return None

    app.register_blueprint(bp)


@bp.get("/healthz")
@open_to_all
def healthz() -> dict[str, Any]:
    """The process answers; nothing else is asked, not even the database."""
    return {"alive": True}


@bp.get("/readyz")
@open_to_all
def readyz() -> tuple[dict[str, Any], int]:
    """Whether database (with its tables) and file store can be reached; 503 with the names of those that cannot."""
    missing = [name for name, answers in (("database", _database), ("storage", _storage)) if not answers()]
    return {"ready": not missing, "missing": missing}, 503 if missing else 200


def _database() -> bool:
    try:
        queries.hub()
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def _storage() -> bool:
    """Looked into, not written to: anybody may ask, as often as they like."""
    try:
        current_app.extensions["storage"].look()
    except (TryLater, GaveUp):
        return False
    return True
