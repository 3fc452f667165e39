"""Writing a case: the one question, the form that saves itself, the marks, submitting and taking back."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions.cases import drafting, form_schema, marks, policy, queries, screening, service
from echo_sessions.cases.blueprint import asked_at, bp, find, spoken
from echo_sessions.cases.form_schema import FieldKind
from echo_sessions.cases.forms import QuestionForm
from echo_sessions.cases.models import Case, Draft
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.errors import BadInput, Refused
from echo_sessions.moments import hour_of
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in

LONGEST_TEXT = 20_000
"""Characters of one text that is screened while it is written."""
SPARE_ROWS = 3


@bp.route("/cases/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    """The program, where there are several; then the main question, alone. Answering it begins the draft."""
    mine = programs.submittable(me().id)
    code = request.args.get("program")
    program = (
        next((other for other in mine if other.code == code), None) if code else mine[0] if len(mine) == 1 else None
    )
    if code and program is None:
        abort(404)
    if program is None:
        return render_template("cases/choose_program.html", programs=mine, drafts=_unfinished())
    form, now = QuestionForm(), asked_at()
    if not form.validate_on_submit():
        status = 422 if form.errors else 200
        return render_template(
            "cases/new.html", form=form, program=program, several=len(mine) > 1, drafts=_unfinished()
        ), status
    with transaction():
        case = _same(program, form.question.data) or service.start(program, author=me(), now=now)
        if not drafting.in_hand(case):
            drafting.save(case, {"main_question": form.question.data}, now=now)
    return see_other(url_for("cases.edit", code=case.code))


@bp.route("/cases/<code>/edit", methods=["GET", "POST"])
@signed_in
def edit(code: str) -> ResponseReturnValue:
    """The form. Its buttons keep it, add a row, or check and submit; whatever is pressed, the text is kept first."""
    case = find(code, policy.is_author)
    if request.method == "GET":
        if not policy.may_edit(me(), case, asked_at()):
            return see_other(url_for("cases.show", code=code))
        return _form_page(case, drafting.in_hand(case), check=False)
    answers, now = typed(case), asked_at()
    with transaction():
        kept = drafting.save(case, answers, now=now, since=request.form.get("version"))
    if not kept:
        return _set_aside(case)
    if not policy.may_edit(me(), case, now):  # sent already: a button pressed twice
        return see_other(url_for("cases.show", code=code))
    if table := request.form.get("add_row"):
        return see_other(url_for("cases.edit", code=code, rows=table, _anchor=table))
    if "submit" in request.form:
        return _submit(case, answers)
    flash(_("Saved. Only you can see it."))
    return see_other(url_for("cases.show", code=code))


@bp.post("/cases/<code>/draft")
@signed_in
def autosave(code: str) -> ResponseReturnValue:
    """Keep what is being written, for its author only. 409: another window was quicker; nothing is lost."""
    case = _own(code)
    answers, now = typed(case), asked_at()
    try:
        with transaction():
            kept = drafting.save(case, answers, now=now, since=request.form.get("version"))
    except BadInput as fault:
        return jsonify(message=words_of(fault)), 422
    except Refused as fault:
        return jsonify(message=words_of(fault)), 409
    if not kept:
        words = _("you changed this case in another window. Both texts are kept: load this page again to see them.")
        return jsonify(message=words), 409
    return jsonify(saved_at=hour_of(now, me().zone), version=drafting.mark_of(answers))


@bp.post("/cases/<code>/screen")
@signed_in
def screen(code: str) -> ResponseReturnValue:
    """What in this text may identify somebody, for its author while writing and for its reviewer. Nothing is kept."""
    case = find(code, lambda person, case: policy.is_author(person, case) or policy.may_review(person, case))
    text, field = request.form.get("text", ""), request.form.get("field", "")
    if len(text) > LONGEST_TEXT:
        return jsonify(message=_("This text is too long to be checked in one piece.")), 422
    by_author = policy.is_author(me(), case)
    spans = screening.find(text, known=marks.known_words(case)) if _screened(case, field) else []
    return jsonify(
        hits=[
            {
                "start": span.start,
                "end": span.end,
                "text": text[span.start : span.end],
                "tier": span.tier,
                "kind": _(marks.KIND_WORDS[span.kind]),
                "reason": _(span.reason),
                "suggestion": marks.fitted(span.suggestion, text, span.start),
                "keep": [_(reason) for reason in marks.reasons_for(span, by_author=by_author)],
            }
            for span in spans
        ]
    )


@bp.route("/cases/<code>/marks", methods=["GET", "POST"])
@signed_in
def settle(code: str) -> ResponseReturnValue:
    """The marks that stand in the way, each with its three ways out. Nothing left: the case goes to the hub."""
    case = find(code, lambda person, case: policy.may_edit(person, case, asked_at()))
    answers = drafting.in_hand(case)
    found = marks.gathered(case, answers, marks.open_in(case, answers), by_author=True)
    if request.method == "GET":
        return _marks_page(case, answers, found, _earlier(case, found))
    if request.form.get("version") != drafting.mark_of(answers):
        flash(
            _("The text has changed since these marks were made. Here are the marks of the text as it is now."),
            "attention",
        )
        return see_other(url_for("cases.settle", code=code))
    chosen, faults = _choices(found)
    if faults:
        return _marks_page(case, answers, found, dict(request.form), faults), 422
    with transaction():
        settled = marks.settle(case, answers, [choice for choice in chosen.values() if choice], by=me(), now=asked_at())
        drafting.save(case, settled, now=asked_at())
    if place := next((found[number].places[0] for number, choice in chosen.items() if choice is None), None):
        return see_other(url_for("cases.edit", code=code, _anchor=place.field))
    return _submit(case, settled)


@bp.route("/cases/<code>/other-text", methods=["GET", "POST"])
@signed_in
def other_text(code: str) -> ResponseReturnValue:
    """Texts of another window that were set aside: compare, take one, or throw it away."""
    case = find(code, policy.is_author)
    asides = queries.asides_of(case.id)
    if request.method == "POST":
        aside = next((draft for draft in asides if str(draft.id) == request.form.get("aside")), None)
        if aside is None:
            abort(404)
        with transaction():
            aside = db.session.get_one(Draft, aside.id)
            if "take" in request.form:
                drafting.take_aside(case, aside, now=asked_at())
            else:
                drafting.drop_aside(aside)
        flash(
            _("This is the text in your form now. The other one is kept beside it.")
            if "take" in request.form
            else _("That text is thrown away.")
        )
        return see_other(url_for("cases.edit", code=code))
    current = drafting.in_hand(case)
    return render_template(
        "cases/other_text.html", case=case, asides=[(draft, _differences(case, current, draft.answers)) for draft in asides],
        may_take=policy.may_edit(me(), case, asked_at()),
    )  # fmt: skip


@bp.route("/cases/<code>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(code: str) -> ResponseReturnValue:
    """Take a case back, or throw a draft away, after saying what that means."""
    case = find(code, policy.may_withdraw)
    if request.method == "GET":
        return render_template(
            "cases/withdraw.html", case=case, draft=case.state is CaseState.DRAFT, days=service.FORGOTTEN_AFTER.days
        )
    draft, now = case.state is CaseState.DRAFT, asked_at()
    with transaction():
        if draft:
            service.delete_draft(case, by=me(), now=now)
        else:
            service.withdraw(case, by=me(), now=now)
    flash(
        _("The draft is deleted.") if draft else _("Case %(code)s is withdrawn. Only you can still read it.", code=code)
    )
    return see_other(url_for("cases.list_cases") if draft else url_for("cases.show", code=code))


def typed(case: Case) -> dict[str, Any]:
    """The answers as the browser sent them."""
    return form_schema.values_from(
        lambda name: [text.replace("\x00", "") for text in request.form.getlist(name)], case.form.schema
    )


def _own(code: str) -> Case:
    """A case for its author; for everybody else, whoever they are, there is nothing here."""
    case = find(code)
    if not policy.is_author(me(), case):
        abort(404)
    return case


def _submit(case: Case, answers: Mapping[str, Any]) -> ResponseReturnValue:
    """To the form where something is missing, to the marks where one is unsettled, else to the hub."""
    if form_schema.problems(answers, case.form.schema, draft=False):
        return _form_page(case, answers, check=True)
    passages = dict(zip(request.form.getlist("keep_text"), request.form.getlist("keep_reason"), strict=False))
    with transaction():
        marks.keep(case, answers, marks.kept_passages(case, answers, passages), by=me(), now=asked_at())
    if marks.open_in(case, answers):
        return see_other(url_for("cases.settle", code=case.code))
    with transaction():
        service.submit(case, now=asked_at())
    flash(_("Nothing left that could identify the patient. Only reviewers see it now."))
    return see_other(url_for("cases.show", code=case.code))


def _form_page(case: Case, answers: Mapping[str, Any], *, check: bool) -> ResponseReturnValue:
    """The form with these answers; with `check` it names everything that stands in the way of submitting."""
    schema = case.form.schema
    found = form_schema.problems(answers, schema, draft=not check)
    asked = [field.name for field in form_schema.fields(schema)]
    order = sorted(
        found, key=lambda name: asked.index(name.split("-")[0]) if name.split("-")[0] in asked else len(asked)
    )
    problems = {name: spoken(found[name]) for name in order}
    sections = form_schema.sections(schema)
    required = [field for field in form_schema.fields(schema) if field.required]
    rows = request.args.get("rows")
    page = render_template(
        "cases/edit.html", case=case, answers=answers, problems=problems, sections=sections, mark=drafting.mark_of(answers),
        wanted=_wanted(case), asides=queries.asides_of(case.id), labels=marks.labels_of(case), anchors=_anchors(problems, case),
        spare={rows: SPARE_ROWS} if rows else {}, done=len(required) - len(form_schema.missing(answers, schema)), required=len(required),
        signed=case.state in {CaseState.ACCEPTED, CaseState.SCHEDULED},
    )  # fmt: skip
    return page, 422 if check and problems else 200


def _marks_page(
    case: Case,
    answers: Mapping[str, Any],
    found: list[marks.Mark],
    chosen: Mapping[str, str],
    faults: Mapping[int, str] | None = None,
) -> str:
    words = marks.open_in(case, answers, tiers=(2,))
    return render_template(
        "cases/settle.html", case=case, found=found, chosen=chosen, faults=faults or {}, kinds=marks.KIND_WORDS,
        words=marks.gathered(case, answers, words, by_author=True), mark=drafting.mark_of(answers),
        complete=not form_schema.problems(answers, case.form.schema, draft=False),
    )  # fmt: skip


def _choices(found: list[marks.Mark]) -> tuple[dict[int, marks.Choice | None], dict[int, str]]:
    """What was chosen for each mark by its number (None: to be edited in the form), and what is missing where."""
    chosen: dict[int, marks.Choice | None] = {}
    faults: dict[int, str] = {}
    for number, mark in enumerate(found):
        way = request.form.get(f"way-{number}")
        reason = request.form.get(f"other-{number}", "").strip() or request.form.get(f"reason-{number}", "").strip()
        if way == "use" and mark.suggestion:
            chosen[number] = marks.Choice(mark.kind, mark.passage, use=True)
        elif way == "edit":
            chosen[number] = None
        elif way == "keep" and mark.reasons:
            if reason:
                chosen[number] = marks.Choice(mark.kind, mark.passage, reason=reason)
            else:
                faults[number] = _("Say why this may stay in the text.")
        else:
            faults[number] = _("Choose what to do with this.")
    return chosen, faults


def _earlier(case: Case, found: list[marks.Mark]) -> dict[str, str]:
    """What is chosen beforehand: to keep what was kept in the submitted text, for the same reason."""
    reasons = marks.earlier_reasons(case)
    chosen = {}
    for number, mark in enumerate(found):
        if mark.reasons and (reason := reasons.get((mark.kind, mark.passage))):
            chosen[f"way-{number}"] = "keep"
            chosen[f"reason-{number}" if reason in mark.reasons else f"other-{number}"] = reason
    return chosen


def _wanted(case: Case) -> Any:
    """The reviewer's last request, while it is open."""
    asked = [step for step in case.reviews if step.went_to is CaseState.CHANGES_REQUESTED]
    return asked[-1] if asked and case.state is CaseState.CHANGES_REQUESTED else None


def _anchors(problems: Mapping[str, Any], case: Case) -> dict[str, str]:
    """Where the cursor goes for a problem: into the field, or onto the first of its boxes."""
    boxes = {
        field.name
        for field in form_schema.fields(case.form.schema)
        if field.kind is FieldKind.MULTI_CHOICE or (field.kind is FieldKind.CHOICE and len(field.options) <= 6)
    }
    return {name: f"{name}-0" if name in boxes else name for name in problems}


def _screened(case: Case, field: str) -> bool:
    """Whether texts of this field are looked through; what the form does not know is."""
    table, _number, column = field.partition("-")[0], None, field.rpartition("-")[2]
    for known in form_schema.fields(case.form.schema):
        if known.name == field:
            return known.screen
        if known.name == table and known.columns:
            return all(part.screen for part in known.columns if part.name == column)
    return True


def _unfinished() -> list[tuple[Case, str]]:
    """Drafts that wait for their author, each with its question."""
    found = [case for case in queries.of_author(me().id) if case.state is CaseState.DRAFT]
    return [(case, str(drafting.in_hand(case).get("main_question", ""))) for case in found[:3]]


def _same(program: Program, question: str) -> Case | None:
    """The draft that asks this very question already: a button pressed twice begins one case."""
    mine = [
        case for case in queries.of_author(me().id) if case.state is CaseState.DRAFT and case.program_id == program.id
    ]
    return next((case for case in mine if drafting.in_hand(case).get("main_question") == question), None)


def _differences(case: Case, current: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[Any, Any, Any]]:
    """The questions answered differently in two texts, with both answers."""
    fields = form_schema.fields(case.form.schema)
    return [(f, current.get(f.name), other.get(f.name)) for f in fields if current.get(f.name) != other.get(f.name)]


def _set_aside(case: Case) -> ResponseReturnValue:
    flash(
        _("You changed this case in another window in the meantime. Nothing is lost: both texts are here."), "attention"
    )
    return see_other(url_for("cases.other_text", code=case.code))
