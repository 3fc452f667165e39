"""Reviewing a case: the whole text with what was kept, the 18 kinds, and the reviewer's decision."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from echo_sessions.audit.rules import Seen
from echo_sessions.cases import form_schema, marks, policy, rules, service
from echo_sessions.cases.blueprint import asked_at, bp, find
from echo_sessions.cases.forms import AcceptForm, DeclineForm, ReturnForm
from echo_sessions.cases.models import Case
from echo_sessions.database import transaction
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.looks import seen

WHOLE = "whole"
"""What a return may name instead of one question."""


@bp.get("/cases/<code>/review")
@signed_in
def review(code: str) -> ResponseReturnValue:
    """Read it all, kept marks first; then decide."""
    case = find(code, policy.may_review)
    if case.state not in policy.REVIEWED:
        return see_other(url_for("cases.show", code=code))
    return _page(case)


@bp.post("/cases/<code>/review/take")
@signed_in
def take(code: str) -> ResponseReturnValue:
    """Take it in hand, so that colleagues see who has it."""
    case = find(code, policy.may_review)
    with transaction():
        service.take_review(case, by=me(), now=asked_at())
    flash(_("You have this case in hand now."))
    return see_other(url_for("cases.review", code=code))


@bp.post("/cases/<code>/review/accept")
@signed_in
def accept(code: str) -> ResponseReturnValue:
    """Sign off that the text identifies nobody."""
    case = find(code, policy.may_review)
    form = AcceptForm(prefix="accept")
    if not form.validate_on_submit():
        return _page(case, accept=form), 422
    with transaction():
        service.accept(
            case, checked=form.checked.data, recognisable=form.neighbour.data != "no", by=me(), now=asked_at()
        )
    flash(_("Case %(code)s is accepted, and its author is told.", code=code))
    return see_other(url_for("cases.place", code=code) if case.session_id is None else url_for("cases.show", code=code))


@bp.post("/cases/<code>/review/return")
@signed_in
def send_back(code: str) -> ResponseReturnValue:
    """Ask the author for a change."""
    case = find(code, policy.may_review)
    form = _return_form(case)
    if not form.validate_on_submit():
        return _page(case, back=form), 422
    with transaction():
        service.return_to_author(
            case,
            field=form.field.data,
            note=form.note.data,
            by=me(),
            now=asked_at(),
            due_at=_end_of(form.by.data, case),
        )
    flash(_("Case %(code)s is back with its author, who is told by letter, without your words.", code=code))
    return see_other(url_for("cases.show", code=code))


@bp.post("/cases/<code>/review/decline")
@signed_in
def decline(code: str) -> ResponseReturnValue:
    """Say that the hub will not discuss it."""
    case = find(code, policy.may_review)
    form = DeclineForm(prefix="decline")
    if not form.validate_on_submit():
        return _page(case, no=form), 422
    with transaction():
        service.decline(case, note=form.note.data, by=me(), now=asked_at())
    flash(_("Case %(code)s is declined. Its author is told, and reads your reason after signing in.", code=code))
    return see_other(url_for("cases.show", code=code))


@bp.post("/cases/<code>/review/keep")
@signed_in
def keep(code: str) -> ResponseReturnValue:
    """Let a mark stand that the author could not have known, such as the name of a new colleague."""
    case = find(code, policy.may_review)
    found = marks.gathered(case, case.answers, marks.open_in(case, case.answers), by_author=False)
    number = request.form.get("mark", "")
    mark = found[int(number)] if number.isdecimal() and int(number) < len(found) else None
    if mark is None or request.form.get("reason") not in mark.reasons:
        flash(_("Choose why it may stay. The marks may have changed: look at them again."), "attention")
    else:
        with transaction():
            marks.keep(
                case,
                case.answers,
                [marks.Choice(mark.kind, mark.passage, reason=request.form["reason"])],
                by=me(),
                now=asked_at(),
            )
        flash(_("Kept, with your reason."))
    return see_other(url_for("cases.review", code=code, _anchor="marks"))


def _page(
    case: Case, *, accept: AcceptForm | None = None, back: ReturnForm | None = None, no: DeclineForm | None = None
) -> str:
    seen(Seen.CASE, case.code, role=policy.role_word(me(), case, asked_at()))
    answers = case.answers
    found = marks.screen(case, answers)
    kept = marks.kept_in(case, answers)
    unsettled = marks.open_in(case, answers, found=found)
    words = marks.open_in(case, answers, tiers=(2,), found=found)
    held = case.waits_for
    return render_template(
        "cases/review.html", case=case, sections=form_schema.sections(case.form.schema), answers=answers, kinds=marks.KIND_WORDS,
        kept=kept, open_marks=marks.gathered(case, answers, unsettled, by_author=False),
        words=marks.gathered(case, answers, words, by_author=False), shown=_shown(case, found, kept), elsewhere=held if held and held.id != me().id else None,
        mine=held is not None and held.id == me().id, accept=accept or AcceptForm(formdata=None, prefix="accept"), back=back or _return_form(case, fresh=True),
        no=no or DeclineForm(formdata=None, prefix="decline"), days=rules.CHANGES_DAYS, again=case.accepted_at is not None,
    )  # fmt: skip


def _shown(case: Case, found: dict[str, Any], kept: list[Any]) -> dict[str, list[marks.Piece]]:
    """Each text in pieces, with its marks in place."""
    written = marks.texts(case, case.answers)
    return {
        field: marks.pieces(text, found.get(field, ()), [hit for hit, _passage, place in kept if place.field == field])
        for field, text in written.items()
    }


def _return_form(case: Case, *, fresh: bool = False) -> ReturnForm:
    form = ReturnForm(prefix="return", **({"formdata": None} if fresh else {}))
    asked = [SelectChoice(name, _(label)) for name, label in marks.labels_of(case).items() if name in case.answers]
    form.field.choices = [SelectChoice("", _("Choose")), *asked, SelectChoice(WHOLE, _("The case as a whole"))]
    return form


def _end_of(day: Any, case: Case) -> datetime | None:
    """The end of that day where the hub is."""
    return datetime.combine(day, time(23, 59), ZoneInfo(case.program.hub.zone)) if day else None
