"""Letters about cases. They carry the ECHO ID, the program and a link: never a word of the case or of a note."""

from typing import Any

from flask import url_for

from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.mail.compose import compose
from echo_sessions.mail.rules import Message
from echo_sessions.moments import span
from echo_sessions.people.models import Person
from echo_sessions.people.rules import short_name


def received(case: Case, person: Person) -> Message:
    """To the author: it has arrived, and by when it is reviewed."""
    return _letter("received", case, person, due=_by(case, person))


def returned(case: Case, person: Person) -> Message:
    """To the author: changes are asked for. Which, stands in the house only."""
    return _letter("returned", case, person, due=_by(case, person))


def accepted(case: Case, person: Person) -> Message:
    """To the author: the review is done; with the date where the case has its slot already."""
    return _letter("accepted", case, person, when=_when(case, person) if case.state is CaseState.SCHEDULED else None)


def declined(case: Case, person: Person) -> Message:
    """To the author: it will not be discussed; the reason stands in the house."""
    return _letter("declined", case, person)


def placed(case: Case, person: Person) -> Message:
    """To the author: the session at which it is discussed."""
    return _letter("placed", case, person, when=_when(case, person))


def backup(case: Case, person: Person) -> Message:
    """To the author: it may be taken at short notice."""
    return _letter("backup", case, person, when=_when(case, person))


def unplaced(case: Case, person: Person) -> Message:
    """To the author: another date will be found."""
    return _letter("unplaced", case, person)


def recommendations(case: Case, person: Person) -> Message:
    """To the author: the written recommendations, behind a link and a sign-in."""
    link = url_for("cases.show", code=case.code, _anchor="recommendations", _external=True)
    return _letter("recommendations", case, person, link=link)


def to_approve(case: Case, person: Person) -> Message:
    """To the session's experts: recommendations are being written, and wait for the approval of one of them."""
    link = url_for("cases.approve", code=case.code, _external=True)
    return _letter("to_approve", case, person, link=link)


def submitted(case: Case, person: Person) -> Message:
    """To those who run the program: a case waits for review."""
    return _letter("submitted", case, person, due=_by(case, person), link=_review(case))


def changed_after_acceptance(case: Case, person: Person) -> Message:
    """To those who run the program: an accepted case was changed and must be reviewed again."""
    return _letter("changed", case, person, link=_review(case))


def given_back(case: Case, person: Person) -> Message:
    """To those who run the program: the author cannot come, and the slot is free."""
    return _letter("given_back", case, person, link=url_for("cases.place", code=case.code, _external=True))


def withdrawn(case: Case, person: Person) -> Message:
    """To those who run the program: the author took it back."""
    return _letter("withdrawn", case, person)


def _review(case: Case) -> str:
    return url_for("cases.review", code=case.code, _external=True)


def _when(case: Case, person: Person) -> str:
    """The time of its session, in the session's zone and the reader's."""
    session = case.session
    assert session is not None
    return span(session.starts_at, session.ends_at, session.zone, other=person.zone, language=person.language)


def _by(case: Case, person: Person) -> str | None:
    return span(case.due_at, None, person.zone, language=person.language) if case.due_at else None


def _letter(kind: str, case: Case, person: Person, **values: Any) -> Message:
    values.setdefault("link", url_for("cases.show", code=case.code, _external=True))
    return compose(
        f"cases/{kind}", to=person.address or "", to_name=person.name, language=person.language, hub=case.program.hub,
        person_id=person.id, about=case.code, greeting=short_name(person.name), code=case.code, program=case.program.name, **values,
    )  # fmt: skip
