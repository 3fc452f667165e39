"""Enrolling oneself: by the public link and a letter, by an invitation, as an observer; one's own places; and leaving."""

from collections.abc import Sequence

from flask import abort, flash, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.people import profile
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.entry_views import enter
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import SignInWay, Stay
from echo_sessions.programs import agreements, observing, queries, rules, service, site_queries, waiting, ways
from echo_sessions.programs.blueprint import bp, the_hub
from echo_sessions.programs.enrolment_forms import EnrolForm, MySiteForm, ObserveForm
from echo_sessions.programs.models import Enrolment, Series, Statement
from echo_sessions.programs.rules import ACCEPTED_KINDS, DISCLAIMER, STATE_WORDS, TEXT_WORDS, EnrolmentState
from echo_sessions.sessions import queries as session_queries
from echo_sessions.sessions import service as sessions
from echo_sessions.sessions.rules import SessionState
from echo_sessions.verification import service as verification
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, open_to_all, signed_in
from echo_sessions.web.limits import limiter

SITES_SHOWN = 40
SITES_COMPARED = 2000
DATES_SHOWN = 30
POSTS = "30 per minute; 200 per hour"
"""From one address of the internet: a full lecture hall behind one router gets in, a program that tries addresses does not."""


@bp.route("/enrol/<token>", methods=["GET", "POST"])
@open_to_all
@limiter.limit(POSTS, methods=["POST"])
def enrol_by_link(token: str) -> ResponseReturnValue:
    """The public page of a series: the link itself is the invitation, and it tells nothing about anybody."""
    series = ways.series_of(token)
    statement = queries.statement_in_force(series.program.hub_id) if series else None
    if series is None or not series.enrolment_open or statement is None:
        return render_template(
            "programs/enrol_closed.html", series=series, contact=_contact(series)
        ), 410 if series is None else 200
    form = _enrol_form(series)
    if not form.validate_on_submit() or not form.is_settled(known_sites(series.program.hub)):
        return _enrol_page(series, form, token), 422 if form.errors else 200
    if g.person is not None:
        return _enrol_me(series, form)
    with transaction():
        site = service.site_named(series.program.hub, form.site.data, proposed=True)
        service.ask_to_enrol(
            series, statement, email=form.email.data, name=form.name.data, profession=form.profession.data,
            site=site, zone=rules.zone_named(form.zone.data),
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
@limiter.limit(POSTS, methods=["POST"])
def confirm_enrolment(token: str) -> ResponseReturnValue:
    """The link from the letter: looking shows what is still asked and a button, pressing it enrols and signs in.

    The token is the proof. What reports need is asked here and not before: of somebody who has proved their address.
    """
    now = clock.now()
    link = people.look_at_link(token, purpose=rules.CONFIRM_PURPOSE, now=now)
    enrolment = queries.enrolment_by_code(link.about or "") if link else None
    if link is None or enrolment is None:
        return render_template("programs/confirm_ended.html"), 410
    form = _welcome_form(enrolment)
    if not form.validate_on_submit() or (
        "site" in form and not form.is_settled(known_sites(enrolment.series.program.hub))
    ):
        return _welcome_page(enrolment, form), 422 if form.errors else 200
    hub = enrolment.series.program.hub
    with transaction():
        site = service.site_named(hub, form.site.data) if "site" in form else None
        enrolment = service.confirm(
            token, now=now, name=form.name.data if "name" in form else None, site=site,
            statement=_agreed(hub, form),
        )  # fmt: skip
        profile.note(enrolment.person, form.answers(), by=enrolment.person, now=now)
        _accept_seen(enrolment.person, hub, form)
        verification.ask_on_enrolling(enrolment.person, program=enrolment.series.program, now=now)
        account = people.open_account(enrolment.person, now=now)
        sessions.tell(enrolment.series_id, now=now)
    answer = enter(account, SignInWay.LINK, stay=Stay.ORDINARY, next_url=_onward(enrolment))
    _say_welcome(enrolment)
    return answer


@bp.route("/enrol/<token>/observe", methods=["GET", "POST"])
@open_to_all
@limiter.limit(POSTS, methods=["POST"])
def ask_to_observe(token: str) -> ResponseReturnValue:
    """Somebody would rather look on: said to those who run the program, who decide. The link is the proof of a sort."""
    series = ways.series_of(token)
    if series is None or not series.enrolment_open:
        return render_template("programs/enrol_closed.html", series=series, contact=_contact(series)), 410
    form = ObserveForm(zone=series.zone)
    if g.person is not None:
        for name in ("name", "email", "profession", "zone"):
            delattr(form, name)
    if not form.validate_on_submit():
        page = render_template("programs/observe.html", series=series, form=form, contact=_contact(series))
        return page, 422 if form.errors else 200
    now = clock.now()
    if g.person is not None:
        with transaction():
            observing.ask_as(series.program, me(), why=form.why.data, now=now)
        return render_template("programs/observe_handed_on.html", contact=_contact(series))
    with transaction():
        observing.ask(
            series.program, email=form.email.data, name=form.name.data, profession=form.profession.data, why=form.why.data,
            zone=rules.zone_named(form.zone.data), language=str(get_locale() or "en"),
            person=people_queries.by_address(form.email.data), now=now,
        )  # fmt: skip
    return see_other(url_for("programs.enrolment_asked"))


@bp.route("/observe/confirm/<token>", methods=["GET", "POST"])
@open_to_all
@limiter.limit(POSTS, methods=["POST"])
def confirm_observing(token: str) -> ResponseReturnValue:
    """The link from the letter: pressing its button hands the wish on to those who decide. The token is the proof."""
    now = clock.now()
    link = people.look_at_link(token, purpose=rules.OBSERVE_PURPOSE, now=now)
    wish = queries.observer_request(link.about or "") if link else None
    if link is None or wish is None:
        return render_template("programs/confirm_ended.html"), 410
    if request.method == "GET":
        return render_template("programs/confirm_observing.html", wish=wish)
    with transaction():
        observing.confirm(token, now=now)
    return render_template("programs/observe_handed_on.html", contact=_contact(None))


@bp.get("/series/<code>/place")
@signed_in
def my_place(code: str) -> ResponseReturnValue:
    """How it stands with me, before I take part: invited, waiting for an approval, or my place on the waiting list."""
    enrolment = _mine(code)
    if enrolment.state is EnrolmentState.ACTIVE:
        return see_other(url_for("programs.show_series", code=code))
    return render_template(
        "programs/my_place.html", enrolment=enrolment, series=enrolment.series, state_words=STATE_WORDS,
        standing=waiting.standing(enrolment), contact=_contact(enrolment.series),
    )  # fmt: skip


@bp.route("/series/<code>/leave", methods=["GET", "POST"])
@signed_in
def leave_series(code: str) -> ResponseReturnValue:
    """My own goodbye to a series, or to its waiting list."""
    enrolment, now = _mine(code), clock.now()
    series, took_part = enrolment.series, enrolment.state is EnrolmentState.ACTIVE
    if request.method == "GET":
        coming = coming_sessions(series) if took_part else 0
        return render_template("programs/leave_series.html", series=series, coming=coming, took_part=took_part)
    with transaction():
        service.leave(enrolment, by=me(), now=now)
        sessions.tell(series.id, now=now)
    if took_part:
        flash(_("You no longer take part in %(series)s. Thank you for having been part of it.", series=series.name))
    else:
        flash(_("You have taken your wish to take part in %(series)s back.", series=series.name))
    return see_other(url_for("programs.list_programs"))


@bp.route("/me/sites", methods=["GET", "POST"])
@signed_in
def my_sites() -> ResponseReturnValue:
    """Where I work: in my series, and anew when I have changed my place of work. What I attended keeps its site."""
    person, hub = me(), the_hub()
    now_at = site_queries.last_site_of(person.id)
    places = [e for e in queries.enrolments_of([person.id]) if e.state in rules.IN_PLACE | rules.BEFORE]
    form = MySiteForm(site=now_at.name if now_at else None)
    if not places or not form.validate_on_submit() or not form.is_settled(known_sites(hub)):
        return render_template(
            "programs/my_sites.html", form=form, places=places, led=queries.sites_led_by(person.id),
            sites=queries.sites_in_use(hub.id, most=SITES_SHOWN),
        ), 422 if form.errors else 200  # fmt: skip
    with transaction():
        service.change_site(person, service.site_named(hub, form.site.data), by=person, now=clock.now())
    flash(_("Your place of work is saved. What you attended before keeps the old one."))
    return see_other(url_for("programs.my_sites"))


def known_sites(hub: Hub) -> Sequence[str]:
    """Names that a newly typed one is compared with: of places where somebody takes part, which anybody may see."""
    return queries.sites_in_use(hub.id, most=SITES_COMPARED)


def coming_sessions(series: Series) -> int:
    """How many sessions of the series lie ahead."""
    now = clock.now()
    found = session_queries.of_series(series.id)
    return sum(meeting.starts_at > now and meeting.state is SessionState.SCHEDULED for meeting in found)


def _enrol_form(series: Series) -> EnrolForm:
    """The public form. Strangers are asked what the letter needs; the rest once they have proved their address.

    Those who are signed in are asked what is not known of them yet.
    """
    texts = _texts(series)
    person: Person | None = g.person
    if person is None:
        form = EnrolForm(zone=series.zone, seen=_numbers(texts))
        form.keep(profile.NEEDED)
        return form
    site = site_queries.last_site_of(person.id)
    form = EnrolForm(obj=person, data={"site": site.name if site else None, "seen": _numbers(texts)})
    form.keep(profile.to_ask(person))
    for name in ("name", "email", "zone"):
        delattr(form, name)
    return form


def _enrol_page(series: Series, form: EnrolForm, token: str) -> str:
    now = clock.now()
    coming = [
        meeting for meeting in session_queries.of_series(series.id)
        if meeting.ends_at > now and meeting.state is SessionState.SCHEDULED
    ]  # fmt: skip
    free = waiting.free_places(series)
    return render_template(
        "programs/enrol.html", series=series, texts=_texts(series), form=form, coming=coming[:DATES_SHOWN],
        more=max(0, len(coming) - DATES_SHOWN), disclaimer=_(DISCLAIMER), contact=_contact(series), text_words=TEXT_WORDS,
        sites=_sites(series), full=free == 0, observe=url_for("programs.ask_to_observe", token=token),
    )  # fmt: skip


def _enrol_me(series: Series, form: EnrolForm) -> ResponseReturnValue:
    """Somebody signed in is known and verified, so no letter is needed."""
    now, hub = clock.now(), series.program.hub
    with transaction():
        site = service.site_named(hub, form.site.data)
        enrolment = service.join(series, me(), statement=_agreed(hub, form), now=now, site=site)
        profile.note(me(), form.answers(), by=me(), now=now)
        _accept_seen(me(), hub, form)
        verification.ask_on_enrolling(me(), program=series.program, now=now)
        sessions.tell(series.id, now=now)
    _say_welcome(enrolment)
    return see_other(_onward(enrolment))


def _welcome_form(enrolment: Enrolment) -> EnrolForm:
    """What is still asked behind a letter's link: what is not known, a site where none was said, a name where an
    invitation had none. Who filled in the page agreed there already, and does so again by the button."""
    person = enrolment.person
    site = site_queries.last_site_of(person.id)
    shown = _numbers(_texts(enrolment.series))
    form = EnrolForm(obj=person, data={"site": site.name if site else None, "name": None, "seen": shown})
    form.keep(profile.to_ask(person))
    unneeded = ["email", "zone"]
    unneeded += ["name"] if person.name != person.address else []
    unneeded += ["site", "other_site"] if enrolment.site_id else []
    unneeded += ["accept"] if enrolment.state is not EnrolmentState.INVITED else []
    for name in unneeded:
        delattr(form, name)
    if "name" in form and request.method == "GET":
        form.name.data = None
    return form


def _welcome_page(enrolment: Enrolment, form: EnrolForm) -> str:
    return render_template(
        "programs/confirm.html", enrolment=enrolment, contact=_contact(enrolment.series), disclaimer=_(DISCLAIMER), form=form,
        texts=_texts(enrolment.series), text_words=TEXT_WORDS, sites=_sites(enrolment.series),
        invited=enrolment.state is EnrolmentState.INVITED,
    )  # fmt: skip


def _onward(enrolment: Enrolment) -> str:
    """Where somebody goes after the last step: to the dates, or to how it stands."""
    takes_part = enrolment.state is EnrolmentState.ACTIVE
    return url_for("programs.show_series" if takes_part else "programs.my_place", code=enrolment.series.code)


def _say_welcome(enrolment: Enrolment) -> None:
    if enrolment.state is EnrolmentState.ACTIVE:
        series = enrolment.series.name
        flash(_("You take part in %(series)s. A letter with all dates is on its way.", series=series))


def _texts(series: Series) -> list[Statement]:
    """What whoever enrols agrees to: the versions in force."""
    found = [queries.statement_in_force(series.program.hub_id, kind) for kind in ACCEPTED_KINDS]
    return [text for text in found if text is not None]


def _numbers(texts: Sequence[Statement]) -> str:
    return ",".join(str(text.id) for text in texts)


def _agreed(hub: Hub, form: EnrolForm) -> Statement | None:
    """The statement of collaboration, if the version in force is the one that stood on the page."""
    text = queries.statement_in_force(hub.id)
    return text if text is not None and str(text.id) in (form.seen.data or "").split(",") else None


def _accept_seen(person: Person, hub: Hub, form: EnrolForm) -> None:
    """Keep the agreement to the texts that stood on the page; one that is newer is asked for at the next page."""
    seen = set((form.seen.data or "").split(","))
    for kind in ACCEPTED_KINDS:
        text = queries.statement_in_force(hub.id, kind)
        if text is not None and str(text.id) in seen:
            agreements.accept(person, text, now=clock.now())


def _mine(code: str) -> Enrolment:
    """My own enrolment in a series that I take part in or am on the way to; 404 without one."""
    series = queries.series_by_code(code)
    enrolment = queries.enrolment_of(series.id, me().id) if series else None
    if enrolment is None or enrolment.state not in rules.BEFORE | {EnrolmentState.ACTIVE}:
        abort(404)
    return enrolment


def _sites(series: Series) -> Sequence[str]:
    return queries.sites_in_use(series.program.hub_id, most=SITES_SHOWN)


def _contact(series: Series | None) -> tuple[str, str] | None:
    hub = series.program.hub if series else people_queries.hub()
    return (hub.contact_name, hub.contact_address) if hub else None
