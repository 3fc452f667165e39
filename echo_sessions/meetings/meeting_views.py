"""The page of one session's meeting at its provider: what stands where, what is wrong with it, and every button for it."""

from flask import abort, flash, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.meetings.blueprint import bp, find_session
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import signed_in


@bp.get("/sessions/<code>/meeting")
@signed_in
def show_meeting(code: str) -> ResponseReturnValue:
    """Everything about the meeting of one session, for whoever runs it or looks at its records."""
    find_session(code, look=True)
    abort(404)


@bp.post("/sessions/<code>/meeting/try")
@signed_in
def try_now(code: str) -> ResponseReturnValue:
    """Do not wait for the next try."""
    find_session(code)
    flash(_("It is tried now."))
    return see_other(url_for("meetings.show_meeting", code=code))


@bp.post("/sessions/<code>/meeting/put-back")
@signed_in
def put_back(code: str) -> ResponseReturnValue:
    """Make the provider have it as it was wanted."""
    find_session(code)
    return see_other(url_for("meetings.show_meeting", code=code))


@bp.route("/sessions/<code>/meeting/again", methods=["GET", "POST"])
@signed_in
def make_again(code: str) -> ResponseReturnValue:
    """Make another meeting in the place of this one."""
    find_session(code)
    abort(404)


@bp.route("/sessions/<code>/meeting/provider", methods=["GET", "POST"])
@signed_in
def change_provider(code: str) -> ResponseReturnValue:
    """Hold the session elsewhere."""
    find_session(code)
    abort(404)
