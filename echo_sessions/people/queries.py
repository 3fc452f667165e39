"""Finding people."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from echo_sessions.database import db
from echo_sessions.people.models import Absence, Address, Handover, Hub, Person, Staff, StandingDeputy
from echo_sessions.people.rules import normal_address


def hub() -> Hub | None:
    """The hub of this installation."""
    return db.session.scalars(select(Hub).order_by(Hub.id)).first()


def by_code(code: str) -> Person | None:
    """The person with this code."""
    return db.session.scalars(select(Person).where(Person.code == code)).one_or_none()


def kept_of(person: Person) -> Person:
    """The person that this record stands for: itself, or the one it was merged into."""
    while person.merged_into_id is not None:
        person = db.session.get_one(Person, person.merged_into_id)
    return person


def by_address(email: str) -> Person | None:
    """The person who has this address, however it is spelt. Refuses what is no address."""
    found = select(Person).join(Address).where(Address.normal == normal_address(email))
    return db.session.scalars(found).one_or_none()


def reached_at(person: Person, email: str) -> Address | None:
    """Where a letter to sign in goes: the address that was typed if it is proved, else the first one."""
    normal = normal_address(email)
    typed = [each for each in person.addresses if each.normal == normal and each.verified_at is not None]
    return next(iter(typed or person.addresses), None)


def staff_role(person_id: int) -> Staff | None:
    """The role for the whole hub, if any."""
    return db.session.scalars(select(Staff).where(Staff.person_id == person_id)).first()


def _absences(now: datetime) -> Select[Absence]:
    """Who is away at this moment, with whoever stands in."""
    chosen = select(Absence).where(Absence.ended_at.is_(None), Absence.starts_at <= now, Absence.ends_at > now)
    return chosen.options(joinedload(Absence.person), joinedload(Absence.deputy)).order_by(Absence.id)


def away(person_ids: Iterable[int], now: datetime) -> dict[int, Absence]:
    """Who of these people is away now, by person."""
    chosen = _absences(now).where(Absence.person_id.in_(list(person_ids)))
    return {absence.person_id: absence for absence in db.session.scalars(chosen).unique()}


def deputies(person_ids: Iterable[int], now: datetime) -> dict[int, Person]:
    """Who stands in now for those of these people who are away. A deputy who is away too stands in for nobody: then what
    waits stays where it is."""
    gone = away(person_ids, now)
    standing = {number: absence.deputy for number, absence in gone.items() if absence.deputy is not None}
    absent = away([deputy.id for deputy in standing.values()], now)
    return {number: deputy for number, deputy in standing.items() if deputy.id not in absent}


def deputies_of(person_id: int, now: datetime) -> Sequence[Person]:
    """Who stands in for somebody now; nobody while they are there."""
    return list(deputies([person_id], now).values())


def standing_in_for(person_id: int, now: datetime) -> Sequence[Absence]:
    """The absences in which somebody stands in now; none while they are away themselves."""
    if away([person_id], now):
        return []
    return db.session.scalars(_absences(now).where(Absence.deputy_id == person_id)).unique().all()


def coming_absence(person_id: int, now: datetime) -> Absence | None:
    """The absence that runs, or the next one that somebody has announced."""
    chosen = select(Absence).where(Absence.person_id == person_id, Absence.ended_at.is_(None), Absence.ends_at > now)
    return db.session.scalars(chosen.options(joinedload(Absence.deputy)).order_by(Absence.starts_at)).unique().first()


def standing_deputy(person_id: int) -> StandingDeputy | None:
    """Whom somebody has named for all absences."""
    chosen = select(StandingDeputy).where(StandingDeputy.person_id == person_id)
    return db.session.scalars(chosen.options(joinedload(StandingDeputy.deputy))).unique().one_or_none()


def handovers_of(person_id: int) -> Sequence[Handover]:
    """What deputies have taken over from somebody and not given back, the newest first."""
    chosen = select(Handover).join(Absence, Absence.id == Handover.absence_id)
    mine = chosen.where(Absence.person_id == person_id, Handover.returned_at.is_(None))
    return db.session.scalars(mine.options(joinedload(Handover.deputy)).order_by(Handover.id.desc())).unique().all()
