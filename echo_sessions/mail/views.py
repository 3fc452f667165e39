"""The outbox for those who work for the hub: what went to whom, and what did not."""

from flask import Blueprint, abort, current_app, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, or_

from echo_sessions import clock
from echo_sessions.conduct import queries as conduct
from echo_sessions.conduct.models import Incident
from echo_sessions.database import db, transaction
from echo_sessions.mail import queries, service
from echo_sessions.mail.entry import entries
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import GONE, LetterState
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, staff_only
from echo_sessions.web.paging import page_of

bp = Blueprint("mail", __name__)

# The letter itself: no script, no form, nothing fetched, its own inline styles (mail programs know no others).
LETTER_CSP = "; ".join(
    (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
        "sandbox",
    )
)
TONES = {
    LetterState.QUEUED: "info",
    LetterState.SENT: "good",
    LetterState.FAILED: "danger",
    LetterState.SUPERSEDED: "quiet",
    LetterState.HELD: "attention",
}


@bp.get("/letters")
@staff_only
def list_letters() -> ResponseReturnValue:
    """The outbox, last letter first, by state and words."""
    words, state = request.args.get("q", "").strip(), _state(request.args.get("state", ""))
    return render_template(
        "letters/list_letters.html",
        page=page_of(queries.listed(state=state, words=words).where(_not_hidden())),
        q=words,
        chosen=state or "",
        states=_state_words(),
        tones=TONES,
        failed=queries.failed_count(),
    )


@bp.get("/letters/<code>")
@staff_only
def show(code: str) -> ResponseReturnValue:
    """One letter as a mail program would show it, and what the server said."""
    letter = _found(code)
    return render_template(
        "letters/show.html",
        letter=letter,
        text=GONE if letter.secret else letter.text,
        events=entries(letter.calendar) if letter.calendar else [],
        states=_state_words(),
        tones=TONES,
        sender=_sender(letter),
    )


@bp.get("/letters/<code>/html")
@staff_only
def show_html(code: str) -> ResponseReturnValue:
    """The HTML part alone, for the frame on the letter's page: may do nothing, wherever it is opened."""
    letter = _found(code)
    if letter.secret:
        abort(404)
    answer = make_response(letter.html)
    answer.headers["Content-Security-Policy"] = LETTER_CSP
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@bp.post("/letters/<code>/again")
@staff_only
def try_again(code: str) -> ResponseReturnValue:
    """Send a failed letter once more."""
    letter = _found(code)
    with transaction():
        service.try_again(letter, now=clock.now())
    flash(_("The letter is on its way again."))
    return see_other(url_for("mail.show", code=code))


def _found(code: str) -> Letter:
    letter = queries.by_code(code)
    if letter is None or (
        letter.about and db.session.scalar(conduct.hidden_from(me().id).where(Incident.code == letter.about))
    ):
        abort(404)
    return letter


def _not_hidden() -> ColumnElement[bool]:
    """Whoever is named in a report about conduct finds no letter about it here."""
    return or_(Letter.about.is_(None), Letter.about.not_in(conduct.hidden_from(me().id)))


def _sender(letter: Letter) -> str:
    return f"{letter.from_name} <{current_app.extensions['settings'].mail_from}>"


def _state(text: str) -> LetterState | None:
    return LetterState(text) if text in set(LetterState) else None


def _state_words() -> dict[str, str]:
    return {
        LetterState.QUEUED: _("Waiting"),
        LetterState.SENT: _("Sent"),
        LetterState.FAILED: _("Failed"),
        LetterState.SUPERSEDED: _("Replaced"),
        LetterState.HELD: _("Held back"),
    }
