"""Letters about enrolling in a series and about roles in a program."""

from typing import Any

from flask import url_for

from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.people.rules import short_name
from echo_sessions.programs.models import Enrolment, Membership
from echo_sessions.programs.rules import CONFIRM_LIVES, ROLE_MEANS, ROLE_WORDS


def confirm_enrolment(enrolment: Enrolment, token: str) -> Message:
    """The one-time link that proves the address and enrols; its text is dropped once sent."""
    return _about_enrolment(
        "programs/confirm_enrolment", enrolment, secret=True, days=CONFIRM_LIVES.days,
        link=url_for("programs.confirm_enrolment", token=token, _external=True),
    )  # fmt: skip


def enrolment_stands(enrolment: Enrolment) -> Message:
    """Somebody asked to enrol again: how it stands, since the page itself must not tell."""
    removed = enrolment.state == "removed"
    link = url_for("programs.show_series", code=enrolment.series.code, _external=True)
    return _about_enrolment("programs/enrolment_stands", enrolment, removed=removed, link=link)


def appointed(membership: Membership) -> Message:
    """What somebody was made in a program, what that means and where to begin."""
    person, program = membership.person, membership.program
    return compose(
        "programs/appointed", to=person.address or "", to_name=person.name, language=person.language, hub=program.hub,
        person_id=person.id, about=program.code, greeting=short_name(person.name), program=program.name, aim=program.aim,
        role=ROLE_WORDS[membership.role], means=ROLE_MEANS[membership.role],
        link=url_for("programs.show", code=program.code, _external=True),
    )  # fmt: skip


def _about_enrolment(kind: str, enrolment: Enrolment, **values: Any) -> Message:
    person, series = enrolment.person, enrolment.series
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=series.program.hub,
        person_id=person.id, about=enrolment.code, greeting=short_name(person.name), program=series.program.name,
        series=series.name, **values,
    )  # fmt: skip
