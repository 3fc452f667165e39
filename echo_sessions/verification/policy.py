"""Who may look at somebody's check, decide it, and vouch. Nobody checks or vouches for themselves."""

from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.verification import queries
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import Way


def may_list(person: Person) -> bool:
    """Whoever runs a program or leads a site; each sees only their own people."""
    return programs.runs_anything(person.id) or queries.leads_any(person.id)


def may_read(person: Person, row: Verification) -> bool:
    """Those who decide it, and the lead of the person's site; never the person, who has the own page."""
    return person.id != row.person_id and (queries.runs_for(person.id, row) or queries.leads(person.id, row.person_id))


def may_decide(person: Person, row: Verification) -> bool:
    """Whoever runs a program in which the other has a part. They alone see the number and the employer's letter."""
    return person.id != row.person_id and queries.runs_for(person.id, row)


def may_vouch(person: Person, other: Person, program: Program | None) -> bool:
    """The lead of their site; the program's director, or where there is none whoever runs it; the hub's staff."""
    if person.id == other.id:
        return False
    if programs.is_staff(person.id) or queries.leads(person.id, other.id):
        return True
    return any(person.id == one.id for one in queries.vouchers_of(program, other.id))


def may_vouch_for(person: Person, other: Person) -> bool:
    """The same for somebody who has not asked, in any program where they have a part."""
    return may_vouch(person, other, None) or any(
        may_vouch(person, other, program) for program in queries.programs_of(other.id)
    )


def vouches_as(person: Person, other: Person) -> Way:
    """In which part somebody vouches: as the lead of the site where they lead it, else for the program."""
    return Way.SITE_LEAD if queries.leads(person.id, other.id) else Way.DIRECTOR
