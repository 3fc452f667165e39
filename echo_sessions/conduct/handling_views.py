"""The desk: the list of reports, one of them with its history, and what is decided."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from echo_sessions import clock
from echo_sessions.conduct import policy, queries, rules, service
from echo_sessions.conduct.blueprint import bp, find_incident
from echo_sessions.conduct.forms import NOTHING, DecideForm, SecondForm
from echo_sessions.conduct.models import Incident
from echo_sessions.conduct.rules import DEED_WORDS, STATE_WORDS, STEP_WORDS, IncidentState, Step
from echo_sessions.database import db, transaction
from echo_sessions.experts import queries as experts
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyState, SessionState
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of

SHOWN = 20
ROOMS = {
    "S": "sessions.show",
    "P": "programs.show_person",
    "PRG": "programs.show",
    "SER": "programs.show_series",
}


@bp.get("/conduct")
@signed_in
def list_incidents() -> ResponseReturnValue:
    """The reports I handle or hear, what waits first."""
    if not policy.may_list(me()):
        abort(404)
    words, state = request.args.get("q", ""), request.args.get("state", "")
    page = page_of(queries.listed(me().id, words, state))
    states = [("", _("All")), ("waiting", _("Waiting"))] + [(s.value, _(STATE_WORDS[s][0])) for s in IncidentState]
    return render_template(
        "conduct/list_incidents.html", page=page, q=words, state=state, states=states, state_words=STATE_WORDS,
        now=clock.now(),
    )  # fmt: skip


@bp.get("/conduct/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """One report: what was said, what was decided, what comes next."""
    incident, now = find_incident(code), clock.now()
    handles = policy.may_handle(me(), incident)
    return render_template(
        "conduct/show.html", incident=incident, now=now, handles=handles, hears=policy.may_hear(me(), incident),
        steps=queries.steps_of(incident.id), linked=queries.linked(incident, me().id), taken=queries.taken(incident, now),
        state_words=STATE_WORDS, deed_words=DEED_WORDS, step_words=STEP_WORDS, thing_url=_thing_url(incident),
        appeal_until=rules.appeal_ends(incident.decided_at) if incident.decided_at and incident.step else None,
        open_still=handles and _may_decide(incident), reporter=incident.reporter.name if incident.contact else None,
    )  # fmt: skip


@bp.route("/conduct/<code>/person", methods=["GET", "POST"])
@signed_in
def name_person(code: str) -> ResponseReturnValue:
    """Look for the person a report is about, and say who it is."""
    incident = find_incident(code, policy.may_handle)
    chosen = people.by_code(request.form.get("person", ""))
    if chosen is not None and _may_name(incident, chosen):
        with transaction():
            service.name_person(incident, chosen, by=me(), now=clock.now())
            name, still_mine = chosen.name, policy.may_read(me(), incident)
        flash(_("The report is about %(name)s.", name=name))
        return see_other(url_for("conduct.show", code=code) if still_mine else url_for("conduct.list_incidents"))
    words = request.args.get("q", incident.who or "")
    found = _candidates(incident, words) if words.strip() else []
    return render_template("conduct/name_person.html", incident=incident, found=found, q=words, most=SHOWN)


@bp.route("/conduct/<code>/decide", methods=["GET", "POST"])
@signed_in
def decide(code: str) -> ResponseReturnValue:
    """Take a step, or say that there is nothing to do."""
    incident, now = find_incident(code, policy.may_handle), clock.now()
    if not _may_decide(incident):
        return see_other(url_for("conduct.show", code=code))
    form = DecideForm(version=incident.version)
    able = [step for step in Step if rules.STATE_OF[step] in rules.MOVES[incident.state] and incident.accused_id]
    form.step.choices = [choice for choice in form.step.choices if choice.value in {*able, *_nothing(incident)}]
    if not form.validate_on_submit() or not _is_whole(form, incident) or not form.catches_up(incident):
        page = render_template(
            "conduct/decide.html", form=form, incident=incident, taken=queries.taken(incident, now), step_words=STEP_WORDS,
        )  # fmt: skip
        return page, 422 if form.errors or form.form_errors else 200
    with transaction():
        if form.step.data == NOTHING:
            service.dismiss(incident, note=form.note.data, by=me(), now=now)
        else:
            line = service.take_step(
                incident, Step(form.step.data), told=form.told.data, note=form.note.data, because=form.because.data, by=me(),
                now=now,
            )  # fmt: skip
            if line.ended:
                _clear_sessions(incident)
    flash(_("Your decision is kept."))
    return see_other(url_for("conduct.show", code=code))


@bp.route("/conduct/<code>/second", methods=["GET", "POST"])
@signed_in
def choose_second(code: str) -> ResponseReturnValue:
    """Choose who hears the appeal: somebody outside the program who took no part."""
    incident = find_incident(code, policy.may_handle)
    if incident.state is not IncidentState.APPEALED or incident.second_id is not None:
        return see_other(url_for("conduct.show", code=code))
    able, form = queries.second_people(incident)[:SHOWN], SecondForm()
    form.person.choices = [SelectChoice(person.code, person.name) for person in able]
    if not form.validate_on_submit():
        return render_template(
            "conduct/second.html", form=form, incident=incident, able=able
        ), 422 if form.errors else 200
    person = next(person for person in able if person.code == form.person.data)
    with transaction():
        service.choose_second(incident, person, by=me(), now=clock.now())
        name = person.name
    flash(_("%(name)s hears the appeal and is told by letter.", name=name))
    return see_other(url_for("conduct.show", code=code))


def _may_name(incident: Incident, person: Person) -> bool:
    """Whether whoever handles it may name this person: somebody of its program or, without one, anybody."""
    return any(person.id == able.id for able in _candidates(incident, person.name, most=None))


def _candidates(incident: Incident, words: str, *, most: int | None = SHOWN) -> list[Person]:
    within = None
    if incident.program_id is not None:
        within = select(Program.id).where(Program.id == incident.program_id)
    return list(db.session.scalars(programs.people(within, words).limit(most)).unique())


def _may_decide(incident: Incident) -> bool:
    moves = rules.MOVES[incident.state] - {IncidentState.APPEALED}
    return incident.state is not IncidentState.APPEALED and bool(moves)


def _nothing(incident: Incident) -> set[str]:
    return {NOTHING} if IncidentState.DISMISSED in rules.MOVES[incident.state] else set()


def _is_whole(form: DecideForm, incident: Incident) -> bool:
    """What the verb would refuse, said at the field where it is missing."""
    if form.step.data == NOTHING:
        if not form.note.data:
            form.note.errors = [_("Say why there is nothing to do: whoever looks at this later will ask.")]
        return bool(form.note.data)
    if not form.told.data:
        form.told.errors = [_("Write what the person is told: what is expected from now on.")]
    missing = rules.skipped(queries.taken(incident, clock.now()), Step(form.step.data))
    if missing and not form.because.data:
        form.because.errors = [_("%(step)s comes before this. Say why it is skipped.", step=_(STEP_WORDS[missing[0]]))]
    return not form.errors


def _clear_sessions(incident: Incident) -> None:
    """After a removal: no more parts in coming sessions, and nothing left in the calendar."""
    person, now = incident.accused, clock.now()
    assert person is not None
    coming = (
        select(Duty)
        .join(Session, Session.id == Duty.session_id)
        .where(
            Duty.person_id == person.id, Duty.state.in_((DutyState.OFFERED, DutyState.ACCEPTED)),
            Session.starts_at > now, Session.state != SessionState.CANCELLED,
        )
    )  # fmt: skip
    for duty in db.session.scalars(coming).unique().all():
        if incident.program_id in {None, experts.program_of(duty).id}:
            sessions.withdraw_duty(duty, by=me(), now=now)
    tell_series(service.ended_by(incident))


def tell_series(ended: Mapping[str, Any]) -> None:
    """Calendars follow what a removal ended, or what was given back."""
    found = [programs.enrolment_by_code(code) for code, *_rest in ended.get("enrolments", ())]
    for number in sorted({enrolment.series_id for enrolment in found if enrolment is not None}):
        sessions.tell(number, now=clock.now())


def _thing_url(incident: Incident) -> str | None:
    """Where the page is that it was reported from; the page itself decides who may open it."""
    if incident.thing is None or "-" not in incident.thing:
        return None
    kind = incident.thing.split("-")[0]
    if kind == "P":
        return url_for("programs.show_person", code=incident.thing)
    label = incident.program.label if incident.program is not None else None
    end = ROOMS.get(kind) or ("cases.show" if kind == label else None)
    return url_for(end, code=incident.thing) if end else None
