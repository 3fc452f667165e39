"""The page of the person concerned, the appeal, and its hearing."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.conduct import policy, queries, rules, service
from echo_sessions.conduct.blueprint import bp, find_incident, find_own
from echo_sessions.conduct.forms import AppealForm, HearForm
from echo_sessions.conduct.handling_views import tell_series
from echo_sessions.conduct.rules import STEP_WORDS, STEPPED, Deed, IncidentState, Step
from echo_sessions.database import transaction
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in

TOLD = frozenset({Deed.REMINDER, Deed.WARNING, Deed.REMOVAL, Deed.UPHELD, Deed.REVERSED})


@bp.route("/me/conduct/<code>", methods=["GET", "POST"])
@signed_in
def decision(code: str) -> ResponseReturnValue:
    """What was decided about me, in the words meant for me, and the appeal. Nothing of the report itself."""
    incident, now = find_own(code, policy.is_concerned), clock.now()
    assert incident.decided_at is not None
    until = rules.appeal_ends(incident.decided_at)
    may = incident.state in STEPPED and now <= until
    form = AppealForm()
    if not may or not form.validate_on_submit():
        told = [step for step in queries.steps_of(incident.id) if step.deed in TOLD]
        page = render_template(
            "conduct/decision.html", incident=incident, form=form, until=until, may=may, told=told, step_words=STEP_WORDS,
            deed_words=rules.DEED_WORDS, hub=queries.hub_of(incident),
        )  # fmt: skip
        return page, 422 if form.errors else 200
    with transaction():
        service.appeal(incident, text=form.text.data, by=me(), now=now)
    flash(_("Your appeal has arrived. Somebody outside the program will hear it."))
    return see_other(url_for("conduct.decision", code=code))


@bp.route("/conduct/<code>/hearing", methods=["GET", "POST"])
@signed_in
def hear(code: str) -> ResponseReturnValue:
    """The second person's word on an appeal."""
    incident = find_incident(code, policy.may_hear)
    form = HearForm(version=incident.version)
    if not form.validate_on_submit() or not form.catches_up(incident):
        steps = queries.steps_of(incident.id)
        page = render_template(
            "conduct/hear.html", form=form, incident=incident, steps=steps, deed_words=rules.DEED_WORDS
        )
        return page, 422 if form.errors or form.form_errors else 200
    uphold = IncidentState(form.outcome.data) is IncidentState.UPHELD
    with transaction():
        service.decide_appeal(
            incident, uphold=uphold, told=form.told.data, note=form.note.data, by=me(), now=clock.now()
        )
        if not uphold and incident.step is Step.REMOVAL:
            tell_series(service.ended_by(incident))
    flash(_("Your decision is kept. It is final, and the person concerned is told by letter."))
    return see_other(url_for("conduct.show", code=code))
