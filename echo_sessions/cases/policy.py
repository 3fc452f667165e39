"""Who may see and do what with a case. Everybody else must not even know that it exists."""

from datetime import datetime

from echo_sessions.cases.models import Case, RecommendationSheet
from echo_sessions.cases.rules import EDITABLE, CaseState, RecommendationState, visible_to_enrolled, visible_to_panel
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries as enrolments
from echo_sessions.programs.models import Program
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState

PANEL = frozenset({DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT, DutyRole.SCRIBE})
SHOWN = frozenset({CaseState.SCHEDULED, CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST})


def is_author(person: Person, case: Case) -> bool:
    return case.author_id == person.id


def may_submit_to(person: Person, program: Program) -> bool:
    """Whoever takes part in a series of the program, or has a role in it."""
    return programs.may_read(person, program)


def may_read(person: Person, case: Case, now: datetime) -> bool:
    """The author always; reviewers once it is submitted; the panel from three days before its session; active
    participants of the series from the session's start; nobody else."""
    if is_author(person, case):
        return True
    if case.state is CaseState.DRAFT:
        return False
    if programs.may_run(person, case.program):
        return True
    return _on_panel(person, case, now) or _enrolled(person, case, now)


def may_edit(person: Person, case: Case) -> bool:
    """Only the author, while the story may change."""
    return is_author(person, case) and case.state in EDITABLE


def may_review(person: Person, case: Case, now: datetime) -> bool:
    """Whoever runs the program, but never the own case."""
    return programs.may_run(person, case.program) and not is_author(person, case)


def may_recommend(person: Person, case: Case, now: datetime) -> bool:
    """Whoever runs the program, and the session's panel and scribe, from the session's start."""
    if case.state not in SHOWN or case.session is None or not visible_to_enrolled(now, case.session.starts_at):
        return False
    return programs.may_run(person, case.program) or _on_panel(person, case, now)


def may_approve(person: Person, case: Case, sheet: RecommendationSheet | None, now: datetime) -> bool:
    """An expert of the session's panel (not the scribe), or a director or coordinator in their place; never the author."""
    if is_author(person, case) or sheet is None or not may_recommend(person, case, now):
        return False
    return programs.may_run(person, case.program) or _duty(person, case, PANEL - {DutyRole.SCRIBE})


def may_read_recommendations(person: Person, case: Case, sheet: RecommendationSheet | None, now: datetime) -> bool:
    """Those who write them; the author and the participants only once they were sent."""
    if sheet is None:
        return False
    if may_recommend(person, case, now):
        return True
    return sheet.state is RecommendationState.SENT and may_read(person, case, now)


def _on_panel(person: Person, case: Case, now: datetime) -> bool:
    session = case.session
    if session is None or session.state is SessionState.CANCELLED or case.state not in SHOWN:
        return False
    return visible_to_panel(now, session.starts_at) and _duty(person, case, PANEL)


def _duty(person: Person, case: Case, roles: frozenset[DutyRole]) -> bool:
    duties = case.session.duties if case.session is not None else []
    return any(
        duty.person_id == person.id and duty.state is DutyState.ACCEPTED and duty.role in roles and duty.case_id in {None, case.id}
        for duty in duties
    )


def _enrolled(person: Person, case: Case, now: datetime) -> bool:
    session = case.session
    if session is None or session.state is SessionState.CANCELLED or case.state not in SHOWN or case.backup:
        return False
    return visible_to_enrolled(now, session.starts_at) and enrolments.is_enrolled(session.series_id, person.id)
