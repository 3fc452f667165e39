"""Finding incidents, and who may have to do with one."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import selectinload

from echo_sessions.conduct import rules
from echo_sessions.conduct.models import Incident, IncidentParty, IncidentStep
from echo_sessions.conduct.rules import Desk, IncidentState, Step
from echo_sessions.database import db
from echo_sessions.people import queries as people
from echo_sessions.people.models import Hub, Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Membership, Program, Series
from echo_sessions.programs.rules import RUNS

WAITING = (IncidentState.REPORTED, IncidentState.APPEALED)


def by_code(code: str) -> Incident | None:
    """The incident with this code."""
    return db.session.scalars(select(Incident).where(Incident.code == code)).unique().one_or_none()


def hub_of(incident: Incident) -> Hub:
    """The hub whose incident it is."""
    found = incident.program.hub if incident.program is not None else people.hub()
    assert found is not None, "an incident is somebody's report, and nobody is there without a hub"
    return found


def outsiders(incident: Incident) -> frozenset[int]:
    """Everybody who must learn nothing: whoever is named or perhaps meant, and the reporter, who does not judge."""
    return frozenset({party.person_id for party in incident.parties} | {incident.reporter_id})


def staff(role: StaffRole | None = None) -> frozenset[int]:
    """The ids of those who work for the hub, all or with one role."""
    chosen = select(Staff.person_id)
    return frozenset(db.session.scalars(chosen if role is None else chosen.where(Staff.role == role)))


def runners(program_id: int | None) -> frozenset[int]:
    """The ids of those who run a program, without the hub's staff."""
    chosen = select(Membership.person_id).where(Membership.program_id == program_id, Membership.role.in_(RUNS))
    return frozenset(db.session.scalars(chosen)) if program_id is not None else frozenset()


def readable(person_id: int) -> ColumnElement[bool]:
    """Which incidents somebody handles or hears: never one in which they are named, perhaps meant, or the reporter."""
    out = select(IncidentParty.incident_id).where(IncidentParty.person_id == person_id)
    role = people.staff_role(person_id)
    hubs = Incident.program_id.is_(None) if role is not None else false()
    own = or_(Incident.program_id.in_(programs.programs_run_by(person_id)), hubs)
    handles = or_(
        and_(Incident.desk == Desk.PROGRAM, own),
        Incident.desk == Desk.OWNERS if role is not None and role.role is StaffRole.OWNER else false(),
        Incident.desk == Desk.STAFF if role is not None else false(),
    )
    return and_(
        Incident.reporter_id != person_id, Incident.id.not_in(out), or_(handles, Incident.second_id == person_id)
    )


def hidden_from(person_id: int) -> Select[str]:
    """The codes of incidents that somebody must not come upon, in the outbox and the audit either: they are named or
    perhaps meant."""
    chosen = select(Incident.code).join(IncidentParty, IncidentParty.incident_id == Incident.id)
    return chosen.where(IncidentParty.person_id == person_id)


def listed(person_id: int, words: str = "", state: str = "") -> Select[Incident]:
    """Somebody's list, what waits longest first. Found by code, program and the name of the person concerned: what was
    written is sealed and cannot be searched. `state`: a state, or "waiting"."""
    chosen = (
        select(Incident)
        .outerjoin(Program, Program.id == Incident.program_id)
        .outerjoin(Person, Person.id == Incident.accused_id)
        .where(readable(person_id))
    )
    if state == "waiting":
        chosen = chosen.where(Incident.state.in_(WAITING))
    elif state in set(IncidentState):
        chosen = chosen.where(Incident.state == IncidentState(state))
    for word in words.split():
        places = (Incident.code, Incident.thing, Program.name, Program.label, Person.name)
        chosen = chosen.where(or_(*(place.icontains(word, autoescape=True) for place in places)))
    waits = Incident.state.in_(WAITING)
    return chosen.order_by(waits.desc(), Incident.due_at, Incident.reported_at.desc(), Incident.id)


def waiting_for(person_id: int) -> Sequence[Incident]:
    """What somebody has to decide, hear or find a second person for, the most urgent first."""
    chosen = select(Incident).where(readable(person_id), Incident.state.in_(WAITING))
    return db.session.scalars(chosen.order_by(Incident.due_at, Incident.id)).unique().all()


def reads_any(person_id: int) -> bool:
    """Whether there is, or could be, a list of incidents for somebody."""
    return programs.runs_anything(person_id) or (
        db.session.scalar(select(Incident.id).where(Incident.second_id == person_id).limit(1)) is not None
    )


def reports_of(person_id: int) -> Sequence[Incident]:
    """What somebody has reported, the newest first; one of each form."""
    chosen = select(Incident).where(Incident.reporter_id == person_id).order_by(Incident.id)
    found: dict[str, Incident] = {}
    for incident in db.session.scalars(chosen).unique():
        found.setdefault(incident.report, incident)
    return list(reversed(found.values()))


def linked(incident: Incident, reader_id: int) -> Sequence[Incident]:
    """Other incidents about the same person or from the same form, as far as the reader may know of them."""
    same = Incident.report == incident.report
    if incident.accused_id is not None:
        same = or_(same, Incident.accused_id == incident.accused_id)
    chosen = select(Incident).where(same, Incident.id != incident.id, readable(reader_id))
    return db.session.scalars(chosen.order_by(Incident.reported_at.desc(), Incident.id.desc())).unique().all()


def steps_of(incident_id: int) -> Sequence[IncidentStep]:
    """The history of an incident, last first, with who did it."""
    chosen = select(IncidentStep).where(IncidentStep.incident_id == incident_id).order_by(IncidentStep.id.desc())
    return db.session.scalars(chosen).unique().all()


def taken(incident: Incident, now: datetime) -> Step | None:
    """The highest step that stands against the person concerned in this program, of the last two years."""
    if incident.accused_id is None:
        return None
    chosen = select(Incident.step).where(
        Incident.accused_id == incident.accused_id,
        Incident.program_id == incident.program_id,
        Incident.state.in_(rules.STANDING),
        Incident.decided_at > now - rules.COUNTS_FOR,
    )
    ladder = list(Step)
    found = [step for step in db.session.scalars(chosen) if step is not None]
    return max(found, key=ladder.index, default=None)


def handlers(incident: Incident) -> Sequence[Person]:
    """Who is told that something waits: those who run the program, else the staff; for the owners' desk the owners."""
    out = outsiders(incident)
    for chosen in _desks(incident):
        found = [person for person in chosen if person.id not in out]
        if found:
            return found
    return []


def _desks(incident: Incident) -> Iterable[Sequence[Person]]:
    """Who is asked first, and who if nobody of those is left."""
    if incident.desk is Desk.PROGRAM:
        yield people_with(runners(incident.program_id))
    if incident.desk is not Desk.STAFF:
        yield people_with(staff(StaffRole.OWNER))
    yield people_with(staff())


def people_with(numbers: Iterable[int]) -> Sequence[Person]:
    """The people with these ids, by name."""
    chosen = select(Person).where(Person.id.in_(list(numbers))).options(selectinload(Person.addresses))
    return db.session.scalars(chosen.order_by(Person.name, Person.id)).unique().all()


def involved(incident: Incident) -> frozenset[int]:
    """Everybody who took part in it so far, and who is kept from it."""
    done = select(IncidentStep.by_id).where(IncidentStep.incident_id == incident.id, IncidentStep.by_id.is_not(None))
    return outsiders(incident) | frozenset(number for number in db.session.scalars(done) if number is not None)


def second_people(incident: Incident) -> Sequence[Person]:
    """Who could hear an appeal: of the hub's staff and those who run other programs, whoever is outside this program and
    took no part. The hub's owners first."""
    members = select(Membership.person_id).where(Membership.program_id == incident.program_id)
    enrolled = (
        select(Enrolment.person_id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Series.program_id == incident.program_id)
    )
    able = or_(
        Person.id.in_(select(Staff.person_id)),
        Person.id.in_(select(Membership.person_id).where(Membership.role.in_(RUNS))),
    )
    chosen = select(Person).where(
        able, Person.id.not_in(members), Person.id.not_in(enrolled), Person.id.not_in(involved(incident))
    )
    found = db.session.scalars(chosen.options(selectinload(Person.addresses)).order_by(Person.name)).unique().all()
    owners = staff(StaffRole.OWNER)
    return sorted(found, key=lambda person: person.id not in owners)


def without_second(before: datetime) -> Sequence[Incident]:
    """Appeals that were made before that moment and that nobody has been chosen to hear."""
    chosen = select(Incident).where(
        Incident.state == IncidentState.APPEALED, Incident.second_id.is_(None), Incident.appealed_at < before
    )
    return db.session.scalars(chosen.order_by(Incident.id)).unique().all()
