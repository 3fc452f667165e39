"""What may happen to a case, when, and what its author is told. Pure: moments and states in, decisions out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from echo_sessions.cases.screening.spans import SAFE_HARBOR, Span
from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid


class CaseState(StrEnum):
    """Where a case stands. Shared, overdue and follow-up due are worked out from the clock, never stored."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    PRESENTED = "presented"
    FOLLOWED_UP = "followed_up"
    CLOSED = "closed"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    DECLINED = "declined"


STATE_WORDS: dict[CaseState, str] = {
    CaseState.DRAFT: msgid("draft"),
    CaseState.SUBMITTED: msgid("submitted"),
    CaseState.IN_REVIEW: msgid("in review"),
    CaseState.CHANGES_REQUESTED: msgid("changes requested"),
    CaseState.ACCEPTED: msgid("accepted"),
    CaseState.SCHEDULED: msgid("scheduled"),
    CaseState.PRESENTED: msgid("presented"),
    CaseState.FOLLOWED_UP: msgid("followed up"),
    CaseState.CLOSED: msgid("closed"),
    CaseState.LOST: msgid("lost to follow-up"),
    CaseState.WITHDRAWN: msgid("withdrawn"),
    CaseState.DECLINED: msgid("declined"),
}

_S = CaseState
MOVES: dict[CaseState, frozenset[CaseState]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.WITHDRAWN}),
    _S.SUBMITTED: frozenset({_S.IN_REVIEW, _S.WITHDRAWN}),
    _S.IN_REVIEW: frozenset({_S.CHANGES_REQUESTED, _S.ACCEPTED, _S.DECLINED, _S.WITHDRAWN}),
    _S.CHANGES_REQUESTED: frozenset({_S.SUBMITTED, _S.DECLINED, _S.WITHDRAWN}),
    # An edit after acceptance goes back to review: the sign-off was for another text.
    _S.ACCEPTED: frozenset({_S.SCHEDULED, _S.IN_REVIEW, _S.DECLINED, _S.WITHDRAWN}),
    # Back to accepted: the presenter could not come, or the session moved.
    _S.SCHEDULED: frozenset({_S.PRESENTED, _S.ACCEPTED, _S.IN_REVIEW, _S.WITHDRAWN}),
    _S.PRESENTED: frozenset({_S.FOLLOWED_UP, _S.CLOSED, _S.LOST}),
    _S.FOLLOWED_UP: frozenset({_S.CLOSED}),
    _S.LOST: frozenset({_S.FOLLOWED_UP}),  # late news is welcome
    _S.CLOSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.DECLINED: frozenset(),
}

EDITABLE = frozenset({_S.DRAFT, _S.CHANGES_REQUESTED, _S.ACCEPTED, _S.SCHEDULED})
"""States in which the author may change the story; from the last two it returns to review."""


def move(state: CaseState, to: CaseState) -> CaseState:
    """The new state, if a case may go from one to the other; refused with both named otherwise."""
    if to in MOVES[state]:
        return to
    raise Refused(
        msgid("A case that is %(state)s cannot become %(to)s. Reload the page: it may have moved on meanwhile."),
        state=Said(STATE_WORDS[state]),
        to=Said(STATE_WORDS[to]),
    )


# Who sees it, and when


SHARED_AHEAD = timedelta(days=3)


def shared_with_panel_from(session_start: datetime) -> datetime:
    """From when the session's experts may read a scheduled case: 72 hours before it starts."""
    return session_start - SHARED_AHEAD


def visible_to_panel(now: datetime, session_start: datetime) -> bool:
    return now >= shared_with_panel_from(session_start)


def visible_to_enrolled(now: datetime, session_start: datetime) -> bool:
    """Everybody enrolled sees a case from the moment its session starts, not earlier."""
    return now >= session_start


# What the author always sees


REVIEW_DAYS = 2
CHANGES_DAYS = 5
SLOT_DAYS = 10
RECOMMENDATIONS_HOURS = 48
FOLLOW_UP = timedelta(days=90)


def working_days_after(moment: datetime, days: int) -> datetime:
    """The same time of day, so many working days later. Saturday and Sunday (of the moment's own zone) do not count.

    Public holidays are not known here: a promise is kept on the safe side by the hub, which may set its own date.
    """
    reached = moment
    while days > 0:
        reached += timedelta(days=1)
        if reached.weekday() < 5:
            days -= 1
    return reached


def recommendations_due(session_end: datetime, hours: int = RECOMMENDATIONS_HOURS) -> datetime:
    """When the written recommendations must have reached the author."""
    return session_end + timedelta(hours=hours)


def follow_up_due(session_end: datetime, after: timedelta = FOLLOW_UP) -> datetime:
    """When the author is asked what became of the case, unless the session agreed on another day."""
    return session_end + after


def due(state: CaseState, since: datetime, *, session_end: datetime | None = None) -> datetime | None:
    """By when the next thing happens, if nobody set a date of their own; None where nothing is waited for.

    Promises of the hub: a review within 2 working days of submission, a date for the session within 10 working
    days of acceptance, recommendations 48 hours after the session. Asked of the author: changes within
    5 working days.
    """
    if state in (_S.SUBMITTED, _S.IN_REVIEW):
        return working_days_after(since, REVIEW_DAYS)
    if state is _S.CHANGES_REQUESTED:
        return working_days_after(since, CHANGES_DAYS)
    if state is _S.ACCEPTED:
        return working_days_after(since, SLOT_DAYS)
    if state is _S.PRESENTED:
        return recommendations_due(session_end or since)
    return None


class RecommendationState(StrEnum):
    """The recommendations of one case as one document: written, approved by an expert, sent to the author."""

    DRAFT = "draft"
    APPROVED = "approved"
    SENT = "sent"


@dataclass(frozen=True)
class AuthorLine:
    """With whom the case is, since when, what happens next and by when. `by` is None where nothing is awaited."""

    with_whom: Said
    since: datetime
    what_next: Said
    by: datetime | None
    overdue: bool


def author_line(
    state: CaseState,
    *,
    since: datetime,
    now: datetime,
    due_at: datetime | None = None,
    waits_for: str | None = None,
    session_start: datetime | None = None,
    session_end: datetime | None = None,
    recommendations: RecommendationState = RecommendationState.DRAFT,
) -> AuthorLine:
    """The line an author always sees, from the state and what is known of its dates.

    `due_at` is a date that somebody set and wins over the default of `due`; `waits_for` is the name of the person
    at the hub who has it in hand, if one has. A scheduled case is due when its session starts; one whose
    recommendations are out is due for its follow-up, 90 days after the session.
    """
    sent = state is _S.PRESENTED and recommendations is RecommendationState.SENT
    if state is _S.SCHEDULED:
        by = session_start or due_at
    elif sent:
        by = due_at or follow_up_due(session_end or since)
    else:
        by = due_at or due(state, since, session_end=session_end)
    return AuthorLine(
        with_whom=_with_whom(state, waits_for, author_next=sent),
        since=since,
        what_next=Said(_AFTER_SENDING if sent else _WHAT_NEXT[state]),
        by=by,
        overdue=by is not None and now > by and state is not _S.SCHEDULED,
    )


_WHAT_NEXT: dict[CaseState, str] = {
    _S.DRAFT: msgid("Finish the form and submit it. Until then only you can see it."),
    _S.SUBMITTED: msgid("A coordinator starts the review for identifiers."),
    _S.IN_REVIEW: msgid("The reviewer accepts the case or tells you what to change."),
    _S.CHANGES_REQUESTED: msgid("Make the changes the reviewer asked for and submit again."),
    _S.ACCEPTED: msgid("The hub finds a session for it and asks you whether you can present."),
    _S.SCHEDULED: msgid("You present it. The experts may read it three days before, everybody else from the start."),
    _S.PRESENTED: msgid("The hub sends you the written recommendations."),
    _S.FOLLOWED_UP: msgid("The hub reads what you reported and closes the case."),
    _S.CLOSED: msgid("Nothing more to do. Thank you for bringing it."),
    _S.LOST: msgid("The follow-up never came. You can still add it."),
    _S.WITHDRAWN: msgid("Nothing more happens. The text will be deleted."),
    _S.DECLINED: msgid("Nothing more happens. The reviewer's reason is below."),
}
_AFTER_SENDING = msgid("Read the recommendations, and tell the group later how it went.")
_WITH_AUTHOR = frozenset({_S.DRAFT, _S.CHANGES_REQUESTED, _S.SCHEDULED, _S.LOST})
_WITH_NOBODY = frozenset({_S.CLOSED, _S.WITHDRAWN, _S.DECLINED})


def _with_whom(state: CaseState, waits_for: str | None, *, author_next: bool) -> Said:
    if state in _WITH_AUTHOR or author_next:
        return Said(msgid("With you"))
    if state in _WITH_NOBODY:
        return Said(msgid("Finished"))
    if waits_for:
        return Said(msgid("With %(name)s"), {"name": waits_for})
    return Said(msgid("With the hub"))


# Hits of the screen, and what was decided about them


class Settled(StrEnum):
    """The three ways to settle a hit. The first two change the text, so the hit is gone with its hash."""

    USED = "used"
    EDITED = "edited"
    KEPT = "kept"


@dataclass(frozen=True)
class Decision:
    """What somebody decided about one hit in one version of one field. Offsets only, never the passage."""

    start: int
    end: int
    kind: str
    rule: str
    text_hash: str
    settled: Settled
    reason: str | None = None


NEVER_KEPT_BY_AUTHORS = frozenset(SAFE_HARBOR) - {"name", "geo", "date", "age_over_89"}
"""Numbers, contacts and pictures (Safe Harbor D to R): nothing is lost for the discussion by removing them."""

_NOT_THE_PATIENT = msgid("not about the patient")
KEEP_REASONS: dict[str, tuple[str, ...]] = {
    "name": (
        msgid("eponym, drug or test, not a person"),
        msgid("clinician's name, and they agreed"),
        _NOT_THE_PATIENT,
        msgid("an everyday word"),
    ),
    "geo": (msgid("a state, a country or larger"), _NOT_THE_PATIENT, msgid("a scale or guideline, not a place")),
    "date": (msgid("not a date"), _NOT_THE_PATIENT, msgid("date of a publication or guideline")),
    "age_over_89": (msgid("not an age"), _NOT_THE_PATIENT),
}
OTHER_KEEP_REASONS: tuple[str, ...] = (_NOT_THE_PATIENT, msgid("a test value or dose"), msgid("public, not personal"))


def keep_reasons(kind: str) -> tuple[str, ...]:
    """The short list to choose from when a hit of this kind is kept; "other" with own words comes beside it."""
    return KEEP_REASONS.get(kind, OTHER_KEEP_REASONS)


def text_hash(text: str) -> str:
    """Ties decisions to the very text they were made about; any edit gives another hash."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def may_keep(span: Span, *, by_author: bool, lifted: frozenset[str] = frozenset()) -> bool:
    """Whether a hit may stay in the text. `lifted`: kinds that the program lets its authors keep."""
    return span.tier == 2 or not by_author or span.kind not in NEVER_KEPT_BY_AUTHORS or span.kind in lifted


def decide(
    span: Span,
    settled: Settled,
    *,
    text: str,
    by_author: bool,
    reason: str | None = None,
    lifted: frozenset[str] = frozenset(),
) -> Decision:
    """A decision about a hit of `text`.

    Refused: keeping a number, contact or picture as its author, and keeping any tier 1 hit without a reason.
    """
    reason = (reason or "").strip() or None
    if settled is Settled.KEPT:
        if not may_keep(span, by_author=by_author, lifted=lifted):
            raise Refused(
                msgid("Numbers, contacts and pictures cannot stay in a case. Remove it or use the suggestion.")
            )
        if span.tier == 1 and reason is None:
            raise Refused(msgid("Say why this may stay in the text, or change it."))
    return Decision(span.start, span.end, span.kind, span.rule, text_hash(text), settled, reason)


def unsettled(
    spans: Iterable[Span], decisions: Iterable[Decision], hash_of_text: str, *, tiers: tuple[int, ...] = (1,)
) -> list[Span]:
    """The hits that still block: those of `tiers` without a decision to keep them in this very text.

    A used suggestion or an edit leaves another text, which is screened anew; on the old text it settles nothing.
    """
    kept = {
        (decision.start, decision.end, decision.kind)
        for decision in decisions
        if decision.settled is Settled.KEPT and decision.text_hash == hash_of_text
    }
    return [span for span in spans if span.tier in tiers and (span.start, span.end, span.kind) not in kept]


# Recommendations


RECOMMENDATION_MOVES: dict[RecommendationState, frozenset[RecommendationState]] = {
    RecommendationState.DRAFT: frozenset({RecommendationState.APPROVED}),
    RecommendationState.APPROVED: frozenset({RecommendationState.SENT, RecommendationState.DRAFT}),
    RecommendationState.SENT: frozenset(),
}
RECOMMENDATION_STATE_WORDS: dict[RecommendationState, str] = {
    RecommendationState.DRAFT: msgid("draft"),
    RecommendationState.APPROVED: msgid("approved"),
    RecommendationState.SENT: msgid("sent"),
}


def move_recommendations(state: RecommendationState, to: RecommendationState) -> RecommendationState:
    """Only what an expert approved is sent; an edit takes the approval back; what is sent stays as it was."""
    if to in RECOMMENDATION_MOVES[state]:
        return to
    raise Refused(
        msgid("Recommendations that are %(state)s cannot become %(to)s. An expert approves them before they are sent."),
        state=Said(RECOMMENDATION_STATE_WORDS[state]),
        to=Said(RECOMMENDATION_STATE_WORDS[to]),
    )


class RecommendationCategory(StrEnum):
    """What a recommendation is about."""

    DIAGNOSTIC = "diagnostic"
    MEDICATION = "medication"
    BEHAVIOURAL = "behavioural"
    SOCIAL = "social"
    REFERRAL = "referral"
    EDUCATION = "education"
    SYSTEM = "system"


CATEGORY_WORDS: dict[RecommendationCategory, str] = {
    RecommendationCategory.DIAGNOSTIC: msgid("Tests and diagnosis"),
    RecommendationCategory.MEDICATION: msgid("Medicines"),
    RecommendationCategory.BEHAVIOURAL: msgid("Behaviour and therapy"),
    RecommendationCategory.SOCIAL: msgid("Social support"),
    RecommendationCategory.REFERRAL: msgid("Referral"),
    RecommendationCategory.EDUCATION: msgid("Education"),
    RecommendationCategory.SYSTEM: msgid("How care is organised"),
}


# What a reviewer ticks


CHECKLIST_18: dict[str, str] = {
    "name": msgid("No names or initials: patient, family, clinicians, employers"),
    "geo": msgid("No place smaller than a state: town, county, street, postcode, hospital, school"),
    "date": msgid("No date finer than a year, and no age over 89 (say 90 or older)"),
    "phone": msgid("No telephone number"),
    "fax": msgid("No fax number"),
    "email": msgid("No e-mail address"),
    "ssn": msgid("No social security or national number"),
    "mrn": msgid("No medical record or chart number"),
    "health_plan": msgid("No insurance or health-plan number"),
    "account": msgid("No account, card or invoice number"),
    "license": msgid("No licence or certificate number"),
    "vehicle": msgid("No number plate or vehicle number"),
    "device": msgid("No serial number of an implant or device"),
    "url": msgid("No web address"),
    "ip": msgid("No computer (IP) address"),
    "biometric": msgid("No fingerprint, voice print or other measure of the body used to recognise someone"),
    "photo": msgid("No face or other picture that shows who it is"),
    "other_id": msgid("Nothing else that is theirs alone: a code, a user name, a tattoo, a story known in town"),
}
"""The 18 Safe Harbor classes in the reviewer's words, by kind; ages over 89 are part of dates."""
