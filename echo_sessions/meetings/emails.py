"""Letters to the hub's owners about the account at a provider. They hold no credential and no link to a meeting."""

from collections.abc import Sequence
from typing import Any

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.meetings import providers
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import short_name
from echo_sessions.words import Said


def turned_bad(provider: str, person: Person, hub: Hub, *, faults: Sequence[Sequence[Any]]) -> Message:
    """The account does not work as it should, in the sentences of the check-up, and where to mend it."""
    said = [Said(words, values) for words, values in faults]
    return _composed("meetings/turned_bad", provider, person, hub, faults=said)


def works_again(provider: str, person: Person, hub: Hub) -> Message:
    """What the last letter told of is over."""
    return _composed("meetings/works_again", provider, person, hub)


def deauthorised(provider: str, person: Person, hub: Hub, *, meetings: int) -> Message:
    """The provider took our permission back: what was done, and what to do before the next session."""
    return _composed("meetings/deauthorised", provider, person, hub, meetings=meetings)


def _composed(kind: str, provider: str, person: Person, hub: Hub, **values: Any) -> Message:
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=hub, person_id=person.id,
        about=provider, greeting=short_name(person.name), provider=providers.provider(provider).title,
        link=url_for("meetings.set_up", _external=True), **values,
    )  # fmt: skip
