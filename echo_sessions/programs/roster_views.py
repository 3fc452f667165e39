"""The people of a series, for those who run it: enrolling, inviting, approving, the waiting list, removing."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.merging.notice_views import point_out
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.programs import observing, policy, queries, rules, service, site_queries, waiting
from echo_sessions.programs.blueprint import bp, find_enrolment, find_observer_request, find_program, find_series
from echo_sessions.programs.enrolment_forms import Invitee, InviteForm, ParticipantForm, ReasonForm, SentenceForm
from echo_sessions.programs.enrolment_views import coming_sessions
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.programs.program_views import known_or_named, known_or_new
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import service as sessions
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer


@bp.route("/series/<code>/people/new", methods=["GET", "POST"])
@signed_in
def enrol_person(code: str) -> ResponseReturnValue:
    """Enrol one person by hand."""
    series = find_series(code, run=True)
    form, sites = ParticipantForm(), queries.site_names(series.program.hub_id)
    if not form.validate_on_submit() or not known_or_named(form) or not form.is_settled(sites):
        return render_template(
            "programs/enrol_person.html", form=form, series=series, sites=sites, free=waiting.free_places(series)
        ), 422 if form.errors else 200
    now = clock.now()
    with transaction():
        site = service.site_named(series.program.hub, form.site.data) if form.site.data else None
        person = known_or_new(
            form, by=me(), now=now, zone=(site and site.zone) or series.zone, profession=form.profession.data
        )
        enrolment = service.enrol(series, person, by=me(), now=now, site=site)
        sessions.tell(series.id, now=now)
    point_out(now)
    return _placed(enrolment)


@bp.route("/series/<code>/invite", methods=["GET", "POST"])
@signed_in
def invite_people(code: str) -> ResponseReturnValue:
    """Invite people by their addresses: each gets a letter, and takes part once they accept."""
    series = find_series(code, run=True)
    form = InviteForm()
    statement = queries.statement_in_force(series.program.hub_id)
    if statement is None or not form.validate_on_submit():
        return render_template(
            "programs/invite_people.html", form=form, series=series, statement=statement, days=rules.INVITATION_LIVES.days,
            may_publish=policy.may_publish(me()),
        ), 422 if form.errors else 200  # fmt: skip
    with transaction():
        states = [_invite(series, invitee).state for invitee in form.invitees]
    sent = states.count(EnrolmentState.INVITED)
    flash(ngettext("One invitation is on its way.", "%(num)s invitations are on their way.", sent))
    if rest := len(states) - sent:
        flash(
            ngettext("One of them has a place or waits for one already.", "%(num)s of them have a place or wait for one already.", rest),
            "info",
        )  # fmt: skip
    return see_other(url_for("programs.show_series", code=series.code, state="invited", _anchor="people"))


def _invite(series: Series, invitee: Invitee) -> Enrolment:
    """One of the lines: somebody new gets a record, by the address alone where no name is given."""
    now = clock.now()
    person = people_queries.by_address(invitee.address)
    if person is None:
        name = invitee.name or invitee.address
        person = people.add_person(name=name, email=invitee.address, zone=series.zone, by=me(), now=now)
    known = queries.enrolment_of(series.id, person.id)
    if known is not None and known.state is EnrolmentState.APPROVAL:
        return known
    return service.invite(series, person, by=me(), now=now)


@bp.get("/series/<code>/people.csv")
@signed_in
def people_of_series(code: str) -> ResponseReturnValue:
    """The participants to take away."""
    series = find_series(code, run=True)
    chosen = queries.enrolments(series.id, request.args.get("q", ""))
    lined = waiting.standings([series.id])
    rows = [
        (
            e.person.name, e.person.address, e.person.profession, e.person.credentials, e.site.name if e.site else None,
            e.person.county, e.person.country, e.person.zone, e.state, lined[e.id].position if e.id in lined else None, e.how,
            e.since.date(),
        )
        for e in db.session.scalars(chosen).unique()
    ]  # fmt: skip
    head = (
        "name", "email", "profession", "credentials", "site", "county", "country", "zone", "state", "waiting", "how", "since",
    )  # fmt: skip
    return csv_answer(f"{series.code}-people.csv", head, rows)


@bp.route("/enrolments/<code>/remove", methods=["GET", "POST"])
@signed_in
def remove_enrolment(code: str) -> ResponseReturnValue:
    """Take somebody out of a series, after saying who will be told what."""
    enrolment, now = find_enrolment(code), clock.now()
    line = waiting.queue_of(enrolment.series_id)
    if request.method == "GET":
        return render_template(
            "programs/remove_enrolment.html", enrolment=enrolment, coming=coming_sessions(enrolment.series),
            next_in_line=line[0].person if line and enrolment.state is EnrolmentState.ACTIVE else None,
        )  # fmt: skip
    name, series = enrolment.person.name, enrolment.series
    with transaction():
        service.remove(enrolment, by=me(), now=now)
        sessions.tell(series.id, now=now)
    flash(_("%(name)s no longer takes part in %(series)s.", name=name, series=series.name))
    return see_other(url_for("programs.show_series", code=series.code, _anchor="people"))


@bp.post("/enrolments/<code>/restore")
@signed_in
def restore_enrolment(code: str) -> ResponseReturnValue:
    """Bring somebody back, or take them in without waiting for their letter."""
    enrolment, now = find_enrolment(code), clock.now()
    with transaction():
        enrolment = service.enrol(enrolment.series, enrolment.person, by=me(), now=now)
        sessions.tell(enrolment.series_id, now=now)
    return _placed(enrolment)


@bp.route("/enrolments/<code>/take-in", methods=["GET", "POST"])
@signed_in
def take_in(code: str) -> ResponseReturnValue:
    """Take somebody from the waiting list out of turn, with a reason that the audit keeps."""
    enrolment, form = find_enrolment(code), ReasonForm()
    standing = waiting.standing(enrolment)
    if standing is None:
        abort(404)
    if not form.validate_on_submit():
        return render_template(
            "programs/take_in.html",
            enrolment=enrolment,
            standing=standing,
            form=form,
            taken=waiting.taken(enrolment.series_id),
        ), 422 if form.errors else 200
    now = clock.now()
    with transaction():
        service.take_in(enrolment, reason=form.reason.data, by=me(), now=now)
        sessions.tell(enrolment.series_id, now=now)
    flash(_("%(name)s takes part; invitations follow.", name=enrolment.person.name))
    return see_other(url_for("programs.show_series", code=enrolment.series.code, _anchor="people"))


@bp.get("/programs/<code>/approvals")
@signed_in
def list_approvals(code: str) -> ResponseReturnValue:
    """Who would like to take part or look on and waits for a yes or no."""
    program = find_program(code, policy.may_run)
    page = page_of(site_queries.waiting_for_approval(program.id))
    return render_template(
        "programs/list_approvals.html", program=program, page=page, observers=site_queries.observers_waiting(program.id)
    )


@bp.post("/enrolments/<code>/approve")
@signed_in
def approve_enrolment(code: str) -> ResponseReturnValue:
    """Yes: they take part, or wait where the series is full."""
    enrolment, now = find_enrolment(code), clock.now()
    with transaction():
        service.approve(enrolment, by=me(), now=now)
        sessions.tell(enrolment.series_id, now=now)
    _say_placed(enrolment)
    return see_other(url_for("programs.list_approvals", code=enrolment.series.program.code))


@bp.route("/enrolments/<code>/decline", methods=["GET", "POST"])
@signed_in
def decline_enrolment(code: str) -> ResponseReturnValue:
    """No, with a sentence that the letter carries."""
    enrolment, form = find_enrolment(code), SentenceForm()
    if not form.validate_on_submit():
        return render_template(
            "programs/decline.html",
            form=form,
            person=enrolment.person,
            program=enrolment.series.program,
            observer=False,
        ), 422 if form.errors else 200
    with transaction():
        service.decline(enrolment, sentence=form.sentence.data, by=me(), now=clock.now())
    flash(_("%(name)s is told by letter.", name=enrolment.person.name))
    return see_other(url_for("programs.list_approvals", code=enrolment.series.program.code))


@bp.post("/observers/<code>/approve")
@signed_in
def approve_observer(code: str) -> ResponseReturnValue:
    """Yes: they may look on."""
    wish = find_observer_request(code)
    with transaction():
        observing.approve(wish, by=me(), now=clock.now())
    flash(_("%(name)s may look on, and is told by letter.", name=wish.person.name))
    return see_other(url_for("programs.list_approvals", code=wish.program.code))


@bp.route("/observers/<code>/decline", methods=["GET", "POST"])
@signed_in
def decline_observer(code: str) -> ResponseReturnValue:
    """No, with a sentence that the letter carries."""
    wish, form = find_observer_request(code), SentenceForm()
    if not form.validate_on_submit():
        return render_template(
            "programs/decline.html", form=form, person=wish.person, program=wish.program, observer=True
        ), 422 if form.errors else 200
    with transaction():
        observing.decline(wish, sentence=form.sentence.data, by=me(), now=clock.now())
    flash(_("%(name)s is told by letter.", name=wish.person.name))
    return see_other(url_for("programs.list_approvals", code=wish.program.code))


def _placed(enrolment: Enrolment) -> ResponseReturnValue:
    _say_placed(enrolment)
    return see_other(url_for("programs.show_series", code=enrolment.series.code, _anchor="people"))


def _say_placed(enrolment: Enrolment) -> None:
    """Whether they take part now or wait for a place, in the next page's words."""
    name, at = enrolment.person.name, waiting.standing(enrolment)
    if at is None:
        flash(_("%(name)s takes part; invitations follow.", name=name))
    else:
        words = _(
            "All places are taken: %(name)s is on the waiting list, place %(position)s of %(total)s.",
            name=name,
            position=at.position,
            total=at.total,
        )
        flash(words, "attention")
