"""Letters about checks of people. Numbers of licences, letters of employers and a verifier's notes never stand in one."""

from datetime import datetime
from typing import Any

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import day_of
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import short_name
from echo_sessions.verification.models import Verification


def asked(verifier: Person, *, hub: Hub, count: int, first: Verification) -> Message:
    """To somebody who checks: how many wait, and by when the first is promised an answer."""
    return compose(
        "verification/asked", to=verifier.address or "", to_name=verifier.name, language=verifier.language, hub=hub,
        person_id=verifier.id, greeting=short_name(verifier.name), count=count, by=_day(first.due_at, verifier),
        link=url_for("verification.list_waiting", _external=True),
    )  # fmt: skip


def vouch(row: Verification, voucher: Person, *, hub: Hub) -> Message:
    """To the lead of a site or a director: do you know this person?"""
    return compose(
        "verification/vouch", to=voucher.address or "", to_name=voucher.name, language=voucher.language, hub=hub,
        person_id=voucher.id, about=row.code, greeting=short_name(voucher.name), name=row.person.name,
        profession=row.person.profession, program=row.program.name if row.program else hub.name,
        by=_day(row.due_at, voucher), link=url_for("verification.show", code=row.code, _external=True),
    )  # fmt: skip


def verified(row: Verification, *, hub: Hub) -> Message:
    """Yes, and until when."""
    return _to_person("verification/verified", row, hub, until=_until(row))


def refused(row: Verification, *, hub: Hub) -> Message:
    """No, with the reason, and what may be done."""
    return _to_person("verification/refused", row, hub, reason=row.reason)


def more(row: Verification, *, hub: Hub) -> Message:
    """Something is missing."""
    return _to_person("verification/more", row, hub, reason=row.reason)


def ended(row: Verification, *, hub: Hub) -> Message:
    """Taken back, with the reason."""
    return _to_person("verification/ended", row, hub, reason=row.reason)


def reopened(row: Verification, *, hub: Hub) -> Message:
    """The decision was a mistake, and it is checked again."""
    return _to_person("verification/reopened", row, hub, by=_day(row.due_at, row.person))


def expiring(row: Verification, *, hub: Hub) -> Message:
    """It ends on that day; renewing takes two minutes."""
    return _to_person("verification/expiring", row, hub, until=_until(row))


def expired(row: Verification, *, hub: Hub, renewing: bool) -> Message:
    """It has ended today: what still works, what does not, and how to renew, unless that is being checked already."""
    return _to_person("verification/expired", row, hub, renewing=renewing)


def _to_person(kind: str, row: Verification, hub: Hub, **values: Any) -> Message:
    person = row.person
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        about=row.code, greeting=short_name(person.name), link=url_for("verification.mine", _external=True), **values,
    )  # fmt: skip


def _until(row: Verification) -> str:
    return _day(row.expires_at, row.person) if row.expires_at else ""


def _day(moment: datetime, reader: Person) -> str:
    return day_of(moment, reader.zone, reader.language)
