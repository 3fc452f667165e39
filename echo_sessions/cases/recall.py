"""What a recall is: a case is taken out of everybody's sight until two people, or the officers' decisions, say otherwise.
Pure: moments, roles and decisions in, answers out."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from echo_sessions.cases.rules import CHECKLIST_18, CaseState
from echo_sessions.errors import Refused
from echo_sessions.people.rules import LAW_HOURS, Law
from echo_sessions.words import msgid

Someone = TypeVar("Someone")
OFFICERS = 2
LONGEST_LAW = 365 * 24


class RecallKind(StrEnum):
    """Why: somebody saw what identifies the patient (an incident), or the patient no longer agrees (none)."""

    IDENTIFIER = "identifier"
    CONSENT = "withdrawn_consent"


class RecallState(StrEnum):
    """Open until it is closed with a note, or undone by two people."""

    OPEN = "open"
    CLOSED = "closed"
    UNDONE = "undone"


class Fate(StrEnum):
    """What became of the text."""

    RETURNED = "returned"
    DESTROYED = "destroyed"


class Step(StrEnum):
    """What was done about a recall, one line each; never changed afterwards."""

    AUTHORITY_YES = "authority_yes"
    AUTHORITY_NO = "authority_no"
    PEOPLE_YES = "people_yes"
    PEOPLE_NO = "people_no"
    RETURNED = "returned"
    SENT_AGAIN = "sent_again"
    DESTROYED = "destroyed"
    UNDO_ASKED = "undo_asked"
    UNDO_REFUSED = "undo_refused"
    UNDONE = "undone"
    CLOSED = "closed"
    REPLAYED = "replayed"


KIND_WORDS = {
    RecallKind.IDENTIFIER: msgid("An identifier got through"),
    RecallKind.CONSENT: msgid("The patient no longer agrees"),
}
STATE_WORDS = {
    RecallState.OPEN: (msgid("Open"), "attention"),
    RecallState.CLOSED: (msgid("Closed"), "good"),
    RecallState.UNDONE: (msgid("Undone"), "quiet"),
}
STEP_WORDS = {
    Step.AUTHORITY_YES: msgid("The authority is told"),
    Step.AUTHORITY_NO: msgid("The authority need not be told"),
    Step.PEOPLE_YES: msgid("Those who opened the case were told by letter"),
    Step.PEOPLE_NO: msgid("Those who opened the case need not be told"),
    Step.RETURNED: msgid("Given back to its author to be corrected"),
    Step.SENT_AGAIN: msgid("The author sent the corrected case to review"),
    Step.DESTROYED: msgid("The text was deleted for good"),
    Step.UNDO_ASKED: msgid("Asked that the recall be undone"),
    Step.UNDO_REFUSED: msgid("Did not agree that the recall be undone"),
    Step.UNDONE: msgid("Agreed: the recall is undone"),
    Step.CLOSED: msgid("Closed"),
    Step.REPLAYED: msgid("Taken out of view again after an older copy of the database was put back"),
}
RECOMMENDATIONS, NOTES, SEVERAL, UNSURE = "recommendations", "notes", "several", "unsure"
PLACES = {
    UNSURE: msgid("I am not sure"),
    SEVERAL: msgid("In several places"),
    RECOMMENDATIONS: msgid("In the recommendations"),
    NOTES: msgid("In what the reviewers wrote"),
}
"""Where it may have been seen, besides the questions of the form."""
UNNAMED = "unnamed"
SEEN_KINDS = (*CHECKLIST_18, UNNAMED)
TAUGHT = frozenset({CaseState.PRESENTED, CaseState.FOLLOWED_UP, CaseState.CLOSED, CaseState.LOST})
"""The group has heard it: once corrected it goes back to where it was, not to another session."""
ABOUT_AUTHORITY = frozenset({Step.AUTHORITY_YES, Step.AUTHORITY_NO})
ABOUT_PEOPLE = frozenset({Step.PEOPLE_YES, Step.PEOPLE_NO})


def hours_of(law: Law, hours: int | None) -> int:
    """How many hours a law gives; those of another law are the hub's own figure."""
    return LAW_HOURS[law] if law in LAW_HOURS else (hours or LAW_HOURS[Law.GDPR])


def clock(kind: RecallKind, law: Law, hours: int | None, since: datetime) -> datetime | None:
    """By when the authority must have been told. A patient who no longer agrees is no incident: nothing runs."""
    return since + timedelta(hours=hours_of(law, hours)) if kind is RecallKind.IDENTIFIER else None


def officers(candidates: Sequence[Sequence[Someone]], outside: Collection[Someone]) -> list[Someone]:
    """Who is told and decides: two people who are neither the author nor the one who raised it, where there are two.

    `candidates` by rank: owners, directors of the program, coordinators of the hub, coordinators of the program. First one
    owner and one director, so that the hub and the program both know; then whoever comes next.
    """
    firsts = [rank[0] for rank in ([one for one in rank if one not in outside] for rank in candidates) if rank]
    chosen: list[Someone] = []
    for person in [*firsts, *(one for rank in candidates for one in rank)]:
        if person not in outside and person not in chosen and len(chosen) < OFFICERS:
            chosen.append(person)
    return chosen


def lacks(kind: RecallKind, steps: Iterable[Step], fate: Fate | None) -> list[str]:
    """What must be decided before a recall can be closed, in words."""
    done, missing = set(steps), []
    if fate is None:
        missing.append(msgid("what becomes of the text"))
    if kind is RecallKind.IDENTIFIER and not done & ABOUT_AUTHORITY:
        missing.append(msgid("whether the authority is told"))
    if kind is RecallKind.IDENTIFIER and not done & ABOUT_PEOPLE:
        missing.append(msgid("whether those who opened the case are told"))
    return missing


def may_step(kind: RecallKind, state: RecallState, fate: Fate | None, proposed: bool, step: Step) -> None:
    """Refuses a step that is not possible now, in a sentence."""
    if state is not RecallState.OPEN:
        raise Refused(msgid("This recall is settled; nothing more is decided about it."))
    if kind is RecallKind.CONSENT and step in {*ABOUT_AUTHORITY, *ABOUT_PEOPLE}:
        raise Refused(msgid("A patient who no longer agrees is no incident: nobody outside has to be told."))
    if step is Step.RETURNED and kind is RecallKind.CONSENT:
        raise Refused(msgid("The patient no longer agrees, so there is nothing to correct. Delete the text instead."))
    if step in {Step.RETURNED, Step.DESTROYED} and fate is Fate.DESTROYED:
        raise Refused(msgid("The text of this case was deleted already."))
    if step is Step.RETURNED and fate is Fate.RETURNED:
        raise Refused(msgid("The author has this case already and corrects it."))
    if step is Step.UNDO_ASKED and fate is not None:
        raise Refused(
            msgid("A text that was deleted or given back cannot be brought back. Decide what is left, then close.")
        )
    if step is Step.UNDO_ASKED and proposed:
        raise Refused(msgid("Somebody has asked for this already; a second officer has to agree."))
    if step in {Step.UNDONE, Step.UNDO_REFUSED} and not proposed:
        raise Refused(msgid("Nobody has asked to undo this recall. Ask first; a second officer then agrees."))
    if proposed and step in {Step.RETURNED, Step.DESTROYED, Step.CLOSED}:
        raise Refused(msgid("Somebody asks to undo this recall. Agree or disagree first."))


def may_agree(proposer: Someone, second: Someone, raiser: Someone | None) -> None:
    """Undoing takes two: neither is alone with it, and who raised the recall is not one of them."""
    if second == raiser or proposer == raiser:
        raise Refused(msgid("Whoever raised a recall does not undo it: two other officers do."))
    if second == proposer:
        raise Refused(msgid("You asked for it yourself: somebody else must agree."))
