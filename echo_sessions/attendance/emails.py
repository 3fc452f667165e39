"""The letter to a guest who keeps coming: how to be on the list."""

from echo_sessions.attendance.rules import GUEST_VISITS
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs import ways
from echo_sessions.sessions.models import Session


def asked_to_enrol(person: Person, session: Session) -> Message:
    """The way to enrol in the series they came to; where enrolment is closed, whom to write to."""
    series, program = session.series, session.series.program
    return compose(
        "attendance/asked_to_enrol", to=person.address or "", to_name=person.name, language=person.language, hub=program.hub,
        person_id=person.id, about=program.code, greeting=short_name(person.name), program=program.name, most=GUEST_VISITS,
        link=ways.enrol_url(series) if series.enrolment_open else None, question_to=program.contact,
    )  # fmt: skip
