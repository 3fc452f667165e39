"""Members agree to a changed text before they do anything else: led there at their next page, and never by surprise in the
middle of writing.

What stays open: everything that needs no sign-in (the way into a session, answers, certificates by link), drafts that
save themselves, closing a case at once, one's own account, data and certificates, reports about conduct, leaving, and the texts.
"""

from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.people import queries as people
from echo_sessions.programs import queries
from echo_sessions.web.guard import OPEN

STAYS_OPEN = frozenset(
    {
        "programs.agree",
        "programs.statement",
        "programs.compare",
        "programs.leave_series",
        "cases.autosave",
        "cases.screen",
        "cases.recall_case",
        "cases.decide_recall",
        "certificates.mine",
        "verification.mine",
    }
)
OWN = ("security.", "people.", "privacy.", "conduct.", "health.", "demo.", "bootstrap.", "static", "_")
"""Features that hold one's own account and data, reports about conduct, and what is no page of a member at all."""


def connect(app: Flask) -> None:
    """Ask before each request, once it is known who asks."""
    app.before_request(ask)


def ask() -> ResponseReturnValue | None:
    """A GET is led to the texts and back; a POST is refused with what to do, and the browser keeps what was typed."""
    if g.get("person") is None or _stays_open(request.endpoint):
        return None
    hub = people.hub()
    if hub is None or not queries.to_accept(g.person.id, hub.id):
        return None
    goes_on = request.method in {"GET", "HEAD"} and request.headers.get("Sec-Fetch-Dest", "document") != "empty"
    if goes_on:
        return redirect(url_for("programs.agree", next=request.full_path.rstrip("?")))
    return (
        render_template(
            "programs/agree_first.html",
            why=_("A text of the hub has changed while this page was open. Nothing was saved, and nothing you typed is lost: read and agree in the new tab, come back here, go back one step and send it again."),
        ),
        409,
    )  # fmt: skip


def _stays_open(endpoint: str | None) -> bool:
    if endpoint is None or endpoint in STAYS_OPEN or endpoint.startswith(OWN):
        return True
    return getattr(current_app.view_functions.get(endpoint), "__guard__", None) == OPEN
