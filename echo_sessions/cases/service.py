"""Verbs about a case: begun, submitted, reviewed, placed, presented, taken back.

Patient text is read and written in this feature and nowhere above; letters, audit and jobs carry the ECHO ID only.
What an author is still writing is in `drafting`, the screen's marks in `marks`, recommendations in `recommending`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.cases import drafting, emails, form_schema, marks, queries, rules
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.darkness import refuse_dark, sent_again
from echo_sessions.cases.drafting import save as save
from echo_sessions.cases.models import Case, CaseForm, Review
from echo_sessions.cases.recommending import add_recommendation as add_recommendation
from echo_sessions.cases.recommending import approve_recommendations as approve_recommendations
from echo_sessions.cases.recommending import change_recommendation as change_recommendation
from echo_sessions.cases.recommending import record_sent as record_sent
from echo_sessions.cases.recommending import remove_recommendation as remove_recommendation
from echo_sessions.cases.recommending import sheet_for
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import handovers
from echo_sessions.people.models import Person
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Program
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import BlockKind, SessionState
from echo_sessions.words import Said, msgid

FORGOTTEN_AFTER = timedelta(days=30)
"""So long the text of a withdrawn or declined case is kept."""
FINISHED = frozenset({CaseState.WITHDRAWN, CaseState.DECLINED})


def publish_form(*, name: str, schema: dict[str, Any], now: datetime, program: Program | None = None) -> CaseForm:
    """A new version of a form. Cases keep the version they were written with.

    Refused without the main question or without a statement to tick: every case begins with the one and is
    submitted with the other. Raises `jsonschema.SchemaError` for what is no schema.
    """
    form_schema.check(schema)
    needed = [field for field in form_schema.fields(schema) if field.required]
    if not any(field.name == "main_question" for field in needed) or not any(
        field.kind is form_schema.FieldKind.ATTESTATION for field in needed
    ):
        raise Refused(msgid("A case form needs its main question and a statement to tick at the end."))
    newest = queries.newest_form(name)
    form = CaseForm(
        program_id=program.id if program else None,
        name=name,
        number=(newest.number if newest else 0) + 1,
        schema=schema,
        published_at=now,
    )
    db.session.add(form)
    db.session.flush()
    return form


def start(program: Program, *, author: Person, now: datetime) -> Case:
    """An empty draft that only its author sees. Its ECHO ID is random and tells nothing about the patient."""
    form = queries.form_in_force(program.id) or publish_form(
        name="common core", schema=form_schema.common_core(), now=now
    )
    case = Case(
        code=ids.code(program.label), program=program, author=author, form=form, state=CaseState.DRAFT, answers={}, created_at=now,
        state_since=now,
    )  # fmt: skip
    db.session.add(case)
    db.session.flush()
    audit.record(author.id, "case started", case.code, at=now)
    return case


def submit(case: Case, *, now: datetime) -> None:
    """Hand the text in hand to the hub; it becomes the case's answers.

    Refused while something required is missing, a statement is not ticked, or a marked passage is unsettled; the
    draft stays as it is. A case that was signed off returns to review when its text has changed.
    """
    drafting.may_change(case, now)
    answers = drafting.in_hand(case)
    if form_schema.problems(answers, case.form.schema, draft=False):
        raise Refused(msgid("Some answers are missing or cannot be read. They are named in the form."))
    if marks.open_in(case, answers):
        raise Refused(msgid("Some passages may still identify the patient. Settle each mark first."))
    case.answers, case.attested = answers, True
    drafting.drop(case)
    if case.back_with_author:
        sent_again(case, now=now)
    if case.state in {CaseState.ACCEPTED, CaseState.SCHEDULED}:
        if drafting.signature(case, answers) != case.accepted_hash:
            _step(case, CaseState.IN_REVIEW, by=case.author, now=now)
            _tell_runners(case, emails.changed_after_acceptance, now=now)
        return
    case.submitted_at = now
    _remember_author(case)
    _step(case, CaseState.SUBMITTED, by=case.author, now=now)
    _tell_runners(case, emails.submitted, now=now)
    _tell_author(case, emails.received, now=now)


def take_review(case: Case, *, by: Person, now: datetime) -> None:
    """A reviewer takes the case in hand, also from another reviewer. Nobody reviews the own case."""
    refuse_dark(case)
    _not_own(case, by)
    if case.state is CaseState.IN_REVIEW:
        handovers.note(case.waits_for_id, by, case.code, now=now)
        case.reviewer = case.waits_for = by
        audit.record(by.id, "review taken over", case.code, at=now)
        return
    promised = case.due_at
    _step(case, CaseState.IN_REVIEW, by=by, now=now)
    case.reviewer, case.waits_for, case.due_at = by, by, promised


def return_to_author(
    case: Case, *, field: str, note: str, by: Person, now: datetime, due_at: datetime | None = None
) -> None:
    """Ask the author for changes: which field, and why. The letter carries a link only; the note stays in the
    house, since it may well quote the passage at fault."""
    _begin(case, by=by, now=now)
    if not field or not note.strip():
        raise Refused(msgid("Name the question and say what to change, so that the author knows."))
    if due_at is not None and due_at <= now:
        raise Refused(msgid("The date for the changes has passed. Give a later one."))
    _step(case, CaseState.CHANGES_REQUESTED, by=by, now=now, field=field, note=note.strip(), due_at=due_at)
    _tell_author(case, emails.returned, now=now)


def accept(case: Case, *, checked: Sequence[str], by: Person, now: datetime, recognisable: bool = False) -> None:
    """Sign off that the text identifies nobody. Every kind of identifier must have been looked for, and a
    neighbour must not recognise the person. A case that has its slot already keeps it; one that the group had heard before
    it was recalled goes back to where it was."""
    _begin(case, by=by, now=now)
    missing = [kind for kind in rules.CHECKLIST_18 if kind not in checked]
    if missing:
        raise Refused(
            msgid("%(count)s of the 18 kinds of identifiers are not ticked. Look for each of them."), count=len(missing)
        )
    if recognisable:
        raise Refused(
            msgid(
                "If a neighbour could recognise this person, the case cannot be shared. Return it and say what to change."
            )
        )
    if marks.open_in(case, case.answers):
        raise Refused(msgid("Some marked passages are not settled. Keep each with a reason, or return the case."))
    _step(case, CaseState.ACCEPTED, by=by, now=now, checked=list(checked))
    case.accepted_at, case.accepted_hash = now, drafting.signature(case, case.answers)
    taught = recalls.taught_before(case.id)
    if taught is not None and case.session is not None:
        _back_to(case, taught, by=by, now=now)
    elif case.session is not None and case.session.ends_at <= now:
        _free(case)
    if case.session is not None and not case.backup and case.state is CaseState.ACCEPTED:
        _step(case, CaseState.SCHEDULED, by=by, now=now)
        case.due_at = case.session.starts_at
    _tell_author(case, emails.accepted, now=now)


def decline(case: Case, *, note: str, by: Person, now: datetime) -> None:
    """Say that the hub will not discuss this case, and why."""
    _begin(case, by=by, now=now)
    if not note.strip():
        raise Refused(msgid("Say why, so that the author knows."))
    _free(case)
    _step(case, CaseState.DECLINED, by=by, now=now, note=note.strip())
    _tell_author(case, emails.declined, now=now)


def withdraw(case: Case, *, by: Person, now: datetime) -> None:
    """The author takes a submitted case back: it leaves its slot at once, and nobody else reads it any more."""
    if case.state is CaseState.DRAFT:
        raise Refused(msgid("This draft was never submitted: delete it instead."))
    if case.back_with_author:
        raise Refused(
            msgid("This case was recalled. Ask its officers to delete the text, if it is not to be shared again.")
        )
    _free(case)
    _step(case, CaseState.WITHDRAWN, by=by, now=now)
    drafting.drop(case)
    _tell_runners(case, emails.withdrawn, now=now)


def delete_draft(case: Case, *, by: Person, now: datetime) -> None:
    """Throw away what was never submitted, text and all."""
    if case.state is not CaseState.DRAFT:
        raise Refused(msgid("This case was submitted: withdraw it instead."))
    drafting.drop(case)
    audit.record(by.id, "draft deleted", case.code, at=now)
    db.session.delete(case)


def forget(case: Case, *, now: datetime) -> None:
    """Delete the text of a withdrawn or declined case. That it was there, and why it ended, is kept."""
    if case.state not in FINISHED:
        raise Refused(msgid("Only a withdrawn or declined case can be forgotten."))
    case.answers, case.forgotten_at = {}, now
    case.hits.clear()
    drafting.drop(case)
    for step in case.reviews:
        if step.went_to is not CaseState.DECLINED:
            step.note = None
    audit.record(None, "case text deleted", case.code, at=now)


def place(case: Case, block: Block, *, by: Person, now: datetime) -> None:
    """Put an accepted case into a free slot of a coming session. The author is told date and time."""
    refuse_dark(case)
    queries.hold(block)
    session = block.session
    if case.state not in {CaseState.ACCEPTED, CaseState.SCHEDULED}:
        raise Refused(msgid("Only an accepted case can be placed; this one is %(state)s."), state=_said(case.state))
    if case.state is CaseState.SCHEDULED and case.session is not None and case.session.starts_at <= now:
        raise Refused(msgid("The session of this case has begun. If its presenter did not come, say so first."))
    if block.kind is not BlockKind.CASE or block.case_id is not None:
        raise Refused(msgid("This slot is taken. Choose another one."))
    _may_hold(case, session, now)
    _free(case)
    db.session.flush()
    block.case_id, case.session = case.id, session
    if case.state is CaseState.ACCEPTED:
        _step(case, CaseState.SCHEDULED, by=by, now=now)
    case.due_at = session.starts_at
    audit.record(by.id, "case placed", case.code, at=now, session=session.code)
    _tell_author(case, emails.placed, now=now)


def set_backup(case: Case, session: Session, *, by: Person, now: datetime) -> None:
    """Name an accepted case as the one to take if a presenter cannot come. It stays free for a slot of its own."""
    refuse_dark(case)
    if case.state is not CaseState.ACCEPTED:
        raise Refused(msgid("Only an accepted case without a slot can be a backup."))
    _may_hold(case, session, now)
    case.session, case.backup = session, True
    audit.record(by.id, "case named as backup", case.code, at=now, session=session.code)
    _tell_author(case, emails.backup, now=now)


def unplace(case: Case, *, by: Person | None, now: datetime) -> None:
    """Take a case out of its slot, or out of its place as a backup; it stays accepted and waits for another one.

    The author gives the slot back with the same verb, and those who run the program are told. It also serves for a
    presenter who did not come and, by the house itself (`by` None), for a session that was cancelled.
    """
    refuse_dark(case)
    if case.session is None:
        raise Refused(msgid("This case has no session."))
    giving_back = by is not None and by.id == case.author_id
    if case.state is CaseState.SCHEDULED:
        if giving_back and case.session.starts_at <= now:
            raise Refused(msgid("The session has begun. Tell the coordinator instead."))
        _step(case, CaseState.ACCEPTED, by=by, now=now)
    _free(case)
    audit.record(by.id if by else None, "case taken out of its session", case.code, at=now)
    if giving_back:
        _tell_runners(case, emails.given_back, now=now)
    else:
        _tell_author(case, emails.unplaced, now=now)


def present(case: Case, *, now: datetime, by: Person | None = None) -> None:
    """Note that the case was discussed. Its recommendations are due so long after the end of the session."""
    session = case.session
    if session is None or session.starts_at > now:
        raise Refused(msgid("The session of this case has not begun."))
    _step(case, CaseState.PRESENTED, by=by, now=now)
    sheet = sheet_for(case)
    sent = sheet.state is RecommendationState.SENT
    case.due_at = rules.follow_up_due(session.ends_at) if sent else sheet.due_at


def _may_hold(case: Case, session: Session, now: datetime) -> None:
    if session.series.program_id != case.program_id:
        raise Refused(msgid("This session belongs to another program than the case."))
    if session.state is not SessionState.SCHEDULED or session.ends_at <= now:
        raise Refused(msgid("This session is over, cancelled or not published. Choose another one."))


def _not_own(case: Case, by: Person) -> None:
    if by.id == case.author_id:
        raise Refused(msgid("Somebody else must review this case: you wrote it."))


def _begin(case: Case, *, by: Person, now: datetime) -> None:
    """Whoever decides has the case in hand: taken now, unless a colleague has it."""
    _not_own(case, by)
    if case.state is CaseState.IN_REVIEW and case.waits_for is not None and case.waits_for.id != by.id:
        raise Refused(msgid("%(name)s is reviewing this case. Take it over first."), name=case.waits_for.name)
    if case.state is CaseState.SUBMITTED or (case.state is CaseState.IN_REVIEW and case.waits_for is None):
        take_review(case, by=by, now=now)


def _step(
    case: Case, to: CaseState, *, by: Person | None, now: datetime, field: str | None = None, note: str | None = None,
    checked: list[str] | None = None, due_at: datetime | None = None,
) -> None:  # fmt: skip
    """Move the case on, and note who did it. Working days are those of the hub's own calendar."""
    refuse_dark(case)
    came_from, case.state = case.state, rules.move(case.state, to)
    case.state_since, case.waits_for = now, None
    ends = case.session.ends_at if case.session is not None else None
    case.due_at = due_at or rules.due(to, now.astimezone(ZoneInfo(case.program.hub.zone)), session_end=ends)
    case.reviews.append(
        Review(
            at=now,
            by_id=by.id if by else None,
            came_from=came_from,
            went_to=to,
            field=field,
            note=note,
            checked=checked or [],
        )
    )
    audit.record(by.id if by else None, f"case {to.value}", case.code, at=now, was=came_from, became=to)


def _back_to(case: Case, state: CaseState, *, by: Person, now: datetime) -> None:
    """Where a corrected case stood before it was recalled: the group has heard it, so it needs no other session."""
    came_from = case.state
    case.reviews.append(Review(at=now, by_id=by.id, came_from=came_from, went_to=state, checked=[]))
    case.state, case.state_since = state, now
    sheet = sheet_for(case)
    waits = state is CaseState.PRESENTED and sheet.state is not RecommendationState.SENT
    case.due_at = sheet.due_at if waits else None
    audit.record(by.id, f"case {state.value}", case.code, at=now, was=came_from, became=state)


def _free(case: Case) -> None:
    """Out of its slot and its session, and no backup any more."""
    for block in queries.blocks_with(case.id):
        block.case_id = None
    case.session, case.backup = None, False


def _remember_author(case: Case) -> None:
    """Keep profession, site and region of the author as they are on this day."""
    case.profession = case.author.profession
    site = queries.site_of(case.author_id, case.program_id)
    case.site_id, case.region, case.rural = (site.id, site.region, site.rural) if site else (None, None, None)


def _said(state: CaseState) -> Said:
    return Said(rules.STATE_WORDS[state])


def _tell_author(case: Case, letter: Any, *, now: datetime) -> None:
    if case.author.address:
        mail.queue(letter(case, case.author), now=now, from_name=case.program.hub.name)


def _tell_runners(case: Case, letter: Any, *, now: datetime) -> None:
    for person in programs.to_tell(case.program_id, now):
        if person.address and person.id != case.author_id:
            mail.queue(letter(case, person), now=now, from_name=case.program.hub.name)
