"""Who may do what with a session."""

from datetime import datetime

from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries as enrolments
from echo_sessions.programs.rules import ENTERS, PREPARES, TAKES_PART, Role
from echo_sessions.sessions import queries
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, DutyState, SessionState


def may_run(person: Person, session: Session) -> bool:
    """Whoever runs its program."""
    return programs.may_run(person, session.series.program)


def may_look(person: Person, session: Session, now: datetime) -> bool:
    """Whoever runs its program or audits it: readiness, people and answers, history. Only the first may change them."""
    return programs.may_look(person, session.series.program, now)


def has_duty(person: Person, session: Session) -> bool:
    """Whether somebody was offered or accepted a duty in it."""
    return any(
        duty.person_id == person.id and duty.state in {DutyState.OFFERED, DutyState.ACCEPTED} for duty in session.duties
    )


def facilitates(person: Person, session: Session) -> bool:
    """Whether somebody moderates it: a facilitator of the program, or who agreed to that part in this session."""
    if Role.FACILITATOR in enrolments.roles_in(session.series.program_id, person.id):
        return True
    return any(
        duty.person_id == person.id and duty.role is DutyRole.FACILITATOR and duty.state is DutyState.ACCEPTED
        for duty in session.duties
    )


def may_follow_live(person: Person, session: Session) -> bool:
    """The page for the second screen while it is on: whoever runs the program, moderates, or writes down what is said."""
    if may_run(person, session) or facilitates(person, session):
        return True
    return any(
        duty.person_id == person.id and duty.role is DutyRole.SCRIBE and duty.state is DutyState.ACCEPTED
        for duty in session.duties
    )


def may_read(person: Person, session: Session) -> bool:
    """Whoever runs or prepares the program or has a duty in it; once it is no draft any more also observers, evaluators
    and the participants of the series. Sponsors read no session, and auditors by `may_look`."""
    roles = enrolments.roles_in(session.series.program_id, person.id)
    if may_run(person, session) or has_duty(person, session) or roles & PREPARES:
        return True
    if session.state is SessionState.DRAFT:
        return False
    return bool(roles & TAKES_PART) or enrolments.is_enrolled(session.series_id, person.id)


def may_see_people(person: Person, session: Session, now: datetime) -> bool:
    """Who takes part and what they answered: those who look at the program's records, and whoever moderates."""
    return may_look(person, session, now) or facilitates(person, session)


def may_enter(person: Person, session: Session) -> bool:
    """Whoever takes part or has a part, runs the program, moderates it, or observes it: an observer was approved by being
    appointed. Experts enter the sessions they are asked to; evaluators, sponsors and auditors none."""
    if queries.belongs(person.id, session) or may_run(person, session):
        return True
    return bool(enrolments.roles_in(session.series.program_id, person.id) & ENTERS)


def is_over(session: Session, now: datetime) -> bool:
    """Whether it took place and has ended."""
    return session.state is SessionState.SCHEDULED and session.ends_at <= now
