"""Programs: the list, the charter, and the roles."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.programs import policy, queries, service
from echo_sessions.programs.blueprint import bp, find_program, the_hub
from echo_sessions.programs.forms import AppointForm, ProgramForm
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import ROLE_WORDS, Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.verification import service as verification
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.filters import local_day
from echo_sessions.web.guard import me, signed_in, staff_only
from echo_sessions.web.paging import page_of

CHARTER_FIELDS = (
    "name",
    "label",
    "aim",
    "audience",
    "scope_in",
    "scope_out",
    "sponsor",
    "measures",
    "contact",
    "help_phone",
)


@bp.get("/programs")
@signed_in
def list_programs() -> ResponseReturnValue:
    """The programs I know of, with what is next in each."""
    words = request.args.get("q", "")
    now = clock.now()
    page = page_of(queries.programs(queries.programs_known_to(me().id, now), words))
    series_ids = [series.id for program in page.rows for series in program.series]
    return render_template(
        "programs/list_programs.html", page=page, q=words, may_found=policy.may_found(me()),
        inside=set(db.session.scalars(queries.programs_read_by(me().id, now))),
        **_by_program(page.rows, queries.counts_by_series(series_ids), next_at(series_ids, clock.now())),
    )  # fmt: skip


@bp.route("/programs/new", methods=["GET", "POST"])
@staff_only
def new_program() -> ResponseReturnValue:
    """Found a program."""
    hub = the_hub()
    form = ProgramForm(contact=hub.contact_address)
    if not form.validate_on_submit():
        return render_template("programs/edit_program.html", form=form, program=None), 422 if form.errors else 200
    with transaction():
        program = service.found_program(hub=hub, by=me(), now=clock.now(), **_charter(form))
    flash(_("%(name)s is founded, and you are its coordinator.", name=program.name))
    return see_other(url_for("programs.show", code=program.code))


@bp.get("/programs/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """A program: what comes next, its series, its people, its charter."""
    program, now = find_program(code), clock.now()
    series_ids = [series.id for series in program.series]
    looks, team = policy.may_look(me(), program, now), queries.team_of(program.id)
    return render_template(
        "programs/show.html", program=program, team=team, away=_away(team, now) if looks else {}, runs=policy.may_run(me(), program),
        looks=looks, inside=looks or policy.may_read(me(), program), evaluates=policy.may_evaluate(me(), program, now),
        may_count=policy.may_count(me(), program, now), people=queries.counts_by_series(series_ids), next_at=next_at(series_ids, clock.now()), role_words=ROLE_WORDS,
    )  # fmt: skip


@bp.route("/programs/<code>/edit", methods=["GET", "POST"])
@signed_in
def change(code: str) -> ResponseReturnValue:
    """Change the charter."""
    program = find_program(code, policy.may_run)
    form = ProgramForm(obj=program)
    if not form.validate_on_submit() or not form.catches_up(program):
        return render_template(
            "programs/edit_program.html", form=form, program=program
        ), 422 if form.errors or form.form_errors else 200
    with transaction():
        service.change_program(program, by=me(), now=clock.now(), **_charter(form))
    flash(_("The program is saved."))
    return see_other(url_for("programs.show", code=program.code))


@bp.route("/programs/<code>/team/new", methods=["GET", "POST"])
@signed_in
def appoint(code: str) -> ResponseReturnValue:
    """Give somebody a role; who is new to the hub is added."""
    program = find_program(code, policy.may_run)
    form = AppointForm()
    if not form.validate_on_submit() or not known_or_named(form):
        return render_template("programs/appoint.html", form=form, program=program), 422 if form.errors else 200
    now, last_moment = clock.now(), form.end_in(program.hub.zone)
    try:
        with transaction():
            person = known_or_new(form, by=me(), now=now, zone=program.hub.zone, profession=None)
            membership = verification.appoint_and_vouch(
                program, person, Role(form.role.data), by=me(), now=now, specialty=form.specialty.data, ends_at=last_moment
            )  # fmt: skip
            name, role = person.name, _(ROLE_WORDS[membership.role])
    except Refused as fault:
        form.form_errors.append(words_of(fault))
        return render_template("programs/appoint.html", form=form, program=program), 422
    flash(_("%(name)s has the role %(role)s now.", name=name, role=role))
    return see_other(url_for("programs.show", code=program.code, _anchor="team"))


@bp.route("/programs/<code>/team/<person_code>/<role>/dismiss", methods=["GET", "POST"])
@signed_in
def dismiss(code: str, person_code: str, role: str) -> ResponseReturnValue:
    """Take a role back, after saying what that means."""
    program = find_program(code, policy.may_run)
    membership = _membership(program, person_code, role)
    if request.method == "GET":
        return render_template("programs/dismiss.html", program=program, membership=membership, role_words=ROLE_WORDS)
    name, word = membership.person.name, _(ROLE_WORDS[membership.role])
    with transaction():
        service.dismiss(membership, by=me(), now=clock.now())
    flash(_("%(name)s has no longer the role %(role)s.", name=name, role=word))
    url = url_for("programs.show", code=program.code, _anchor="team")
    return see_other(url if policy.may_know(me(), program, clock.now()) else url_for("programs.list_programs"))


def _away(team: Sequence[Membership], now: datetime) -> dict[int, str]:
    """Who of the team is away, by person, in words: until when, and who stands in."""
    found = people_queries.away({member.person_id for member in team}, now)
    return {
        number: _("away until %(day)s, %(name)s stands in", day=local_day(last), name=absence.deputy.name)
        if absence.deputy
        else _("away until %(day)s, nobody stands in", day=local_day(last))
        for number, absence in found.items()
        for last in (absence.ends_at - timedelta(minutes=1),)
    }


def known_or_named(form: AppointForm) -> bool:
    """Whether the address is known or, for somebody new, a name is given."""
    if people_queries.by_address(form.email.data) is None and not form.name.data:
        form.name.errors = [_("Nobody is known by this address yet, so write the name too.")]
        return False
    return True


def known_or_new(form: AppointForm, *, by: Person, now: datetime, zone: str, profession: str | None) -> Person:
    """The person with the form's address, added when there is none; nothing known is changed."""
    person = people_queries.by_address(form.email.data)
    if person is not None:
        return person
    return people.add_person(
        name=form.name.data, email=form.email.data, profession=profession, zone=zone, by=by, now=now
    )


def next_at(series_ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """When the next session of each of these series begins."""
    coming = (
        select(Session.series_id, func.min(Session.starts_at))
        .where(Session.series_id.in_(series_ids), Session.starts_at > now, Session.state != SessionState.CANCELLED)
        .group_by(Session.series_id)
    )
    return {series_id: starts_at for series_id, starts_at in db.session.execute(coming)}


def _by_program(
    programs: Sequence[Program], people: dict[int, int], starts: dict[int, datetime]
) -> dict[str, dict[int, Any]]:
    """People and the next session of each program, from those of its series."""
    totals, soonest = {}, {}
    for program in programs:
        numbers = [series.id for series in program.series]
        totals[program.id] = sum(people.get(number, 0) for number in numbers)
        soonest[program.id] = min((starts[number] for number in numbers if number in starts), default=None)
    return {"totals": totals, "soonest_at": soonest}


def _membership(program: Program, person_code: str, role: str) -> Membership:
    person = people_queries.by_code(person_code)
    if person is None or role not in set(Role):
        abort(404)
    membership = queries.membership_of(program.id, person.id, Role(role))
    if membership is None:
        abort(404)
    return membership


def _charter(form: ProgramForm) -> dict[str, str]:
    return {name: form[name].data for name in CHARTER_FIELDS}
