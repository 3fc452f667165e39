"""Letters about alarms: who, how many, since when. Never what a case says, nor which cases they were."""

from flask import url_for

from echo_sessions.alarms.models import Alarm
from echo_sessions.alarms.rules import AlarmKind
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import span
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import short_name


def raised(alarm: Alarm, person: Person, hub: Hub) -> Message:
    """To an owner: what was noticed, and where to settle it."""
    return compose(
        "alarms/raised", to=person.address or "", to_name=person.name, language=person.language, hub=hub,
        person_id=person.id, about=alarm.code, code=alarm.code, greeting=short_name(person.name), words=alarm.words,
        broken=alarm.kind is AlarmKind.CHAIN, since=span(alarm.since, None, person.zone),
        link=url_for("alarms.explain", code=alarm.code, _external=True),
    )  # fmt: skip
