"""Pages about credit: a program's policies, and claiming less than was computed."""

from flask import Blueprint, abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.credit import queries, rules, service
from echo_sessions.credit.forms import ClaimForm, PolicyForm
from echo_sessions.credit.models import Award
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.programs import policy
from echo_sessions.programs.blueprint import find_program as find
from echo_sessions.programs.models import Program
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, signed_in

bp = Blueprint("credit", __name__)


def find_program(code: str, *, run: bool = True) -> Program:
    """The program, for whoever runs it; without `run` for its evaluators and auditors too. 404 for everybody else."""
    return find(code, policy.may_run if run else None, knows=policy.may_evaluate)


@bp.get("/programs/<code>/credit")
@signed_in
def policies(code: str) -> ResponseReturnValue:
    """Under which rules this program's sessions give credit."""
    program = find_program(code, run=False)
    return render_template(
        "credit/policies.html",
        program=program,
        policies=queries.policies_of(program.id),
        runs=policy.may_run(me(), program),
    )


@bp.route("/programs/<code>/credit/new", methods=["GET", "POST"])
@signed_in
def new_policy(code: str) -> ResponseReturnValue:
    """Enter an accreditor's rule. It is checked as a whole before it is kept."""
    program = find_program(code)
    form = PolicyForm()
    if not form.validate_on_submit():
        return render_template("credit/policy_form.html", program=program, form=form), 422 if form.errors else 200
    values = {name: value for name, value in form.data.items() if name != "csrf_token"}
    values["professions"] = [line.strip() for line in (values["professions"] or "").splitlines() if line.strip()]
    try:
        with transaction():
            added = service.add_policy(program, **values, by=me(), now=clock.now())
    except Refused as fault:
        form.form_errors.append(words_of(fault))
        return render_template("credit/policy_form.html", program=program, form=form), 422
    flash(_("%(type)s is offered for sessions from %(day)s on.", type=added.credit_type, day=added.approved_on))
    return see_other(url_for("credit.policies", code=code))


@bp.post("/policies/<code>/retire")
@signed_in
def retire(code: str) -> ResponseReturnValue:
    """Offer no more credit under a policy."""
    found = queries.policy_by_code(code)
    if found is None:
        abort(404)
    program = find_program(found.program.code)
    with transaction():
        service.retire_policy(found, by=me(), now=clock.now())
    flash(_("No more credit is given under %(type)s. What was awarded stays.", type=found.credit_type))
    return see_other(url_for("credit.policies", code=program.code))


@bp.route("/me/credit/<int:number>", methods=["GET", "POST"])
@signed_in
def claim(number: int) -> ResponseReturnValue:
    """One of my awards: how it was computed, and how much of it I claim."""
    award = db.session.get(Award, number)
    if award is None or award.person_id != me().id:
        abort(404)
    form = ClaimForm(amount=award.claimed)
    if form.validate_on_submit():
        try:
            with transaction():
                service.claim(award, form.amount.data, now=clock.now())
        except Refused as fault:
            form.amount.errors = [words_of(fault)]
        else:
            flash(_("You claim %(amount)s.", amount=award.claimed))
            return see_other(url_for("today.me"))
    working = (
        _(award.working["message"], **award.working["values"])
        if award.working
        else _("No accreditor's rule applied to this session.")
    )
    step = service.rule_of(award.policy).step if award.policy else None
    return render_template(
        "credit/claim.html", award=award, form=form, working=working, step=step, rules=rules
    ), 422 if form.errors else 200
