"""Finding people."""

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.people.models import Address, Hub, Person, Staff
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
    return (typed or person.addresses or [None])[0]


def staff_role(person_id: int) -> Staff | None:
    """The role for the whole hub, if any."""
    return db.session.scalars(select(Staff).where(Staff.person_id == person_id)).first()
