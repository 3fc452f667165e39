"""Letters to people about signing in."""

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import LINK_LIVES, short_name


def sign_in_link(person: Person, hub: Hub, token: str) -> Message:
    """The one-time link that signs in; its text is dropped once sent."""
    return compose(
        "people/sign_in_link", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, secret=True, greeting=short_name(person.name),
        link=url_for("people.use_link", token=token, _external=True), minutes=int(LINK_LIVES.total_seconds() // 60),
    )  # fmt: skip
