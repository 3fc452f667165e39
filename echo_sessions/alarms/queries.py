"""Finding alarms, and whom they are told."""

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from echo_sessions.alarms.models import Alarm
from echo_sessions.alarms.rules import AlarmKind
from echo_sessions.database import db
from echo_sessions.people.models import Person, Staff
from echo_sessions.people.rules import StaffRole


def by_code(code: str) -> Alarm | None:
    """The alarm with this code."""
    return db.session.scalars(select(Alarm).where(Alarm.code == code)).one_or_none()


def listed(*, words: str = "", waiting: bool = False) -> Select[Alarm]:
    """Alarms, the newest first, by the name of who caused them; `waiting`: only those that nobody has explained."""
    chosen = select(Alarm).options(joinedload(Alarm.person), joinedload(Alarm.seen_by))
    if waiting:
        chosen = chosen.where(Alarm.seen_at.is_(None))
    if words:
        named = select(Person.id).where(Person.name.icontains(words, autoescape=True))
        chosen = chosen.where(Alarm.person_id.in_(named))
    return chosen.order_by(Alarm.at.desc(), Alarm.id.desc())


def waiting_count() -> int:
    """How many alarms nobody has explained."""
    return db.session.scalar(select(func.count()).select_from(Alarm).where(Alarm.seen_at.is_(None))) or 0


def newest(kind: AlarmKind, person_id: int) -> Alarm | None:
    """Somebody's last alarm of this kind."""
    chosen = select(Alarm).where(Alarm.kind == kind, Alarm.person_id == person_id)
    return db.session.scalars(chosen.order_by(Alarm.at.desc(), Alarm.id.desc()).limit(1)).first()


def told(causer_id: int | None) -> Sequence[Person]:
    """The hub's owners; where nobody else owns it than who caused the alarm, its coordinators too."""
    staff = select(Person, Staff.role).join(Staff, Staff.person_id == Person.id).order_by(Person.id)
    found = db.session.execute(staff).unique().all()
    owners = [person for person, role in found if role is StaffRole.OWNER]
    return owners if any(person.id != causer_id for person in owners) else [person for person, _role in found]
