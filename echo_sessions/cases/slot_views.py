"""A case's place in a session: a slot, or as the one to take if a presenter cannot come."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.cases import policy, queries, service
from echo_sessions.cases.blueprint import asked_at, bp, find
from echo_sessions.cases.models import Case
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.models import Block
from echo_sessions.sessions.rules import BlockKind
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.words import msgid


@bp.route("/cases/<code>/place", methods=["GET", "POST"])
@signed_in
def place(code: str) -> ResponseReturnValue:
    """The coming sessions with their free slots."""
    case, now = find(code, policy.may_run), asked_at()
    if request.method == "POST":
        return _placed(case)
    coming = queries.coming_sessions(case.program_id, now)
    cases = queries.of_sessions(session.id for session in coming)
    mine = queries.series_of(case.author_id)
    return render_template(
        "cases/place.html", case=case, now=now,
        rows=[(session, [b for b in session.blocks if b.kind is BlockKind.CASE and b.case_id is None], cases.get(session.id, []), session.series_id in mine) for session in coming],
    )  # fmt: skip


@bp.post("/cases/<code>/unplace")
@signed_in
def unplace(code: str) -> ResponseReturnValue:
    """Take it out of its session again; also for a presenter who did not come."""
    case = find(code, policy.may_run)
    with transaction():
        service.unplace(case, by=me(), now=asked_at())
    flash(_("Case %(code)s waits for a date again, and its author is told.", code=code))
    return see_other(url_for("cases.place", code=code))


@bp.post("/cases/<code>/presented")
@signed_in
def presented(code: str) -> ResponseReturnValue:
    """Note that the group discussed it."""
    case = find(code, policy.may_run)
    with transaction():
        service.present(case, by=me(), now=asked_at())
    flash(_("Noted. The recommendations are what comes next."))
    return see_other(url_for("cases.recommend", code=code))


def _placed(case: Case) -> ResponseReturnValue:
    session = sessions.by_code(request.form.get("session", ""))
    if session is None:
        raise Refused(msgid("This session is not there any more. Load the page again."))
    with transaction():
        if "backup" in request.form:
            service.set_backup(case, session, by=me(), now=asked_at())
        else:
            service.place(case, _slot(session.id, request.form.get("position", "")), by=me(), now=asked_at())
    flash(_("Case %(code)s has its place, and its author is told when.", code=case.code))
    return see_other(url_for("cases.show", code=case.code))


def _slot(session_id: int, position: str) -> Block:
    """The slot at this place of the run sheet."""
    block = next((b for b in queries.blocks_of(session_id) if str(b.position) == position), None)
    if block is None:
        raise Refused(msgid("This slot is not there any more. Load the page again."))
    db.session.refresh(block)
    return block
