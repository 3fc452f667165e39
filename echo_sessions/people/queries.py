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


def by_address(email: str) -> Person | None:
    """The person who has this address, however it is spelt. Refuses what is no address."""
    found = select(Person).join(Address).where(Address.normal == normal_address(email))
    return db.session.scalars(found).one_or_none()


def staff_role(person_id: int) -> Staff | None:
    """The role for the whole hub, if any."""
    return db.session.scalars(select(Staff).where(Staff.person_id == person_id)).first()
