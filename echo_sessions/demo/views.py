"""The demo's inbox: what people would find in their mail programs. These pages exist in a demo only."""

from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from echo_sessions.demo import inbox as letters
from echo_sessions.web.guard import open_to_all
from echo_sessions.web.headers import FIXED
from echo_sessions.web.paging import Page

bp = Blueprint("demo", __name__)
PER_PAGE = 30
LETTER_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; sandbox allow-popups allow-top-navigation-by-user-activation"


def _folder() -> Path:
    folder: Path | None = current_app.extensions["settings"].inbox_dir
    if folder is None:
        abort(404)
    return folder


@bp.get("/inbox")
@open_to_all
def inbox() -> ResponseReturnValue:
    """All delivered letters, newest first. A demo has no secrets; elsewhere this is 404."""
    folder = _folder()
    wanted = request.args.get("q", "").strip().casefold()
    names = letters.names(folder)
    if wanted:
        heads = [letters.read(folder, name, whole=False) for name in names]
        names = [head.name for head in heads if head and wanted in f"{head.to} {head.subject}".casefold()]
    asked = request.args.get("page", "1")
    pages = max(1, -(-len(names) // PER_PAGE))
    number = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 9 else 1), pages)
    shown = [letters.read(folder, name, whole=False) for name in names[(number - 1) * PER_PAGE : number * PER_PAGE]]
    page = Page(rows=shown, number=number, total=len(names), per_page=PER_PAGE)
    return render_template("demo/inbox.html", page=page, q=request.args.get("q", ""))


@bp.get("/inbox/<name>")
@open_to_all
def letter(name: str) -> ResponseReturnValue:
    """One letter, as a mail program would show it."""
    found = letters.read(_folder(), name)
    if found is None:
        abort(404)
    return render_template("demo/letter.html", letter=found)


@bp.get("/inbox/<name>/html")
@open_to_all
def letter_html(name: str) -> ResponseReturnValue:
    """The letter's HTML for the frame, where nothing may run and nothing is fetched."""
    found = letters.read(_folder(), name)
    if found is None:
        abort(404)
    answer = Response(found.html.replace("<head>", '<head><base target="_top">', 1), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = LETTER_CSP.replace("base-uri 'none'", "base-uri 'self'")
    answer.headers.update(FIXED | {"X-Frame-Options": "SAMEORIGIN"})
    return answer
