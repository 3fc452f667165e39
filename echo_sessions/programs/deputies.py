"""Being away: who may stand in, saying that one is away, and being back.

A deputy has the rights of their own roles and no others. So only somebody may be named who could do the work anyway:
whoever runs the same programs, or sits in them as an expert or facilitator in place of one.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import or_, select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import day_of
from echo_sessions.people import queries as people
from echo_sessions.people.models import Absence, Person, Staff, StandingDeputy
from echo_sessions.people.rules import short_name
from echo_sessions.programs import queries
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import RUNS, Role

ADVISES = frozenset({Role.EXPERT, Role.FACILITATOR})
LONGEST = timedelta(days=366)


def span_of(first: date, last: date, zone: str, now: datetime) -> tuple[datetime, datetime]:
    """From the beginning of the first day (from now, if that is today) to the end of the last one, by the person's clock."""
    begins = datetime.combine(first, time(), ZoneInfo(zone))
    ends = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone))
    return max(begins, now), ends


def lacking(person: Person, deputy: Person) -> list[str]:
    """Where the deputy could not do what the person does: names of programs, or the hub itself."""
    if queries.is_staff(deputy.id):
        return []
    missing = [_the_hub()] if queries.is_staff(person.id) else []
    others = _roles(deputy)
    for program, roles in _roles(person).items():
        there = others.get(program, frozenset())
        if (roles & RUNS and not there & RUNS) or (roles & ADVISES and not there & (RUNS | ADVISES)):
            missing.append(program.name)
    return missing


def candidates(person: Person) -> Sequence[Person]:
    """Who could stand in for somebody, by name; nobody for one who has no role that anything waits for."""
    programs = [program.id for program, roles in _roles(person).items() if roles & (RUNS | ADVISES)]
    if not programs and not queries.is_staff(person.id):
        return []
    members = select(Membership.person_id).where(
        Membership.program_id.in_(programs), Membership.role.in_(RUNS | ADVISES)
    )
    chosen = select(Person).where(
        or_(Person.id.in_(members), Person.id.in_(select(Staff.person_id))), Person.id != person.id
    )
    found = db.session.scalars(chosen.order_by(Person.name, Person.id)).unique().all()
    return [other for other in found if not lacking(person, other)]


def go_away(
    person: Person,
    *,
    starts_at: datetime,
    ends_at: datetime,
    deputy: Person | None,
    note: str,
    by: Person,
    now: datetime,
) -> Absence:
    """Say from when to when one is away, and who stands in (else whom one has named for all absences). The deputy is told.

    Refused for a time that lies behind or is longer than a year, beside another absence, and for a deputy who has no
    role that could do it, or is away at the same time.
    """
    if ends_at <= now or starts_at >= ends_at:
        raise Refused("The last day must not lie before the first one, nor in the past.")
    if ends_at - starts_at > LONGEST:
        raise Refused("An absence lasts at most a year. For longer, give your roles to somebody else.")
    standing = people.standing_deputy(person.id)
    deputy = deputy or (standing.deputy if standing else None)
    if _beside(person.id, starts_at, ends_at) is not None:
        raise Refused("You have said already that you are away in that time. End that first.")
    if deputy is not None:
        check_deputy(person, deputy)
        other = _beside(deputy.id, starts_at, ends_at)
        if other is not None:
            raise Refused(
                "%(name)s is away in that time too, until %(day)s. Choose somebody else.",
                name=deputy.name, day=day_of(other.ends_at, person.zone, person.language),
            )  # fmt: skip
    absence = Absence(
        person=person, deputy=deputy, starts_at=starts_at, ends_at=ends_at, note=note.strip()[:300] or None, made_at=now
    )
    db.session.add(absence)
    db.session.flush()
    audit.record(by.id, "absence announced", person.code, at=now, deputy=deputy.code if deputy else None)
    _tell("programs/standing_in", absence, now=now)
    return absence


def come_back(absence: Absence, *, by: Person, now: datetime) -> None:
    """The person is there again, or does not go at all. What waits for them is theirs from this moment."""
    if absence.ended_at is not None or absence.ends_at <= now:
        raise Refused("This absence has ended already.")
    absence.ended_at = now
    audit.record(by.id, "absence ended", absence.person.code, at=now)
    _tell("programs/is_back", absence, now=now)


def name_deputy(person: Person, deputy: Person | None, *, by: Person, now: datetime) -> None:
    """Say who stands in whenever one is away; None for nobody. Being there, nothing changes."""
    row = people.standing_deputy(person.id)
    if row is not None:
        db.session.delete(row)
        db.session.flush()
    if deputy is not None:
        check_deputy(person, deputy)
        db.session.add(StandingDeputy(person_id=person.id, deputy_id=deputy.id, since=now))
    audit.record(by.id, "deputy named", person.code, at=now, deputy=deputy.code if deputy else None)


def check_deputy(person: Person, deputy: Person) -> None:
    """Refuses a deputy who could not do the work."""
    if deputy.id == person.id:
        raise Refused("Somebody else must stand in for you.")
    missing = lacking(person, deputy)
    if missing:
        raise Refused(
            "%(name)s has no role in %(where)s that could take over from you. Choose somebody else, or have a role given first.",
            name=deputy.name, where=", ".join(missing),
        )  # fmt: skip
    if not _roles(person) and not queries.is_staff(person.id):
        raise Refused("You have no role in a program, so nothing waits for you that somebody could take over.")


def _roles(person: Person) -> dict[Program, frozenset[Role]]:
    found: dict[Program, frozenset[Role]] = {}
    for membership in queries.memberships_of([person.id]):
        found[membership.program] = found.get(membership.program, frozenset()) | {membership.role}
    return found


def _beside(person_id: int, starts_at: datetime, ends_at: datetime) -> Absence | None:
    chosen = select(Absence).where(
        Absence.person_id == person_id,
        Absence.ended_at.is_(None),
        Absence.starts_at < ends_at,
        Absence.ends_at > starts_at,
    )
    return db.session.scalars(chosen.limit(1)).first()


def _the_hub() -> str:
    hub = people.hub()
    return hub.name if hub else ""


def _tell(kind: str, absence: Absence, *, now: datetime) -> None:
    deputy, hub = absence.deputy, people.hub()
    if deputy is not None and deputy.address and hub is not None:
        mail.queue(_letter(kind, absence, deputy), now=now, from_name=hub.name)


def _letter(kind: str, absence: Absence, to: Person) -> Message:
    days = (
        day_of(moment, to.zone, to.language) for moment in (absence.starts_at, absence.ends_at - timedelta(minutes=1))
    )
    first, last = days
    return compose(
        kind, to=to.address or "", to_name=to.name, language=to.language, hub=people.hub(), person_id=to.id,
        greeting=short_name(to.name), who=absence.person.name, first=first, last=last, note=absence.note,
        link=url_for("today.show", _external=True),
    )  # fmt: skip
