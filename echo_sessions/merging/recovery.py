"""Verbs for somebody who lost every address of a record: asking, the new mailbox's answer, two people who know them, the
wait during which the old addresses may object, and the end.

Whoever asks learns nothing: the same letter goes to the new address whether or not code and number belong together, and
takes as long. Code and number alone never suffice for a record that may run something: there two people have to know who it is.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select

from echo_sessions import ids, links
from echo_sessions.audit import service as audit
from echo_sessions.certificates import queries as certificates
from echo_sessions.certificates.models import Certificate
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.merging import emails
from echo_sessions.merging.duplicates import licence_key
from echo_sessions.merging.models import Recovery, RecoveryCheck
from echo_sessions.merging.rules import OPEN_RECOVERIES, RECOVERY_LIVES, RECOVERY_WAITS, RecoveryState
from echo_sessions.people import addresses, service
from echo_sessions.people.models import Address, Hub, Person
from echo_sessions.people.rules import clean_name
from echo_sessions.programs import queries as programs

CONFIRM, STOP = "recovery_confirm", "recovery_stop"
HOW_LEAST, HOW_MOST = 10, 1000
OPEN_MOST = 3
"""So many open requests for one new address; further ones are answered in the same words and left at that."""


def ask(*, code: str, number: str, name: str, email: str, hub: Hub, now: datetime) -> Recovery | None:
    """Somebody asks for a record under a new address. None when that address asked often enough already."""
    normal, name = addresses.clean(email), clean_name(name)
    certificate = certificates.by_code(code) if code.strip() else None
    person = _proved(certificate, number)
    open_ones = select(func.count()).where(Recovery.normal == normal, Recovery.state.in_(OPEN_RECOVERIES))
    if (db.session.scalar(open_ones) or 0) >= OPEN_MOST:
        return None
    made = Recovery(
        code=ids.code("REC"), person=person, certificate_id=certificate.id if certificate and person else None,
        email=email.strip(), normal=normal, claimed_name=name, proof=person is not None, state=RecoveryState.ASKED, asked_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(None, "lost record asked for", made.code, at=now, proof=made.proof)
    mail.queue(emails.confirm_mailbox(made, hub, _token(CONFIRM, made)), now=now, from_name=hub.name)
    return made


def _proved(certificate: Certificate | None, number: str) -> Person | None:
    """Whose certificate this is, if the licence number is theirs. Compared in the same time whatever is wrong with it."""
    person = certificate.person if certificate is not None else None
    on_file = licence_key(person.registration or "") if person is not None else ""
    typed = licence_key(number)
    same = hmac.compare_digest((on_file or "-" * 12).encode(), (typed or "+" * 12).encode())
    if person is None or not same or person.erased_at is not None or person.merged_into_id is not None:
        return None
    return person


def by_token(purpose: str, token: str) -> Recovery | None:
    """The request that a link of ours is about."""
    said = links.read(_key(), purpose, token)
    if said is None:
        return None
    return db.session.scalars(select(Recovery).where(Recovery.code == said.code)).unique().one_or_none()


def confirm(recovery: Recovery, hub: Hub, *, now: datetime) -> None:
    """The new mailbox has answered. With proof the wait begins; else the hub has to look. Refused when it is over."""
    _hold(recovery)
    if recovery.state is not RecoveryState.ASKED or recovery.asked_at + RECOVERY_LIVES <= now:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    recovery.answered_at = now
    audit.record(None, "mailbox of a lost record answered", recovery.code, at=now)
    if recovery.proof and recovery.person is not None and not _may_run_anything(recovery.person):
        _begin_waiting(recovery, hub, now=now)
    else:
        recovery.state = RecoveryState.CHECKING


def vouch(recovery: Recovery, person: Person, how: str, hub: Hub, *, by: Person, now: datetime) -> None:
    """One of two people says who it is and how they know. The second begins the wait.

    Refused to the person themselves, to whoever has said so already, and when the first named somebody else.
    """
    _hold(recovery)
    if recovery.state is not RecoveryState.CHECKING:
        raise Refused("This request needs nobody's word (any more). Load the page again.")
    if by.id == person.id:
        raise Refused("Nobody vouches for themselves. Two others have to.")
    if person.erased_at is not None or person.merged_into_id is not None:
        raise Refused("%(name)s is no record that anybody can have back.", name=person.name)
    how = " ".join(how.split())
    if not HOW_LEAST <= len(how) <= HOW_MOST:
        raise Refused("Say in %(least)s to %(most)s letters how you know who it is.", least=HOW_LEAST, most=HOW_MOST)
    if any(check.by_id == by.id for check in recovery.checks):
        raise Refused("You have said so already; another person has to.")
    if recovery.person_id is not None and recovery.person_id != person.id:
        raise Refused("Whoever looked first says that it is somebody else. Talk to each other, or refuse the request.")
    recovery.checks.append(RecoveryCheck(person_id=person.id, by_id=by.id, how=how, at=now))
    recovery.person_id = person.id
    db.session.flush()
    audit.record(by.id, "vouched for a lost record", recovery.code, at=now, person=person.code)
    if len(recovery.checks) >= 2:
        db.session.refresh(recovery)
        _begin_waiting(recovery, hub, now=now)


def stop(recovery: Recovery, hub: Hub, *, now: datetime) -> None:
    """The owner of an old address objects. Refused once it is done: then the hub has to help."""
    _hold(recovery)
    if recovery.state not in OPEN_RECOVERIES:
        raise Refused("This request is over. If your record was changed and it was not you, write to your hub at once.")
    _end(recovery, RecoveryState.STOPPED, by=None, now=now)
    mail.queue(emails.not_given(recovery, hub), now=now, from_name=hub.name)


def refuse(recovery: Recovery, hub: Hub, *, by: Person, now: datetime) -> None:
    """The hub says no; whoever asked is told without a reason that would help them to guess."""
    _hold(recovery)
    if recovery.state not in OPEN_RECOVERIES:
        raise Refused("This request is over already.")
    if recovery.person_id == by.id:
        raise Refused("Nobody decides about the own record. Somebody else has to.")
    asked_only = recovery.state is RecoveryState.ASKED
    _end(recovery, RecoveryState.REFUSED, by=by, now=now)
    if not asked_only:
        mail.queue(emails.not_given(recovery, hub), now=now, from_name=hub.name)


def finish(recovery: Recovery, hub: Hub, *, now: datetime) -> bool:
    """The wait is over and nobody objected: the new address is the first one from now on. Whether it was done.

    An address that became somebody's meanwhile goes back to the hub: perhaps those are two records of one person.
    """
    _hold(recovery)
    person = recovery.person
    if (
        recovery.state is not RecoveryState.WAITING
        or recovery.ready_at is None
        or recovery.ready_at > now
        or person is None
    ):
        return False
    known = db.session.scalars(select(Address).where(Address.normal == recovery.normal)).one_or_none()
    if person.erased_at or person.merged_into_id or (known is not None and known.person_id != person.id):
        recovery.state, recovery.ready_at = RecoveryState.CHECKING, None
        audit.record(None, "lost record needs a look", recovery.code, at=now)
        return False
    address = known or service.add_address(person, recovery.email, now=now)
    address.verified_at = address.verified_at or now
    db.session.flush()
    _end(recovery, RecoveryState.DONE, by=None, now=now)
    addresses.make_primary(person, address.id, hub, now=now)
    audit.record(None, "address given back to its person", person.code, at=now, request=recovery.code)
    mail.queue(emails.given_back(recovery, hub), now=now, from_name=hub.name)
    return True


def run_out(now: datetime) -> int:
    """Requests that nobody brought to an end; how many ended."""
    old = select(Recovery).where(
        Recovery.state.in_({RecoveryState.ASKED, RecoveryState.CHECKING}), Recovery.asked_at <= now - RECOVERY_LIVES
    )
    found = db.session.scalars(old).unique().all()
    for recovery in found:
        _end(recovery, RecoveryState.OVER, by=None, now=now)
    return len(found)


def due(now: datetime) -> list[int]:
    """The numbers of the requests whose wait is over."""
    chosen = select(Recovery.id).where(Recovery.state == RecoveryState.WAITING, Recovery.ready_at <= now)
    return list(db.session.scalars(chosen.order_by(Recovery.id)))


def _begin_waiting(recovery: Recovery, hub: Hub, *, now: datetime) -> None:
    recovery.state, recovery.ready_at = RecoveryState.WAITING, now + RECOVERY_WAITS
    person = recovery.person
    audit.record(
        None, "lost record waits for objections", recovery.code, at=now, person=person.code if person else None
    )
    for address in _all(person):
        mail.queue(emails.notice(recovery, hub, address, _token(STOP, recovery)), now=now, from_name=hub.name)


def _all(person: Person | None) -> Iterable[str]:
    return [address.email for address in person.addresses] if person else []


def _end(recovery: Recovery, state: RecoveryState, *, by: Person | None, now: datetime) -> None:
    recovery.state, recovery.ended_at, recovery.ended_by_id = state, now, by.id if by else None
    audit.record(by.id if by else None, f"lost record {state}", recovery.code, at=now)


def _hold(recovery: Recovery) -> None:
    chosen = select(Recovery).where(Recovery.id == recovery.id).with_for_update(of=Recovery)
    db.session.scalars(chosen.execution_options(populate_existing=True)).unique().one()


def _may_run_anything(person: Person) -> bool:
    return programs.runs_anything(person.id)


def _token(purpose: str, recovery: Recovery) -> str:
    return links.make(_key(), purpose, recovery.code, 0)


def _key() -> bytes:
    key: bytes = current_app.extensions["settings"].link_key
    return key
