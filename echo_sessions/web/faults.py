"""Error pages: what happened, why, what now. Never a stack trace, never what was typed."""

from enum import StrEnum

import structlog
from flask import Flask, Response, current_app, g, redirect, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from echo_sessions import ids
from echo_sessions.database import db
from echo_sessions.errors import Refused, Stale
from echo_sessions.words import Said

log = structlog.get_logger()
Answer = tuple[str, int]


def connect(app: Flask) -> None:
    """Register one handler for each kind of fault."""
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, failed)
    app.register_error_handler(Exception, crashed)


def words_of(fault: Refused) -> str:
    """A refusal in the reader's language; values that are words themselves (states, sentences) are translated too."""
    values = {name: _spoken(value) for name, value in fault.values.items()}
    words: str = _(fault.message, **values) if values else _(fault.message)
    return words


def _spoken(value: object) -> object:
    if isinstance(value, Said):
        return value.through(_)
    return _(value.value) if isinstance(value, StrEnum) else value


def refused(fault: Refused) -> Answer:
    """A rule said no: the sentence itself, and the way back to where it was asked."""
    title = _("Somebody else was quicker") if isinstance(fault, Stale) else _("That is not possible")
    back = (
        (_("Go back"), request.referrer) if request.referrer and request.referrer.startswith(request.host_url) else None
    )
    return _page(409, title, words_of(fault), way_on=back)


def forged(fault: CSRFError) -> Answer:
    """The form's token is missing or too old."""
    return _page(
        400,
        _("This page was open for too long"),
        _("Go back, load the page again and send it once more. What you typed is still there."),
    )


def failed(fault: HTTPException) -> Answer | Response:
    """Not found, not allowed and their kin, by status."""
    if isinstance(fault.code, int) and 300 <= fault.code < 400:
        return fault.get_response()  # type: ignore[return-value]  # a redirect of the router's own
    known = {
        403: (
            _("You may not do this"),
            _("It belongs to somebody else's work. If you think you should, ask your hub's coordinator."),
        ),
        404: (_("There is nothing here"), _("The address may be mistyped, or the page is not for you.")),
        405: (_("There is nothing here"), _("This address takes no such request.")),
        413: (_("This file is too large"), _("At most 10 MB fit. Make it smaller, or split it.")),
        429: (_("Too many tries"), _("Wait a few minutes, then try again.")),
    }
    title, why = known.get(fault.code or 500, (_("That did not work"), _("Check the address and try again.")))
    return _page(fault.code or 500, title, why)


def crashed(fault: Exception) -> Answer:
    """A fault of ours. The log has it under a code, the reader gets the code."""
    code = ids.code("E", 6)
    log.error("page_failed", code=code, endpoint=request.endpoint, exc_info=fault)
    title, why = _("Something went wrong on our side"), _("Nothing was saved by this last step. Try again in a minute.")
    try:
        db.session.rollback()
        return _page(500, title, why, code=code)
    except Exception:  # the database itself is away: the same page for a stranger, which needs nothing from it
        g.person, g.staff, g.hub_name = None, None, "ECHO Sessions"
        g._login_user = current_app.extensions["security"].login_manager.anonymous_user()  # or it is looked for again
        return _page(500, title, why, code=code)


def _page(status: int, title: str, why: str, **more: object) -> Answer:
    if "person" not in g:
        g.person = g.staff = None
    return render_template("layout/error.html", title=title, why=why, **more), status


def see_other(url: str) -> Response:
    """Go on to that page with a GET, after a POST."""
    return redirect(url, code=303)  # type: ignore[return-value]  # werkzeug's class, same thing
