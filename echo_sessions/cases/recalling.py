"""Verbs about a recall: raised by one press, decided by officers, undone by two people, closed with a note.

The case is dark from the transaction of the press on. Officers decide without the text: they see where it was seen, who
opened the case and by when an authority must know. Reasons and notes are sealed; the audit has the step and no words.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.audit import tombstones
from echo_sessions.cases import darkness, drafting, emails, queries, recall, rules
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case, Recall, RecallOfficer, RecallStep, Review
from echo_sessions.cases.recall import Fate, RecallKind, RecallState, Step
from echo_sessions.cases.rules import CaseState, RecommendationState
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files import service as files
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import Law
from echo_sessions.words import Said, msgid

OVER = frozenset({CaseState.WITHDRAWN, CaseState.DECLINED})
UNPLACED = frozenset({CaseState.SUBMITTED, CaseState.IN_REVIEW, CaseState.CHANGES_REQUESTED, CaseState.ACCEPTED})


def raise_recall(
    case: Case, *, by: Person, now: datetime, kind: RecallKind = RecallKind.IDENTIFIER, field: str | None = None,
    identifier: str | None = None, note: str | None = None,
) -> Recall:  # fmt: skip
    """Take the case out of everybody's view, now, and tell the author and two officers, without a word of it.

    Two people who press at once make one recall: the second gets the first's. Refused for a draft, which nobody else sees.
    """
    queries.hold(case)
    if case.dark_since is not None and (standing := recalls.last_of(case.id)) is not None:
        return standing
    if case.state is CaseState.DRAFT:
        raise Refused(msgid("Nobody but you sees this draft. Take the words out of it; nothing has to be recalled."))
    found = _begin(case, kind, by=by, at=now)
    found.field, found.identifier, found.note = field or None, identifier or None, (note or "").strip() or None
    darkness.darken(case, word=kind.value, now=now)
    audit.record(by.id, "case taken out of view", case.code, at=now, recall=found.code, kind=kind.value)
    _tell(found, found.case.author, emails.recalled_author, now=now)
    for officer in found.officers:
        _tell(found, officer.person, emails.recalled, now=now)
    return found


def decide_authority(found: Recall, *, tell: bool, reason: str, by: Person, now: datetime) -> None:
    """Note whether the authority is told, and why; the telling itself is done by people, outside."""
    _decide(found, Step.AUTHORITY_YES if tell else Step.AUTHORITY_NO, reason, by=by, now=now)


def decide_people(found: Recall, *, tell: bool, reason: str, by: Person, now: datetime) -> int:
    """Note whether those who opened the case are told, and tell them by letter; returns how many are."""
    _decide(found, Step.PEOPLE_YES if tell else Step.PEOPLE_NO, reason, by=by, now=now)
    told = 0
    for person in recalls.openers(found.case) if tell else ():
        if person.id != found.case.author_id and not recalls.is_officer(found, person):
            told += _tell(found, person, emails.recall_told, now=now, key=f"recall-told:{found.code}:{person.code}")
    return told


def give_back(found: Recall, *, words: str, strike: bool, by: Person, now: datetime) -> None:
    """Let the author, and nobody else, see the text again to correct it. Every mark and sign-off is void; it goes through
    review again. `strike`: the recommendations and the reviewers' notes may hold it too, and are deleted."""
    case = found.case
    queries.hold(case)
    if case.state in OVER or found.came_from in OVER:
        raise Refused(
            msgid("This case was %(state)s before and is not shared again. Delete its text instead."),
            state=Said(rules.STATE_WORDS[found.came_from]),
        )
    _decide(found, Step.RETURNED, words, by=by, now=now)
    darkness.to_author(case, struck=strike, now=now)
    if strike:
        _strike(case, now=now)
    case.hits.clear()
    case.accepted_hash = None
    question = found.field if found.field in case.answers else None
    _move(case, CaseState.CHANGES_REQUESTED, by=by, now=now, field=question, note=words.strip())
    found.fate = Fate.RETURNED
    _tell(found, case.author, emails.recall_returned, now=now)


def destroy(found: Recall, *, reason: str, by: Person, now: datetime) -> None:
    """Delete answers, drafts, marks, notes, recommendations and their document for good. Code, states and days stay; so
    does a tombstone, so that an older copy of the database does not bring the text back. A case that its author had
    corrected in the meantime, and that was seen again, is out of view again for good."""
    queries.hold(found.case)
    _decide(found, Step.DESTROYED, reason, by=by, now=now)
    if found.case.dark_since is None:
        darkness.darken(found.case, word=found.kind.value, now=now)
    _forget(found.case, by=by, now=now)
    found.fate = Fate.DESTROYED
    _tell(found, found.case.author, emails.recall_destroyed, now=now)


def end_with_author(case: Case, *, now: datetime) -> None:
    """The author is erased while the case is out of view: its text goes with them, and the recall can be closed."""
    found = recalls.open_of(case.id)
    if case.forgotten_at is None:
        _forget(case, by=None, now=now)
    if found is not None and found.fate is not Fate.DESTROYED:
        found.fate, found.proposed_by, found.proposed_at = Fate.DESTROYED, None, None
        _note(found, Step.DESTROYED, None, by=None, now=now)


def ask_undo(found: Recall, *, reason: str, by: Person, now: datetime) -> None:
    """Ask that the case be seen again as it was. A second officer has to agree; until then it stays dark."""
    if by.id == found.raised_by_id:
        raise Refused(msgid("Whoever raised a recall does not undo it: two other officers do."))
    _decide(found, Step.UNDO_ASKED, reason, by=by, now=now)
    found.proposed_by, found.proposed_at = by, now
    others = {officer.person.id: officer.person for officer in found.officers}
    others |= {person.id: person for person in recalls.candidates(found.case.program)[0]}
    for person in others.values():
        if person.id not in {by.id, found.raised_by_id, found.case.author_id}:
            _tell(found, person, emails.recall_second, now=now)


def refuse_undo(found: Recall, *, reason: str, by: Person, now: datetime) -> None:
    """Disagree, or take one's own question back: the case stays dark, and may be asked for again."""
    _decide(found, Step.UNDO_REFUSED, reason, by=by, now=now)
    found.proposed_by = found.proposed_at = None


def agree_undo(found: Recall, *, by: Person, now: datetime) -> None:
    """The second of two: everything is as it was, state, slot, sheet and document; letters that waited leave."""
    _hold(found)
    recall.may_step(found.kind, found.state, found.fate, found.proposed_by_id is not None, Step.UNDONE)
    recall.may_agree(found.proposed_by_id, by.id, found.raised_by_id)
    if found.case.author_id == by.id:
        raise Refused(msgid("You wrote this case: two others decide."))
    queries.hold(found.case)
    _note(found, Step.UNDONE, None, by=by, now=now)
    darkness.lighten(found.case, letters=True, now=now)
    found.state, found.closed_at = RecallState.UNDONE, now
    _tell(found, found.case.author, emails.recall_undone, now=now)


def close(found: Recall, *, note: str, by: Person, now: datetime) -> None:
    """Close it with a note, once everything is decided; refused with what is missing."""
    missing = recall.lacks(found.kind, [row.step for row in found.steps], found.fate)
    if missing:
        raise Refused(msgid("Before this is closed, decide %(what)s."), what=Said(missing[0]))
    _decide(found, Step.CLOSED, note, by=by, now=now)
    found.state, found.closed_at = RecallState.CLOSED, now


def set_law(hub: Hub, *, law: Law, name: str, hours: int | None, by: Person, now: datetime) -> None:
    """By which law's clock the hub tells its authority. Recalls that are open keep theirs."""
    if law is Law.OTHER and (not name.strip() or hours is None):
        raise Refused(msgid("Name the law, and say how many hours it gives."))
    if hours is not None and not 1 <= hours <= recall.LONGEST_LAW:
        raise Refused(msgid("Between 1 hour and a year can be given."))
    was = hub.law
    hub.law = law
    hub.law_name, hub.law_hours = (name.strip(), hours) if law is Law.OTHER else (None, None)
    audit.record(by.id, "law of the hub set", hub.code, at=now, was=was.value, became=law.value)


def to_replay() -> list[int]:
    """The cases that a replay has to look at: those that a tombstone may mean, and that do not rest yet."""
    if not tombstones.any_of((tombstones.RECALL, tombstones.DESTROYED, tombstones.TEXT)):
        return []
    rests = Case.dark_since.is_not(None) & Case.forgotten_at.is_not(None)
    rows = db.session.execute(select(Case.id, Case.code).where(~rests).order_by(Case.id)).all()
    if tombstones.any_of((tombstones.TEXT,)):
        return [number for number, _code in rows]
    codes = [code for _number, code in rows]
    named = tombstones.buried(tombstones.RECALL, codes).keys() | tombstones.buried(tombstones.DESTROYED, codes).keys()
    return [number for number, code in rows if code in named]


def replay(case: Case, *, now: datetime) -> Step | None:
    """Do again what an older copy of the database does not know: a text that was deleted is deleted, a case that was dark
    is dark, and two officers are told. None when there is nothing to do."""
    destroyed = tombstones.is_buried(tombstones.DESTROYED, case.code)
    texts = [] if destroyed else darkness.fingerprints(case)
    dark = tombstones.buried(tombstones.RECALL, [case.code]) or tombstones.buried(tombstones.TEXT, texts)
    if destroyed and case.forgotten_at is None:
        _forget(case, by=None, now=now)
        case.dark_since, case.back_with_author = case.dark_since or now, False
        found = recalls.open_of(case.id)
        if found is not None:
            found.fate = Fate.DESTROYED
            _note(found, Step.DESTROYED, None, by=None, now=now)
        audit.record(None, "case text deleted again", case.code, at=now)
        return Step.DESTROYED
    if destroyed or not dark or case.dark_since is not None or case.state is CaseState.DRAFT:
        return None
    stone = next(iter(dark.values()))
    kind = RecallKind(stone.word) if stone.word in set(RecallKind) else RecallKind.IDENTIFIER
    found = _begin(case, kind, by=None, at=stone.at)
    _note(found, Step.REPLAYED, None, by=None, now=now)
    darkness.darken(case, word=kind.value, now=now)
    audit.record(None, "case taken out of view again", case.code, at=now, recall=found.code)
    for officer in found.officers:
        _tell(found, officer.person, emails.recalled, now=now)
    return Step.REPLAYED


def _begin(case: Case, kind: RecallKind, *, by: Person | None, at: datetime) -> Recall:
    """The row with its officers and its clock, which is the hub's as it stands today."""
    hub = case.program.hub
    ranks = recalls.candidates(case.program)
    outside = {case.author} | ({by} if by is not None else set())
    chosen = recall.officers(ranks, outside) or recall.officers(ranks, {case.author})
    incident = kind is RecallKind.IDENTIFIER
    found = Recall(
        code=ids.code("RC"), case=case, kind=kind, raised_by=by, raised_at=at, came_from=case.state,
        law=hub.law if incident else None, law_name=hub.law_name if incident else None,
        law_hours=recall.hours_of(hub.law, hub.law_hours) if incident else None,
        due_at=recall.clock(kind, hub.law, hub.law_hours, at), officers=[RecallOfficer(person=one) for one in chosen],
    )  # fmt: skip
    db.session.add(found)
    db.session.flush()
    return found


def _decide(found: Recall, step: Step, reason: str, *, by: Person, now: datetime) -> None:
    """One line of the recall, with its reason; refused when it is not possible now."""
    _hold(found)
    if by.id == found.case.author_id:
        raise Refused(msgid("You wrote this case: two others decide."))
    recall.may_step(found.kind, found.state, found.fate, found.proposed_by_id is not None, step)
    if not reason.strip():
        raise Refused(msgid("Say why in a few words, without repeating what identifies the patient."))
    _note(found, step, reason.strip(), by=by, now=now)


def _note(found: Recall, step: Step, reason: str | None, *, by: Person | None, now: datetime) -> None:
    found.steps.append(RecallStep(at=now, by=by, step=step, reason=reason))
    audit.record(by.id if by else None, f"recall: {step.value.replace('_', ' ')}", found.code, at=now)


def _hold(found: Recall) -> None:
    recalls.hold(found)


def _forget(case: Case, *, by: Person | None, now: datetime) -> None:
    """Every word of it goes. A case that nobody has heard yet ends as withdrawn, and its slot is free."""
    counts: dict[str, Any] = {"marks": len(case.hits), "recommendations": len(case.recommendations)}
    darkness.bury_text(case, now=now)
    case.answers, case.forgotten_at, case.accepted_hash = {}, now, None
    case.hits.clear()
    drafting.drop(case)
    _strike(case, now=now, final=True)
    for block in queries.blocks_with(case.id):
        block.title = ""
        if case.state not in recall.TAUGHT:
            block.case_id = None
    case.back_with_author = False
    if case.state in UNPLACED or case.state is CaseState.SCHEDULED:
        case.session, case.backup = None, False
        _move(case, CaseState.WITHDRAWN, by=by, now=now)
    audit.record(by.id if by else None, "case text deleted", case.code, at=now, **counts)


def _strike(case: Case, *, now: datetime, final: bool = False) -> None:
    """The recommendations, their document and the reviewers' notes are deleted. Unless it is final, they can be written
    anew, with as much time as after a session."""
    for row in list(case.recommendations):
        db.session.delete(row)
    for step in case.reviews:
        step.note = None
    sheet, file = queries.sheet_of(case.id), darkness.document(case)
    if sheet is not None:
        sheet.file_id = None
        if not final:
            sheet.state = RecommendationState.DRAFT
            sheet.approver = sheet.approved_at = sheet.sent_at = None
            sheet.due_at = rules.recommendations_due(now, case.program.recommendations_due_hours)
    db.session.flush()
    db.session.expire(case, ["recommendations"])
    if file is not None:
        files.destroy(file, now=now)


def _move(
    case: Case, to: CaseState, *, by: Person | None, now: datetime, field: str | None = None, note: str | None = None
) -> None:
    """A step that only a recall makes: from wherever the case stood."""
    local = now.astimezone(ZoneInfo(case.program.hub.zone))
    case.reviews.append(
        Review(
            at=now, by_id=by.id if by else None, came_from=case.state, went_to=to, field=field, note=note, checked=[]
        )
    )
    case.state, case.state_since, case.waits_for, case.due_at = to, now, None, rules.due(to, local)


def _tell(found: Recall, person: Person, letter: Any, *, now: datetime, key: str | None = None) -> bool:
    """A letter without a word of the case, to somebody who has an address."""
    if not person.address:
        return False
    hub = found.case.program.hub
    return mail.queue(letter(found, person), now=now, from_name=hub.name, key=key) is not None
