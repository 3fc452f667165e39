"""Who keeps somebody's diary: naming a delegate, ending it, and what calendars hear of it.

A delegate gets the entries of that person's sessions and nothing else: no page, no case, no way in, no answer. Their
calendar follows by the same fan-out as everybody's (`letters`), under the same UID.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people import queries as people
from echo_sessions.people import service as people_verbs
from echo_sessions.people.models import Delegate, Person
from echo_sessions.people.rules import clean_name, normal_address, short_name
from echo_sessions.sessions import queries, ways
from echo_sessions.sessions.models import Session

MOST = 3


def of(person_id: int) -> Sequence[Delegate]:
    """Who keeps somebody's diary, the first one first."""
    chosen = select(Delegate).where(Delegate.person_id == person_id).options(joinedload(Delegate.delegate))
    return db.session.scalars(chosen.order_by(Delegate.id)).unique().all()


def between(person_id: int, delegate_id: int) -> Delegate | None:
    """Whether this person keeps that one's diary."""
    chosen = select(Delegate).where(Delegate.person_id == person_id, Delegate.delegate_id == delegate_id)
    return db.session.scalars(chosen).one_or_none()


def name_delegate(person: Person, *, name: str, email: str, by: Person, now: datetime) -> Delegate:
    """Have somebody's diary kept by whoever reads this address; who is new to the hub is added, without an account.

    Both are told, each with the way to end it. Refused for oneself, for the same one twice and for more than three.
    Nothing that the hub knows of a known address is shown to whoever named it.
    """
    called, found = clean_name(name), may_keep(person, email)
    delegate = found or people_verbs.add_person(name=called, email=email, zone=person.zone, by=by, now=now)
    row = Delegate(
        person_id=person.id, delegate_id=delegate.id, by_id=by.id, called=called, email=email.strip(), since=now
    )
    db.session.add(row)
    db.session.flush()
    audit.record(by.id, "delegate named", person.code, at=now, delegate=delegate.code)
    _write(person, delegate, row, by=by, now=now)
    tell_person(person, now=now)
    return row


def may_keep(person: Person, email: str) -> Person | None:
    """Whoever the hub knows by this address, if anybody; refused where they cannot keep this person's diary."""
    found, kept = people.by_address(normal_address(email)), of(person.id)
    if found is not None and found.id == person.id:
        raise Refused("This is the address of %(name)s; a delegate is somebody else.", name=person.name)
    if found is not None and any(each.delegate_id == found.id for each in kept):
        raise Refused("Whoever reads this address keeps this diary already.")
    if len(kept) >= MOST:
        raise Refused("At most %(most)s people keep one diary. End one of these first.", most=MOST)
    return found


def end_delegation(row: Delegate, *, by: Person, now: datetime) -> None:
    """Somebody keeps this diary no longer: by the person, by who runs a program of theirs, or by the delegate's own wish.
    What stands in the delegate's calendar is taken out of it."""
    person, delegate = row.person, row.delegate
    db.session.delete(row)
    db.session.flush()
    audit.record(by.id, "delegate ended", person.code, at=now, delegate=delegate.code)
    tell_person(person, now=now)


def tell_person(person: Person, *, now: datetime) -> None:
    """Queue a look at all coming sessions of one person."""
    jobs.queue("sessions.tell_person", {"person": person.id}, now=now)


def to_look_at(person_id: int, now: datetime) -> list[int]:
    """The sessions of one person about which some calendar may have to hear something now."""
    own = set(db.session.scalars(queries.mine(person_id).with_only_columns(Session.id)))
    return [number for number in queries.to_look_at(now) if number in own]


def _write(person: Person, delegate: Person, row: Delegate, *, by: Person, now: datetime) -> None:
    hub = people.hub()
    assert hub is not None
    if delegate.address:
        stop = url_for("sessions.no_delegate", token=ways.delegate_token(person, delegate), _external=True)
        values = {"who": person.name, "by": by.name, "stop": stop}
        mail.queue(_letter("sessions/delegate_named", delegate, hub, **values), now=now, from_name=hub.name)
    if by.id != person.id and person.address:
        link = url_for("sessions.delegates", _external=True)
        values = {"by": by.name, "called": row.called, "email": row.email, "link": link}
        mail.queue(_letter("sessions/delegate_named_for", person, hub, **values), now=now, from_name=hub.name)


def _letter(kind: str, to: Person, hub: Any, **values: Any) -> Message:
    return compose(
        kind, to=to.address or "", to_name=to.name, language=to.language, hub=hub, person_id=to.id,
        greeting=short_name(to.name), **values,
    )  # fmt: skip
