"""Verbs of owners: who works for the hub as a whole."""

from datetime import datetime

from sqlalchemy import func, select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.oversight import emails
from echo_sessions.people import queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person, Staff
from echo_sessions.people.rules import StaffRole


def appoint_staff(person: Person, hub: Hub, role: StaffRole, *, by: Person, now: datetime) -> Staff:
    """Make somebody owner or coordinator of the hub, or the one instead of the other, and tell by letter.

    Refuses to make the last owner a coordinator: then nobody could appoint anybody.
    """
    known = queries.staff_role(person.id)
    if known is not None and known.role is role:
        return known
    if known is not None and known.role is StaffRole.OWNER:
        _another_owner_than(known)
    staff = people.appoint(person, hub, role, now=now, by=by)
    db.session.flush()
    if person.id != by.id and person.address:
        mail.queue(emails.staff_appointed(staff, person, hub), now=now, from_name=hub.name)
    return staff


def dismiss_staff(staff: Staff, *, by: Person, now: datetime) -> None:
    """Take somebody's role for the whole hub back; roles in programs stay. Refused for the last owner."""
    if staff.role is StaffRole.OWNER:
        _another_owner_than(staff)
    audit.record(by.id, "staff dismissed", staff.person.code, at=now, was=staff.role.value, became=None)
    db.session.delete(staff)


def _another_owner_than(staff: Staff) -> None:
    others = select(func.count()).select_from(Staff).where(
        Staff.hub_id == staff.hub_id, Staff.role == StaffRole.OWNER, Staff.id != staff.id
    )  # fmt: skip
    if not db.session.scalar(others):
        raise Refused("The hub needs an owner. Make somebody else owner first.")
