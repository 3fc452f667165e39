"""Who may do what with attendance."""

from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.sessions.models import Session


def may_settle(person: Person, session: Session) -> bool:
    """Only whoever runs the program: a register tells who was where, and nobody else need know that it exists."""
    return programs.may_run(person, session.series.program)
