"""Accounts at the hub's own provider of sign-in, and the people of ours that they belong to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people import queries, service
from echo_sessions.people.models import Account, Identity, Person

STRONG = frozenset({"mfa"})
"""What a provider says (RFC 8176) when it has asked for two factors itself. A single method named there is not enough."""


def is_strong(methods: Collection[str]) -> bool:
    """Whether the provider says that it asked for a second factor."""
    return bool(STRONG & set(methods))


def recognise(*, issuer: str, subject: str, email: str | None, now: datetime) -> tuple[Account, bool]:
    """The account of this subject, and whether it was connected just now by its verified address.

    Nobody is made: who is not known to the hub is refused, and so is an address that the provider has not verified.
    """
    known = select(Identity).where(Identity.issuer == issuer, Identity.subject == subject)
    identity = db.session.scalars(known).one_or_none()
    if identity is not None:
        identity.used_at = now
        return identity.account, False
    if email is None:
        raise Refused("Your organisation's sign-in does not vouch for your e-mail address, so you cannot be recognised. Sign in with a letter.")  # fmt: skip
    person = _person(email)
    if person is None:
        raise Refused(
            "This hub does not know the address that your organisation's sign-in gives. Ask its coordinator, or enrol first."
        )
    account = service.open_account(person, now=now)
    db.session.add(Identity(account_id=account.id, issuer=issuer, subject=subject, made_at=now, used_at=now))
    audit.record(person.id, "connected with the organisation's sign-in", person.code, at=now)
    return account, True


def _person(email: str) -> Person | None:
    try:
        return queries.by_address(email)
    except Refused:
        return None
