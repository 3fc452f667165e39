"""Pages for those who answer for a program, pay for it or audit it; those about the hub's staff stand beside."""

from datetime import datetime

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.cases import policy as case_policy
from echo_sessions.cases.blueprint import find as find_case
from echo_sessions.cases.models import Case
from echo_sessions.oversight import counting, holders, policy
from echo_sessions.oversight.blueprint import bp
from echo_sessions.oversight.rights import RIGHT_WORDS, Right
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs.blueprint import find_program
from echo_sessions.web.guard import signed_in
from echo_sessions.web.paging import page_of


@bp.get("/programs/<code>/counts")
@signed_in
def counts(code: str) -> ResponseReturnValue:
    """Figures of a program for sponsors, site leads and those who run it; none under five is shown."""
    program = find_program(code, knows=programs.may_count)
    found = counting.counts_of(program, clock.now())
    cells = {measure.name: {way: dict(told.parts) for way, told in measure.by.items()} for measure in found.measures}
    parts = {
        way: list(dict.fromkeys(part for each in cells.values() for part in each[way])) for way in counting.BY_WORDS
    }
    held = dict(found.sessions_by_month)
    parts[counting.MONTH] = sorted({*parts[counting.MONTH], *held}, reverse=True)
    return render_template(
        "oversight/counts.html", program=program, counts=found, cells=cells, parts=parts, held=held, by_words=counting.BY_WORDS
    )  # fmt: skip


@bp.get("/programs/<code>/roles")
@signed_in
def list_rights(code: str) -> ResponseReturnValue:
    """Who may do what in a program, and from which row that follows."""
    program, now = find_program(code, knows=policy.may_see_rights), clock.now()
    words, asked = request.args.get("q", ""), request.args.get("right", "")
    right = Right(asked) if asked in set(Right) else None
    page = page_of(holders.holders(program, now, words, right))
    numbers = [person.id for person in page.rows]
    return render_template(
        "oversight/list_rights.html", program=program, page=page, q=words, chosen=asked, right=right, right_words=RIGHT_WORDS,
        reasons=holders.reasons(program, numbers, now), verified=holders.verified_until(numbers, now),
    )  # fmt: skip


@bp.get("/cases/<code>/readers")
@signed_in
def case_readers(code: str) -> ResponseReturnValue:
    """Who may read this case now, who will, who not yet, and why: by the very rules that open its page."""
    now = clock.now()
    case = find_case(code, lambda person, case: policy.may_see_readers(person, case, now))
    page = page_of(holders.readers(case))
    numbers = [person.id for person in page.rows]
    reasons = holders.reasons(case.program, numbers, now)
    verified = holders.verified_until(numbers, now)
    rows = [(person, *_reading(person, case, now), reasons.get(person.id, [])) for person in page.rows]
    return render_template(
        "oversight/case_readers.html", case=case, page=page, rows=rows, verified=verified, Right=Right
    )


def _reading(person: Person, case: Case, now: datetime) -> tuple[str, str, str]:
    """A word, its tone, and why."""
    if case_policy.is_author(person, case):
        return _("Reads it"), "good", _("wrote it")
    if case_policy.may_read_story(person, case, now):
        return _("Reads it"), "good", ""
    if case_policy.may_audit(person, case, now):
        return _("Without its text"), "info", _("as auditor")
    if case_policy.waits_for_verification(person, case, now):
        return _("Not verified"), "attention", _("would read it, once verified")
    if case.session is not None and now < case.session.starts_at:
        return (
            _("Later"),
            "info",
            _("from three days before the session for its panel, from its start for participants"),
        )
    return _("Does not"), "quiet", ""
