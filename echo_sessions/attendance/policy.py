"""Who may do what with attendance."""

from datetime import datetime

from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.sessions.models import Session


def may_settle(person: Person, session: Session) -> bool:
    """Only whoever runs the program: a register tells who was where, and nobody else need know that it exists."""
    return programs.may_run(person, session.series.program)


def may_look(person: Person, session: Session, now: datetime) -> bool:
    """The same, and the program's auditors: files, evidence, decisions and register, to be read only."""
    return programs.may_look(person, session.series.program, now)
