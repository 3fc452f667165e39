"""The blueprint of the pages of sessions, and how a session is loaded as someone.

404 to those who must not know of it, 403 to those who may see it but not do this.
"""

from typing import Any

from flask import Blueprint, abort, current_app, url_for

from echo_sessions.sessions import policy, queries
from echo_sessions.sessions.models import Session
from echo_sessions.web.guard import me

bp = Blueprint("sessions", __name__)


def find_session(code: str, *, run: bool = False) -> Session:
    """The session, for someone who may read it or, with `run`, who runs its program."""
    session = queries.by_code(code)
    if session is None or not policy.may_read(me(), session):
        abort(404)
    if run and not policy.may_run(me(), session):
        abort(403)
    return session


def address(endpoint: str, **values: Any) -> str | None:
    """The address of a page of another feature; None where this installation has none."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
