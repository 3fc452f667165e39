"""Who may settle an alarm."""

from echo_sessions.alarms.models import Alarm
from echo_sessions.people import queries
from echo_sessions.people.models import Person


def may_explain(person: Person, alarm: Alarm) -> bool:
    """Staff of the hub, but never the one who caused it."""
    return queries.staff_role(person.id) is not None and alarm.person_id != person.id
