"""Enrolling: by the public link and a letter, by the hub's hand; and leaving."""

from flask import abort, flash, g, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_security import login_user

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.programs import queries, rules, service, ways
from echo_sessions.programs.blueprint import bp, find_enrolment, find_series
from echo_sessions.programs.forms import EnrolForm, ParticipantForm
from echo_sessions.programs.models import Series, Statement
from echo_sessions.programs.program_views import known_or_named, known_or_new
from echo_sessions.programs.rules import DISCLAIMER, EnrolmentState
from echo_sessions.programs.takeaway import csv_answer
from echo_sessions.sessions import queries as session_queries
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.rules import SessionState
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, open_to_all, signed_in

SITES_SHOWN = 40
DATES_SHOWN = 30


@bp.route("/enrol/<token>", methods=["GET", "POST"])
@open_to_all
def enrol_by_link(token: str) -> ResponseReturnValue:
    """The public page of a series: the link itself is the invitation, and it tells nothing about anybody."""
    series = ways.series_of(token)
    statement = queries.statement_in_force(series.program.hub_id) if series else None
    if series is None or not series.enrolment_open or statement is None:
        return render_template(
            "programs/enrol_closed.html", series=series, contact=_contact(series)
        ), 410 if series is None else 200
    form = _enrol_form(series)
    if not form.validate_on_submit():
        return _enrol_page(series, statement, form), 422 if form.errors else 200
    if g.person is not None:
        return _enrol_me(series, statement, form)
    with transaction():
        service.ask_to_enrol(
            series, statement, email=form.email.data, name=form.name.data, profession=form.profession.data,
            site=service.site_named(series.program.hub, form.site.data), zone=rules.zone_named(form.zone.data),
            language=str(get_locale() or "en"), person=people_queries.by_address(form.email.data), now=clock.now(),
        )  # fmt: skip
    return see_other(url_for("programs.enrolment_asked"))


@bp.get("/enrol/sent")
@open_to_all
def enrolment_asked() -> ResponseReturnValue:
    """What to do now: the same words to everybody, whoever has that address."""
    return render_template("programs/enrol_asked.html", days=rules.CONFIRM_LIVES.days)


@bp.route("/enrol/confirm/<token>", methods=["GET", "POST"])
@open_to_all
def confirm_enrolment(token: str) -> ResponseReturnValue:
    """The link from the letter: looking shows a button, pressing it enrols and signs in. The token is the proof."""
    now = clock.now()
    link = people.look_at_link(token, purpose=rules.CONFIRM_PURPOSE, now=now)
    enrolment = queries.enrolment_by_code(link.about or "") if link else None
    if link is None or enrolment is None:
        return render_template("programs/confirm_ended.html"), 410
    if request.method == "GET":
        return render_template(
            "programs/confirm.html", enrolment=enrolment, contact=_contact(enrolment.series), disclaimer=_(DISCLAIMER),
            statement=queries.statement_of(enrolment),
        )  # fmt: skip
    with transaction():
        enrolment = service.confirm(token, now=now)
        account = people.open_account(enrolment.person, now=now)
        sessions.tell(enrolment.series_id, now=now)
    if not account.active:
        abort(403)
    session.clear()
    login_user(account, authn_via=["link"])
    flash(_("You take part in %(series)s. A letter with all dates is on its way.", series=enrolment.series.name))
    return see_other(url_for("programs.show_series", code=enrolment.series.code))


@bp.route("/series/<code>/people/new", methods=["GET", "POST"])
@signed_in
def enrol_person(code: str) -> ResponseReturnValue:
    """Enrol one person by hand."""
    series = find_series(code, run=True)
    form = ParticipantForm()
    if not form.validate_on_submit() or not known_or_named(form):
        sites = queries.site_names(series.program.hub_id)
        return render_template(
            "programs/enrol_person.html", form=form, series=series, sites=sites
        ), 422 if form.errors else 200
    now = clock.now()
    with transaction():
        site = service.site_named(series.program.hub, form.site.data) if form.site.data else None
        person = known_or_new(
            form, by=me(), now=now, zone=(site and site.zone) or series.zone, profession=form.profession.data
        )
        service.enrol(series, person, by=me(), now=now, site=site)
        sessions.tell(series.id, now=now)
        name = person.name
    flash(_("%(name)s takes part; invitations follow.", name=name))
    return see_other(url_for("programs.show_series", code=series.code, _anchor="people"))


@bp.get("/series/<code>/people.csv")
@signed_in
def people_of_series(code: str) -> ResponseReturnValue:
    """The participants to take away."""
    series = find_series(code, run=True)
    chosen = queries.enrolments(series.id, request.args.get("q", ""))
    rows = [
        (
            e.person.name,
            e.person.address,
            e.person.profession,
            e.site.name if e.site else None,
            e.person.zone,
            e.state,
            e.since.date(),
        )
        for e in db.session.scalars(chosen).unique()
    ]
    head = ("name", "email", "profession", "site", "zone", "state", "since")
    return csv_answer(f"{series.code}-people.csv", head, rows)


@bp.route("/enrolments/<code>/remove", methods=["GET", "POST"])
@signed_in
def remove_enrolment(code: str) -> ResponseReturnValue:
    """Take somebody out of a series, after saying who will be told what."""
    enrolment, now = find_enrolment(code), clock.now()
    if request.method == "GET":
        return render_template("programs/remove_enrolment.html", enrolment=enrolment, coming=_coming(enrolment.series))
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
    name, series = enrolment.person.name, enrolment.series
    with transaction():
        service.enrol(series, enrolment.person, by=me(), now=now)
        sessions.tell(series.id, now=now)
    flash(_("%(name)s takes part; invitations follow.", name=name))
    return see_other(url_for("programs.show_series", code=series.code, _anchor="people"))


@bp.route("/series/<code>/leave", methods=["GET", "POST"])
@signed_in
def leave_series(code: str) -> ResponseReturnValue:
    """My own goodbye to a series."""
    series, now = find_series(code), clock.now()
    enrolment = queries.enrolment_of(series.id, me().id)
    if enrolment is None or enrolment.state is not EnrolmentState.ACTIVE:
        abort(404)
    if request.method == "GET":
        return render_template("programs/leave_series.html", series=series, coming=_coming(series))
    with transaction():
        service.leave(enrolment, by=me(), now=now)
        sessions.tell(series.id, now=now)
    flash(_("You no longer take part in %(series)s. Thank you for having been part of it.", series=series.name))
    return see_other(url_for("programs.list_programs"))


def _enrol_form(series: Series) -> EnrolForm:
    """The public form; those who are signed in need not say again who they are."""
    form = EnrolForm(zone=series.zone)
    if g.person is not None:
        for name in ("name", "email", "profession", "zone"):
            delattr(form, name)
    return form


def _enrol_page(series: Series, statement: Statement, form: EnrolForm) -> str:
    now = clock.now()
    coming = [
        meeting for meeting in session_queries.of_series(series.id)
        if meeting.ends_at > now and meeting.state is SessionState.SCHEDULED
    ]  # fmt: skip
    return render_template(
        "programs/enrol.html", series=series, statement=statement, form=form, coming=coming[:DATES_SHOWN],
        more=max(0, len(coming) - DATES_SHOWN), disclaimer=_(DISCLAIMER), contact=_contact(series),
        sites=queries.sites_in_use(series.program.hub_id, most=SITES_SHOWN),
    )  # fmt: skip


def _enrol_me(series: Series, statement: Statement, form: EnrolForm) -> ResponseReturnValue:
    """Somebody signed in is known and verified, so no letter is needed."""
    now = clock.now()
    with transaction():
        site = service.site_named(series.program.hub, form.site.data)
        service.enrol(series, me(), by=None, now=now, site=site, statement=statement)
        sessions.tell(series.id, now=now)
    flash(_("You take part in %(series)s. A letter with all dates is on its way.", series=series.name))
    return see_other(url_for("programs.show_series", code=series.code))


def _coming(series: Series) -> int:
    """How many sessions of the series lie ahead."""
    now = clock.now()
    found = session_queries.of_series(series.id)
    return sum(meeting.starts_at > now and meeting.state is SessionState.SCHEDULED for meeting in found)


def _contact(series: Series | None) -> tuple[str, str] | None:
    hub = series.program.hub if series else people_queries.hub()
    return (hub.contact_name, hub.contact_address) if hub else None
