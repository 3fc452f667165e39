"""Who waits to be checked, and one page for each check with everything that is needed to decide."""

from typing import Any

from flask import Response, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.outside.storage import ENDINGS, Storage
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.rules import ROLE_WORDS
from echo_sessions.programs.rules import STATE_WORDS as ENROLMENT_WORDS
from echo_sessions.verification import policy, queries, rules, service, wording
from echo_sessions.verification.blueprint import bp, find
from echo_sessions.verification.forms import DecideForm, RevokeForm
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import STATE_WORDS, WAY_SHORT, Verdict
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, only_if, signed_in
from echo_sessions.web.paging import page_of

STATES = ("", "more", "verified", "ending", "expired", "refused", "ended", "all")
SANDBOX = "default-src 'none'; sandbox"


@bp.get("/verification")
@signed_in
def list_waiting() -> ResponseReturnValue:
    """The people I may check, those who are due first on top; a lead sees only the own site's."""
    if not policy.may_list(me()):
        abort(404)
    now, words, state = clock.now(), request.args.get("q", ""), request.args.get("state", "")
    page = page_of(queries.listed(me().id, now, words=words, state=state if state in STATES else ""))
    sites: dict[int, list[str]] = {}
    for enrolment in programs.enrolments_of([row.person_id for row in page.rows]):
        if enrolment.site is not None:
            names = sites.setdefault(enrolment.person_id, [])
            names += [] if enrolment.site.name in names else [enrolment.site.name]
    return render_template(
        "verification/list_waiting.html", page=page, q=words, state_chosen=state, sites=sites, now=now, words=STATE_WORDS,
        ways=WAY_SHORT, rules=rules,
    )  # fmt: skip


@bp.get("/verification/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """One check: what they say beside what we know of them; then yes, no, or what is missing."""
    return _page(find(code), DecideForm())


@bp.post("/verification/<code>/decide")
@signed_in
def decide(code: str) -> ResponseReturnValue:
    """A verifier's word, told to the person."""
    row, form = find(code, decide=True), DecideForm()
    valid = form.validate_on_submit() and form.catches_up(row)
    if valid and form.verdict.data != Verdict.VERIFIED and not form.reason.data:
        form.reason.errors = [_("Write what they are told.")]
        valid = False
    if not valid:
        return _page(row, form), 422
    with transaction():
        service.decide(
            row,
            verdict=Verdict(form.verdict.data),
            by=me(),
            now=clock.now(),
            reason=form.reason.data,
            note=form.note.data,
        )
        name, state = row.person.name, row.state
    flash(
        {
            Verdict.VERIFIED: _("%(name)s is verified for two years and is told.", name=name),
            Verdict.MORE: _("%(name)s is asked for it by letter.", name=name),
            Verdict.REFUSED: _("%(name)s is told, with your reason.", name=name),
        }[Verdict(state.value)]
    )
    return see_other(url_for("verification.list_waiting"))


@bp.post("/verification/<code>/vouch")
@signed_in
def vouch(code: str) -> ResponseReturnValue:
    """I know this person and answer for them."""
    row = find(code)
    only_if(lambda: policy.may_vouch(me(), row.person, row.program), 403)
    with transaction():
        way = policy.vouches_as(me(), row.person)
        service.vouch(row.person, program=row.program, row=row, by=me(), way=way, now=clock.now())
        name = row.person.name
    flash(_("Thank you. %(name)s is verified for two years by your word, and is told.", name=name))
    return see_other(url_for("verification.list_waiting"))


@bp.post("/verification/<code>/pass-on")
@signed_in
def pass_on(code: str) -> ResponseReturnValue:
    """I do not know them, or the lead does not answer: the director is asked, and those who run the program decide."""
    row = find(code)
    with transaction():
        service.pass_on(row, by=me(), now=clock.now())
    flash(_("Thank you for saying so. Those who run the program look at it now."))
    return see_other(url_for("verification.list_waiting"))


@bp.post("/verification/<code>/undo")
@signed_in
def undo(code: str) -> ResponseReturnValue:
    """The decision was a mistake."""
    row = find(code, decide=True)
    with transaction():
        service.undo(row, by=me(), now=clock.now())
        name = row.person.name
    flash(_("Undone. %(name)s is told.", name=name))
    return see_other(url_for("verification.show", code=code))


@bp.route("/verification/<code>/take-back", methods=["GET", "POST"])
@signed_in
def take_back(code: str) -> ResponseReturnValue:
    """End a verification that holds, with the reason, after saying what that means."""
    row, form = find(code, decide=True), RevokeForm()
    if request.method == "GET":
        form.version.data = str(row.version)
    if not form.validate_on_submit() or not form.catches_up(row):
        faulty = bool(form.errors or form.form_errors)
        return render_template("verification/take_back.html", row=row, form=form), 422 if faulty else 200
    with transaction():
        service.revoke(row, reason=form.reason.data, by=me(), now=clock.now())
        name = row.person.name
    flash(_("The verification of %(name)s is taken back, and they are told.", name=name))
    return see_other(url_for("verification.show", code=code))


@bp.get("/verification/<code>/letter")
@signed_in
def letter(code: str) -> ResponseReturnValue:
    """The employer's letter, to those who decide only: a download in a sandbox, never drawn by the browser here."""
    row = find(code, decide=True)
    if row.file is None:
        abort(404)
    storage: Storage = current_app.extensions["storage"]
    answer = Response(storage.get(row.file.key), mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{row.code}{ENDINGS.get(row.file.type, '.bin')}")
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


@bp.route("/people/<code>/vouch", methods=["GET", "POST"])
@signed_in
def vouch_for(code: str) -> ResponseReturnValue:
    """Vouch for somebody who has not asked: a teacher, a health worker without a register, family on the panel."""
    person = people.by_code(code)
    if person is None:
        abort(404)
    only_if(lambda: policy.may_vouch_for(me(), person), 404)
    now = clock.now()
    if request.method == "GET":
        return render_template("verification/vouch_for.html", person=person, place=wording.place_of(person, now))
    with transaction():
        way = policy.vouches_as(me(), person)
        service.vouch(person, program=queries.program_of(person.id), by=me(), way=way, now=now)
        name = person.name
    flash(_("Thank you. %(name)s is verified for two years by your word, and is told.", name=name))
    return see_other(url_for("verification.list_waiting", state="verified", q=name))


def _page(row: Verification, form: DecideForm) -> str:
    """The check beside what is known; the number and the employer's letter only for those who decide."""
    now, person = clock.now(), row.person
    decides = policy.may_decide(me(), row)
    if request.method == "GET":
        form.version.data = str(row.version)
    return render_template(
        "verification/show.html", row=row, person=person, form=form, now=now, decides=decides,
        vouches=policy.may_vouch(me(), row.person, row.program), words=STATE_WORDS, ways=WAY_SHORT, rules=rules,
        place=wording.place_of(person, now), history=list(reversed(queries.of_person(person.id))), **_known_of(person),
    )  # fmt: skip


def _known_of(person: Person) -> dict[str, Any]:
    """Where they take part and in which roles, as far as I know those programs."""
    mine, led = set(db.session.scalars(programs.programs_known_to(me().id))), queries.sites_led_by(me().id)
    enrolments = programs.enrolments_of([person.id])
    return {
        "enrolments": [one for one in enrolments if one.series.program_id in mine or one.site_id in led],
        "roles": [one for one in programs.memberships_of([person.id]) if one.program_id in mine],
        "role_words": ROLE_WORDS,
        "enrolment_words": ENROLMENT_WORDS,
    }
