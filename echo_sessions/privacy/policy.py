"""Who may see and decide about people's data."""

from echo_sessions.people.models import Person
from echo_sessions.privacy.models import DataRequest
from echo_sessions.programs import queries as programs


def may_fetch(person: Person, asked: DataRequest) -> bool:
    """Only whose data it is, whoever asked for it."""
    return asked.person_id == person.id


def may_call_off(person: Person, asked: DataRequest) -> bool:
    """Whose data it is, and staff of the hub."""
    return asked.person_id == person.id or programs.is_staff(person.id)
