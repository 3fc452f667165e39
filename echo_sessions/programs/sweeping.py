"""What strangers typed and never confirmed is forgotten once their link has ended: wish, person, site.

Nobody proved any of it, and whoever's address was typed never agreed to be kept.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.people.models import Account, Address, OneTimeLink, Person
from echo_sessions.programs import rules
from echo_sessions.programs.models import Enrolment, ObserverRequest, Site
from echo_sessions.programs.rules import EnrolmentState, ObserverState

AT_ONCE = 200
OWN = frozenset({Address.__tablename__, OneTimeLink.__tablename__})
"""Tables whose rows go with an unproved person."""


def sweep(*, now: datetime, most: int = AT_ONCE) -> int:
    """Forget the oldest unconfirmed wishes whose links have all ended, and what was made for them; returns how many."""
    before = now - rules.CONFIRM_LIVES
    asked = select(Enrolment).where(
        Enrolment.state == EnrolmentState.ASKED, Enrolment.since <= before, ~_has_link(Enrolment.code, now)
    )
    looking = select(ObserverRequest).where(
        ObserverRequest.state == ObserverState.ASKED, ObserverRequest.asked_at <= before,
        ~_has_link(ObserverRequest.code, now),
    )  # fmt: skip
    wishes: list[Enrolment | ObserverRequest] = [
        *db.session.scalars(asked.order_by(Enrolment.id).limit(most)).unique(),
        *db.session.scalars(looking.order_by(ObserverRequest.id).limit(most)).unique(),
    ]
    people, sites = {}, set()
    for wish in wishes:
        people[wish.person_id] = wish.since if isinstance(wish, Enrolment) else wish.asked_at
        sites |= {wish.site_id} if isinstance(wish, Enrolment) and wish.site_id else set()
        audit.record(None, "wish never confirmed, forgotten", wish.code, at=now)
        db.session.delete(wish)
    db.session.flush()
    for number, since in people.items():
        _forget_person(number, since=since, now=now)
    for number in sites:
        _forget_site(number)
    return len(wishes)


def _has_link(code: InstrumentedAttribute[str], now: datetime) -> ColumnElement[bool]:
    """Whether a letter is out whose link still works."""
    return exists().where(OneTimeLink.about == code, OneTimeLink.ends_at > now, OneTimeLink.used_at.is_(None))


def _forget_person(number: int, *, since: datetime, now: datetime) -> None:
    """Only somebody who came with that very wish, has proved nothing, and is named nowhere else."""
    person = db.session.get(Person, number)
    if person is None or person.created_at != since or any(address.verified_at for address in person.addresses):
        return
    if db.session.scalar(select(Account.id).where(Account.person_id == number)) or _is_named(Person.__table__, number):
        return
    code = person.code
    db.session.expunge(person)
    for table in (OneTimeLink, Address):
        db.session.execute(delete(table).where(table.person_id == number))
    db.session.execute(delete(Person).where(Person.id == number))
    audit.record(None, "person never confirmed, forgotten", code, at=now)


def _forget_site(number: int) -> None:
    site = db.session.get(Site, number)
    if site is not None and site.proposed and not _is_named(Site.__table__, number):
        db.session.delete(site)


def _is_named(table: object, number: int) -> bool:
    """Whether a row of any other table points to this one. Asks the tables themselves, so that none is forgotten."""
    assert isinstance(table, Table)
    keys = [
        key.parent for other in table.metadata.sorted_tables if other.name not in OWN
        for key in other.foreign_keys if key.column.table is table
    ]  # fmt: skip
    return any(db.session.scalar(select(1).where(column == number).limit(1)) for column in keys)
