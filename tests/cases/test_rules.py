"""What may happen to a case, when it is seen, what its author is told, and what settles a hit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.cases import rules
from echo_sessions.cases.rules import CaseState, RecommendationState, Settled
from echo_sessions.cases.screening import Span, find
from echo_sessions.errors import Refused

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
SESSION = datetime(2026, 3, 18, 18, 0, tzinfo=UTC)


# Moves


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("draft submitted in_review accepted scheduled presented followed_up closed", id="the whole way"),
        pytest.param("in_review changes_requested submitted in_review", id="sent back and submitted again"),
        pytest.param("accepted in_review", id="an edit after acceptance returns to review"),
        pytest.param("scheduled in_review", id="an edit of a scheduled case returns to review"),
        pytest.param("scheduled accepted scheduled", id="the presenter could not come"),
        pytest.param("presented lost followed_up closed", id="late news is welcome"),
        pytest.param("draft withdrawn", id="a draft can be withdrawn"),
        pytest.param("scheduled withdrawn", id="even a scheduled case can be withdrawn"),
        pytest.param("in_review declined", id="the reviewer declines"),
    ],
)
def test_a_case_may_go(path: str) -> None:
    first, *rest = (CaseState(word) for word in path.split())
    for state in rest:
        first = rules.move(first, state)
    assert first == rest[-1]


@pytest.mark.parametrize(
    ("state", "to"),
    [
        pytest.param("draft", "accepted", id="no acceptance without review"),
        pytest.param("draft", "in_review", id="nobody reviews a draft"),
        pytest.param("accepted", "presented", id="no presentation without a slot"),
        pytest.param("presented", "in_review", id="what was presented is not reviewed again"),
        pytest.param("presented", "withdrawn", id="what was presented cannot be unsaid"),
        pytest.param("closed", "followed_up", id="closed is closed"),
        pytest.param("withdrawn", "draft", id="withdrawn is withdrawn"),
        pytest.param("draft", "draft", id="standing still is no move"),
    ],
)
def test_a_case_may_not_go(state: str, to: str) -> None:
    with pytest.raises(Refused) as refusal:
        rules.move(CaseState(state), CaseState(to))
    assert rules.STATE_WORDS[CaseState(state)] in str(refusal.value)
    assert rules.STATE_WORDS[CaseState(to)] in str(refusal.value)


@given(st.sampled_from(CaseState), st.sampled_from(CaseState))
def test_a_move_gives_the_new_state_or_refuses(state: CaseState, to: CaseState) -> None:
    if to in rules.MOVES[state]:
        assert rules.move(state, to) is to
    else:
        with pytest.raises(Refused):
            rules.move(state, to)


def test_every_state_has_words_and_can_be_reached() -> None:
    reached = {CaseState.DRAFT}
    for _ in CaseState:
        reached |= {to for state in reached for to in rules.MOVES[state]}
    assert reached == set(CaseState) == set(rules.STATE_WORDS) == set(rules.MOVES)


# Who sees it


def test_the_panel_sees_a_case_three_days_ahead_and_the_enrolled_when_the_session_starts() -> None:
    opens = rules.shared_with_panel_from(SESSION)
    moment = timedelta(microseconds=1)

    assert opens == datetime(2026, 3, 15, 18, 0, tzinfo=UTC)
    assert (rules.visible_to_panel(opens - moment, SESSION), rules.visible_to_panel(opens, SESSION)) == (False, True)
    assert not rules.visible_to_enrolled(SESSION - moment, SESSION)
    assert rules.visible_to_enrolled(SESSION, SESSION)


# Due dates and the author's line


@pytest.mark.parametrize(
    ("start", "days", "reached"),
    [
        pytest.param(MONDAY, 2, datetime(2026, 3, 4, 15, 0, tzinfo=UTC), id="within the week"),
        pytest.param(FRIDAY, 2, datetime(2026, 3, 10, 15, 0, tzinfo=UTC), id="over a weekend"),
        pytest.param(FRIDAY + timedelta(days=1), 1, datetime(2026, 3, 9, 15, 0, tzinfo=UTC), id="from a Saturday"),
        pytest.param(MONDAY, 10, datetime(2026, 3, 16, 15, 0, tzinfo=UTC), id="two weeks"),
        pytest.param(MONDAY, 0, MONDAY, id="no days"),
    ],
)
def test_working_days(start: datetime, days: int, reached: datetime) -> None:
    assert rules.working_days_after(start, days) == reached


@pytest.mark.parametrize(
    ("state", "more", "with_whom", "by"),
    [
        pytest.param("draft", {}, "With you", None, id="a draft waits for its author without a date"),
        pytest.param("submitted", {}, "With the hub", datetime(2026, 3, 4, 15, 0, tzinfo=UTC), id="review in 2 working days"),
        pytest.param("in_review", {"waits_for": "Amina Yusuf"}, "With Amina Yusuf", datetime(2026, 3, 4, 15, 0, tzinfo=UTC), id="the reviewer is named"),
        pytest.param("changes_requested", {}, "With you", datetime(2026, 3, 9, 15, 0, tzinfo=UTC), id="5 working days for changes"),
        pytest.param("changes_requested", {"due_at": FRIDAY}, "With you", FRIDAY, id="the reviewer's date wins"),
        pytest.param("accepted", {}, "With the hub", datetime(2026, 3, 16, 15, 0, tzinfo=UTC), id="a slot within 10 working days"),
        pytest.param("scheduled", {"session_start": SESSION}, "With you", SESSION, id="presented at the session"),
        pytest.param("presented", {"session_end": SESSION}, "With the hub", SESSION + timedelta(hours=48), id="recommendations in 48 hours"),
        pytest.param("presented", {"session_end": SESSION, "recommendations": RecommendationState.SENT}, "With you", SESSION + timedelta(days=90), id="then the follow-up"),
        pytest.param("closed", {}, "Finished", None, id="closed waits for nobody"),
    ],
)  # fmt: skip
def test_the_author_sees_with_whom_and_by_when(state: str, more: dict, with_whom: str, by: datetime | None) -> None:
    line = rules.author_line(CaseState(state), since=MONDAY, now=MONDAY, **more)
    assert (str(line.with_whom), line.by, line.since) == (with_whom, by, MONDAY)
    assert str(line.what_next)
    assert not line.overdue


def test_a_review_that_takes_too_long_is_overdue_but_a_coming_session_is_not() -> None:
    late = MONDAY + timedelta(days=3)
    assert rules.author_line(CaseState.IN_REVIEW, since=MONDAY, now=late).overdue
    assert not rules.author_line(CaseState.SCHEDULED, since=MONDAY, now=SESSION, session_start=MONDAY).overdue


@pytest.mark.parametrize("state", CaseState)
def test_every_state_tells_the_author_what_is_next(state: CaseState) -> None:
    line = rules.author_line(state, since=MONDAY, now=MONDAY)
    assert str(line.with_whom)
    assert str(line.what_next)


# Hits and decisions

STORY = "Mrs. Okwuosa, MRN 0048812, came in March 2024."
NAME, NUMBER, MONTH = find(STORY, tiers=(1,))
HASH = rules.text_hash(STORY)


def test_what_blocks_is_unsettled_until_it_is_kept_with_a_reason() -> None:
    keep = rules.decide(NAME, Settled.KEPT, text=STORY, by_author=True, reason="an everyday word")
    assert rules.unsettled([NAME, NUMBER, MONTH], [], HASH) == [NAME, NUMBER, MONTH]
    assert rules.unsettled([NAME, NUMBER, MONTH], [keep], HASH) == [NUMBER, MONTH]


def test_an_edit_voids_what_was_decided() -> None:
    keep = rules.decide(NAME, Settled.KEPT, text=STORY, by_author=True, reason="an everyday word")
    edited = STORY + " She is worried."
    assert rules.unsettled([NAME], [keep], rules.text_hash(edited)) == [NAME]


@pytest.mark.parametrize("settled", [Settled.USED, Settled.EDITED])
def test_a_decision_to_change_the_text_settles_nothing_on_the_old_text(settled: Settled) -> None:
    decision = rules.decide(NAME, settled, text=STORY, by_author=True)
    assert rules.unsettled([NAME], [decision], HASH) == [NAME]


@pytest.mark.parametrize("kind", sorted(rules.NEVER_KEPT_BY_AUTHORS))
def test_an_author_cannot_keep_a_number_contact_or_picture(kind: str) -> None:
    span = Span(0, 4, kind, 1, "rule", "why", "")  # type: ignore[arg-type]  # one of the kinds
    with pytest.raises(Refused, match="cannot stay"):
        rules.decide(span, Settled.KEPT, text=STORY, by_author=True, reason="a test value or dose")
    assert rules.decide(span, Settled.KEPT, text=STORY, by_author=False, reason="a test value or dose")
    assert rules.decide(span, Settled.KEPT, text=STORY, by_author=True, reason="ok", lifted=frozenset({kind}))


def test_keeping_needs_a_reason_but_a_glance_does_not() -> None:
    perhaps = Span(0, 4, "name", 2, "unknown-word", "why", "")
    with pytest.raises(Refused, match="Say why"):
        rules.decide(NAME, Settled.KEPT, text=STORY, by_author=False, reason="  ")
    decision = rules.decide(perhaps, Settled.KEPT, text=STORY, by_author=True)
    assert rules.unsettled([perhaps], [], HASH) == []
    assert rules.unsettled([perhaps], [], HASH, tiers=(1, 2)) == [perhaps]
    assert rules.unsettled([perhaps], [decision], HASH, tiers=(1, 2)) == []


def test_a_decision_and_a_refusal_never_repeat_the_text() -> None:
    decision = rules.decide(NAME, Settled.KEPT, text=STORY, by_author=True, reason="an everyday word")
    with pytest.raises(Refused) as refusal:
        rules.decide(NUMBER, Settled.KEPT, text=STORY, by_author=True, reason="x")
    assert "Okwuosa" not in repr(decision)
    assert "0048812" not in repr(refusal.value)


# Recommendations


def test_recommendations_are_approved_before_they_are_sent_and_then_stay() -> None:
    draft, approved, sent = RecommendationState
    assert rules.move_recommendations(rules.move_recommendations(draft, approved), sent) is sent
    assert rules.move_recommendations(approved, draft) is draft
    for state, to in ((draft, sent), (sent, draft), (sent, approved)):
        with pytest.raises(Refused, match="An expert approves"):
            rules.move_recommendations(state, to)


def test_recommendations_are_due_48_hours_after_the_session_unless_the_program_says_otherwise() -> None:
    assert rules.recommendations_due(SESSION) == datetime(2026, 3, 20, 18, 0, tzinfo=UTC)
    assert rules.recommendations_due(SESSION, 24) == datetime(2026, 3, 19, 18, 0, tzinfo=UTC)


def test_the_checklist_has_a_line_for_each_safe_harbor_class() -> None:
    assert len(rules.CHECKLIST_18) == 18
    assert all(line.startswith(("No ", "Nothing ")) for line in rules.CHECKLIST_18.values())
    assert set(rules.RecommendationCategory) == set(rules.CATEGORY_WORDS)
