"""Recalls: one button on every case, a short page, and the case is dark; then what is decided about it, and by whom.

Nobody reads the text here. The officers see where it was seen and who opened the case; whoever raised it sees where it
stands; the author sees what happened and what to do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from echo_sessions.cases import marks, policy, recalling
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.blueprint import asked_at, bp, find
from echo_sessions.cases.models import Recall
from echo_sessions.cases.recall import (
    KIND_WORDS,
    PLACES,
    STATE_WORDS,
    STEP_WORDS,
    TAUGHT,
    Fate,
    RecallKind,
    RecallState,
    Step,
    lacks,
)
from echo_sessions.cases.recall_forms import (
    SHORT_KINDS,
    AgreeForm,
    CloseForm,
    GiveBackForm,
    LawForm,
    ReasonForm,
    RecallForm,
    YesNoForm,
)
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people.models import Person
from echo_sessions.people.rules import LAW_NAMES, Law
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.forms import Form
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Act:
    """One thing that officers decide: its page's title and words, its button, and its form."""

    title: Any
    text: Any
    button: Any
    form: type[Form]
    danger: bool = False


ACTS: dict[str, Act] = {
    "authority": Act(
        _l("Is the authority told?"),
        _l("Whether the supervisory authority, or the department the law names, is told of this. You tell it yourself; here stands what you decided, when and why."),
        _l("Note this decision"), YesNoForm,
    ),
    "people": Act(
        _l("Are those who opened the case told?"),
        _l("With yes, everybody who opened the case gets a letter at once that asks to delete what was kept of it. The letter has no word of the case."),
        _l("Note this decision"), YesNoForm,
    ),
    "give-back": Act(
        _l("Give it back to its author?"),
        _l("The author, and nobody else, sees the text again and corrects it. All marks and approvals are void; after that it goes through review, and only then is it in view again."),
        _l("Give it back"), GiveBackForm,
    ),
    "destroy": Act(
        _l("Delete the text for good?"),
        _l("Answers, drafts, marks, notes, recommendations and their document are deleted and cannot be had back, also not from a backup. The code, the dates and that it was discussed are kept."),
        _l("Delete the text"), ReasonForm, danger=True,
    ),
    "undo": Act(
        _l("Undo this recall?"),
        _l("For a recall by mistake: the case is seen again exactly as it was. It takes two people: you ask, and a second officer, who did not raise it either, agrees."),
        _l("Ask a second officer"), ReasonForm,
    ),
    "agree": Act(
        _l("Agree to undo it?"),
        _l("The case, its recommendations and their document are in view again at once, and letters that waited are sent."),
        _l("Agree: show the case again"), AgreeForm,
    ),
    "disagree": Act(
        _l("Keep it out of view?"),
        _l("The case stays out of view. Undoing it can be asked for again."),
        _l("Keep it out of view"), ReasonForm,
    ),
    "close": Act(
        _l("Close this recall?"),
        _l("Nothing is decided about it afterwards. The note stays with it."),
        _l("Close it"), CloseForm,
    ),
}  # fmt: skip
BY_TWO = frozenset({"undo", "agree"})


@bp.route("/cases/<code>/recall", methods=["GET", "POST"])
@signed_in
def recall_case(code: str) -> ResponseReturnValue:
    """Say that an identifier got through, or that the patient no longer agrees: one press, and the case is dark."""
    case = find(code, lambda person, case: policy.may_recall(person, case, asked_at()))
    consent = policy.may_say_consent_ended(me(), case, asked_at())
    chosen = request.args.get("kind", "")
    values = {"kind": chosen} if consent and chosen in set(RecallKind) else {}
    form = RecallForm(labels=marks.labels_of(case), consent=consent, **({} if request.method == "POST" else values))
    if not form.validate_on_submit():
        page = render_template("cases/recall.html", case=case, form=form, consent=consent)
        return page, 422 if form.errors else 200
    with transaction():
        found = recalling.raise_recall(
            case, kind=RecallKind(form.kind.data), field=form.field.data, identifier=form.identifier.data,
            note=form.note.data, by=me(), now=asked_at(),
        )  # fmt: skip
        seen, officers = policy.may_see_recall(me(), found), len(found.officers)
    told = ngettext("its author and one person", "its author and %(num)s people", officers)
    flash(
        _("Case %(code)s is out of view for everybody. Told by letter, without the text: %(who)s.", code=code, who=told)
    )
    return see_other(url_for("cases.show_recall", code=found.code) if seen else url_for("cases.list_cases"))


@bp.get("/recalls")
@signed_in
def list_recalls() -> ResponseReturnValue:
    """The recalls somebody raised, decides about, or wrote the case of."""
    state, code = request.args.get("state", ""), request.args.get("q", "").strip()[:40]
    chosen = recalls.visible_to(me().id, code=code, state=RecallState(state) if state in set(RecallState) else None)
    return render_template(
        "cases/list_recalls.html", page=page_of(chosen), asked={"q": code, "state": state}, states=STATE_WORDS, kinds=KIND_WORDS,
        now=asked_at(), owner=recalls.is_owner(me().id),
    )  # fmt: skip


@bp.get("/recalls/<code>")
@signed_in
def show_recall(code: str) -> ResponseReturnValue:
    """A recall, without a word of the case."""
    found = _found(code)
    case, person = found.case, me()
    handles = policy.may_handle(person, found)
    labels = {**{place: _(words) for place, words in PLACES.items()}, **marks.labels_of(case)}
    return render_template(
        "cases/show_recall.html", recall=found, case=case, handles=handles, author=case.author_id == person.id,
        raiser=found.raised_by_id == person.id, may_undo=policy.may_undo(person, found), acts=_open_acts(found) if handles else [],
        missing=lacks(found.kind, [row.step for row in found.steps], found.fate), law=_law(found), clock=_clock(found, asked_at()),
        place=labels.get(found.field or ""), identifier=SHORT_KINDS.get(found.identifier or ""), kinds=KIND_WORDS, states=STATE_WORDS,
        steps=_steps(found, names=handles), reasons=[row for row in found.steps if row.reason] if handles else [], words=STEP_WORDS,
        openings=recalls.openings(case) if handles else [], letters=recalls.letters_about(case) if handles else [],
        taught=found.came_from in TAUGHT, now=asked_at(),
    )  # fmt: skip


@bp.route("/recalls/<code>/decide/<what>", methods=["GET", "POST"])
@signed_in
def decide_recall(code: str, what: str) -> ResponseReturnValue:
    """One decision about a recall, on a page of its own that says what it does."""
    found = _found(code)
    if what not in ACTS:
        abort(404)
    if not policy.may_handle(me(), found) or (what in BY_TWO and not policy.may_undo(me(), found)):
        abort(403)
    act = ACTS[what]
    form: Any = act.form()
    if form.validate_on_submit():
        try:
            with transaction():
                said = _decided(found, what, form)
            flash(said)
            return see_other(url_for("cases.show_recall", code=code))
        except Refused as fault:  # what was typed stays in the form
            form.form_errors.append(words_of(fault))
    page = render_template("cases/decide_recall.html", recall=found, act=act, form=form, what=what, law=_law(found))
    return page, 422 if form.errors else 200


@bp.route("/recalls/law", methods=["GET", "POST"])
@signed_in
def set_law() -> ResponseReturnValue:
    """For owners of the hub: by which law's clock an authority is told."""
    hub = recalls.hub()
    if hub is None or not recalls.is_owner(me().id):
        abort(404)
    values = {"law": hub.law.value, "name": hub.law_name, "hours": hub.law_hours}
    form = LawForm(**({} if request.method == "POST" else values))
    if form.validate_on_submit():
        with transaction():
            recalling.set_law(
                hub, law=Law(form.law.data), name=form.name.data or "", hours=form.hours.data, by=me(), now=asked_at()
            )
        flash(_("Saved. Recalls that are open keep the clock they began with."))
        return see_other(url_for("cases.list_recalls"))
    return render_template("cases/set_law.html", form=form), 422 if form.errors else 200


def _found(code: str) -> Recall:
    """The recall, for who may see it; to all others there is nothing here."""
    found = recalls.by_code(code)
    if found is None or not policy.may_see_recall(me(), found):
        abort(404)
    return found


def _decided(found: Recall, what: str, form: Any) -> str:
    """Carry it out; what to say about it."""
    by, now = me(), asked_at()
    if what == "authority":
        recalling.decide_authority(found, tell=form.tell.data == "yes", reason=form.reason.data, by=by, now=now)
        return str(_("Noted."))
    if what == "people":
        told = recalling.decide_people(found, tell=form.tell.data == "yes", reason=form.reason.data, by=by, now=now)
        return str(
            ngettext("Noted; one letter leaves now.", "Noted; %(num)s letters leave now.", told)
            if told
            else _("Noted.")
        )
    if what == "give-back":
        recalling.give_back(found, words=form.reason.data, strike=form.strike.data, by=by, now=now)
        return str(_("The author has it again, and is told by letter."))
    if what == "destroy":
        recalling.destroy(found, reason=form.reason.data, by=by, now=now)
        return str(_("The text is deleted for good, and the author is told."))
    if what == "undo":
        recalling.ask_undo(found, reason=form.reason.data, by=by, now=now)
        return str(_("Asked. A second officer has to agree; until then the case stays out of view."))
    if what == "agree":
        recalling.agree_undo(found, by=by, now=now)
        return str(_("Undone: case %(code)s is in view again as it was.", code=found.case.code))
    if what == "disagree":
        recalling.refuse_undo(found, reason=form.reason.data, by=by, now=now)
        return str(_("The case stays out of view."))
    recalling.close(found, note=form.reason.data, by=by, now=now)
    return str(_("Closed."))


def _open_acts(found: Recall) -> list[tuple[str, Act]]:
    """What can be decided now, by its name."""
    if found.state is not RecallState.OPEN:
        return []
    done = {row.step for row in found.steps}
    names: list[str] = []
    if found.proposed_by_id is not None:
        names += ["agree", "disagree"]
    if found.kind is RecallKind.IDENTIFIER:
        names += [] if done & {Step.AUTHORITY_YES, Step.AUTHORITY_NO} else ["authority"]
        names += [] if done & {Step.PEOPLE_YES, Step.PEOPLE_NO} else ["people"]
    if found.proposed_by_id is None:
        correctable = found.kind is RecallKind.IDENTIFIER and found.came_from not in recalling.OVER
        names += ["give-back"] if found.fate is None and correctable else []
        names += ["destroy"] if found.fate is not Fate.DESTROYED else []
        names += ["undo"] if found.fate is None else []
        names += [] if lacks(found.kind, done, found.fate) else ["close"]
    return [(name, ACTS[name]) for name in names]


def _law(found: Recall) -> str:
    """The clock's length and name, such as "72 h by GDPR"; nothing where none runs."""
    if found.law is None or found.law_hours is None:
        return ""
    name = found.law_name if found.law is Law.OTHER else LAW_NAMES[found.law]
    hours = found.law_hours
    if hours % 24 == 0 and hours > 72:
        return str(_("%(days)s days by %(law)s", days=hours // 24, law=name))
    return str(_("%(hours)s h by %(law)s", hours=hours, law=name))


def _clock(found: Recall, now: datetime) -> tuple[str, str] | None:
    """How the clock stands, in a word with its tone; None where none runs or the question is answered."""
    decided = {Step.AUTHORITY_YES, Step.AUTHORITY_NO} & {row.step for row in found.steps}
    if found.due_at is None or decided or found.state is not RecallState.OPEN:
        return None
    left = found.due_at - now
    if left < timedelta(0):
        return str(_("run out")), "danger"
    hours = int(left.total_seconds() // 3600)
    words = _("%(hours)s h left", hours=hours) if hours < 72 else _("%(days)s days left", days=hours // 24)
    return str(words), "danger" if left < SOON else "attention"


def _steps(found: Recall, *, names: bool) -> list[tuple[datetime, str | None, str]]:
    """What was done, last first; the raising itself is the first. Who did it is said to those who decide only."""
    lines = [(row.at, _name(row.by, names), str(_(STEP_WORDS[row.step]))) for row in reversed(found.steps)]
    raised = _name(found.raised_by, names)
    return [*lines, (found.raised_at, raised, str(_("Taken out of view")))]


def _name(person: Person | None, told: bool) -> str | None:
    return person.name if person is not None and told else None
