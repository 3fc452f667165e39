"""The written recommendations: noted while people talk, read and approved by an expert, kept as a PDF."""

from flask import Response, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.audit.rules import Seen
from echo_sessions.cases import policy, queries, recommending
from echo_sessions.cases.blueprint import asked_at, bp, find
from echo_sessions.cases.forms import RecommendationForm
from echo_sessions.cases.models import Case, Recommendation
from echo_sessions.cases.recommending import SAID_BY
from echo_sessions.cases.rules import CATEGORY_WORDS, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.looks import seen

REMEMBERED = ("category", "said_by", "profession")
"""What stays in the form for the next one: people speak in turns."""


def may_recommend(person: Person, case: Case) -> bool:
    """Now, for the loading of a case."""
    return policy.may_recommend(person, case, asked_at())


@bp.route("/cases/<code>/recommendations/edit", methods=["GET", "POST"])
@signed_in
def recommend(code: str) -> ResponseReturnValue:
    """Write recommendations down, one at a time, or change one."""
    case = find(code, may_recommend)
    row = _row(case, request.values.get("row", ""))
    if request.method == "GET":
        values = {name: request.args[name] for name in REMEMBERED if name in request.args}
        return _page(
            case,
            row,
            RecommendationForm(formdata=None, obj=row) if row else RecommendationForm(formdata=None, **values),
        )
    form = RecommendationForm()
    if not form.validate_on_submit():
        return _page(case, row, form), 422
    given = {name: form[name].data for name in ("text", "category", "said_by", "profession", "evidence")}
    try:
        with transaction():
            if row is not None:
                recommending.change_recommendation(row, by=me(), now=asked_at(), **given)
            else:
                recommending.add_recommendation(case, by=me(), now=asked_at(), **given)
    except Refused as fault:  # shown beside the words, which stay in the form
        form.text.errors = [words_of(fault)]
        return _page(case, row, form), 422
    if row is not None:
        flash(_("Changed."))
        return see_other(url_for("cases.recommend", code=code))
    remembered = {name: given[name] for name in ("category", "said_by")}
    return see_other(url_for("cases.recommend", code=code, _anchor="next", **remembered))


@bp.post("/cases/<code>/recommendations/order")
@signed_in
def order(code: str) -> ResponseReturnValue:
    """Move one up or down, or take it out."""
    case = find(code, may_recommend)
    row = _row(case, request.form.get("row", ""))
    if row is None:
        abort(404)
    with transaction():
        if "remove" in request.form:
            recommending.remove_recommendation(row, by=me(), now=asked_at())
        else:
            recommending.move_recommendation(row, up="up" in request.form, by=me(), now=asked_at())
    return see_other(url_for("cases.recommend", code=code, _anchor="written"))


@bp.route("/cases/<code>/recommendations/approve", methods=["GET", "POST"])
@signed_in
def approve(code: str) -> ResponseReturnValue:
    """For the expert: read, mend, approve."""
    case = find(code, lambda person, case: policy.may_approve(person, case, queries.sheet_of(case.id), asked_at()))
    _noted(case)
    sheet = queries.sheet_of(case.id)
    if request.method == "POST":
        with transaction():
            recommending.approve_recommendations(case, by=me(), now=asked_at())
        flash(_("Approved. The author gets the document and a letter within minutes."))
        return see_other(url_for("cases.show", code=code, _anchor="recommendations"))
    return render_template(
        "cases/approve.html",
        case=case,
        sheet=sheet,
        categories=_categories(),
        said_by=SAID_BY,
        RecommendationState=RecommendationState,
    )


@bp.get("/cases/<code>/recommendations.pdf")
@signed_in
def recommendations_pdf(code: str) -> ResponseReturnValue:
    """The document, for those who may read it, after signing in. Its name is the ECHO ID and nothing else."""
    case = find(code, lambda person, case: policy.may_read(person, case, asked_at()))
    _noted(case)
    sheet = queries.sheet_of(case.id)
    file = db.session.get(File, sheet.file_id) if sheet is not None and sheet.file_id is not None else None
    if file is None or not policy.may_read_recommendations(me(), case, sheet, asked_at()):
        abort(404)
    key, name = file.key, case.code
    db.session.rollback()
    try:
        data = current_app.extensions["storage"].get(key)
    except GaveUp:
        abort(404)
    except TryLater:
        abort(503)
    answer = Response(data, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "inline", filename=f"{name}.pdf")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _noted(case: Case) -> None:
    """That the reader sees what is recommended; the author's own looks are nobody's business."""
    if not policy.is_author(me(), case):
        seen(Seen.RECOMMENDATIONS, case.code, role=policy.role_word(me(), case, asked_at()))


def _row(case: Case, number: str) -> Recommendation | None:
    """The recommendation of this case with that number, None for a new one; another case's is not found."""
    if not number:
        return None
    row = next((other for other in case.recommendations if str(other.id) == number), None)
    if row is None:
        abort(404)
    return row


def _page(case: Case, row: Recommendation | None, form: RecommendationForm) -> str:
    if row is not None:
        form.row.data = str(row.id)
    _noted(case)
    sheet = queries.sheet_of(case.id)
    return render_template(
        "cases/recommend.html", case=case, row=row, form=form, rows=case.recommendations, categories=_categories(), said_by=SAID_BY,
        sheet=sheet, sent=sheet is not None and sheet.state is RecommendationState.SENT, may_approve=policy.may_approve(me(), case, sheet, asked_at()),
    )  # fmt: skip


def _categories() -> dict[str, str]:
    return {kind.value: words for kind, words in CATEGORY_WORDS.items()}
