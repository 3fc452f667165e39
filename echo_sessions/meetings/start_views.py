"""Opening the meeting as its host: the link is fetched when the button is pressed, for whoever it belongs to, and kept nowhere."""

from datetime import datetime

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.audit import service as audit
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.meetings import providers, service
from echo_sessions.meetings.blueprint import bp
from echo_sessions.meetings.comparing import there_of
from echo_sessions.meetings.page import spaced
from echo_sessions.outside.meetings import Converted, NotThere
from echo_sessions.sessions import hosting, policy, queries, ways
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import door_opens
from echo_sessions.sessions.running import may_be_recorded
from echo_sessions.sessions.wording import BLOCK_WORDS
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.headers import CSP

LEADS_OUT = CSP.replace("form-action 'self'", "form-action 'self' https:")


@bp.route("/sessions/<code>/start", methods=["GET", "POST"])
@signed_in
def start(code: str) -> ResponseReturnValue:
    """For the host: opens the meeting. For whoever else leads the session: who the host is, and the own way in."""
    session, now = _find(code), clock.now()
    if request.method == "GET":
        return _page(session, now)
    only_if(lambda: hosting.may_open(me(), session), 403)
    why_not = hosting.why_not(session, now)
    if why_not is not None:
        raise Refused(why_not.message, **why_not.values)
    assert session.meeting is not None  # or it could not be opened
    provider, made, number = providers.provider(session.meeting.provider), there_of(session.meeting), me().id
    db.session.rollback()  # nothing is held open while the provider is asked
    try:
        way = provider.host_start_link(made)
    except (TryLater, GaveUp) as fault:
        if isinstance(fault, (NotThere, Converted)):
            with transaction():
                service.doubt(made.ref or "", made.provider, now=now)
        return _page(session, now, silent=isinstance(fault, TryLater)), 503
    with transaction():
        audit.record(number, "meeting opened as host", code, at=now)
    answer = see_other(way.url)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _find(code: str) -> Session:
    """The session, for whoever may be told about its host; 403 to others who know the session, 404 to the rest. The host may
    be somebody who has no other part in it."""
    session, now = queries.by_code(code), clock.now()
    if session is None:
        abort(404)
    may_ask = hosting.may_ask(me(), session)
    if not (may_ask or policy.may_read(me(), session) or policy.may_look(me(), session, now)):
        abort(404)
    only_if(lambda: hosting.may_ask(me(), session), 403)
    return session


def _page(session: Session, now: datetime, *, silent: bool | None = None) -> Response:
    """The page; `silent` where the provider was asked in vain: it did not answer (true), or said no (false)."""
    meeting = session.meeting
    words = render_template(
        "meetings/start.html", session=session, meeting=meeting, now=now, silent=silent, number=spaced(meeting.ref) if meeting else "",
        provider=_(providers.provider(meeting.provider).title) if meeting else "", host=hosting.host_person(session),
        mine=hosting.may_open(me(), session), why_not=hosting.why_not(session, now), opens=hosting.opens(session),
        door=door_opens(session.starts_at),
        recorded=[block.title or BLOCK_WORDS[block.kind] for block in session.blocks if may_be_recorded(block)],
        join=ways.join_url(session, me()) if policy.may_enter(me(), session) else None,
        live=policy.may_follow_live(me(), session), reads=policy.may_read(me(), session),
    )  # fmt: skip
    page = make_response(words)
    page.headers["Content-Security-Policy"] = LEADS_OUT
    return page
