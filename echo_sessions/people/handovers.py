"""What a deputy has taken over for good from somebody who is away, and its way back.

Without this everything that waits for somebody goes back to them by itself when the absence ends: a deputy only sees it
meanwhile. What a deputy has taken in hand stays with the deputy until it is done or taken back.
"""

from datetime import datetime

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.people import queries
from echo_sessions.people.models import Handover, Person


def note(person_id: int | None, deputy: Person, thing: str, *, now: datetime) -> Handover | None:
    """The deputy takes the thing with this code in hand instead of somebody who is away. Nothing to note for anybody
    else, or while that person is there. Whoever takes their own thing in hand again has it back."""
    for taken in queries.handovers_of(deputy.id):
        if taken.thing == thing:
            give_back(taken, now=now)
    if person_id is None or deputy.id not in {each.id for each in queries.deputies_of(person_id, now)}:
        return None
    absence = queries.away([person_id], now)[person_id]
    handover = Handover(absence=absence, deputy=deputy, thing=thing, at=now)
    db.session.add(handover)
    audit.record(deputy.id, "taken over while away", thing, at=now, person=absence.person.code)
    return handover


def give_back(handover: Handover, *, now: datetime) -> None:
    """It is with the person again."""
    handover.returned_at = now
    audit.record(handover.absence.person_id, "taken back after an absence", handover.thing, at=now)
