"""Sending a report, and its receipt."""

from collections.abc import Sequence

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from wtforms.fields.choices import SelectChoice

from echo_sessions import clock
from echo_sessions.cases import queries as cases
from echo_sessions.conduct import policy, queries, service
from echo_sessions.conduct.blueprint import bp, find_own
from echo_sessions.conduct.forms import ReportForm
from echo_sessions.conduct.rules import DECIDED_WITHIN, RECEIPT_WORDS
from echo_sessions.database import db, transaction
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person, Staff
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import RUNS
from echo_sessions.sessions import queries as sessions
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in


@bp.route("/report", methods=["GET", "POST"])
@signed_in
def report() -> ResponseReturnValue:
    """Say that something is not as the code of conduct asks. `?about=` carries the code of the page one came from."""
    thing = request.args.get("about", "")[:40]
    known = _known(me())
    here = _program_of(thing)
    form = ReportForm(thing=thing, program=here.code if here is not None and here in known else None)
    form.program.choices = [
        *(SelectChoice(program.code, program.name) for program in known),
        SelectChoice("", _("Somewhere else, or in the hub as a whole")),
    ]
    form.about.choices = [SelectChoice(person.code, words) for person, words in _who_reads(known)]
    if not form.validate_on_submit():
        page = render_template(
            "conduct/report.html", form=form, before=queries.reports_of(me().id), words=RECEIPT_WORDS,
            days=DECIDED_WITHIN.days,
        )  # fmt: skip
        return page, 422 if form.errors else 200
    thing = form.thing.data.strip().upper()
    accused = _accused(form.about.data, thing)
    with transaction():
        made = service.report(
            reporter=me(), program=next((p for p in known if p.code == form.program.data), None), thing=thing or None,
            about=accused, who=form.who.data, text=form.text.data, contact=form.contact.data, now=clock.now(),
        )  # fmt: skip
        code = made[0].code
    flash(_("Thank you. Your report has arrived."))
    return see_other(url_for("conduct.receipt", code=code))


@bp.get("/report/<code>")
@signed_in
def receipt(code: str) -> ResponseReturnValue:
    """The reporter's receipt: that it arrived, how it stands, by when. Not what was decided about whom."""
    incident = find_own(code, policy.is_reporter)
    return render_template(
        "conduct/receipt.html", incident=incident, words=RECEIPT_WORDS[incident.state],
        somebody=bool(queries.handlers(incident)), hub=queries.hub_of(incident),
    )  # fmt: skip


def _known(person: Person) -> Sequence[Program]:
    """The programs somebody could have seen something in, by name."""
    chosen = select(Program).where(Program.id.in_(programs.programs_known_to(person.id)))
    return db.session.scalars(chosen.order_by(Program.name, Program.id)).unique().all()


def _who_reads(known: Sequence[Program]) -> list[tuple[Person, str]]:
    """Who would read reports from these programs, each with what they do there, by name."""
    works: dict[Person, list[str]] = {}
    chosen = select(Staff).options(joinedload(Staff.person))
    for staff in db.session.scalars(chosen).unique():
        works.setdefault(staff.person, []).append(_("works for the hub"))
    roles = select(Membership).where(
        Membership.program_id.in_([program.id for program in known]), Membership.role.in_(RUNS)
    )
    for membership in db.session.scalars(
        roles.options(joinedload(Membership.person), joinedload(Membership.program))
    ).unique():
        works.setdefault(membership.person, []).append(_("runs %(program)s", program=membership.program.name))
    found = [(person, f"{person.name} ({', '.join(dict.fromkeys(what))})") for person, what in works.items()]
    return sorted(((p, words) for p, words in found if p.id != me().id), key=lambda pair: pair[0].name.casefold())


def _accused(codes: Sequence[str], thing: str) -> list[Person]:
    """Everybody who is ticked, and the person whose own page it was reported from."""
    found = [people.by_code(code) for code in dict.fromkeys([*codes, thing if thing.startswith("P-") else ""]) if code]
    return [person for person in found if person is not None and person.id != me().id]


def _program_of(thing: str) -> Program | None:
    """The program that a code belongs to. Whether there is such a thing is told to nobody who does not know it."""
    kind = thing.split("-")[0]
    if kind == "PRG":
        return programs.program_by_code(thing)
    if kind == "SER":
        series = programs.series_by_code(thing)
        return series.program if series else None
    if kind == "S":
        session = sessions.by_code(thing)
        return session.series.program if session else None
    case = cases.by_code(thing) if thing else None
    return case.program if case else None
