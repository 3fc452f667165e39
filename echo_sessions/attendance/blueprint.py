"""The blueprint of the pages of attendance, and how a session is loaded for whoever runs its program."""

from typing import Any

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from echo_sessions import clock
from echo_sessions.attendance import policy, queries
from echo_sessions.attendance.presence import HOW_WORDS, ROLE_WORDS
from echo_sessions.attendance.rules import Source
from echo_sessions.audit.rules import Seen
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.models import Session
from echo_sessions.web.guard import me, only_if
from echo_sessions.web.looks import seen
from echo_sessions.words import Said

bp = Blueprint("attendance", __name__)
PROVIDERS = {
    "zoom": "Zoom", "teams": "Microsoft Teams", "meet": "Google Meet", "webex": "Webex", "bbb": "BigBlueButton",
}  # fmt: skip

SOURCE_WORDS = {
    Source.REPORT: _l("Report"),
    Source.HOOKS: _l("Told while it ran"),
    Source.FILE: _l("File"),
    Source.HAND: _l("By hand"),
}


def find_session(code: str, *, look: bool = False) -> Session:
    """The session, for someone who runs its program; with `look` its auditors may read the page. To all others there is
    nothing here; an auditor who presses a button is told 403."""
    session, now = sessions.by_code(code), clock.now()
    if session is None:
        abort(404)
    only_if(lambda: policy.may_look(me(), session, now), 404)
    if not (look and request.method == "GET"):
        only_if(lambda: policy.may_settle(me(), session), 403)
    return session


def name_of(session: Session) -> str:
    """How a session is called in a sentence."""
    return session.title or _("Session %(number)s", number=session.number)


def frame(session: Session, step: str) -> dict[str, Any]:
    """What every page about a session's attendance shows: the way here, the session, how far it is. It names who was
    there, so each look at one is noted."""
    series = session.series
    seen(Seen.REGISTER, session.code)
    return {
        "session": session,
        "session_name": name_of(session),
        "zone": series.zone,
        "step": step,
        "runs": policy.may_settle(me(), session),
        "status": queries.status_of([session.id])[session.id],
        "crumbs": [
            (series.program.name, url_for("programs.show", code=series.program.code)),
            (series.name, url_for("programs.show_series", code=series.code)),
            (name_of(session), url_for("sessions.show", code=session.code)),
        ],
        "say": say,
        "providers": PROVIDERS,
        "told_by": told_by,
        "role_words": ROLE_WORDS,
        "how_words": HOW_WORDS,
    }


def told_by(source: Source, provider: str = "") -> str:
    """Who says something, in words: "Zoom's report"."""
    name = PROVIDERS.get(provider, provider)
    if source is Source.REPORT:
        return str(_("%(provider)s's report", provider=name))
    if source is Source.HOOKS:
        return str(_("what %(provider)s told while it ran", provider=name))
    return str(_("a file") if source is Source.FILE else _("by hand"))


def say(said: Said) -> str:
    """A rule's sentence in the reader's language."""
    return said.through(_)
