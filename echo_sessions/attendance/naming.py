"""Names at one press. A name alone credits nobody; but where one expected person bears it and nobody else does, a person who
runs the program may take all such names together, after a look at the list. It is their decision, on record, and undone
as they made it. Nothing is remembered for the next session: there the same name is asked about again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from echo_sessions.attendance import figures, proposals, queries, service
from echo_sessions.attendance.matching import How
from echo_sessions.attendance.models import Identification
from echo_sessions.attendance.presence import Seen, Verdict
from echo_sessions.attendance.proposals import Waiting
from echo_sessions.attendance.register import computed, people_by_id
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Stale
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session


@dataclass(frozen=True)
class Name:
    """A line of the evidence under the very name of one expected person."""

    seen: Seen
    person: Person


def names_of(waiting: Sequence[Waiting]) -> list[Name]:
    """The lines that may be taken at one press, by name. Where one person would get two lines, both are asked singly."""
    alone = [(one.seen, one.suggestions[0].person_id) for one in waiting if one.alone]
    people = people_by_id(number for _seen, number in alone)
    borne = [number for _seen, number in alone]
    found = [Name(seen, people[number]) for seen, number in alone if borne.count(number) == 1 and number in people]
    return sorted(found, key=lambda name: (name.person.name.casefold(), name.person.id))


def take_names(
    session: Session, chosen: Collection[tuple[int, str]], *, by: Person, now: datetime
) -> list[Identification]:
    """Say of these lines that they are whom their names say; `chosen` are pairs of a line and a person's code, as shown.

    What was settled meanwhile, or may not be taken so any more, is refused as a whole: look again.
    """
    service.lock_open(session, now=now)
    whole = computed(session)
    names = {
        (name.seen.stay_id, name.person.code): name
        for name in names_of(proposals.waiting(session, list(whole.seen.values()), whole.decisions))
    }
    if not set(chosen) <= names.keys():
        raise Stale("Something about these names has changed meanwhile. Nothing was taken: look at them again.")
    made = [
        Identification(
            session_id=session.id, identity=names[key].seen.key, verdict=Verdict.PERSON.value, person_id=names[key].person.id,
            how=How.NAME.value, by_id=by.id, at=now,
        )
        for key in sorted(set(chosen))
    ]  # fmt: skip
    db.session.add_all(made)
    db.session.flush()
    for one, key in zip(made, sorted(set(chosen)), strict=True):
        audit.record(by.id, "attendance settled as person", session.code, at=now, decision=one.id, person=key[1], was="waiting", became="person")  # fmt: skip
    figures.note(session, now=now)
    return made


def pressed_with(decision: Identification) -> Sequence[Identification]:
    """The names taken at the same press, itself among them; for any other decision only itself."""
    if decision.how != How.NAME or decision.by_id is None:
        return [decision]
    same = select(Identification).where(
        Identification.session_id == decision.session_id, Identification.by_id == decision.by_id, Identification.at == decision.at,
        Identification.how == How.NAME.value, Identification.undone_at.is_(None),
    )  # fmt: skip
    return db.session.scalars(same.order_by(Identification.id)).all()


def undo_names(decision: Identification, *, by: Person, now: datetime) -> int:
    """Take back all names taken at the same press; how many."""
    session = db.session.get_one(Session, decision.session_id)
    service.lock_open(session, now=now)
    held = pressed_with(decision)
    for one in held:
        service.undo(one, by=by, now=now)
    return len(held)


def waiting_names(session: Session) -> list[Name]:
    """The names of a session that may be taken at one press now."""
    whole = computed(session)
    if queries.is_closed(session.id):
        return []
    return names_of(proposals.waiting(session, list(whole.seen.values()), whole.decisions))
