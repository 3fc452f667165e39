"""The alarms, for staff of the hub; who caused one sees it too, and somebody else explains it."""

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.alarms import policy, queries, service
from echo_sessions.alarms.forms import ExplainForm
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, staff_only
from echo_sessions.web.paging import page_of

bp = Blueprint("alarms", __name__)


@bp.get("/alarms")
@staff_only
def list_alarms() -> ResponseReturnValue:
    """What was noticed, the newest first, and what it was."""
    words, state = request.args.get("q", "").strip(), request.args.get("state", "")
    page = page_of(queries.listed(words=words, waiting=state == "waiting"))
    return render_template("alarms/list_alarms.html", page=page, q=words, state_asked=state)


@bp.route("/alarms/<code>", methods=["GET", "POST"])
@staff_only
def explain(code: str) -> ResponseReturnValue:
    """One alarm: what it was, or the form to say so."""
    alarm = queries.by_code(code)
    if alarm is None:
        abort(404)
    form, may = ExplainForm(), policy.may_explain(me(), alarm)
    if request.method == "POST":
        if not may:
            abort(403)
        if form.validate():
            try:
                with transaction():
                    service.explain(alarm, note=form.note.data, by=me(), now=clock.now())
                flash(_("Noted. The alarm is settled."))
                return see_other(url_for("alarms.list_alarms"))
            except Refused as fault:
                form.note.errors = [words_of(fault)]
    status = 422 if request.method == "POST" else 200
    return render_template("alarms/explain.html", alarm=alarm, form=form, may=may), status
