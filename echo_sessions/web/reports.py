"""What browsers and finders of faults may tell us: reports about the content security policy, and whom to write to.

Both are open to all. A report is noted as one line of the log: which rule was broken, on which kind of page, by what host.
Never the address of the page, which may hold a personal link.
"""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from echo_sessions import clock
from echo_sessions.people import queries
from echo_sessions.web.guard import open_to_all
from echo_sessions.web.limits import limiter

bp = Blueprint("reports", __name__)
log = structlog.get_logger()
REPORT_MOST = 16 * 1024
REPORTS_AT_ONCE = 20
WORD_MOST = 60


def connect(app: Flask) -> None:
    """Browsers send reports by themselves, so these carry no token against forging; they change nothing."""
    app.extensions["csrf"].exempt(bp)
    app.register_blueprint(bp)


@bp.post("/csp-reports")
@open_to_all
@limiter.limit("30 per minute")
def csp_reports() -> ResponseReturnValue:
    """A browser refused something on one of our pages. Anybody can send nonsense here: it is cut short and limited."""
    if (request.content_length or 0) > REPORT_MOST:
        abort(413)
    for report in _read(request.get_data(cache=False))[:REPORTS_AT_ONCE]:
        log.warning(
            "csp_refused",
            rule=_word(report.get("effectiveDirective") or report.get("violated-directive")),
            blocked=_host(report.get("blockedURL") or report.get("blocked-uri")),
            page=_endpoint(report.get("documentURL") or report.get("document-uri")),
        )
    return "", 204


@bp.get("/.well-known/security.txt")
@open_to_all
def security_txt() -> ResponseReturnValue:
    """Whom to write to about a hole (RFC 9116): the hub's contact, valid for a year from now."""
    hub = queries.hub()
    if hub is None:
        abort(404)
    until = (clock.now() + timedelta(days=365)).replace(hour=0, minute=0, second=0, microsecond=0)
    own = current_app.extensions["settings"].base_url
    lines = (
        f"Contact: mailto:{hub.contact_address}",
        f"Expires: {until:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {own}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _read(data: bytes) -> list[dict[str, Any]]:
    """The reports in a body, in either of the two shapes that browsers send; nothing from anything else."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return []
    if isinstance(found, dict):
        found = [found.get("csp-report")]
    bodies = (
        [item.get("body", item) if isinstance(item, dict) else None for item in found]
        if isinstance(found, list)
        else []
    )
    return [body for body in bodies if isinstance(body, dict)]


def _word(value: object) -> str:
    """A directive's name: letters and hyphens."""
    first = str(value or "").split(" ", 1)[0]
    return "".join(letter for letter in first if letter.isascii() and (letter.isalpha() or letter == "-"))[:WORD_MOST]


def _host(value: object) -> str:
    """Where it came from: a host, or a word such as inline or eval."""
    try:
        host = urlsplit(str(value or "")).hostname
    except ValueError:
        host = None
    return (host or _word(value))[:WORD_MOST]


def _endpoint(value: object) -> str:
    """Which of our pages it was, by its name in the code."""
    try:
        path = urlsplit(str(value or "")).path
        return str(current_app.url_map.bind("").match(path)[0])
    except (HTTPException, ValueError):
        return "unknown"
