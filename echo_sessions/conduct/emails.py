"""Letters about reports: a code and a link. Never what was reported, by whom, or what anybody wrote about it."""

from typing import Any

from flask import url_for

from echo_sessions.conduct import queries, rules
from echo_sessions.conduct.models import Incident
from echo_sessions.conduct.rules import STEP_WORDS, Deed
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import day_of
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name


def reported(incident: Incident, person: Person) -> Message:
    """To those who handle it: a report waits, and by when."""
    return _letter("conduct/reported", incident, person, by=_day(incident, person), link=_page(incident))


def decided(incident: Incident, person: Person) -> Message:
    """To the person concerned: what was decided, where the reasons stand, and how to appeal."""
    assert incident.decided_at is not None and incident.step is not None
    until = day_of(rules.appeal_ends(incident.decided_at), person.zone, person.language)
    return _letter(
        "conduct/decided", incident, person, step=incident.step.value, step_words=STEP_WORDS[incident.step], until=until,
        link=_own_page(incident),
    )  # fmt: skip


def appealed(incident: Incident, person: Person) -> Message:
    """To those who handle it: somebody outside has to be chosen, and by when the house chooses itself."""
    link = url_for("conduct.choose_second", code=incident.code, _external=True)
    return _letter("conduct/appealed", incident, person, by=_day(incident, person), link=link)


def to_hear(incident: Incident, person: Person) -> Message:
    """To the second person: an appeal to hear."""
    return _letter("conduct/to_hear", incident, person, by=_day(incident, person), link=_page(incident))


def outcome(incident: Incident, person: Person, deed: Deed) -> Message:
    """To the person concerned: what became of the appeal. It is final."""
    return _letter("conduct/outcome", incident, person, stands=deed is Deed.UPHELD, link=_own_page(incident))


def _page(incident: Incident) -> str:
    return url_for("conduct.show", code=incident.code, _external=True)


def _own_page(incident: Incident) -> str:
    return url_for("conduct.decision", code=incident.code, _external=True)


def _day(incident: Incident, person: Person) -> str | None:
    return day_of(incident.due_at, person.zone, person.language) if incident.due_at else None


def _letter(kind: str, incident: Incident, person: Person, **values: Any) -> Message:
    return compose(
        kind, to=person.address or "", to_name=person.name, language=person.language, hub=queries.hub_of(incident),
        person_id=person.id, about=incident.code, greeting=short_name(person.name), code=incident.code,
        program=incident.program.name if incident.program else None, **values,
    )  # fmt: skip
