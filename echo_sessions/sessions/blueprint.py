"""The blueprint of the pages of sessions, and how a session is loaded as someone.

404 to those who must not know of it, 403 to those who may see it but not do this.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, url_for

from echo_sessions import clock
from echo_sessions.people.models import Person
from echo_sessions.sessions import policy, queries
from echo_sessions.sessions.models import Session
from echo_sessions.web.guard import me, only_if

bp = Blueprint("sessions", __name__)


def find_session(code: str, may: Callable[[Person, Session], bool] | None = None, *, run: bool = False) -> Session:
    """The session, for someone who may read it or look at its program (404 to others) and, where that is asked, `may` do
    this or, with `run`, runs its program (403). Asked again when the page begins to write."""
    session, now = queries.by_code(code), clock.now()
    if session is None:
        abort(404)
    only_if(lambda: policy.may_read(me(), session) or policy.may_look(me(), session, now), 404)
    wanted = policy.may_run if run else may
    if wanted is not None:
        only_if(lambda: wanted(me(), session), 403)
    return session


def address(endpoint: str, **values: Any) -> str | None:
    """The address of a page of another feature; None where this installation has none."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
