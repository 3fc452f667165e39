"""Who may do what with a session."""

from datetime import datetime

from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries as enrolments
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyState, SessionState


def may_run(person: Person, session: Session) -> bool:
    """Whoever runs its program."""
    return programs.may_run(person, session.series.program)


def has_duty(person: Person, session: Session) -> bool:
    """Whether somebody was offered or accepted a duty in it."""
    return any(
        duty.person_id == person.id and duty.state in {DutyState.OFFERED, DutyState.ACCEPTED} for duty in session.duties
    )


def may_read(person: Person, session: Session) -> bool:
    """Whoever runs the program or has a duty; participants of the series once it is no draft any more."""
    if (
        may_run(person, session)
        or has_duty(person, session)
        or enrolments.roles_in(session.series.program_id, person.id)
    ):
        return True
    return session.state is not SessionState.DRAFT and enrolments.is_enrolled(session.series_id, person.id)


def is_over(session: Session, now: datetime) -> bool:
    """Whether it took place and has ended."""
    return session.state is SessionState.SCHEDULED and session.ends_at <= now
