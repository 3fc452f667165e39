"""Who works for the hub: seen by its staff, changed by owners alone."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.oversight import holders, policy, service
from echo_sessions.oversight.blueprint import bp
from echo_sessions.oversight.forms import StaffForm
from echo_sessions.oversight.rights import RIGHT_WORDS, STAFF_GROUNDS, STAFF_WORDS
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.blueprint import the_hub
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, signed_in


@bp.get("/staff")
@signed_in
def staff() -> ResponseReturnValue:
    """Who works for the hub as a whole, what that gives, and since when."""
    hub = _as_owner()
    return render_template(
        "oversight/staff.html", hub=hub, staff=holders.staff_of(hub.id), words=STAFF_WORDS, grounds=STAFF_GROUNDS,
        right_words=RIGHT_WORDS,
    )  # fmt: skip


@bp.route("/staff/new", methods=["GET", "POST"])
@signed_in
def appoint_staff() -> ResponseReturnValue:
    """Make somebody owner or coordinator of the hub; who is new is added."""
    hub, form, now = _as_owner(), StaffForm(), clock.now()
    if form.validate_on_submit():
        try:
            with transaction():
                person = people_queries.by_address(form.email.data)
                if person is None and not form.name.data:
                    raise Refused("Nobody is known by this address yet, so write the name too.")
                person = person or people.add_person(
                    name=form.name.data, email=form.email.data, zone=hub.zone, by=me(), now=now
                )
                staff = service.appoint_staff(person, hub, StaffRole(form.role.data), by=me(), now=now)
                name, role = person.name, _(STAFF_WORDS[staff.role])
        except Refused as fault:
            form.form_errors.append(words_of(fault))
        else:
            flash(_("%(name)s has the role %(role)s now.", name=name, role=role))
            return see_other(url_for("oversight.staff"))
    status = 422 if form.errors or form.form_errors else 200
    return render_template("oversight/appoint_staff.html", form=form), status


@bp.route("/staff/<code>/dismiss", methods=["GET", "POST"])
@signed_in
def dismiss_staff(code: str) -> ResponseReturnValue:
    """Take a role for the whole hub back, after saying what that means."""
    _as_owner()
    staff = _staff(code)
    name = staff.person.name
    if request.method == "GET":
        return render_template("oversight/dismiss_staff.html", staff=staff, words=STAFF_WORDS)
    with transaction():
        service.dismiss_staff(staff, by=me(), now=clock.now())
    flash(_("%(name)s no longer works for the hub as a whole.", name=name))
    return see_other(url_for("oversight.staff") if policy.may_appoint_staff(me()) else url_for("today.show"))


def _as_owner() -> Hub:
    """The hub, for its owners: 403 to its coordinators, who know of the page, 404 to everybody else."""
    hub = the_hub()
    only_if(lambda: policy.may_see_staff(me()), 404)
    only_if(lambda: policy.may_appoint_staff(me()), 403)
    return hub


def _staff(code: str) -> Staff:
    person = people_queries.by_code(code)
    staff = people_queries.staff_role(person.id) if person is not None else None
    if staff is None:
        abort(404)
    return staff
