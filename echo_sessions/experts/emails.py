"""Letters to experts and about their answers. Of a case nothing is told but its ECHO ID and program."""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions.cases.models import Case
from echo_sessions.experts import ways
from echo_sessions.experts.rules import suggested
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import span
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs.models import Program
from echo_sessions.sessions.emails import title_of, when_of
from echo_sessions.sessions.models import Duty
from echo_sessions.sessions.wording import ROLE_ASKS, ROLE_WORDS


def asked(duty: Duty, program: Program, case: Case | None) -> Message:
    """Will you take this part? With one link to say yes, no, or who else."""
    person = duty.person
    by = span(duty.answer_by, None, person.zone, language=person.language) if duty.answer_by else None
    return _to(person, "experts/asked", duty, program, case, by=by, asker=duty.asked_by.name if duty.asked_by else None)


def thanks(duty: Duty, program: Program, case: Case | None) -> Message:
    """What happens after a yes, and the link to change it."""
    return _to(
        duty.person,
        "experts/thanks",
        duty,
        program,
        case,
        days=duty.session.series.invite_days if duty.session else None,
    )


def withdrawn(duty: Duty, program: Program, case: Case | None) -> Message:
    """The hub no longer asks."""
    return _to(duty.person, "experts/withdrawn", duty, program, case)


def declined(duty: Duty, to: Person, program: Program, case: Case | None, page: str) -> Message:
    """To a coordinator: somebody said no, and whom they name instead."""
    colleague = suggested(duty.suggested)[0] if duty.suggested else None
    return _to(
        to,
        "experts/declined",
        duty,
        program,
        case,
        name=duty.person.name,
        note=duty.note,
        colleague=colleague,
        page=page,
    )


def _to(person: Person, kind: str, duty: Duty, program: Program, case: Case | None, **values: Any) -> Message:
    session = duty.session
    with force_locale(person.language):
        what = title_of(session) if session else program.name
        when = when_of(session, person) if session else None
        role, asks = _(ROLE_WORDS[duty.role]), _(ROLE_ASKS[duty.role])
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=program.hub, person_id=person.id,
        about=duty.code, greeting=short_name(person.name), program=program.name, what=what, when=when, role=role, asks=asks,
        case=case.code if case else None, link=ways.answer_url(duty), question_to=program.contact, **values,
    )  # fmt: skip
