"""Pages about certificates: trial run, list, one certificate, download, and public verification."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import or_

from echo_sessions import clock, ids
from echo_sessions.audit.rules import Seen
from echo_sessions.certificates import policy, queries, rules, service, ways
from echo_sessions.certificates.facts import read_facts
from echo_sessions.certificates.forms import RevokeForm
from echo_sessions.certificates.models import Certificate
from echo_sessions.certificates.preview import printed
from echo_sessions.certificates.rules import CertificateState, RevocationReason
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs.blueprint import find_series
from echo_sessions.programs.models import Series
from echo_sessions.sessions.blueprint import find_session
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, open_to_all, signed_in
from echo_sessions.web.limits import limiter
from echo_sessions.web.looks import seen
from echo_sessions.web.paging import page_of

bp = Blueprint("certificates", __name__)
GUESSES = "60 per minute"


@bp.route("/sessions/<code>/certificates", methods=["GET", "POST"])
@signed_in
def trial_run(code: str) -> ResponseReturnValue:
    """Who gets what for a session and why, who does not and why; then one button issues them."""
    session = find_session(code, run=True)
    return _trial(
        session, session.title or _("Session %(number)s", number=session.number), url_for("sessions.show", code=code)
    )


@bp.route("/series/<code>/certificates", methods=["GET", "POST"])
@signed_in
def trial_run_series(code: str) -> ResponseReturnValue:
    """The same for a whole series: one certificate a person for all sessions not yet certified."""
    series = find_series(code, run=True)
    return _trial(series, f"{series.program.name}, {series.name}", url_for("programs.show_series", code=code))


def _trial(activity: Session | Series, name: str, back: str) -> ResponseReturnValue:
    lines: Sequence[service.Line] = []
    problem = None
    try:
        lines = service.due(activity)
    except Refused as fault:
        problem = words_of(fault)
    if request.method == "POST" and problem is None:
        with transaction():
            made = service.issue(service.due(activity), by=me(), now=clock.now())
        flash(
            ngettext(
                "%(num)s certificate is issued. Its holder gets a letter as soon as it is printed.",
                "%(num)s certificates are issued. Their holders get a letter as soon as each is printed.",
                len(made),
            )
        )
        return see_other(url_for("certificates.list_certificates", q=activity.code))
    ready = [line for line in lines if line.problem is None]
    others = [line for line in lines if line.problem is not None]
    return render_template(
        "certificates/trial_run.html", name=name, back=back, ready=ready, others=others, problem=problem, rules=rules
    )


@bp.get("/certificates")
@signed_in
def list_certificates() -> ResponseReturnValue:
    """All certificates of the programs I run, evaluate or audit; search by name, code or the code of session or series."""
    now = clock.now()
    if not policy.may_list(me(), now):
        abort(404)
    chosen = queries.of_programs(policy.programs_listed(me(), now))
    wanted = request.args.get("q", "").strip()
    if wanted:
        code = ids.certificate_code_as_typed(wanted)
        chosen = chosen.where(
            or_(
                Person.name.icontains(wanted, autoescape=True),
                Certificate.code == code,
                Certificate.activity == wanted.upper(),
            )
        )
    state = request.args.get("state", "")
    if state in set(CertificateState):
        chosen = chosen.where(Certificate.state == CertificateState(state))
    seen(Seen.CERTIFICATES, "certificates")
    return render_template("certificates/list.html", page=page_of(chosen), q=wanted, state=state, rules=rules)


def find(code: str, *, run: bool = False) -> Certificate:
    """The certificate, for its holder and whoever evaluates or looks at its program (404 to others); with `run`, for
    whoever runs it (403)."""
    certificate, now = queries.by_code(code), clock.now()
    if certificate is None:
        abort(404)
    only_if(lambda: policy.may_read(me(), certificate, now), 404)
    if run:
        only_if(lambda: policy.may_run(me(), certificate), 403)
    return certificate


@bp.get("/certificate/<code>")
@signed_in
def show(code: str) -> ResponseReturnValue:
    """One certificate: what it says, its state, and what can be done about it."""
    certificate = find(code)
    return render_template(
        "certificates/show.html",
        certificate=certificate,
        runs=policy.may_run(me(), certificate),
        lists=policy.may_list(me(), clock.now()),
        rules=rules,
    )


@bp.route("/certificate/<code>/revoke", methods=["GET", "POST"])
@signed_in
def revoke(code: str) -> ResponseReturnValue:
    """Take it back, with a reason that verifiers read."""
    certificate = find(code, run=True)
    form = RevokeForm()
    if not form.validate_on_submit():
        return render_template(
            "certificates/revoke.html", certificate=certificate, form=form
        ), 422 if form.errors else 200
    with transaction():
        service.revoke(certificate, RevocationReason(form.reason.data), by=me(), now=clock.now())
    flash(_("The certificate is revoked. Its code says so from now on."))
    return see_other(url_for("certificates.show", code=code))


@bp.post("/certificate/<code>/reissue")
@signed_in
def reissue(code: str) -> ResponseReturnValue:
    """Issue another in its place, from name and awards as they are now."""
    certificate = find(code, run=True)
    with transaction():
        made = service.reissue(certificate, by=me(), now=clock.now())
    flash(_("A new certificate takes its place and is on its way."))
    return see_other(url_for("certificates.show", code=made.code))


@bp.post("/certificate/<code>/print")
@signed_in
def print_again(code: str) -> ResponseReturnValue:
    """Try again to print one that was held back."""
    certificate = find(code, run=True)
    with transaction():
        jobs.queue("certificates.print", {"certificate": certificate.id}, now=clock.now())
    flash(_("It is being printed again."))
    return see_other(url_for("certificates.show", code=code))


@bp.get("/certificate/<code>/download")
@signed_in
def mine(code: str) -> ResponseReturnValue:
    """The PDF, for its holder and whoever runs the program."""
    return _pdf(find(code))


@bp.get("/certificates/<token>")
@limiter.limit(GUESSES)
@open_to_all
def download(token: str) -> ResponseReturnValue:
    """The PDF by the link from the letter; the token is the proof, for thirty days. Later one signs in."""
    certificate = ways.read(token)
    if certificate is None:
        abort(404)
    if not ways.still_open(certificate, clock.now()):
        if g.person is None:
            return redirect(url_for("people.sign_in", next=url_for("certificates.mine", code=certificate.code)))
        return _pdf(find(certificate.code))
    return _pdf(certificate)


def _pdf(certificate: Certificate) -> Response:
    """The file as it was issued; made again from the snapshot where it is gone, which the name then says."""
    if certificate.state is not CertificateState.ISSUED:
        raise Refused("This certificate is no longer valid, so it cannot be downloaded. Ask your hub's coordinator.")
    if certificate.held_because:
        raise Refused("This certificate is held back: a person at the hub must look at it first.")
    facts = read_facts(certificate.snapshot)
    key = certificate.file.key if certificate.file else None
    db.session.rollback()
    storage, kept = current_app.extensions["storage"], key is not None
    if key is not None and storage.exists(key):
        data = storage.get(key)
    else:
        data, kept = printed(facts, current_app.extensions["pdf"]), False
    name = rules.file_name(facts) if kept else rules.file_name(facts).replace(".pdf", "-copy.pdf")
    answer = Response(data, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@bp.get("/verify")
@open_to_all
def verify() -> ResponseReturnValue:
    """Anybody types a code from a certificate."""
    code = request.args.get("code", "").strip()
    if code:
        return redirect(url_for("certificates.verify_code", code=ids.certificate_code_as_typed(code)[:40] or "-"))
    return render_template("certificates/verify.html", contact=_contact())


@bp.get("/verify/<code>")
@limiter.limit(GUESSES)
@open_to_all
def verify_code(code: str) -> ResponseReturnValue:
    """What a certificate says, and whether it holds. Public, since that is what the code is for."""
    answer = service.verify(code)
    status = 404 if answer["state"] == "unknown" else 200
    return render_template("certificates/verified.html", answer=answer, rules=rules, contact=_contact()), status


def _contact() -> tuple[str, str] | None:
    """Whom to write to in doubt about a certificate."""
    hub = people.hub()
    return (hub.contact_name, hub.contact_address) if hub else None
