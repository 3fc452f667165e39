"""Who may do what with a program and its series.

To run is to change; to look is to read what those who run it read, which its auditors may for a time; to read is to take
part; to know is to see the charter. A function without `now` says nothing of auditors.
"""

from datetime import datetime

from echo_sessions.people.models import Person
from echo_sessions.people.queries import staff_role
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries
from echo_sessions.programs.models import Program, Series, Site
from echo_sessions.programs.rules import TAKES_PART, Role


def is_owner(person: Person) -> bool:
    """An owner of the hub: appoints its staff, and sees who may do what in all of it."""
    staff = staff_role(person.id)
    return staff is not None and staff.role is StaffRole.OWNER


def may_found(person: Person) -> bool:
    """Only staff of the hub found programs."""
    return queries.is_staff(person.id)


def may_run(person: Person, program: Program) -> bool:
    """Staff of the hub, and the program's directors and coordinators."""
    return queries.runs(program.id, person.id)


def may_audit(person: Person, program: Program, now: datetime) -> bool:
    """An auditor of the program until the last moment of the appointment; afterwards a stranger."""
    return queries.audits(program.id, person.id, now)


def may_look(person: Person, program: Program, now: datetime) -> bool:
    """Whoever runs it or audits it: reads its records. Only the first may change them."""
    return may_run(person, program) or may_audit(person, program, now)


def may_evaluate(person: Person, program: Program, now: datetime) -> bool:
    """Evaluators besides: figures, certificates and the rules of credit; no case, no register."""
    return may_look(person, program, now) or Role.EVALUATOR in queries.roles_in(program.id, person.id)


def may_count(person: Person, program: Program, now: datetime) -> bool:
    """Figures in which nobody can be recognised: sponsors and leads of sites that take part, besides those above."""
    if may_evaluate(person, program, now) or Role.SPONSOR in queries.roles_in(program.id, person.id):
        return True
    return queries.leads_in(program.id, person.id)


def may_know(person: Person, program: Program, now: datetime) -> bool:
    """Whoever takes part in it, looks at it, or may see its counts reads its charter."""
    return may_read(person, program) or may_count(person, program, now)


def may_read(person: Person, program: Program) -> bool:
    """Whoever runs it, has a role in it that takes part, or is enrolled in one of its series: sees who is who and when."""
    if queries.roles_in(program.id, person.id) & TAKES_PART or queries.is_staff(person.id):
        return True
    return any(queries.is_enrolled(series.id, person.id) for series in program.series)


def may_read_series(person: Person, series: Series) -> bool:
    """Whoever runs the program or has a role in it that takes part, and the series' participants."""
    if queries.roles_in(series.program_id, person.id) & TAKES_PART or queries.is_staff(person.id):
        return True
    return queries.is_enrolled(series.id, person.id)


def may_see_people(person: Person, now: datetime | None = None) -> bool:
    """Whoever runs a program sees its people, and with `now` whoever audits one; staff of the hub sees everybody."""
    if queries.is_staff(person.id) or queries.runs_any(person.id):
        return True
    return now is not None and queries.audits_anything(person.id, now)


def may_see(person: Person, other: Person) -> bool:
    """Staff of the hub, and whoever runs a program that the other has or had a part in: may amend the record too."""
    return queries.is_staff(person.id) or queries.is_tied(other.id, queries.programs_run_by(person.id))


def may_look_at(person: Person, other: Person, now: datetime) -> bool:
    """The same, and auditors of such a program, who only read."""
    return may_see(person, other) or queries.is_tied(other.id, queries.programs_audited_by(person.id, now))


def may_publish(person: Person) -> bool:
    """Only staff of the hub publish its texts."""
    return queries.is_staff(person.id)


def may_keep_sites(person: Person) -> bool:
    """Whoever runs a program keeps the hub's list of sites; they are shared by all programs."""
    return queries.is_staff(person.id) or queries.runs_any(person.id)


def may_see_sites(person: Person, now: datetime) -> bool:
    """The same, and auditors, who only read."""
    return may_keep_sites(person) or queries.audits_anything(person.id, now)


def may_see_room(person: Person, site: Site) -> bool:
    """The site's leads and staff of the hub, for its whole room; whoever runs a program with people there, for those."""
    if leads(person, site) or queries.is_staff(person.id):
        return True
    return queries.takes_part_from(site.id, queries.programs_run_by(person.id))


def leads(person: Person, site: Site) -> bool:
    """Whether somebody answers for this site."""
    return any(led.id == site.id for led in queries.sites_led_by(person.id))


def may_see_access_needs(person: Person, other: Person) -> bool:
    """The person, and whoever runs a program that the other takes part in or has a role in now."""
    return person.id == other.id or queries.takes_part_in(other.id, queries.programs_run_by(person.id))
