"""Verbs about one's own e-mail addresses: adding one, which counts once its mailbox has answered; choosing the first; taking
one away. Every change is told to the addresses that were there before.

Whoever adds an address learns nothing of others: a letter goes to it in any case. If it is somebody's already, the letter
says so to its owner, and the hub sees the two records among those that may be one person.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import emails, service
from echo_sessions.people.lookalikes import mixes_alphabets
from echo_sessions.people.models import Address, Hub, OneTimeLink, Person, WantedAddress
from echo_sessions.people.rules import normal_address

PURPOSE = "address"
LIVES = timedelta(hours=24)
A_DAY = 5
"""So many letters to new addresses one person may cause within a day."""
MOST = 10


def clean(email: str) -> str:
    """The address as compared. Refused when one of its words mixes alphabets that look alike: nobody types that by chance."""
    normal = normal_address(email)
    if mixes_alphabets(normal):
        raise Refused(
            "This address mixes letters of two alphabets that look alike. Type it letter by letter, with one keyboard."
        )
    return normal


def want(person: Person, email: str, hub: Hub, *, now: datetime) -> None:
    """A letter goes to the address; whoever reads that mailbox decides. The same outcome whomever it belongs to.

    Refused for an address of one's own, when there are ten already, and after five letters within a day.
    """
    normal = clean(email)
    if any(address.normal == normal and address.verified_at for address in person.addresses):
        raise Refused("This address is yours already.")
    if len(person.addresses) >= MOST:
        raise Refused("You have %(most)s addresses; remove one first.", most=MOST)
    asked = select(func.count()).where(WantedAddress.person_id == person.id, WantedAddress.at > now - timedelta(days=1))
    if (db.session.scalar(asked) or 0) >= A_DAY:
        raise Refused(
            "Letters have gone to %(most)s addresses today. Look into those mailboxes, or try tomorrow.", most=A_DAY
        )
    wanted = WantedAddress(person=person, email=email.strip(), normal=normal, at=now)
    db.session.add(wanted)
    db.session.flush()
    owner = db.session.scalars(select(Address).where(Address.normal == normal)).one_or_none()
    audit.record(person.id, "address wanted", person.code, at=now)
    if owner is None or owner.person_id == person.id:
        token = service.make_link(person, purpose=PURPOSE, now=now, lives=LIVES, about=str(wanted.id))
        mail.queue(emails.confirm_address(person, hub, wanted.email, token), now=now, from_name=hub.name)
    else:
        mail.queue(emails.address_wanted_by_other(owner.person, hub, owner.email), now=now, from_name=hub.name)


def look(token: str, *, now: datetime) -> WantedAddress | None:
    """The address that a link from a letter is about, if it is still good."""
    link = service.look_at_link(token, purpose=PURPOSE, now=now)
    number = (link.about or "") if link is not None else ""
    wanted = db.session.get(WantedAddress, int(number)) if number.isdecimal() else None
    return wanted if wanted is not None and link is not None and wanted.person_id == link.person_id else None


def confirm(token: str, hub: Hub, *, now: datetime) -> Address:
    """The mailbox has answered: from now on the address counts. Refused when used, ended, or somebody's meanwhile."""
    wanted = look(token, now=now)
    if wanted is None or not _use(token, now=now):
        raise Refused("This link has been used or has ended. Ask for a new one.")
    person = wanted.person
    known = db.session.scalars(select(Address).where(Address.normal == wanted.normal)).one_or_none()
    if known is not None and known.person_id != person.id:
        raise Refused("This address belongs to another record by now. Write to your hub, which can make the two one.")
    before = [address.email for address in person.addresses if address.verified_at]
    address = known or service.add_address(person, wanted.email, now=now)
    address.verified_at, wanted.answered_at = address.verified_at or now, now
    audit.record(person.id, "address confirmed", person.code, at=now)
    _tell(person, hub, before, emails.ADDED, now=now)
    return address


def make_primary(person: Person, number: int, hub: Hub, *, now: datetime) -> None:
    """Letters go to this address from now on, and one signs in by it. Refused before its mailbox has answered."""
    address = _own(person, number)
    if address.verified_at is None:
        raise Refused("Nobody has answered from this address yet. Press the button in the letter first.")
    if address.primary:
        return
    before = [each.email for each in person.addresses if each.verified_at and each.id != address.id]
    for each in person.addresses:
        each.primary = each.id == address.id
    if person.account is not None:
        person.account.email = address.normal
    db.session.flush()
    db.session.expire(person, ["addresses"])
    audit.record(person.id, "primary address changed", person.code, at=now)
    _tell(person, hub, before, emails.PRIMARY, now=now)


def remove(person: Person, number: int, hub: Hub, *, now: datetime) -> None:
    """Take an address away. Refused for the last one whose mailbox has answered: nobody could reach this person any more."""
    address = _own(person, number)
    left = [each for each in person.addresses if each.id != address.id and each.verified_at]
    if not left:
        raise Refused("This is the only address that is confirmed. Add another one first, and confirm it.")
    if address.primary:
        make_primary(person, left[0].id, hub, now=now)
    told = [address.email] if address.verified_at else []
    db.session.execute(delete(Address).where(Address.id == number))
    db.session.expire(person, ["addresses"])
    audit.record(person.id, "address removed", person.code, at=now)
    _tell(person, hub, told, emails.REMOVED, now=now)


def one_is_enough(person: Person) -> None:
    """Suggest no second address any more."""
    person.one_address_enough = True


def _own(person: Person, number: int) -> Address:
    address = next((each for each in person.addresses if each.id == number), None)
    if address is None:
        raise Refused("This address is not on your record any more. Load the page again.")
    return address


def _use(token: str, *, now: datetime) -> bool:
    """Two at once: one is refused."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    first = update(OneTimeLink).where(OneTimeLink.hash == hashed, OneTimeLink.used_at.is_(None)).values(used_at=now)
    return cast(CursorResult[Any], db.session.execute(first)).rowcount == 1


def _tell(person: Person, hub: Hub, addresses: list[str], what: Any, *, now: datetime) -> None:
    for address in addresses:
        mail.queue(emails.address_changed(person, hub, address, what), now=now, from_name=hub.name)
