"""Verbs about a case, from the first sentence to the recommendations.

Patient text is read and written here and nowhere above; letters, audit and jobs carry the ECHO ID only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.cases import emails, form_schema, queries, rules, screening
from echo_sessions.cases.models import Case, CaseForm, Hit, Recommendation, RecommendationSheet, Review
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.cases.screening import Known, Span
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import BlockKind, SessionState


def publish_form(*, name: str, schema: dict[str, Any], now: datetime, program: Program | None = None) -> CaseForm:
    """A new version of a form. Cases keep the version they were written with."""
    newest = queries.newest_form(name)
    form = CaseForm(
        program_id=program.id if program else None, name=name, number=(newest.number if newest else 0) + 1, schema=schema, published_at=now
    )
    db.session.add(form)
    db.session.flush()
    return form


def start(program: Program, *, author: Person, now: datetime) -> Case:
    """An empty draft that only its author sees. Its ECHO ID is random and tells nothing about the patient."""
    form = queries.form_in_force(program.id) or publish_form(name="common core", schema=form_schema.common_core(), now=now)
    case = Case(
        code=ids.code(program.label), program=program, author=author, form=form, state=CaseState.DRAFT, answers={}, created_at=now,
        saved_at=now, state_since=now,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    audit.record(author.id, "case started", case.code, at=now)
    return case


def save(case: Case, answers: Mapping[str, Any], *, now: datetime) -> None:
    """Keep what the author wrote. An accepted case that is changed goes back to review, since the sign-off was
    for another text; decisions about passages of changed fields lapse by themselves."""
    if case.state not in rules.EDITABLE:
        raise Refused("This case is %(state)s and cannot be changed now.", state=rules.STATE_WORDS[case.state])
    if dict(answers) == case.answers:
        return
    case.answers = dict(answers)
    case.saved_at = now
    if case.state in {CaseState.ACCEPTED, CaseState.SCHEDULED} and text_of(case) != case.accepted_hash:
        _step(case, CaseState.IN_REVIEW, by=case.author, now=now)
        _tell_runners(case, emails.changed_after_acceptance, now=now)


def known_words(case: Case) -> Known:
    """What the house knows and should never be in a case: the author's and colleagues' names, the site, the town."""
    site = queries.site_of(case.author_id, case.program_id)
    people = [case.author.name, *(person.name for person in queries.colleagues(case.author_id, case.program_id))]
    return Known(names=tuple(people), places=tuple(word for word in (site.name, site.place) if word) if site else ())


def screen(case: Case) -> dict[str, list[Span]]:
    """The marked passages of each text of the case, by field."""
    known = known_words(case)
    texts = form_schema.texts_to_screen(case.answers, case.form.schema)
    return {field: screening.find(text, known=known) for field, text in texts}


def still_open(case: Case, *, tiers: tuple[int, ...] = (1,)) -> dict[str, list[Span]]:
    """The passages that still block submission, by field: marked, and not kept with a reason in this very text."""
    texts = dict(form_schema.texts_to_screen(case.answers, case.form.schema))
    found = {}
    for field, spans in screen(case).items():
        left = rules.unsettled(spans, _decisions(case, field), rules.text_hash(texts[field]), tiers=tiers)
        if left:
            found[field] = left
    return found


def keep(case: Case, *, field: str, start: int, end: int, reason: str, by: Person, now: datetime) -> None:
    """Let a marked passage stand, with a reason. Authors cannot keep numbers, contacts or pictures."""
    text = dict(form_schema.texts_to_screen(case.answers, case.form.schema)).get(field, "")
    span = next((s for s in screening.find(text, known=known_words(case)) if (s.start, s.end) == (start, end)), None)
    if span is None:
        raise Refused("The text has changed since it was screened. Look at the marks again.")
    decision = rules.decide(span, rules.Settled.KEPT, text=text, by_author=by.id == case.author_id, reason=reason)
    case.hits.append(
        Hit(
            field=field, text_hash=decision.text_hash, start=start, end=end, kind=span.kind, tier=span.tier, rule=span.rule,
            engine=screening.ENGINE, decision=decision.settled, reason=decision.reason, decided_by_id=by.id, decided_at=now,
        )  # fmt: skip
    )
    audit.record(by.id, "marked passage kept", case.code, at=now, kind=span.kind, rule=span.rule)


def submit(case: Case, *, attested: bool, now: datetime) -> None:
    """Hand the case to the hub. Refused while something required is missing, an attestation is not ticked, or a
    marked passage is unsettled; the draft stays as it is."""
    if case.state not in {CaseState.DRAFT, CaseState.CHANGES_REQUESTED}:
        raise Refused("This case is %(state)s; it has been submitted already.", state=rules.STATE_WORDS[case.state])
    if not attested:
        raise Refused("Tick the statements at the end: that nothing identifies the patient, and what this discussion is not.")
    if form_schema.problems(case.answers, case.form.schema, draft=False):
        raise Refused("Some answers are missing. They are named in the form.")
    if still_open(case):
        raise Refused("Some passages may still identify the patient. Settle each mark first.")
    case.attested, case.submitted_at = True, now
    case.profession = case.author.profession
    site = queries.site_of(case.author_id, case.program_id)
    case.site_id, case.region, case.rural = (site.id, site.region, site.rural) if site else (None, None, None)
    _step(case, CaseState.SUBMITTED, by=case.author, now=now)
    _tell_runners(case, emails.submitted, now=now)
    _tell_author(case, emails.received, now=now)


def take_review(case: Case, *, by: Person, now: datetime) -> None:
    """A reviewer begins. Nobody reviews the own case."""
    if by.id == case.author_id:
        raise Refused("Somebody else must review this case: you wrote it.")
    due = case.due_at
    _step(case, CaseState.IN_REVIEW, by=by, now=now)
    case.reviewer, case.waits_for, case.due_at = by, by, due


def return_to_author(case: Case, *, field: str, note: str, by: Person, now: datetime, due_at: datetime | None = None) -> None:
    """Ask the author for changes: which field, and why. The letter carries a link only; the note stays in the
    house, since it may well quote the passage at fault."""
    _begin(case, by=by, now=now)
    if not field or not note.strip():
        raise Refused("Name the field and say what to change, so that the author knows.")
    _step(case, CaseState.CHANGES_REQUESTED, by=by, now=now, field=field, note=note.strip(), due_at=due_at)
    _tell_author(case, emails.returned, now=now)


def accept(case: Case, *, checked: Sequence[str], by: Person, now: datetime) -> None:
    """Sign off that the text identifies nobody. Every class of identifiers must have been looked for."""
    _begin(case, by=by, now=now)
    missing = [kind for kind in rules.CHECKLIST_18 if kind not in checked]
    if missing:
        raise Refused("%(count)s of the 18 kinds of identifiers are not ticked. Look for each of them.", count=len(missing))
    if still_open(case):
        raise Refused("Some marked passages are not settled. Keep each with a reason, or return the case.")
    _step(case, CaseState.ACCEPTED, by=by, now=now, checked=list(checked))
    case.accepted_at, case.accepted_hash = now, text_of(case)
    if case.session_id is not None:
        _step(case, CaseState.SCHEDULED, by=by, now=now)
    _tell_author(case, emails.accepted, now=now)


def decline(case: Case, *, note: str, by: Person, now: datetime) -> None:
    """Say that the hub will not discuss this case, and why."""
    _begin(case, by=by, now=now)
    if not note.strip():
        raise Refused("Say why, so that the author knows.")
    _free(case)
    _step(case, CaseState.DECLINED, by=by, now=now, note=note.strip())
    _tell_author(case, emails.declined, now=now)


def withdraw(case: Case, *, by: Person, now: datetime) -> None:
    """The author takes the case back. It leaves its slot at once."""
    _free(case)
    _step(case, CaseState.WITHDRAWN, by=by, now=now)
    if case.submitted_at is not None:
        _tell_runners(case, emails.withdrawn, now=now)


def place(case: Case, block: Block, *, by: Person, now: datetime) -> None:
    """Put an accepted case into a free slot of a coming session. The author is told date and time."""
    session = block.session
    if case.state not in {CaseState.ACCEPTED, CaseState.SCHEDULED}:
        raise Refused("Only an accepted case can be placed; this one is %(state)s.", state=rules.STATE_WORDS[case.state])
    if block.kind is not BlockKind.CASE or (block.case_id is not None and block.case_id != case.id):
        raise Refused("This slot is taken. Choose another one.")
    if session.series.program_id != case.program_id:
        raise Refused("This session belongs to another program than the case.")
    if session.state is SessionState.CANCELLED or session.ends_at <= now:
        raise Refused("This session is over or cancelled. Choose another one.")
    _free(case)
    db.session.flush()
    block.case_id, case.session, case.backup = case.id, session, False
    if case.state is CaseState.ACCEPTED:
        _step(case, CaseState.SCHEDULED, by=by, now=now)
    case.due_at = session.starts_at
    audit.record(by.id, "case placed", case.code, at=now, session=session.code)
    _tell_author(case, emails.placed, now=now)


def set_backup(case: Case, session: Session, *, by: Person, now: datetime) -> None:
    """Name an accepted case as the one to take if a presenter cannot come."""
    if case.state is not CaseState.ACCEPTED:
        raise Refused("Only an accepted case without a slot can be a backup.")
    if session.series.program_id != case.program_id or session.ends_at <= now:
        raise Refused("This session belongs to another program, or is over.")
    case.session, case.backup = session, True
    audit.record(by.id, "case named as backup", case.code, at=now, session=session.code)


def unplace(case: Case, *, by: Person, now: datetime) -> None:
    """Take a case out of its slot; it stays accepted and waits for another one."""
    if case.state is CaseState.SCHEDULED:
        _step(case, CaseState.ACCEPTED, by=by, now=now)
    _free(case)
    case.session, case.backup = None, False
    _tell_author(case, emails.unplaced, now=now)


def present(case: Case, *, now: datetime, by: Person | None = None) -> None:
    """Note that the case was discussed. Its recommendations are due from now on."""
    session = case.session
    if session is None or session.starts_at > now:
        raise Refused("The session of this case has not begun.")
    _step(case, CaseState.PRESENTED, by=by, now=now)
    _sheet(case)


def not_presented(case: Case, *, by: Person, now: datetime) -> None:
    """Its presenter did not come: the case waits for another slot."""
    unplace(case, by=by, now=now)


def add_recommendation(
    case: Case, *, text: str, category: str, said_by: str, profession: str | None, evidence: str | None, by: Person, now: datetime
) -> Recommendation:
    """Write one recommendation down. Texts are screened like cases: a marked identifier is refused."""
    sheet = _editable_sheet(case)
    _check_recommendation(case, text)
    row = Recommendation(
        position=len(case.recommendations), category=rules.RecommendationCategory(category), text=text.strip(), said_by=said_by,
        profession=profession or None, evidence=evidence or None, written_by_id=by.id, written_at=now,
    )  # fmt: skip
    case.recommendations.append(row)
    sheet.state, sheet.approver, sheet.approved_at = RecommendationState.DRAFT, None, None
    db.session.flush()
    audit.record(by.id, "recommendation written", case.code, at=now)
    return row


def change_recommendation(row: Recommendation, *, text: str, category: str, said_by: str, profession: str | None, evidence: str | None, by: Person, now: datetime) -> None:
    """Change one; an approval given before lapses."""
    sheet = _editable_sheet(row.case)
    _check_recommendation(row.case, text)
    row.text, row.category, row.said_by = text.strip(), rules.RecommendationCategory(category), said_by
    row.profession, row.evidence = profession or None, evidence or None
    sheet.state, sheet.approver, sheet.approved_at = RecommendationState.DRAFT, None, None
    audit.record(by.id, "recommendation changed", row.case.code, at=now)


def remove_recommendation(row: Recommendation, *, by: Person, now: datetime) -> None:
    """Take one out; an approval given before lapses."""
    case = row.case
    sheet = _editable_sheet(case)
    case.recommendations.remove(row)
    db.session.delete(row)
    sheet.state, sheet.approver, sheet.approved_at = RecommendationState.DRAFT, None, None
    audit.record(by.id, "recommendation removed", case.code, at=now)


def approve_recommendations(case: Case, *, by: Person, now: datetime) -> RecommendationSheet:
    """An expert signs them; the PDF is made and the author told by a job, with a link that needs a sign-in."""
    sheet = _sheet(case)
    if not case.recommendations:
        raise Refused("There is no recommendation to approve yet. Write at least one.")
    if by.id == case.author_id:
        raise Refused("Somebody else must approve these: they answer your own case.")
    sheet.state = rules.move_recommendations(sheet.state, RecommendationState.APPROVED)
    sheet.approver, sheet.approved_at = by, now
    audit.record(by.id, "recommendations approved", case.code, at=now, count=len(case.recommendations))
    jobs.queue("cases.send_recommendations", {"case": case.id}, now=now)
    return sheet


def record_sent(sheet: RecommendationSheet, *, file_id: int, now: datetime) -> None:
    """The PDF is stored: the author is told, and the sheet stays as it is for good."""
    sheet.state = rules.move_recommendations(sheet.state, RecommendationState.SENT)
    sheet.sent_at, sheet.file_id = now, file_id
    case = sheet.case
    case.due_at = rules.follow_up_due(case.session.ends_at if case.session else now)
    audit.record(None, "recommendations sent", case.code, at=now)
    _tell_author(case, emails.recommendations, now=now)


def text_of(case: Case) -> str:
    """A hash over all texts of the case, to tell whether a sign-off still fits."""
    texts = form_schema.texts_to_screen(case.answers, case.form.schema)
    return rules.text_hash("\x1f".join(f"{field}\x1e{text}" for field, text in texts))


def _begin(case: Case, *, by: Person, now: datetime) -> None:
    if by.id == case.author_id:
        raise Refused("Somebody else must review this case: you wrote it.")
    if case.state is CaseState.SUBMITTED:
        take_review(case, by=by, now=now)


def _step(
    case: Case, to: CaseState, *, by: Person | None, now: datetime, field: str | None = None, note: str | None = None,
    checked: list[str] | None = None, due_at: datetime | None = None,
) -> None:  # fmt: skip
    came_from, case.state = case.state, rules.move(case.state, to)
    case.state_since, case.waits_for = now, None
    ends = case.session.ends_at if case.session is not None else None
    case.due_at = due_at or rules.due(to, now, session_end=ends)
    case.reviews.append(
        Review(at=now, by_id=by.id if by else None, came_from=came_from, went_to=to, field=field, note=note, checked=checked or [])
    )
    audit.record(by.id if by else None, f"case {to.value}", case.code, at=now, came_from=came_from.value)


def _free(case: Case) -> None:
    for block in queries.blocks_with(case.id):
        block.case_id = None


def _sheet(case: Case) -> RecommendationSheet:
    sheet = queries.sheet_of(case.id)
    if sheet is None:
        ends = case.session.ends_at if case.session is not None else case.state_since
        due = rules.recommendations_due(ends, case.program.recommendations_due_hours)
        sheet = RecommendationSheet(case=case, state=RecommendationState.DRAFT, due_at=due)
        db.session.add(sheet)
        db.session.flush()
    return sheet


def _editable_sheet(case: Case) -> RecommendationSheet:
    sheet = _sheet(case)
    if sheet.state is RecommendationState.SENT:
        raise Refused("These recommendations have been sent and stay as they are.")
    return sheet


def _check_recommendation(case: Case, text: str) -> None:
    if not text.strip():
        raise Refused("Write the recommendation first.")
    if any(span.tier == 1 for span in screening.find(text, tiers=(1,), known=known_words(case))):
        raise Refused("This recommendation has a passage that may identify somebody. Use general words instead.")


def _decisions(case: Case, field: str) -> list[rules.Decision]:
    return [
        rules.Decision(hit.start, hit.end, hit.kind, hit.rule, hit.text_hash, rules.Settled(hit.decision), hit.reason)
        for hit in case.hits
        if hit.field == field and hit.decision is not None
    ]


def _tell_author(case: Case, letter: Any, *, now: datetime) -> None:
    if case.author.address:
        mail.queue(letter(case, case.author), now=now, from_name=case.program.hub.name)


def _tell_runners(case: Case, letter: Any, *, now: datetime) -> None:
    for person in programs.runners_of(case.program_id):
        if person.address and person.id != case.author_id:
            mail.queue(letter(case, person), now=now, from_name=case.program.hub.name)
