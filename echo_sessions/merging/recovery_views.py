"""Lost every address: the public page, the links in its letters, and the hub's list of requests."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.merging import policy, queries, recovery, rules
from echo_sessions.merging.blueprint import bp
from echo_sessions.merging.emails import HOURS
from echo_sessions.merging.forms import RecoverForm, VouchForm
from echo_sessions.merging.models import Recovery
from echo_sessions.people import addresses, tries
from echo_sessions.people import queries as people
from echo_sessions.people.models import Hub
from echo_sessions.people.sign_in import spoken_wait
from echo_sessions.people.waits import Kind, network_of
from echo_sessions.programs import queries as programs
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, open_to_all, signed_in
from echo_sessions.web.limits import limiter
from echo_sessions.web.paging import page_of


@bp.route("/recover", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@open_to_all
def recover() -> ResponseReturnValue:
    """Somebody lost every address. The answer is the same whatever they typed; tries are counted over all processes."""
    form, now, hub = RecoverForm(), clock.now(), _hub()
    if not form.validate_on_submit() or not _is_address(form):
        return render_template("merging/recover.html", form=form, hours=HOURS), 422 if form.errors else 200
    network = network_of(request.remote_addr)
    with transaction():
        wait = tries.take(Kind.LOST, form.email.data, network, now=now)
        if wait is None and form.code.data:
            wait = tries.take(Kind.LOST, form.code.data, network, now=now)
    if wait is not None:
        form.form_errors.append(_("Too many tries. Wait %(wait)s, or write to your hub.", wait=spoken_wait(wait)))
        return render_template("merging/recover.html", form=form, hours=HOURS), 429
    with transaction():
        recovery.ask(
            code=form.code.data, number=form.number.data, name=form.name.data, email=form.email.data, hub=hub, now=now
        )
    return see_other(url_for("merging.recovery_asked"))


@bp.get("/recover/sent")
@open_to_all
def recovery_asked() -> ResponseReturnValue:
    """What to do now; tells nothing about anybody."""
    return render_template("merging/recovery_asked.html", hours=HOURS)


@bp.route("/recover/confirm/<token>", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@open_to_all
def confirm_recovery(token: str) -> ResponseReturnValue:
    """The link to the new mailbox: a button, then waiting. The words are the same with and without proof."""
    found = recovery.by_token(recovery.CONFIRM, token)
    if found is None:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    if request.method == "GET":
        return render_template("merging/confirm_recovery.html", hours=HOURS)
    with transaction():
        recovery.confirm(found, _hub(), now=clock.now())
    return render_template("merging/recovery_confirmed.html", hours=HOURS)


@bp.route("/recover/stop/<token>", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@open_to_all
def stop_recovery(token: str) -> ResponseReturnValue:
    """The link to an old address: one button ends the request."""
    found = recovery.by_token(recovery.STOP, token)
    if found is None:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    if request.method == "POST":
        with transaction():
            recovery.stop(found, _hub(), now=clock.now())
    return render_template(
        "merging/stop_recovery.html", recovery=found, stopped=found.state is rules.RecoveryState.STOPPED
    )


@bp.get("/recoveries")
@signed_in
def list_recoveries() -> ResponseReturnValue:
    """Requests for lost records: all for staff, to others those of people of their programs."""
    if not policy.may_look_for(me()):
        abort(404)
    within = None if programs.is_staff(me().id) else programs.tied_to(programs.programs_run_by(me().id))
    words = request.args.get("q", "")
    page = page_of(queries.recoveries(within, words))
    return render_template("merging/list_recoveries.html", page=page, q=words, words=rules.RECOVERY_WORDS)


@bp.route("/recoveries/<code>", methods=["GET", "POST"])
@signed_in
def show_recovery(code: str) -> ResponseReturnValue:
    """One request: what was shown, who vouched, and one's own word."""
    found = _find(code)
    form = VouchForm(person=found.person.code if found.person else "")
    if form.validate_on_submit():
        person = people.by_code(form.person.data.upper())
        if person is None or not policy.may_see(me(), person):
            form.person.errors = [_("No record that you may see has this code.")]
        else:
            only_if(lambda: policy.may_help(me(), person), 403)
            with transaction():
                recovery.vouch(found, people.kept_of(person), form.how.data, _hub(), by=me(), now=clock.now())
            flash(_("Your word is kept. Two are needed, then the wait begins."))
            return see_other(url_for("merging.show_recovery", code=code))
    return render_template(
        "merging/show_recovery.html", recovery=found, form=form, words=rules.RECOVERY_WORDS, own=found.person_id == me().id,
        said=any(check.by_id == me().id for check in found.checks),
    ), 422 if form.errors else 200  # fmt: skip


@bp.post("/recoveries/<code>/refuse")
@signed_in
def refuse_recovery(code: str) -> ResponseReturnValue:
    """The hub says no."""
    found = _find(code)
    with transaction():
        recovery.refuse(found, _hub(), by=me(), now=clock.now())
    flash(_("Refused. Whoever asked is told, without a reason."))
    return see_other(url_for("merging.list_recoveries"))


def _find(code: str) -> Recovery:
    """The request, for staff; for others who run a program once it is known whom it is about."""
    found = queries.recovery_by_code(code)
    if found is None:
        abort(404)
    only_if(lambda: policy.may_settle(me(), found), 404)
    return found


def _is_address(form: RecoverForm) -> bool:
    try:
        addresses.clean(form.email.data)
    except Refused as fault:
        form.email.errors = [words_of(fault)]
        return False
    return True


def _hub() -> Hub:
    hub = people.hub()
    if hub is None:
        abort(404)
    return hub
