"""Verbs about people: making one, giving an account, one-time links."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people import profile
from echo_sessions.people.models import Account, Address, Hub, OneTimeLink, Person, Staff
from echo_sessions.people.rules import LINK_LIVES, StaffRole, clean_name, normal_address


def found_hub(*, name: str, zone: str, contact_name: str, contact_address: str, now: datetime) -> Hub:
    """Set up the hub of this installation. Refuses a second one."""
    if there := db.session.scalars(select(Hub)).first():
        raise Refused("There is a hub already: %(name)s. A database holds one.", name=there.name)
    hub = Hub(
        code=ids.code("HUB", 6), name=clean_name(name), zone=zone, contact_name=contact_name,
        contact_address=contact_address, created_at=now,
    )  # fmt: skip
    db.session.add(hub)
    db.session.flush()
    return hub


def add_person(
    *, name: str, now: datetime, email: str | None = None, profession: str | None = None, zone: str = "UTC",
    language: str = "en", registration: str | None = None, verified: bool = False, by: Person | None = None,
) -> Person:  # fmt: skip
    """A new person. Refuses an address that somebody else has."""
    person = Person(
        code=ids.code("P"), name=clean_name(name), profession=profession or None, zone=zone, language=language,
        registration=registration or None, created_at=now,
    )  # fmt: skip
    db.session.add(person)
    if email:
        add_address(person, email, now=now, verified=verified)
    db.session.flush()
    audit.record(by.id if by else None, "person added", person.code, at=now)
    return person


def add_address(person: Person, email: str, *, now: datetime, verified: bool = False) -> Address:
    """Another address of the person, the first being the primary one."""
    normal = normal_address(email)
    if db.session.scalar(select(Address.id).where(Address.normal == normal)):
        raise Refused("This address belongs to somebody already. Look for them in the list of people.")
    address = Address(
        email=email.strip(),
        normal=normal,
        primary=not person.addresses,
        verified_at=now if verified else None,
        created_at=now,
    )
    person.addresses.append(address)
    return address


def open_account(person: Person, *, now: datetime, password_hash: str | None = None) -> Account:
    """The person's account, made when there is none. Needs an address. Hash the password before the transaction."""
    if person.account is not None:
        return person.account
    if not person.addresses:
        raise Refused("An account needs an e-mail address; add one first.")
    account = Account(
        person=person, email=person.addresses[0].normal, password=password_hash, active=True,
        fs_uniquifier=secrets.token_hex(16), created_at=now,
    )  # fmt: skip
    db.session.add(account)
    db.session.flush()
    return account


def change_settings(
    person: Person, *, name: str, printed_name: str | None, zone: str, wants_invitations: bool,
    answers: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    """What a person decides about the own record: `answers` are those of the profile.

    Certificates issued before keep the name they were issued with.
    """
    person.name = clean_name(name)
    person.printed_name = clean_name(printed_name) if printed_name else None
    person.zone, person.wants_invitations = zone, wants_invitations
    profile.note(person, answers, by=person, now=now)
    audit.record(person.id, "settings changed", person.code, at=now)


def appoint(person: Person, hub: Hub, role: StaffRole, *, now: datetime, by: Person | None = None) -> Staff:
    """Give a role for the whole hub."""
    staff = db.session.scalars(select(Staff).where(Staff.hub_id == hub.id, Staff.person_id == person.id)).one_or_none()
    known = staff is not None
    if staff is None:
        staff = Staff(hub_id=hub.id, person_id=person.id, role=role, since=now)
        db.session.add(staff)
    was = staff.role if known else None
    staff.role = role
    audit.record(by.id if by else None, "staff appointed", person.code, at=now, was=was, became=role)
    return staff


def make_link(
    person: Person, *, purpose: str, now: datetime, lives: timedelta = LINK_LIVES, next_url: str | None = None,
    about: str | None = None,
) -> str:  # fmt: skip
    """A one-time secret for a link; only its hash is kept."""
    token = ids.token()
    db.session.add(
        OneTimeLink(
            purpose=purpose,
            person_id=person.id,
            hash=_hash(token),
            made_at=now,
            ends_at=now + lives,
            next_url=next_url,
            about=about,
        )
    )
    return token


def find_link(token: str) -> OneTimeLink | None:
    """The row behind a link, whatever has become of it."""
    return db.session.scalars(select(OneTimeLink).where(OneTimeLink.hash == _hash(token))).one_or_none()


def look_at_link(token: str, *, purpose: str, now: datetime) -> OneTimeLink | None:
    """The link, if it is still good. Looking does not use it up."""
    link = find_link(token)
    if link is None or link.purpose != purpose or link.used_at is not None or link.ends_at <= now:
        return None
    return link


def use_link(token: str, *, purpose: str, now: datetime) -> OneTimeLink:
    """Use the link up: it proves that its person reads that mailbox. Refused when used, ended or unknown."""
    link = look_at_link(token, purpose=purpose, now=now)
    if link is None:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    return use_found(link, now=now)


def use_found(link: OneTimeLink, *, now: datetime) -> OneTimeLink:
    """The same for a link that was found by its letter's code. Two at once: one is refused."""
    first = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None)).values(used_at=now)
    if cast(CursorResult[Any], db.session.execute(first)).rowcount != 1:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    reached = [each for each in link.person.addresses if link.purpose == "sign-in" and str(each.id) == link.about]
    for address in reached or link.person.addresses[:1]:
        address.verified_at = address.verified_at or now
    audit.record(link.person_id, f"{link.purpose} link used", link.person.code, at=now)
    return link


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
