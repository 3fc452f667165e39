"""What an author is writing: kept on the server at every pause, found again in any browser, overwritten by nobody.

A text carries a mark made from itself. A form sends back the mark of the text it was filled from; when another
window has saved since, the two differ, and the later text is set aside instead of written over the newer one.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from echo_sessions.cases import form_schema, queries, rules
from echo_sessions.cases.darkness import refuse_dark
from echo_sessions.cases.models import Case, Draft
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db
from echo_sessions.errors import BadInput, Refused
from echo_sessions.words import Said, msgid

ASIDES = 5
"""So many set-aside texts are kept for a case; older ones go."""
LARGEST = 400_000
"""Characters of one text as JSON. A form filled to its limits stays below."""


def in_hand(case: Case) -> dict[str, Any]:
    """The text as its author has it: what was written last, else what was submitted.

    The ticks of statements are left out of a submitted text: they were about that text, so whoever changes it
    reads and ticks them again.
    """
    draft = queries.draft_of(case.id)
    if draft is not None:
        return dict(draft.answers)
    return unticked(case.answers, case.form.schema)


def unticked(answers: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """The answers without the ticks of statements."""
    ticks = {field.name for field in form_schema.fields(schema) if field.kind is form_schema.FieldKind.ATTESTATION}
    return {name: value for name, value in answers.items() if name not in ticks}


def mark_of(answers: Mapping[str, Any]) -> str:
    """A short mark of this very text, the same for the same text."""
    return rules.text_hash(json.dumps(answers, sort_keys=True))[:16]


def signature(case: Case, answers: Mapping[str, Any]) -> str:
    """Names the whole text that a reviewer signs off, apart from the author's ticks."""
    return rules.text_hash(json.dumps(unticked(answers, case.form.schema), sort_keys=True))


def may_change(case: Case, now: datetime) -> None:
    """Refuses a change of the story in a state, or at a moment, in which it must stay as it is."""
    refuse_dark(case)
    if case.state not in rules.EDITABLE:
        raise Refused(
            msgid("This case is %(state)s and cannot be changed now."), state=Said(rules.STATE_WORDS[case.state])
        )
    if case.state is CaseState.SCHEDULED and case.session is not None and case.session.starts_at <= now:
        raise Refused(msgid("The session of this case has begun, so its text stays as the group sees it."))


def save(case: Case, answers: Mapping[str, Any], *, now: datetime, since: str | None = None) -> bool:
    """Keep what the author wrote. `since` is the mark of the text the form was filled from.

    False: another window saved, or the case was submitted, in the meantime. Nothing is overwritten; this text is
    set aside. Refused in states in which nothing can be changed, and for a text beyond all measure.
    """
    given = dict(answers)
    if len(json.dumps(given)) > LARGEST:
        raise BadInput(msgid("This is too long to be kept. Shorten it to what the group needs."))
    queries.hold(case)
    refuse_dark(case)
    if case.state in {CaseState.SUBMITTED, CaseState.IN_REVIEW}:
        return _aside(case, given, now)
    may_change(case, now)
    draft = queries.draft_of(case.id)
    current = in_hand(case)
    if given == current:
        return True
    if since is not None and since != mark_of(current):
        return _aside(case, given, now)
    if draft is None:
        db.session.add(Draft(case_id=case.id, answers=given, saved_at=now, aside=False))
    else:
        draft.answers, draft.saved_at = given, now
    db.session.flush()
    return True


def take_aside(case: Case, aside: Draft, *, now: datetime) -> None:
    """Go on with a text that was set aside; the one in hand takes its place, so neither is lost."""
    may_change(case, now)
    current, chosen = in_hand(case), dict(aside.answers)
    draft = queries.draft_of(case.id)
    if draft is None:
        db.session.add(Draft(case_id=case.id, answers=chosen, saved_at=now, aside=False))
    else:
        draft.answers, draft.saved_at = chosen, now
    aside.answers, aside.saved_at = current, now


def drop_aside(aside: Draft) -> None:
    """Throw a set-aside text away."""
    db.session.delete(aside)


def drop(case: Case) -> None:
    """Forget all that was being written: it was submitted, or is to be deleted."""
    for draft in queries.drafts_of(case.id):
        db.session.delete(draft)
    db.session.flush()


def _aside(case: Case, answers: dict[str, Any], now: datetime) -> bool:
    """Keep the text beside the newer one; the same text is kept once. A button pressed twice is no other text."""
    if unticked(answers, case.form.schema) == unticked(in_hand(case), case.form.schema):
        return True
    known = [draft for draft in queries.drafts_of(case.id) if draft.aside]
    same = next((draft for draft in known if draft.answers == answers), None)
    if same is not None:
        same.saved_at = now
        return False
    db.session.add(Draft(case_id=case.id, answers=answers, saved_at=now, aside=True))
    for old in known[: max(0, len(known) + 1 - ASIDES)]:
        db.session.delete(old)
    return False


def touched_since(moment: datetime) -> Select[int]:
    """The cases somebody has written at since then, for use inside other selects."""
    return select(Draft.case_id).where(Draft.saved_at >= moment)
