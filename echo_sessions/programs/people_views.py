"""People as coordinators see them: the list, and one person."""

from collections.abc import Sequence

from flask import abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select

from echo_sessions import clock
from echo_sessions.audit.rules import Seen
from echo_sessions.database import db, transaction
from echo_sessions.merging.record_views import record_of
from echo_sessions.people import profile
from echo_sessions.people import queries as people_queries
from echo_sessions.people.models import Person
from echo_sessions.people.places import country_in_words
from echo_sessions.programs import policy, queries, service
from echo_sessions.programs.blueprint import bp, find_person
from echo_sessions.programs.enrolment_forms import PersonForm
from echo_sessions.programs.forms import AddressForm
from echo_sessions.programs.models import Enrolment, Membership
from echo_sessions.programs.rules import ROLE_WORDS, STATE_WORDS, EnrolmentState
from echo_sessions.verification.blueprint import on_page_of
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.looks import seen
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer
from echo_sessions.words import msgid

STAFF_LOOKS, RUNNERS_LOOK, AUDITORS_LOOK = (
    msgid("Staff of the hub"), msgid("Runs one of your programs"), msgid("Auditor"),
)  # fmt: skip


@bp.get("/people")
@signed_in
def list_people() -> ResponseReturnValue:
    """The people of the programs I run; everybody for staff of the hub."""
    words = request.args.get("q", "")
    page = page_of(queries.people(_within(), words))
    enrolments, roles = _places(page.rows)
    return render_template(
        "programs/list_people.html", page=page, q=words, enrolments=enrolments, roles=roles, role_words=ROLE_WORDS
    )


@bp.get("/people.csv")
@signed_in
def export_people() -> ResponseReturnValue:
    """The same list to take away."""
    found = db.session.scalars(queries.people(_within(), request.args.get("q", ""))).unique().all()
    rows = [(p.code, p.name, p.address, p.profession, p.registration, p.zone, p.language) for p in found]
    return csv_answer("people.csv", ("code", "name", "email", "profession", "registration", "zone", "language"), rows)


@bp.route("/people/<code>", methods=["GET", "POST"])
@signed_in
def show_person(code: str) -> ResponseReturnValue:
    """One person: addresses, roles, enrolments; and one more address."""
    person, now = find_person(code, look=True), clock.now()
    if person.merged_into_id is not None:
        return see_other(url_for("programs.show_person", code=people_queries.kept_of(person).code))
    may_amend = policy.may_see(me(), person)
    form = AddressForm()
    if request.method == "POST" and not may_amend:
        abort(403)
    if form.validate_on_submit() and _is_free(form):
        with transaction():
            service.add_address(person, form.email.data, by=me(), now=now)
        flash(_("The address is added. Letters go to the first one."))
        return see_other(url_for("programs.show_person", code=person.code))
    if person.id != me().id:
        role = STAFF_LOOKS if g.staff else RUNNERS_LOOK if may_amend else AUDITORS_LOOK
        seen(Seen.PROFILE, person.code, role=role)
    programs = queries.programs_known_to(me().id, now)
    known = set(db.session.scalars(programs))
    enrolments = [e for e in queries.enrolments_of([person.id]) if e.series.program_id in known]
    roles = [m for m in queries.memberships_of([person.id]) if m.program_id in known]
    return render_template(
        "programs/show_person.html", person=person, verification=on_page_of(person, now), form=form, may_amend=may_amend, enrolments=enrolments, roles=roles, role_words=ROLE_WORDS,
        state_words=STATE_WORDS, run=set(db.session.scalars(queries.programs_run_by(me().id))), staff=people_queries.staff_role(person.id),
        record=record_of(person) if may_amend else None,
        may_see_needs=policy.may_see_access_needs(me(), person), country=country_in_words(person.country),
        years=profile.years_in_practice(person.practising_since, now),
    ), 422 if form.errors else 200  # fmt: skip


@bp.route("/people/<code>/edit", methods=["GET", "POST"])
@signed_in
def change_person(code: str) -> ResponseReturnValue:
    """Correct somebody's record."""
    person = find_person(code)
    form = PersonForm(obj=person)
    if not policy.may_see_access_needs(me(), person):
        del form.access_needs
    if not form.validate_on_submit() or not form.catches_up(person):
        faulty = bool(form.errors or form.form_errors)
        return render_template("programs/edit_person.html", form=form, person=person), 422 if faulty else 200
    with transaction():
        service.amend_person(
            person, name=form.name.data, zone=form.zone.data, answers=form.answers(), by=me(), now=clock.now(),
        )  # fmt: skip
    flash(_("The record is saved."))
    return see_other(url_for("programs.show_person", code=person.code))


def _within() -> Select[int] | None:
    """Whose people I may see: of these programs, or of all; 404 to whoever runs none."""
    if not policy.may_see_people(me(), clock.now()):
        abort(404)
    return None if queries.is_staff(me().id) else queries.programs_looked_at_by(me().id, clock.now())


def _places(people: Sequence[Person]) -> tuple[dict[int, list[Enrolment]], dict[int, list[Membership]]]:
    """Enrolments in force and roles of these people, by person; only in programs that I know of."""
    numbers = [person.id for person in people]
    known = set(db.session.scalars(queries.programs_known_to(me().id, clock.now())))
    enrolments: dict[int, list[Enrolment]] = {number: [] for number in numbers}
    roles: dict[int, list[Membership]] = {number: [] for number in numbers}
    for enrolment in queries.enrolments_of(numbers):
        if enrolment.state is EnrolmentState.ACTIVE and enrolment.series.program_id in known:
            enrolments[enrolment.person_id].append(enrolment)
    for membership in queries.memberships_of(numbers):
        if membership.program_id in known:
            roles[membership.person_id].append(membership)
    return enrolments, roles


def _is_free(form: AddressForm) -> bool:
    if people_queries.by_address(form.email.data) is not None:
        form.email.errors = [_("This address belongs to somebody already. Look for them in the list of people.")]
        return False
    return True
