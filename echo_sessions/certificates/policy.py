"""Who may see certificates, and take them back."""

from datetime import datetime

from sqlalchemy import Select, or_, select

from echo_sessions.certificates.models import Certificate
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs import policy as programs
from echo_sessions.programs import queries as program_queries
from echo_sessions.programs.models import Program
from echo_sessions.programs.rules import Role
from echo_sessions.sessions import queries as sessions


def program_of(certificate: Certificate) -> Program | None:
    """The program a certificate is about, by its session or series."""
    session = sessions.by_code(certificate.activity)
    series = session.series if session else program_queries.series_by_code(certificate.activity)
    return series.program if series else None


def may_run(person: Person, certificate: Certificate) -> bool:
    """Whoever runs its program issues another, prints it again, takes it back."""
    program = program_of(certificate)
    return program is not None and programs.may_run(person, program)


def may_read(person: Person, certificate: Certificate, now: datetime) -> bool:
    """Its holder, for good, wherever they work now; and who runs, evaluates or audits its program."""
    if certificate.person_id == person.id:
        return True
    program = program_of(certificate)
    return program is not None and programs.may_evaluate(person, program, now)


def programs_listed(person: Person, now: datetime) -> Select[int]:
    """The ids of the programs whose certificates somebody lists."""
    looked_at = program_queries.programs_looked_at_by(person.id, now)
    evaluated = program_queries.programs_with_role(person.id, {Role.EVALUATOR})
    return select(Program.id).where(or_(Program.id.in_(looked_at), Program.id.in_(evaluated)))


def may_list(person: Person, now: datetime) -> bool:
    """Whether there is any such program; staff of the hub has the page before the first program is founded."""
    return program_queries.is_staff(person.id) or db.session.scalar(programs_listed(person, now).limit(1)) is not None
