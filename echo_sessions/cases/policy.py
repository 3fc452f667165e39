"""Who may see and do what with a case. Everybody else must not even know that it exists."""

from datetime import datetime

from echo_sessions.cases import queries
from echo_sessions.cases.models import Case, RecommendationSheet
from echo_sessions.cases.rules import (
    EDITABLE,
    MOVES,
    CaseState,
    RecommendationState,
    visible_to_enrolled,
    visible_to_panel,
)
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries as enrolments
from echo_sessions.programs.models import Program
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, SessionState
from echo_sessions.verification import queries as verifications

PANEL = frozenset({DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT, DutyRole.SCRIBE})
SHOWN = frozenset({CaseState.SCHEDULED, CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST})
REVIEWED = frozenset({CaseState.SUBMITTED, CaseState.IN_REVIEW})


def is_author(person: Person, case: Case) -> bool:
    return case.author_id == person.id


def may_submit_to(person: Person, program: Program) -> bool:
    """Whoever takes part in a series of the program, or has a role in it."""
    return any(program.id == other.id for other in enrolments.submittable(person.id))


def may_read(person: Person, case: Case, now: datetime) -> bool:
    """The author always; those who run the program once it is submitted; and of verified people the panel from three days
    before its session, active participants of the series from the session's start; nobody else."""
    if is_author(person, case):
        return True
    if case.state is CaseState.DRAFT:
        return False
    if programs.may_run(person, case.program):
        return True
    return _is_in_its_room(person, case, now) and verifications.is_verified(person.id, now)


def waits_for_verification(person: Person, case: Case, now: datetime) -> bool:
    """Whether somebody would read the case now, were they verified: they may be told so, since they know of it."""
    return not may_read(person, case, now) and case.state is not CaseState.DRAFT and _is_in_its_room(person, case, now)


def may_read_story(person: Person, case: Case, now: datetime) -> bool:
    """Whoever may read the case; what its author took back nobody else reads any more."""
    return may_read(person, case, now) and (is_author(person, case) or case.state is not CaseState.WITHDRAWN)


def may_run(person: Person, case: Case) -> bool:
    """Whoever runs its program, once it is submitted."""
    return case.state is not CaseState.DRAFT and programs.may_run(person, case.program)


def may_edit(person: Person, case: Case, now: datetime) -> bool:
    """Only the author, while the story may change: not once the session has begun that shows it."""
    if not is_author(person, case) or case.state not in EDITABLE:
        return False
    return case.state is not CaseState.SCHEDULED or case.session is None or now < case.session.starts_at


def may_withdraw(person: Person, case: Case) -> bool:
    """The author, until the group has heard it."""
    return is_author(person, case) and CaseState.WITHDRAWN in MOVES[case.state]


def may_review(person: Person, case: Case) -> bool:
    """Whoever runs the program, but never the own case."""
    return may_run(person, case) and not is_author(person, case)


def may_give_back(person: Person, case: Case, now: datetime) -> bool:
    """The author may give a slot back until the session begins."""
    return (
        is_author(person, case)
        and case.state is CaseState.SCHEDULED
        and case.session is not None
        and now < case.session.starts_at
    )


def may_recommend(person: Person, case: Case, now: datetime) -> bool:
    """Whoever runs the program, and the session's panel and scribe, from the session's start; never the author."""
    session = _live(case)
    if (
        is_author(person, case)
        or session is None
        or case.state not in SHOWN
        or case.backup
        or not visible_to_enrolled(now, session.starts_at)
    ):
        return False
    return programs.may_run(person, case.program) or _on_panel(person, case, now)


def may_approve(person: Person, case: Case, sheet: RecommendationSheet | None, now: datetime) -> bool:
    """An expert of the session's panel (not the scribe), or whoever runs the program in their place; never the author."""
    if sheet is None or not may_recommend(person, case, now):
        return False
    return programs.may_run(person, case.program) or queries.has_duty(case, person.id, PANEL - {DutyRole.SCRIBE})


def may_read_recommendations(person: Person, case: Case, sheet: RecommendationSheet | None, now: datetime) -> bool:
    """Those who write them, but not the author of the case; the author and the participants once they were sent."""
    if sheet is None:
        return False
    if may_recommend(person, case, now) and not is_author(person, case):
        return True
    return sheet.state is RecommendationState.SENT and may_read(person, case, now)


def _is_in_its_room(person: Person, case: Case, now: datetime) -> bool:
    return _on_panel(person, case, now) or _enrolled(person, case, now)


def _live(case: Case) -> Session | None:
    """The session of the case, unless it is cancelled."""
    return case.session if case.session is not None and case.session.state is not SessionState.CANCELLED else None


def _on_panel(person: Person, case: Case, now: datetime) -> bool:
    session = _live(case)
    if session is None or case.state not in SHOWN or case.backup:
        return False
    return visible_to_panel(now, session.starts_at) and queries.has_duty(case, person.id, PANEL)


def _enrolled(person: Person, case: Case, now: datetime) -> bool:
    session = _live(case)
    if session is None or case.state not in SHOWN or case.backup:
        return False
    return visible_to_enrolled(now, session.starts_at) and enrolments.is_enrolled(session.series_id, person.id)
