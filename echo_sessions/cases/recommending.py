"""Verbs about the written recommendations of a case: noted during the session, approved by an expert, sent once.

They are one document. Any change takes an approval back; what was sent stays as it was for good.
"""

from datetime import datetime

from echo_sessions.audit import service as audit
from echo_sessions.cases import emails, marks, queries, rules
from echo_sessions.cases.darkness import refuse_dark
from echo_sessions.cases.models import Case, Recommendation, RecommendationSheet
from echo_sessions.cases.rules import RecommendationCategory, RecommendationState
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Person
from echo_sessions.words import msgid

SAID_BY = {"hub": msgid("The hub"), "spoke": msgid("A spoke")}


def add_recommendation(
    case: Case, *, text: str, category: str, said_by: str, profession: str | None = None, evidence: str | None = None,
    by: Person, now: datetime,
) -> Recommendation:  # fmt: skip
    """Write one recommendation down, after the others. Texts are screened like cases: an identifier is refused.

    With the first one the session's experts are written to, once each: one of them approves the whole.
    """
    sheet = _editable(case)
    row = Recommendation(
        position=1 + max((other.position for other in case.recommendations), default=-1),
        written_at=now,
        written_by_id=by.id,
    )
    _fill(case, row, text=text, category=category, said_by=said_by, profession=profession, evidence=evidence)
    case.recommendations.append(row)
    _unapproved(sheet)
    db.session.flush()
    audit.record(by.id, "recommendation written", case.code, at=now)
    for expert in queries.approvers(case):
        if expert.address and expert.id not in {by.id, case.author_id}:
            key = f"approve:{case.code}:{expert.code}"
            mail.queue(emails.to_approve(case, expert), now=now, from_name=case.program.hub.name, key=key)
    return row


def change_recommendation(
    row: Recommendation, *, text: str, category: str, said_by: str, profession: str | None = None, evidence: str | None = None,
    by: Person, now: datetime,
) -> None:  # fmt: skip
    """Change one; an approval given before lapses."""
    sheet = _editable(row.case)
    _fill(row.case, row, text=text, category=category, said_by=said_by, profession=profession, evidence=evidence)
    _unapproved(sheet)
    audit.record(by.id, "recommendation changed", row.case.code, at=now)


def move_recommendation(row: Recommendation, *, by: Person, now: datetime, up: bool) -> None:
    """Let one change places with its neighbour; at the end of the list nothing happens."""
    case = row.case
    sheet = _editable(case)
    order = list(case.recommendations)
    at = order.index(row)
    to = at - 1 if up else at + 1
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        for position, other in enumerate(order):
            other.position = position
        _unapproved(sheet)
        db.session.flush()
        db.session.expire(case, ["recommendations"])


def remove_recommendation(row: Recommendation, *, by: Person, now: datetime) -> None:
    """Take one out; an approval given before lapses."""
    case = row.case
    sheet = _editable(case)
    case.recommendations.remove(row)
    db.session.delete(row)
    _unapproved(sheet)
    audit.record(by.id, "recommendation removed", case.code, at=now)


def approve_recommendations(case: Case, *, by: Person, now: datetime) -> RecommendationSheet:
    """An expert signs them; a job makes the PDF and tells the author, with a link that needs a sign-in."""
    refuse_dark(case)
    sheet = sheet_for(case)
    if not case.recommendations:
        raise Refused(msgid("There is no recommendation to approve yet. Write at least one."))
    if by.id == case.author_id:
        raise Refused(msgid("Somebody else must approve these: they answer your own case."))
    sheet.state = rules.move_recommendations(sheet.state, RecommendationState.APPROVED)
    sheet.approver, sheet.approved_at = by, now
    audit.record(by.id, "recommendations approved", case.code, at=now, count=len(case.recommendations))
    jobs.queue("cases.send_recommendations", {"case": case.id}, now=now)
    return sheet


def record_sent(sheet: RecommendationSheet, *, file_id: int, now: datetime) -> None:
    """The PDF is stored: the author is told, and the sheet stays as it is for good."""
    refuse_dark(sheet.case)
    sheet.state = rules.move_recommendations(sheet.state, RecommendationState.SENT)
    sheet.sent_at, sheet.file_id = now, file_id
    case = sheet.case
    case.due_at = rules.follow_up_due(case.session.ends_at if case.session else now)
    audit.record(None, "recommendations sent", case.code, at=now)
    if case.author.address:
        mail.queue(emails.recommendations(case, case.author), now=now, from_name=case.program.hub.name)


def sheet_for(case: Case) -> RecommendationSheet:
    """The document of a case, begun when first asked for. It is due so long after the session as the program promises."""
    sheet = queries.sheet_of(case.id)
    if sheet is None:
        ends = case.session.ends_at if case.session is not None else case.state_since
        due = rules.recommendations_due(ends, case.program.recommendations_due_hours)
        sheet = RecommendationSheet(case=case, state=RecommendationState.DRAFT, due_at=due)
        db.session.add(sheet)
        db.session.flush()
    return sheet


def _fill(
    case: Case,
    row: Recommendation,
    *,
    text: str,
    category: str,
    said_by: str,
    profession: str | None,
    evidence: str | None,
) -> None:
    if not text.strip():
        raise Refused(msgid("Write the recommendation first."))
    if said_by not in SAID_BY or category not in set(RecommendationCategory):
        raise Refused(msgid("Say what it is about, and whether the hub or a spoke said it."))
    for words in (text, profession, evidence):
        marks.refuse_identifiers(case, words or "")
    row.text, row.category, row.said_by = text.strip(), RecommendationCategory(category).value, said_by
    row.profession, row.evidence = (profession or "").strip() or None, (evidence or "").strip() or None


def _editable(case: Case) -> RecommendationSheet:
    refuse_dark(case)
    sheet = sheet_for(case)
    if sheet.state is RecommendationState.SENT:
        raise Refused(msgid("These recommendations have been sent and stay as they are."))
    return sheet


def _unapproved(sheet: RecommendationSheet) -> None:
    if sheet.state is RecommendationState.APPROVED:
        sheet.state = rules.move_recommendations(sheet.state, RecommendationState.DRAFT)
    sheet.approver, sheet.approved_at = None, None
