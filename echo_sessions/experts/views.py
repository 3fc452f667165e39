"""Asking experts and others for a part, and their answer by a link in a letter."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.cases import policy as case_policy
from echo_sessions.cases import queries as cases
from echo_sessions.cases.blueprint import find as find_case
from echo_sessions.cases.models import Case
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.experts import policy, queries, rules, service, ways
from echo_sessions.experts.forms import AnswerForm, AskForm
from echo_sessions.experts.queries import Candidate
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.blueprint import address, find_session
from echo_sessions.sessions.emails import title_of, when_of
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState
from echo_sessions.sessions.wording import DUTY_WORDS, ROLE_ASKS, ROLE_WORDS
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, only_if, open_to_all, signed_in
from echo_sessions.web.paging import page_of

bp = Blueprint("experts", __name__)
SESSION_ROLES = (DutyRole.PANEL, DutyRole.FACILITATOR, DutyRole.PRESENTER, DutyRole.SCRIBE)


@bp.route("/sessions/<code>/ask", methods=["GET", "POST"])
@signed_in
def ask(code: str) -> ResponseReturnValue:
    """Ask somebody for a part in a session (`?role=`), or for one of its cases (`?case=` its ECHO ID)."""
    session = find_session(code, run=True)
    case = cases.by_code(request.args["case"]) if request.args.get("case") else None
    if request.args.get("case") and (
        case is None or case.session_id != session.id or not case_policy.may_read(me(), case, clock.now())
    ):
        abort(404)
    return _ask(session, case, session.series.program, url_for("sessions.show", code=code, _anchor="parts"))


@bp.route("/cases/<code>/ask", methods=["GET", "POST"])
@signed_in
def ask_for_case(code: str) -> ResponseReturnValue:
    """Ask an expert for a case, whether or not it has a session yet. They are told its ECHO ID and nothing else."""
    case = find_case(code, case_policy.may_run)
    return _ask(case.session, case, case.program, address("cases.show", code=code) or "/")


@bp.route("/answer/<token>", methods=["GET", "POST"])
@open_to_all
def answer(token: str) -> ResponseReturnValue:
    """Say yes or no to a part, or who else could do it. Open to all: the link in the letter proves who answers, and
    looking changes nothing."""
    duty, now = ways.read(token), clock.now()
    if duty is None:
        return render_template("experts/link_void.html"), 404
    closed = _closed(duty, now)
    asked = request.args.get("answer", "")
    form = AnswerForm(answer=asked if asked in {"accepted", "declined"} else duty.state.value, note=duty.note)
    if request.method == "GET" or closed or not form.validate_on_submit():
        return _answer_page(
            duty, form, closed, 422 if form.errors else 409 if closed and request.method == "POST" else 200
        )
    page = (
        url_for("sessions.show", code=duty.session.code, _external=True)
        if duty.session
        else url_for("experts.list_duties", _external=True)
    )
    try:
        with transaction():
            service.answer(
                duty,
                DutyState(form.answer.data),
                now=now,
                note=form.note.data or "",
                colleague=form.colleague,
                page=page,
            )
    except Refused as fault:
        form.form_errors.append(words_of(fault))
        return _answer_page(duty, form, closed, 409)
    flash(_("Thank you, your answer is kept."))
    return see_other(request.path)


@bp.get("/duties")
@signed_in
def list_duties() -> ResponseReturnValue:
    """What is asked and not answered, overdue first; who was named instead; and what one is asked oneself."""
    now = clock.now()
    page = page_of(queries.waiting(me().id, now))
    named = page_of(queries.refused(me().id, now), per_page=20).rows
    mine = queries.own(me().id, now)
    return render_template(
        "experts/list_duties.html", page=page, named=named, mine=mine, now=now, codes=queries.codes_of([*page.rows, *named, *mine]),
        roles=ROLE_WORDS, states=DUTY_WORDS, links={duty.id: ways.answer_url(duty) for duty in mine}, title_of=title_of,
    )  # fmt: skip


@bp.route("/duties/<code>/withdraw", methods=["GET", "POST"])
@signed_in
def withdraw(code: str) -> ResponseReturnValue:
    """Take a question or an agreement back; the person is told."""
    duty = _find(code)
    back = _back(duty)
    if request.method == "POST":
        with transaction():
            service.withdraw(duty, by=me(), now=clock.now())
        flash(_("%(name)s is told that you no longer ask.", name=duty.person.name))
        return see_other(back)
    return render_template("experts/withdraw.html", duty=duty, back=back, roles=ROLE_WORDS, title_of=title_of)


@bp.post("/duties/<code>/ask-suggested")
@signed_in
def ask_suggested(code: str) -> ResponseReturnValue:
    """Ask the colleague who was named by somebody who said no."""
    duty = _find(code)
    with transaction():
        asked = service.ask_suggested(duty, by=me(), now=clock.now())
    flash(_("%(name)s has been asked.", name=asked.person.name))
    return see_other(_back(duty))


def _ask(session: Session | None, case: Case | None, program: Program, back: str) -> ResponseReturnValue:
    """The page of asking, for whatever it is that somebody is asked for."""
    now, role = clock.now(), _role(case)
    form = AskForm(
        day=rules.answer_by(now, session.starts_at if session else None).astimezone(ZoneInfo(program.hub.zone)).date()
    )
    found = queries.candidates(program, session, case, role, now)
    chosen = request.form.get("person", "")
    if form.validate_on_submit():
        try:
            with transaction():
                person = _person(form, found, chosen, program, now)
                service.ask(
                    session=session,
                    case=case,
                    person=person,
                    role=role,
                    by=me(),
                    now=now,
                    answer_by=_end_of(form, program, now),
                )
        except Refused as fault:
            form.form_errors.append(words_of(fault))
        else:
            flash(_("%(name)s has been asked.", name=person.name))
            return see_other(back)
    page = render_template(
        "experts/ask.html", form=form, session=session, case=case, program=program, role=role, roles=ROLE_WORDS, asks=ROLE_ASKS,
        back=back, chosen=chosen, choices=SESSION_ROLES, title_of=title_of,
        rows=[_row(each) for each in found], vouches=role in service.READS_CASES,
    )  # fmt: skip
    return page, 422 if form.errors or form.form_errors else 200


def _row(each: Candidate) -> tuple[Candidate, str | None, list[str]]:
    """A candidate, why they cannot be asked, and what else to know."""
    no = rules.hindrance(each.standing)
    return each, no.through(_) if no else None, [said.through(_) for said in rules.remarks(each.standing)]


def _person(form: AskForm, found: list[Candidate], chosen: str, program: Program, now: datetime) -> Person:
    """Who was chosen from the list, else who was named below it."""
    if form.email.data:
        known = people.by_address(form.email.data)
        if known is None and not form.name.data:
            raise Refused("The hub does not know this address yet; give the name too.")
        return known or service.known_or_new(
            name=form.name.data, email=form.email.data, zone=program.hub.zone, by=me(), now=now
        )
    for each in found:
        if each.person.code == chosen:
            return each.person
    raise Refused("Choose somebody from the list, or give an address below it.")


def _end_of(form: AskForm, program: Program, now: datetime) -> datetime | None:
    """The end of the day that was given, by the hub's clock; a day that is past counts for nothing."""
    if form.day.data is None:
        return None
    moment = datetime.combine(form.day.data, time(23, 59), ZoneInfo(program.hub.zone)).astimezone(UTC)
    return moment if moment > now else None


def _role(case: Case | None) -> DutyRole:
    if case is not None:
        return DutyRole.CASE_EXPERT
    asked = request.args.get("role", "")
    return next((role for role in SESSION_ROLES if role.value == asked), DutyRole.PANEL)


def _find(code: str) -> Duty:
    """A part, for someone who runs its program."""
    duty, now = sessions.duty_by_code(code), clock.now()
    if duty is None:
        abort(404)
    only_if(lambda: policy.may_look(me(), duty, now), 404)
    only_if(lambda: policy.may_run(me(), duty), 403)
    return duty


def _back(duty: Duty) -> str:
    return (
        url_for("sessions.show", code=duty.session.code, _anchor="parts")
        if duty.session
        else url_for("experts.list_duties")
    )


def _closed(duty: Duty, now: datetime) -> str | None:
    """Why no answer is needed any more; None while one is."""
    session = duty.session
    if duty.state is DutyState.WITHDRAWN:
        return str(_("The hub has taken this question back, so no answer is needed. Thank you all the same."))
    if session is not None and session.state is SessionState.CANCELLED:
        return str(_("This session is cancelled, so no answer is needed."))
    if session is not None and session.starts_at <= now:
        return str(
            _("This session has begun, so the answer can no longer change. Write to the hub if something is wrong.")
        )
    return None


def _answer_page(duty: Duty, form: AnswerForm, closed: str | None, status: int) -> Response:
    """The public page in the person's language and zone."""
    program, case, person, session = queries.program_of(duty), queries.duty_line(duty), duty.person, duty.session
    with force_locale(person.language):
        page = render_template(
            "experts/answer.html", duty=duty, form=form, closed=closed, program=program, case=case, person=person,
            what=title_of(session) if session else program.name, when=when_of(session, person) if session else None,
            role=ROLE_WORDS[duty.role], asks=ROLE_ASKS[duty.role], now=clock.now(),
            contact=(program.hub.contact_name, program.contact),
        )  # fmt: skip
    return Response(page, status)
