"""Letters about cases. They carry the ECHO ID, the program and a link: never a word of the case or of a note."""

from typing import Any

from flask import url_for

from echo_sessions.cases.models import BrokenGlass, Case, Recall
from echo_sessions.cases.recall import RecallKind
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


def recalled(recall: Recall, person: Person) -> Message:
    """To the officers of a recall: a case is out of view and waits for their decisions, by the law's clock where one runs."""
    due = (
        span(recall.due_at, None, recall.case.program.hub.zone, other=person.zone, language=person.language)
        if recall.due_at
        else None
    )
    return _about_recall("recalled", recall, person, due=due)


def recalled_author(recall: Recall, person: Person) -> Message:
    """To the author: the case is out of view, what happens next, and what to do meanwhile."""
    return _about_recall("recalled_author", recall, person)


def recall_returned(recall: Recall, person: Person) -> Message:
    """To the author: the case is there to be corrected, for nobody else."""
    link = url_for("cases.edit", code=recall.case.code, _external=True)
    return _about_recall("recall_returned", recall, person, link=link)


def recall_destroyed(recall: Recall, person: Person) -> Message:
    """To the author: the text was deleted for good."""
    return _about_recall("recall_destroyed", recall, person)


def recall_undone(recall: Recall, person: Person) -> Message:
    """To the author: two people agreed that the case is seen again as it was."""
    link = url_for("cases.show", code=recall.case.code, _external=True)
    return _about_recall("recall_undone", recall, person, link=link)


def recall_second(recall: Recall, person: Person) -> Message:
    """To the other officers: one of them asks to undo a recall, which takes two."""
    asker = recall.proposed_by.name if recall.proposed_by else None
    return _about_recall("recall_second", recall, person, asker=asker)


def recall_told(recall: Recall, person: Person) -> Message:
    """To those who opened the case: what they may have kept of it has to go."""
    link = url_for("cases.list_cases", _external=True)
    return _about_recall("recall_told", recall, person, link=link)


def glass_broken(row: BrokenGlass, person: Person) -> Message:
    """To the author, who runs the program, and the hub's owners: somebody opened the case before their time."""
    link = url_for("cases.list_openings", code=row.case.code, _external=True)
    until = span(row.ends_at, None, row.case.program.hub.zone, other=person.zone, language=person.language)
    return _letter("glass_broken", row.case, person, link=link, who=row.person.name, until=until)


def _about_recall(kind: str, recall: Recall, person: Person, **values: Any) -> Message:
    """Never what was seen or where: that stands on the page of the recall, for those who decide."""
    values.setdefault("link", url_for("cases.show_recall", code=recall.code, _external=True))
    case = recall.case
    return compose(
        f"cases/{kind}", to=person.address or "", to_name=person.name, language=person.language, hub=case.program.hub, person_id=person.id,
        about=recall.code, greeting=short_name(person.name), code=case.code, program=case.program.name,
        incident=recall.kind is RecallKind.IDENTIFIER, **values,
    )  # fmt: skip


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
