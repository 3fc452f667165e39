"""Who may see who may do what, and change who works for the hub."""

from datetime import datetime

from echo_sessions.cases import policy as cases
from echo_sessions.cases.models import Case
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs.models import Program


def may_see_rights(person: Person, program: Program, now: datetime) -> bool:
    """Whoever runs the program, and its auditors."""
    return programs.may_look(person, program, now)


def may_see_staff(person: Person) -> bool:
    """Staff of the hub know that the page is there."""
    return programs.may_found(person)


def may_appoint_staff(person: Person) -> bool:
    """Owners alone."""
    return programs.is_owner(person)


def may_see_readers(person: Person, case: Case, now: datetime) -> bool:
    """Its author, whoever runs its program, and its auditors: who may read it is a record like others."""
    return cases.is_author(person, case) or cases.may_run(person, case) or cases.may_audit(person, case, now)
