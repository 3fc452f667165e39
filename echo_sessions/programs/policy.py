"""Who may do what with a program and its series."""

from echo_sessions.people.models import Person
from echo_sessions.programs import queries
from echo_sessions.programs.models import Program, Series


def may_found(person: Person) -> bool:
    """Only staff of the hub found programs."""
    return queries.is_staff(person.id)


def may_run(person: Person, program: Program) -> bool:
    """Staff of the hub, and the program's directors and coordinators."""
    return queries.runs(program.id, person.id)


def may_read(person: Person, program: Program) -> bool:
    """Whoever runs it, has a role in it, or is enrolled in one of its series."""
    if queries.roles_in(program.id, person.id) or queries.is_staff(person.id):
        return True
    return any(queries.is_enrolled(series.id, person.id) for series in program.series)


def may_read_series(person: Person, series: Series) -> bool:
    """Whoever runs the program or has a role in it, and the series' participants."""
    if queries.roles_in(series.program_id, person.id) or queries.is_staff(person.id):
        return True
    return queries.is_enrolled(series.id, person.id)


def may_see_people(person: Person) -> bool:
    """Whoever runs a program sees its people; staff of the hub sees everybody."""
    return queries.is_staff(person.id) or queries.runs_any(person.id)


def may_see(person: Person, other: Person) -> bool:
    """Staff of the hub, and whoever runs a program that the other has or had a part in."""
    return queries.is_staff(person.id) or queries.is_tied(other.id, queries.programs_run_by(person.id))


def may_publish(person: Person) -> bool:
    """Only staff of the hub publish its statement of collaboration."""
    return queries.is_staff(person.id)
