"""Letters to whoever is let in to look, or to work for the hub."""

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.oversight.rights import STAFF_MEANS, STAFF_WORDS
from echo_sessions.people.models import Hub, Person, Staff
from echo_sessions.people.rules import short_name


def staff_appointed(staff: Staff, person: Person, hub: Hub) -> Message:
    """What somebody was made in the hub, and what that means."""
    return compose(
        "oversight/staff_appointed", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, about=person.code, greeting=short_name(person.name), role=STAFF_WORDS[staff.role],
        means=STAFF_MEANS[staff.role], link=url_for("today.show", _external=True),
    )  # fmt: skip
