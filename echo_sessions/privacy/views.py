"""Pages about people's data: one's own copy, consents and erasure; for the hub the requests and how long things are kept."""

from flask import Blueprint, Response, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.privacy import erasing, policy, queries, rules, service
from echo_sessions.privacy import retention as keeping
from echo_sessions.privacy.data_map import Fate
from echo_sessions.privacy.forms import EraseForm, PeriodForm
from echo_sessions.privacy.rules import ConsentKind, RequestKind, RequestState
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in, staff_only
from echo_sessions.web.paging import page_of

bp = Blueprint("privacy", __name__)


@bp.get("/me/data")
@signed_in
def mine() -> ResponseReturnValue:
    """What the hub knows about me: a copy, what I agreed to, and the way to be erased."""
    person = me()
    return render_template(
        "privacy/mine.html", requests=queries.requests_of(person.id), lines=erasing.outlook(person.id),
        consents=queries.consents_of(person.id), everything_said=queries.consent_history(person.id), words=rules.CONSENT_WORDS,
        copying=queries.open_request(person.id, RequestKind.COPY),
        erasure=queries.open_request(person.id, RequestKind.ERASURE), RequestState=RequestState,
    )  # fmt: skip


@bp.post("/me/data/copy")
@signed_in
def ask_copy() -> ResponseReturnValue:
    """Ask for a copy of my data."""
    with transaction():
        service.ask_copy(me(), by=me(), now=clock.now())
    flash(_("Your copy is being made. A letter tells you when you can fetch it; usually within a few minutes."))
    return see_other(url_for("privacy.mine"))


@bp.get("/me/data/<code>/copy.zip")
@signed_in
def fetch_copy(code: str) -> ResponseReturnValue:
    """My copy, while it lies ready."""
    asked = queries.request_by_code(code)
    if (
        asked is None
        or not policy.may_fetch(me(), asked)
        or asked.state is not RequestState.READY
        or asked.file is None
    ):
        abort(404)
    data = current_app.extensions["storage"].get(asked.file.key)
    answer = Response(data, mimetype="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


@bp.post("/me/data/consents/<kind>")
@signed_in
def say(kind: str) -> ResponseReturnValue:
    """Agree to something, or take it back."""
    if kind not in set(ConsentKind):
        abort(404)
    given = request.form.get("given") == "1"
    with transaction():
        service.say(me(), ConsentKind(kind), given=given, now=clock.now())
    flash(_("You agree to this now. You can take it back at any time.") if given else _("You have taken it back."))
    return see_other(url_for("privacy.mine", _anchor="consents"))


@bp.route("/me/data/erase", methods=["GET", "POST"])
@signed_in
def erase_me() -> ResponseReturnValue:
    """Ask to be erased, after seeing what goes and what must stay."""
    return _ask_erasure(me(), "privacy/erase.html", url_for("privacy.mine"))


@bp.post("/data-requests/<code>/call-off")
@signed_in
def call_off(code: str) -> ResponseReturnValue:
    """Call an erasure off; my own, or as staff of the hub."""
    asked = queries.request_by_code(code)
    if asked is None or not policy.may_call_off(me(), asked):
        abort(404)
    own = asked.person_id == me().id
    with transaction():
        service.call_off(asked, by=me(), now=clock.now())
    flash(_("Called off: nothing is erased."))
    return see_other(url_for("privacy.mine") if own else url_for("privacy.list_requests"))


@bp.get("/data-requests")
@staff_only
def list_requests() -> ResponseReturnValue:
    """Who has asked for a copy or to be erased."""
    words, state = request.args.get("q", "").strip(), request.args.get("state", "")
    wanted = RequestState(state) if state in set(RequestState) else None
    return render_template(
        "privacy/list_requests.html", page=page_of(queries.requests(words, wanted)), q=words, chosen=state,
        RequestKind=RequestKind, RequestState=RequestState,
    )  # fmt: skip


@bp.route("/people/<code>/erase", methods=["GET", "POST"])
@staff_only
def erase_person(code: str) -> ResponseReturnValue:
    """Erase somebody who has asked the hub for it."""
    person = people.by_code(code)
    if person is None:
        abort(404)
    return _ask_erasure(person, "privacy/erase.html", url_for("privacy.list_requests"))


@bp.get("/retention")
@staff_only
def retention() -> ResponseReturnValue:
    """How long everything is kept, and what is past its time."""
    return render_template(
        "privacy/retention.html", kinds=rules.KINDS, periods=keeping.periods(), old=keeping.old(clock.now()),
        run=queries.open_run(), page=page_of(queries.runs()), rules=rules,
    )  # fmt: skip


@bp.route("/retention/<kind>", methods=["GET", "POST"])
@staff_only
def set_period(kind: str) -> ResponseReturnValue:
    """For how long one kind of data is kept."""
    if kind not in {known.name for known in rules.KINDS}:
        abort(404)
    form = PeriodForm(days=keeping.periods()[kind])
    if form.validate_on_submit():
        try:
            with transaction():
                service.set_period(kind, form.days.data, by=me(), now=clock.now())
        except Refused as fault:
            form.days.errors = [words_of(fault)]
        else:
            flash(_("Saved. What is past the new period is shown to the owners before it goes."))
            return see_other(url_for("privacy.retention"))
    return render_template("privacy/period.html", form=form, kind=rules.kind_named(kind)), 422 if form.errors else 200


@bp.post("/retention/runs/<code>/hold")
@staff_only
def hold(code: str) -> ResponseReturnValue:
    """Hold a clearing out back."""
    run = queries.run_by_code(code)
    if run is None:
        abort(404)
    with transaction():
        service.hold(run, by=me(), now=clock.now())
    flash(_("Held back: nothing is deleted until somebody lets it go on."))
    return see_other(url_for("privacy.retention"))


@bp.post("/retention/runs/<code>/go")
@staff_only
def let_go(code: str) -> ResponseReturnValue:
    """Let a clearing out go on now."""
    run = queries.run_by_code(code)
    if run is None:
        abort(404)
    with transaction():
        service.let_go(run, by=me(), now=clock.now())
    flash(_("It is being deleted now; this page will say how much."))
    return see_other(url_for("privacy.retention"))


def _ask_erasure(person: Person, page: str, back: str) -> ResponseReturnValue:
    form, now, problem = EraseForm(), clock.now(), None
    try:
        erasing.check(person)
    except Refused as fault:
        problem = words_of(fault)
    if form.validate_on_submit() and problem is None:
        with transaction():
            service.ask_erasure(person, by=me(), now=now)
        flash(_("The record will be erased in a week. Until then it can be called off."), "attention")
        return see_other(back)
    return render_template(
        page, form=form, person=person, lines=erasing.outlook(person.id), problem=problem, back=back, own=person.id == me().id,
        due=rules.carried_out(now), Fate=Fate,
    ), 422 if form.errors else 200  # fmt: skip
