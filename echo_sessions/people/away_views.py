"""I am away: from when to when, who stands in, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from echo_sessions import clock
from echo_sessions.cases import policy as case_policy
from echo_sessions.cases import queries as cases
from echo_sessions.cases import service as case_verbs
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import STATE_WORDS, CaseState
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries
from echo_sessions.people.blueprint import bp
from echo_sessions.people.forms import AwayForm, DeputyForm
from echo_sessions.people.models import Handover, Person
from echo_sessions.programs import deputies as verbs
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in

SHOWN = 20


@dataclass(frozen=True)
class Taken:
    """Something a deputy took over: what, by whom, how it stands, and whether it can come back."""

    handover: Handover
    case: Case | None
    state: str
    open: bool


@bp.route("/me/away", methods=["GET", "POST"])
@signed_in
def away() -> ResponseReturnValue:
    """Say that I am away, or see how it stands."""
    person, now = me(), clock.now()
    absence = queries.coming_absence(person.id, now)
    able = verbs.candidates(person)
    standing = queries.standing_deputy(person.id)
    known = standing.deputy.code if standing else ""
    form, other = AwayForm(deputy=known), DeputyForm(formdata=None, deputy=known, prefix="always")
    form.deputy.choices = other.deputy.choices = _choices(able)
    if absence is not None or not form.validate_on_submit() or not _goes(form, able):
        page = render_template(
            "people/away.html", form=form, other=other, absence=absence, able=able, standing=standing, now=now,
            taken=_taken(person), last=absence.ends_at - timedelta(minutes=1) if absence else None, words=STATE_WORDS,
        )  # fmt: skip
        return page, 422 if form.errors else 200
    flash(_("It is noted. Have a good time."))
    return see_other(url_for("people.away"))


@bp.post("/me/away/back")
@signed_in
def come_back() -> ResponseReturnValue:
    """I am there again; what my deputy took over comes back where I ticked it, and stays with them otherwise."""
    now, wanted = clock.now(), set(request.form.getlist("back"))
    absence = queries.coming_absence(me().id, now)
    if absence is None:
        abort(404)
    with transaction():
        verbs.come_back(absence, by=me(), now=now)
        for each in _taken(me()):
            if each.open and each.case is not None and each.handover.thing in wanted:
                case_verbs.take_review(each.case, by=me(), now=now)
    flash(_("Welcome back. What waits for you is yours again."))
    return see_other(url_for("people.away"))


@bp.post("/me/away/take-back")
@signed_in
def take_back() -> ResponseReturnValue:
    """Take one thing back that a deputy has taken over."""
    found = next((each for each in _taken(me()) if each.handover.thing == request.form.get("thing")), None)
    if found is None or found.case is None or not found.open:
        abort(404)
    with transaction():
        case_verbs.take_review(found.case, by=me(), now=clock.now())
    flash(_("%(code)s is with you again.", code=found.handover.thing))
    return see_other(url_for("people.away"))


@bp.post("/me/away/deputy")
@signed_in
def name_deputy() -> ResponseReturnValue:
    """Who stands in whenever I am away."""
    able = verbs.candidates(me())
    chosen = next((person for person in able if person.code == request.form.get("always-deputy")), None)
    with transaction():
        verbs.name_deputy(me(), chosen, by=me(), now=clock.now())
    flash(_("It is noted. It begins to count when you say that you are away."))
    return see_other(url_for("people.away"))


def _goes(form: AwayForm, able: Sequence[Person]) -> bool:
    """Whether the verb takes what was typed; what it refuses is said above the form, and what was typed stays."""
    deputy = next((person for person in able if person.code == form.deputy.data), None)
    now = clock.now()
    starts_at, ends_at = verbs.span_of(form.first.data, form.last.data, me().zone, now)
    try:
        with transaction():
            verbs.go_away(
                me(), starts_at=starts_at, ends_at=ends_at, deputy=deputy, note=form.note.data, by=me(), now=now
            )
    except Refused as fault:
        form.last.errors = [words_of(fault)]
        return False
    return True


def _choices(able: Sequence[Person]) -> list[SelectChoice]:
    return [SelectChoice("", _("Nobody")), *(SelectChoice(person.code, person.name) for person in able)]


def _taken(person: Person) -> list[Taken]:
    """What deputies have taken over from somebody, the newest first."""
    found = []
    for handover in queries.handovers_of(person.id)[:SHOWN]:
        case = cases.by_code(handover.thing)
        still = (
            case is not None
            and case.state is CaseState.IN_REVIEW
            and case.waits_for_id == handover.deputy_id
            and case_policy.may_review(person, case)
        )
        state = _(STATE_WORDS[case.state]) if case is not None else ""
        found.append(Taken(handover, case, state, still))
    return found
