"""Letters about one's own data. They hold dates and links, nothing of the data itself."""

from datetime import datetime

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import short_name


def copy_ready(person: Person, hub: Hub, *, until: datetime) -> Message:
    """The copy of the own data can be fetched, signed in."""
    return compose(
        "privacy/copy_ready", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, greeting=short_name(person.name), until=until, zone=person.zone,
        link=url_for("privacy.mine", _external=True),
    )  # fmt: skip


def erasure_asked(person: Person, hub: Hub, *, due_at: datetime) -> Message:
    """When the record will be erased, and how to call it off."""
    return compose(
        "privacy/erasure_asked", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, greeting=short_name(person.name), due_at=due_at, zone=person.zone,
        link=url_for("privacy.mine", _external=True),
    )  # fmt: skip


def erased(*, to: str, language: str, hub: Hub) -> Message:
    """The record is erased. Goes to the address of before, names nobody, and is no longer tied to a person."""
    return compose("privacy/erased", to=to, to_name=to, language=language, hub=hub, secret=True)


def clearing_out(owner: Person, hub: Hub, *, kinds: int, due_at: datetime, code: str) -> Message:
    """What is past its time will be deleted on that day, unless held back."""
    return compose(
        "privacy/clearing_out", to=owner.address or "", to_name=owner.name, language=owner.language, hub=hub,
        person_id=owner.id, about=code, greeting=short_name(owner.name), kinds=kinds, due_at=due_at, zone=owner.zone,
        link=url_for("privacy.retention", _external=True),
    )  # fmt: skip
