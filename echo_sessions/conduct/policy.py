"""Who may have to do with a report. Everybody else must not even know that it exists."""

from sqlalchemy import select

from echo_sessions.conduct import queries
from echo_sessions.conduct.models import Incident
from echo_sessions.conduct.rules import STANDING, IncidentState
from echo_sessions.database import db
from echo_sessions.people.models import Person


def may_list(person: Person) -> bool:
    """Whoever runs a program or works for the hub, and who hears or heard an appeal."""
    return queries.reads_any(person.id)


def may_read(person: Person, incident: Incident) -> bool:
    """Those who handle it and the second person who hears the appeal: never somebody who is named or perhaps meant, nor
    the reporter."""
    found = select(Incident.id).where(Incident.id == incident.id, queries.readable(person.id))
    return db.session.scalar(found) is not None


def may_handle(person: Person, incident: Incident) -> bool:
    """Those who handle it; who hears the appeal only hears it."""
    return may_read(person, incident) and incident.second_id != person.id


def may_hear(person: Person, incident: Incident) -> bool:
    """Only the second person, while the appeal is open."""
    return (
        incident.state is IncidentState.APPEALED
        and incident.second_id == person.id
        and person.id not in queries.outsiders(incident)
    )


def is_reporter(person: Person, incident: Incident) -> bool:
    """Who sent the report has its receipt."""
    return incident.reporter_id == person.id


def is_concerned(person: Person, incident: Incident) -> bool:
    """The person against whom something was decided, from then on; of a report that led to nothing they learn nothing."""
    return incident.accused_id == person.id and incident.state in STANDING | {IncidentState.REVERSED}
