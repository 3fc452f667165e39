"""Who opened a case, and opening it in an emergency."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.audit import queries as audit
from echo_sessions.audit.thing_views import names_of
from echo_sessions.cases import glass, glass_queries, policy, queries
from echo_sessions.cases.blueprint import asked_at, bp, find
from echo_sessions.cases.forms import BreakGlassForm
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import page_of


@bp.get("/cases/<code>/openings")
@signed_in
def list_openings(code: str) -> ResponseReturnValue:
    """Who opened this case, as what and when: for its author, who runs the program, and its auditors."""
    case = find(code, lambda person, case: policy.may_see_openings(person, case, asked_at()))
    page = page_of(audit.looks_at(case.code))
    return render_template(
        "cases/list_openings.html", case=case, page=page, broken=glass_queries.of_case(case.id),
        names=names_of(look.person_id for look in page.rows), author=policy.is_author(me(), case),
        reasons=policy.may_read(me(), case, asked_at()),
    )  # fmt: skip


@bp.route("/cases/<code>/break-glass", methods=["GET", "POST"])
@signed_in
def break_glass(code: str) -> ResponseReturnValue:
    """Open a case before one's time, for a reason; who may read it anyhow is sent there."""
    case = queries.by_code(code)
    if case is None:
        abort(404)
    if policy.may_read(me(), case, asked_at()):
        return redirect(url_for("cases.show", code=case.code))
    only_if(lambda: policy.may_break_glass(me(), case, asked_at()), 404)
    form = BreakGlassForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction():
                glass.break_it(case, reason=form.reason.data, by=me(), now=asked_at())
            flash(
                _("The case is open for you for an hour. Its author and those who run the program are told."),
                "attention",
            )
            return see_other(url_for("cases.show", code=case.code))
        except Refused as fault:
            form.reason.errors = [words_of(fault)]
    status = 422 if request.method == "POST" else 200
    return render_template("cases/break_glass.html", case=case, form=form), status
