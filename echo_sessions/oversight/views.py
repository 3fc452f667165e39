"""Pages for those who answer for a program, pay for it or audit it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from echo_sessions.web.guard import signed_in

bp = Blueprint("oversight", __name__)


@bp.get("/programs/<code>/roles")
@signed_in
def list_rights(code: str) -> ResponseReturnValue:
    """Who may do what, and why."""
    return ""


@bp.get("/programs/<code>/counts")
@signed_in
def counts(code: str) -> ResponseReturnValue:
    """Counts."""
    return ""


@bp.get("/programs/<code>/audit")
@signed_in
def list_deeds(code: str) -> ResponseReturnValue:
    """What was done."""
    return ""
