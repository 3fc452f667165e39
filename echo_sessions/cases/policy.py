"""Who may see and do what with a case. Everybody else must not even know that it exists."""

from datetime import datetime

from echo_sessions.cases import glass_queries, queries
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case, Recall, RecommendationSheet
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
from echo_sessions.programs.rules import ROLE_WORDS, Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, SessionState
from echo_sessions.verification import queries as verifications
from echo_sessions.words import msgid

PANEL = frozenset({DutyRole.FACILITATOR, DutyRole.PANEL, DutyRole.CASE_EXPERT, DutyRole.SCRIBE})
SHOWN = frozenset({CaseState.SCHEDULED, CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST})
GLAZED = SHOWN | {CaseState.SUBMITTED, CaseState.IN_REVIEW, CaseState.CHANGES_REQUESTED, CaseState.ACCEPTED}
"""What may be opened in an emergency: neither drafts nor what was declined or taken back."""
BREAKS_GLASS = frozenset({Role.FACILITATOR, Role.EXPERT, Role.OBSERVER})
REVIEWED = frozenset({CaseState.SUBMITTED, CaseState.IN_REVIEW})


def is_author(person: Person, case: Case) -> bool:
    return case.author_id == person.id


def may_submit_to(person: Person, program: Program) -> bool:
    """Whoever takes part in a series of the program, runs it, or is its expert or facilitator."""
    return any(program.id == other.id for other in enrolments.submittable(person.id))


def may_read(person: Person, case: Case, now: datetime) -> bool:
    """The author always; those who run the program once it is submitted; and of verified people the panel from three days
    before its session, with the program's facilitators; active participants of the series and observers of the program from
    the session's start; nobody else. A case that was taken out
    of view nobody, but its author once it is there to be corrected."""
    if case.dark_since is not None:
        return case.back_with_author and is_author(person, case)
    return _would_read(person, case, now)


def _would_read(person: Person, case: Case, now: datetime) -> bool:
    """Who reads the case, were it in view."""
    if is_author(person, case):
        return True
    if case.state is CaseState.DRAFT:
        return False
    if programs.may_run(person, case.program) or glass_queries.is_broken(case.id, person.id, now):
        return True
    return _is_in_its_room(person, case, now) and verifications.is_verified(person.id, now)


def may_audit(person: Person, case: Case, now: datetime) -> bool:
    """An auditor of its program sees that the case is there, its state and who moved it, and never a word of its text."""
    return (
        case.dark_since is None
        and case.state is not CaseState.DRAFT
        and not is_author(person, case)
        and programs.may_audit(person, case.program, now)
    )


def may_look(person: Person, case: Case, now: datetime) -> bool:
    """Whoever may read it, and its auditors, who see the page without the text."""
    return may_read(person, case, now) or may_audit(person, case, now)


def waits_for_verification(person: Person, case: Case, now: datetime) -> bool:
    """Whether somebody would read the case now, were they verified: they may be told so, since they know of it."""
    if case.dark_since is not None or case.state is CaseState.DRAFT:
        return False
    return not may_read(person, case, now) and _is_in_its_room(person, case, now)


def may_read_story(person: Person, case: Case, now: datetime) -> bool:
    """Whoever may read the case; what its author took back nobody else reads any more."""
    return may_read(person, case, now) and (is_author(person, case) or case.state is not CaseState.WITHDRAWN)


def may_run(person: Person, case: Case) -> bool:
    """Whoever runs its program, once it is submitted and while it is in view."""
    return case.dark_since is None and case.state is not CaseState.DRAFT and programs.may_run(person, case.program)


def may_edit(person: Person, case: Case, now: datetime) -> bool:
    """Only the author, while the story may change: not once the session has begun that shows it."""
    if not is_author(person, case) or case.state not in EDITABLE or _is_out_of_view(case):
        return False
    return case.state is not CaseState.SCHEDULED or case.session is None or now < case.session.starts_at


def may_withdraw(person: Person, case: Case) -> bool:
    """The author, until the group has heard it."""
    return is_author(person, case) and CaseState.WITHDRAWN in MOVES[case.state] and case.dark_since is None


def may_review(person: Person, case: Case) -> bool:
    """Whoever runs the program, but never the own case."""
    return may_run(person, case) and not is_author(person, case)


def may_give_back(person: Person, case: Case, now: datetime) -> bool:
    """The author may give a slot back until the session begins."""
    return (
        is_author(person, case)
        and case.dark_since is None
        and case.state is CaseState.SCHEDULED
        and case.session is not None
        and now < case.session.starts_at
    )


def may_recommend(person: Person, case: Case, now: datetime) -> bool:
    """Whoever runs the program, and the session's panel and scribe, from the session's start; never the author."""
    session = _live(case)
    if (
        is_author(person, case)
        or case.dark_since is not None
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


def may_break_glass(person: Person, case: Case, now: datetime) -> bool:
    """In an emergency, whoever has a part in the program and is outside of its hours (experts, facilitators, observers), and
    whoever runs another program of the hub; all of them verified. Never a draft, nor what was taken back or out of view."""
    if case.state not in GLAZED or case.dark_since is not None or case.forgotten_at is not None:
        return False
    if may_read(person, case, now) or not verifications.is_verified(person.id, now):
        return False
    return bool(enrolments.roles_in(case.program_id, person.id) & BREAKS_GLASS) or enrolments.runs_any(person.id)


def may_see_openings(person: Person, case: Case, now: datetime) -> bool:
    """The author, who runs the program, and its auditors see who opened a case."""
    return is_author(person, case) or may_run(person, case) or may_audit(person, case, now)


def role_word(person: Person, case: Case, now: datetime) -> str:
    """As what somebody looks at a case: their strongest tie to it, in a word."""
    if glass_queries.is_broken(case.id, person.id, now):
        return msgid("by breaking the glass")
    roles = enrolments.roles_in(case.program_id, person.id)
    for role in Role:
        if role in roles:
            return ROLE_WORDS[role]
    if enrolments.is_staff(person.id):
        return msgid("Staff of the hub")
    if programs.may_audit(person, case.program, now):
        return ROLE_WORDS[Role.AUDITOR]
    if case.session_id is not None and queries.has_duty(case, person.id, PANEL):
        return msgid("Panel")
    return msgid("Runs another program") if enrolments.runs_any(person.id) else msgid("Participant")


def may_recall(person: Person, case: Case, now: datetime) -> bool:
    """Whoever may read it takes it out of everybody's view; a draft is seen by nobody else anyway."""
    return case.state is not CaseState.DRAFT and case.dark_since is None and may_read(person, case, now)


def may_say_consent_ended(person: Person, case: Case, now: datetime) -> bool:
    """The author hears it from the patient, and those who run the program from the author."""
    return may_recall(person, case, now) and (is_author(person, case) or may_run(person, case))


def knew_of(person: Person, case: Case, now: datetime) -> bool:
    """Whether somebody would read a case that is out of view, were it not: they are told that it is being looked at."""
    return case.dark_since is not None and (_would_read(person, case, now) or is_author(person, case))


def may_handle(person: Person, recall: Recall) -> bool:
    """Its officers while they still run the program, and owners of the hub; never the author of the case."""
    if recall.case.author_id == person.id:
        return False
    if recalls.is_owner(person.id):
        return True
    return recalls.is_officer(recall, person) and programs.may_run(person, recall.case.program)


def may_undo(person: Person, recall: Recall) -> bool:
    """The same, but not who raised it: two others must agree."""
    return may_handle(person, recall) and recall.raised_by_id != person.id


def may_see_recall(person: Person, recall: Recall) -> bool:
    """Who handles it, who raised it, and the author, each seeing what is theirs; the text nobody."""
    return person.id in {recall.raised_by_id, recall.case.author_id} or may_handle(person, recall)


def _is_out_of_view(case: Case) -> bool:
    return case.dark_since is not None and not case.back_with_author


def _is_in_its_room(person: Person, case: Case, now: datetime) -> bool:
    return _on_panel(person, case, now) or _moderates(person, case, now) or _enrolled(person, case, now)


def _live(case: Case) -> Session | None:
    """The session of the case, unless it is cancelled."""
    return case.session if case.session is not None and case.session.state is not SessionState.CANCELLED else None


def _on_panel(person: Person, case: Case, now: datetime) -> bool:
    """Agreed to a part in its session that reads cases, from three days before."""
    session = _shown_in(case)
    return session is not None and visible_to_panel(now, session.starts_at) and queries.has_duty(case, person.id, PANEL)


def _moderates(person: Person, case: Case, now: datetime) -> bool:
    """A facilitator of the program reads with the panel, and writes nothing without a part in the session."""
    session = _shown_in(case)
    if session is None or not visible_to_panel(now, session.starts_at):
        return False
    return Role.FACILITATOR in enrolments.roles_in(case.program_id, person.id)


def _enrolled(person: Person, case: Case, now: datetime) -> bool:
    """A participant of the series or an observer of the program, from the start of the session."""
    session = _shown_in(case)
    if session is None or not visible_to_enrolled(now, session.starts_at):
        return False
    if enrolments.is_enrolled(session.series_id, person.id):
        return True
    return Role.OBSERVER in enrolments.roles_in(case.program_id, person.id)


def _shown_in(case: Case) -> Session | None:
    """The session in which the group sees the case, if it has one: backups and what is not placed nobody sees."""
    return None if case.state not in SHOWN or case.backup else _live(case)
