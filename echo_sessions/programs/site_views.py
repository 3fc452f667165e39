"""Sites: the list, one site, who answers for it, and the room list of its leads."""

from datetime import datetime

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.people import queries as people_queries
from echo_sessions.people.places import country_in_words
from echo_sessions.programs import policy, queries, site_queries, sites
from echo_sessions.programs.alike import near
from echo_sessions.programs.blueprint import bp, find_site, the_hub
from echo_sessions.programs.enrolment_forms import LeadForm, SiteForm
from echo_sessions.programs.models import Site
from echo_sessions.programs.program_views import known_or_named, known_or_new
from echo_sessions.programs.rules import site_as_compared
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import csv_answer

COMING = 12


@bp.get("/sites")
@signed_in
def list_sites() -> ResponseReturnValue:
    """The hub's sites, with how many people take part from each."""
    words, now = request.args.get("q", ""), clock.now()
    only_if(lambda: policy.may_see_sites(me(), now), 404)
    page = page_of(site_queries.sites(the_hub().id, words))
    numbers = [site.id for site in page.rows]
    return render_template(
        "programs/list_sites.html", page=page, q=words, people=site_queries.people_at(numbers),
        leads=site_queries.leads_by_site(numbers), may_keep=policy.may_keep_sites(me()), country=country_in_words,
    )  # fmt: skip


@bp.get("/sites.csv")
@signed_in
def export_sites() -> ResponseReturnValue:
    """The same list to take away."""
    now = clock.now()
    only_if(lambda: policy.may_see_sites(me(), now), 404)
    found = db.session.scalars(site_queries.sites(the_hub().id, request.args.get("q", ""))).all()
    people = site_queries.people_at([site.id for site in found])
    leads = site_queries.leads_by_site([site.id for site in found])
    head = (
        "code",
        "name",
        "place",
        "county",
        "region",
        "country",
        "zone",
        "rural",
        "shortage",
        "seats",
        "people",
        "leads",
    )
    rows = [
        (
            s.code, s.name, s.place, s.county, s.region, s.country, s.zone, "yes" if s.rural else "no",
            "yes" if s.shortage else "no", s.room_seats, people.get(s.id, 0), "; ".join(p.name for p in leads.get(s.id, [])),
        )
        for s in found
    ]  # fmt: skip
    return csv_answer("sites.csv", head, rows)


@bp.route("/sites/new", methods=["GET", "POST"])
@signed_in
def new_site() -> ResponseReturnValue:
    """Add a site; one with nearly the same name is pointed out first."""
    only_if(lambda: policy.may_keep_sites(me()), 404)
    form = SiteForm(zone="")
    if not form.validate_on_submit() or not _is_new_name(form, None):
        return render_template("programs/edit_site.html", form=form, site=None), 422 if form.errors else 200
    with transaction():
        site = sites.found_site(the_hub(), name=form.name.data, by=me(), now=clock.now(), **form.facts())
    flash(_("The site is added."))
    return see_other(url_for("programs.show_site", code=site.code))


@bp.get("/sites/<code>")
@signed_in
def show_site(code: str) -> ResponseReturnValue:
    """One site: its record, its leads, how many take part from it."""
    site = find_site(code)
    return _site_page(site, LeadForm(), 200)


@bp.route("/sites/<code>/edit", methods=["GET", "POST"])
@signed_in
def edit_site(code: str) -> ResponseReturnValue:
    """Change a site's record."""
    site = find_site(code, keep=True)
    form = SiteForm(obj=site)
    if not form.validate_on_submit() or not _is_new_name(form, site) or not form.catches_up(site):
        faulty = bool(form.errors or form.form_errors)
        return render_template("programs/edit_site.html", form=form, site=site), 422 if faulty else 200
    with transaction():
        sites.change_site(site, name=form.name.data, by=me(), now=clock.now(), **form.facts())
    flash(_("The site is saved."))
    return see_other(url_for("programs.show_site", code=site.code))


@bp.post("/sites/<code>/leads")
@signed_in
def add_lead(code: str) -> ResponseReturnValue:
    """Somebody answers for the site from now on, and is told so."""
    site, form = find_site(code, keep=True), LeadForm()
    if not form.validate_on_submit() or not known_or_named(form):
        return _site_page(site, form, 422)
    now = clock.now()
    with transaction():
        person = known_or_new(form, by=me(), now=now, zone=site.zone or the_hub().zone, profession=None)
        sites.add_lead(site, person, by=me(), now=now)
        name = person.name
    flash(_("%(name)s answers for %(site)s now, and is told by letter.", name=name, site=site.name))
    return see_other(url_for("programs.show_site", code=site.code, _anchor="leads"))


@bp.post("/sites/<code>/leads/<person_code>/remove")
@signed_in
def remove_lead(code: str, person_code: str) -> ResponseReturnValue:
    """Somebody no longer answers for the site."""
    site, person = find_site(code, keep=True), people_queries.by_code(person_code)
    lead = sites.lead_of(site, person) if person else None
    if lead is None or person is None:
        abort(404)
    with transaction():
        sites.remove_lead(lead, by=me(), now=clock.now())
    flash(_("%(name)s no longer answers for %(site)s.", name=person.name, site=site.name))
    return see_other(url_for("programs.show_site", code=site.code, _anchor="leads"))


@bp.get("/sites/<code>/room")
@signed_in
def show_room(code: str) -> ResponseReturnValue:
    """The room list: who of this site is expected at the coming sessions, and how many the room holds.

    Names and dates only: no case, no answer, nobody's attendance.
    """
    site, now = queries.site_by_code(code), clock.now()
    if site is None:
        abort(404)
    only_if(lambda: policy.may_see_room(me(), site), 404)
    room = site_queries.room_of(site.id, _within(site))
    return render_template("programs/show_room.html", site=site, room=room, coming=_coming(list(room), now))


def _site_page(site: Site, form: LeadForm, status: int) -> ResponseReturnValue:
    everything = queries.is_staff(me().id) or policy.leads(me(), site)
    within = None if everything else queries.programs_looked_at_by(me().id, clock.now())
    return render_template(
        "programs/show_site.html", site=site, form=form, leads=queries.leads_of(site.id), country=country_in_words(site.country),
        people=site_queries.people_by_series(site.id, within), may_keep=policy.may_keep_sites(me()),
        may_see_all=policy.may_see_sites(me(), clock.now()), sees_room=policy.may_see_room(me(), site),
    ), status  # fmt: skip


def _within(site: Site) -> Select[int] | None:
    """Whose people I may see here: all of them as a lead or staff, else those of the programs I run."""
    if policy.leads(me(), site) or queries.is_staff(me().id):
        return None
    return queries.programs_run_by(me().id)


def _coming(series_ids: list[int], now: datetime) -> list[Session]:
    """The next published sessions of these series."""
    chosen = select(Session).where(
        Session.series_id.in_(series_ids), Session.state == SessionState.SCHEDULED, Session.uid.is_not(None),
        Session.starts_at > now,
    )  # fmt: skip
    return list(db.session.scalars(chosen.order_by(Session.starts_at, Session.id).limit(COMING)).unique())


def _is_new_name(form: SiteForm, site: Site | None) -> bool:
    """Whether no other site is called nearly so, or the writer said that it is another place."""
    typed = form.name.data or ""
    if form.other_site.data or (site is not None and site_as_compared(typed) == site.normal):
        return True
    others = [name for name in queries.site_names(the_hub().id, most=2000) if site is None or name != site.name]
    found = near(typed, others)
    if found:
        words = _("There is %(name)s already. If this is another place, tick that it is.", name=found[0])
        form.name.errors = [*form.name.errors, words]
    return not found
