"""Taking a case out of everybody's sight, and giving it back exactly as it was.

One moment on the case's row is all that policies and lists look at, so it is dark for every process with the commit.
Besides, its document is given to nobody, letters that lead to it wait, and a tombstone outlives a restore.
State, slot, sheet and dates are not touched: there is nothing to put back.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from echo_sessions.audit import tombstones
from echo_sessions.cases import queries, recorded
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case, RecallStep
from echo_sessions.cases.recall import Step
from echo_sessions.cases.rules import RecommendationState, text_hash
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files import service as files
from echo_sessions.files.models import File
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.sessions.models import Duty
from echo_sessions.words import msgid


def refuse_dark(case: Case) -> None:
    """Nothing is done with a case that is out of view, but for what its author corrects."""
    if case.dark_since is not None and not case.back_with_author:
        raise Refused(msgid("This case is being looked at and out of view. Nothing can be done with it until then."))


def darken(case: Case, *, word: str, now: datetime) -> None:
    """Out of everybody's sight, at once. `word`: the kind of recall, for a replay after a restore."""
    case.dark_since, case.back_with_author = now, False
    file = document(case)
    if file is not None:
        files.hold(file, now=now)
    mail.hold(_about(case))
    recorded.darken(case, now=now)
    tombstones.bury(tombstones.RECALL, case.code, at=now, word=word)
    _store(now)


def lighten(case: Case, *, letters: bool, now: datetime) -> None:
    """Into sight again. `letters`: those that waited are sent, as if nothing had been; else they are never sent."""
    case.dark_since, case.back_with_author = None, False
    file = document(case)
    if file is not None:
        files.let_go(file)
    if letters:
        mail.let_go(_about(case), now=now)
    else:
        mail.drop_held(_about(case))
    sheet = queries.sheet_of(case.id)
    if sheet is not None and sheet.state is RecommendationState.APPROVED:  # its job may have come in the dark
        jobs.queue("cases.send_recommendations", {"case": case.id}, now=now)
    recorded.lighten(case, now=now)
    tombstones.lift(tombstones.RECALL, case.code, at=now)
    _store(now)


def to_author(case: Case, *, struck: bool, now: datetime) -> None:
    """Its author sees it, to correct it; nobody else does until it is sent again. The text as it was must not come back
    with an older copy of the database; `struck`: nor must the recommendations and notes, which were deleted."""
    for text in fingerprints(case) if struck else fingerprints(case)[:1]:
        tombstones.bury(tombstones.TEXT, text, at=now)
    case.back_with_author = True
    mail.drop_held(_about(case))
    _store(now)


def sent_again(case: Case, *, now: datetime) -> None:
    """The author has corrected it: those who review see it again."""
    recall = recalls.given_back(case.id)
    if recall is not None:
        recall.steps.append(RecallStep(at=now, by_id=case.author_id, step=Step.SENT_AGAIN))
    lighten(case, letters=False, now=now)


def fingerprints(case: Case) -> list[str]:
    """What names the texts of a case without saying them: the story first; then the recommendations, and the notes."""
    told = json.dumps(case.answers, sort_keys=True)
    said = [row.text for row in case.recommendations], [step.note for step in case.reviews if step.note]
    parts = [told, *(json.dumps(texts) for texts in said if texts)]
    return [f"{case.code} {text_hash(part)}" for part in parts]


def bury_text(case: Case, *, now: datetime) -> None:
    """Its text was deleted and must stay so, also after a restore; the letters that waited are never sent."""
    mail.drop_held(_about(case))
    recorded.remove(case, now=now)
    tombstones.bury(tombstones.DESTROYED, case.code, at=now)
    _store(now)


def document(case: Case) -> File | None:
    """The recommendations as a document, if it was made."""
    sheet = queries.sheet_of(case.id)
    return db.session.get(File, sheet.file_id) if sheet is not None and sheet.file_id is not None else None


def _about(case: Case) -> Sequence[str]:
    """What letters that lead to the case are about: itself, and the parts that experts were asked to take in it."""
    return [case.code, *db.session.scalars(select(Duty.code).where(Duty.case_id == case.id))]


def _store(now: datetime) -> None:
    """Ask that the storage hears of it soon; the schedule would do it within five minutes."""
    jobs.queue("files.store_tombstones", {}, now=now)
