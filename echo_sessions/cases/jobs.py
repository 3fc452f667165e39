"""What happens to cases by itself: presented after their session, recommendations made a PDF, old texts forgotten."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions.audit import tombstones
from echo_sessions.cases import queries, recalling, recommending, recorded, rules, service
from echo_sessions.cases.models import Case
from echo_sessions.cases.page import Advice, recommendations_html, recommendations_title
from echo_sessions.cases.recall import Step
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db, transaction
from echo_sessions.files import service as files
from echo_sessions.jobs.handlers import handler
from echo_sessions.outside.storage import Storage
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions.rules import SessionState


@handler("cases.send_recommendations")
def send_recommendations(payload: dict[str, Any], now: datetime) -> None:
    """Make the PDF of approved recommendations, store it, and tell the author.

    Done twice it does nothing more. An approval taken back while the PDF was made leaves the PDF to be swept away.
    """
    case = db.session.get(Case, payload["case"])
    sheet = queries.sheet_of(case.id) if case else None
    if case is None or case.dark_since is not None or sheet is None or sheet.state is not RecommendationState.APPROVED:
        return
    number, approved_at, language = sheet.id, sheet.approved_at, case.author.language
    with force_locale(language):
        values = printed(case)
    db.session.rollback()
    pdf = current_app.extensions["pdf"].render(
        recommendations_html(values), lang=language, title=recommendations_title(values)
    )
    stored = current_app.extensions["storage"].put(pdf, type="application/pdf")
    with transaction():
        sheet = db.session.get_one(type(sheet), number)
        seen = sheet.case.dark_since is None  # what was recalled meanwhile is made anew once it is back
        if seen and sheet.state is RecommendationState.APPROVED and sheet.approved_at == approved_at:
            recommending.record_sent(sheet, file_id=files.keep(stored, now=now).id, now=now)


@handler("cases.darken_recordings")
def darken_recordings(payload: dict[str, Any], now: datetime) -> None:
    """Recordings of a session turned up: those of its cases that are out of view go out of view as well."""
    session = sessions.by_code(payload["session"])
    if session is not None:
        number = session.id
        with transaction():
            recorded.darken_again(number, now=now)


@handler("cases.present_due", every_minutes=15)
def present_due(payload: dict[str, Any], now: datetime) -> None:
    """Cases whose session is over were presented, unless somebody said that the presenter did not come."""
    numbers = [case.id for case in queries.presented_but_not_marked(now)]
    for number in numbers:
        with transaction():
            case = db.session.get_one(Case, number)
            if case.state is CaseState.SCHEDULED and not case.backup and case.dark_since is None:
                service.present(case, now=now)


@handler("cases.free_cancelled", every_minutes=15)
def free_cancelled(payload: dict[str, Any], now: datetime) -> None:
    """Cases of a cancelled session wait for another one, and their authors are told."""
    numbers = [case.id for case in queries.in_cancelled_sessions()]
    for number in numbers:
        with transaction():
            case = db.session.get_one(Case, number)
            cancelled = case.session is not None and case.session.state is SessionState.CANCELLED
            if cancelled and case.dark_since is None:
                service.unplace(case, by=None, now=now)


@handler("cases.forget_due", every_minutes=24 * 60)
def forget_due(payload: dict[str, Any], now: datetime) -> None:
    """The texts of withdrawn and declined cases are deleted when their time has come."""
    numbers = [case.id for case in queries.to_forget(now - service.FORGOTTEN_AFTER)]
    for number in numbers:
        with transaction():
            service.forget(db.session.get_one(Case, number), now=now)


@handler("cases.replay_recalls", every_minutes=24 * 60)
def replay_recalls(payload: dict[str, Any], now: datetime) -> None:
    """What the storage remembers and this database does not, because an older copy of it was put back, is done again."""
    replay(current_app.extensions["storage"], now=now)


def replay(storage: Storage, *, now: datetime) -> dict[str, int]:
    """Read the tombstones back, then darken and delete again; how many of each. Done twice it does nothing more."""
    done = {"tombstones": 0, "darkened": 0, "destroyed": 0}
    known = tombstones.known()
    db.session.rollback()
    for kind, value in [stone for stone in storage.tombstones() if stone not in known]:
        said = json.loads(storage.inscription(kind, value))
        with transaction():
            tombstones.read_back(
                kind, value, at=datetime.fromisoformat(said["at"]), word=said.get("word"), stored_at=now
            )
        done["tombstones"] += 1
    numbers = recalling.to_replay()
    db.session.rollback()
    for number in numbers:
        with transaction():
            case = db.session.get(Case, number)
            step = recalling.replay(case, now=now) if case is not None else None
        done["darkened"] += step is Step.REPLAYED
        done["destroyed"] += step is Step.DESTROYED
    return done


def printed(case: Case) -> dict[str, Any]:
    """What the document says: the ECHO ID and the recommendations, nothing of the story. Days are the session's own."""
    sheet = queries.sheet_of(case.id)
    session = case.session
    assert sheet is not None and session is not None and sheet.approved_at is not None and sheet.approver is not None
    zone = ZoneInfo(session.zone)
    return {
        "code": case.code,
        "program": case.program.name,
        "session_title": session.title or _("Session %(number)s", number=session.number),
        "session_date": session.starts_at.astimezone(zone).date(),
        "approved_by": sheet.approver.name,
        "approved_on": sheet.approved_at.astimezone(zone).date(),
        "language": case.author.language,
        "disclaimer": _(
            "These are recommendations of colleagues for discussion. They create no relationship between the hub's clinicians and the patient, and do not replace the judgement of those who treat the patient. Not for emergencies."
        ),
        "recommendations": [
            Advice(
                _(rules.CATEGORY_WORDS[rules.RecommendationCategory(row.category)]),
                _with_evidence(row.text, row.evidence),
                _(recommending.SAID_BY[row.said_by]),
                row.profession or "",
            )
            for row in case.recommendations
        ],
    }


def _with_evidence(text: str, evidence: str | None) -> str:
    return f"{text} ({evidence})" if evidence else text
