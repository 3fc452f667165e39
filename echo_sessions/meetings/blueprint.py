"""The blueprint of the pages of meetings, and how a session is loaded for whoever asks about its meeting."""

from flask import Blueprint, abort, request

from echo_sessions import clock
from echo_sessions.sessions import policy as session_policy
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.models import Session
from echo_sessions.web.guard import me, only_if

bp = Blueprint("meetings", __name__)


def find_session(code: str, *, look: bool = False) -> Session:
    """The session, for someone who runs its program; with `look` its auditors may read the page. Whoever takes part knows
    the session and is told 403 here; to all others there is nothing."""
    session, now = sessions.by_code(code), clock.now()
    if session is None:
        abort(404)
    person = me()
    looks = session_policy.may_look(person, session, now)
    if not looks and not session_policy.may_read(person, session):
        abort(404)
    if look and request.method == "GET":
        only_if(lambda: session_policy.may_look(me(), session, clock.now()), 403)
    else:
        only_if(lambda: session_policy.may_run(me(), session), 403)
    return session
