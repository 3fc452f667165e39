"""Who may ask, and see who was asked."""

from datetime import datetime

from echo_sessions.experts import queries
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.sessions.models import Duty


def may_run(person: Person, duty: Duty) -> bool:
    """Whoever runs the program the part belongs to."""
    return programs.may_run(person, queries.program_of(duty))


def may_look(person: Person, duty: Duty, now: datetime) -> bool:
    """The same, and the program's auditors, who know of it and change nothing."""
    return programs.may_look(person, queries.program_of(duty), now)
