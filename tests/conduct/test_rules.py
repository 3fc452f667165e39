"""The way of a report: which step may follow which, who is kept away, until when one may appeal."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.conduct import rules
from echo_sessions.conduct.rules import MOVES, STATE_OF, Desk, IncidentState, Step
from echo_sessions.errors import Refused

S = IncidentState
NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ALLOWED = {
    (S.REPORTED, S.REMINDED), (S.REPORTED, S.WARNED), (S.REPORTED, S.REMOVED), (S.REPORTED, S.DISMISSED),
    (S.REMINDED, S.WARNED), (S.REMINDED, S.REMOVED), (S.REMINDED, S.APPEALED),
    (S.WARNED, S.REMOVED), (S.WARNED, S.APPEALED),
    (S.REMOVED, S.APPEALED),
    (S.APPEALED, S.UPHELD), (S.APPEALED, S.REVERSED),
}  # fmt: skip
"""Written by hand, from the code of conduct; not from the table in the rules."""


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("to", S)
def test_a_report_moves_only_as_the_code_of_conduct_says(state, to):
    if (state, to) in ALLOWED:
        assert rules.move(state, to) is to
    else:
        with pytest.raises(Refused):
            rules.move(state, to)


@given(st.lists(st.sampled_from(list(S)), max_size=12))
def test_however_it_goes_an_appeal_is_heard_once_and_what_is_final_stays(wished):
    state, appeals = S.REPORTED, 0
    for to in wished:
        before = state
        try:
            state = rules.move(state, to)
        except Refused:
            assert state is before
            continue
        appeals += to is S.APPEALED
        assert before not in {S.UPHELD, S.REVERSED, S.DISMISSED}
    assert appeals <= 1


@given(st.lists(st.sampled_from(list(Step)), min_size=1, max_size=6))
def test_steps_of_one_report_only_become_graver(steps):
    state, taken = S.REPORTED, []
    for step in steps:
        if STATE_OF[step] in MOVES[state]:
            state = STATE_OF[step]
            taken.append(list(Step).index(step))
    assert taken == sorted(set(taken))


@pytest.mark.parametrize(
    ("taken", "to", "missing"),
    [
        pytest.param(None, Step.REMINDER, (), id="a reminder comes first"),
        pytest.param(None, Step.WARNING, (Step.REMINDER,), id="a warning without a reminder skips it"),
        pytest.param(None, Step.REMOVAL, (Step.REMINDER, Step.WARNING), id="a removal at once skips both"),
        pytest.param(Step.REMINDER, Step.WARNING, (), id="a warning follows a reminder"),
        pytest.param(Step.REMINDER, Step.REMOVAL, (Step.WARNING,), id="a removal after a reminder skips the warning"),
        pytest.param(Step.WARNING, Step.REMOVAL, (), id="a removal follows a warning"),
        pytest.param(Step.WARNING, Step.REMINDER, (), id="a milder step than before skips nothing"),
        pytest.param(Step.REMOVAL, Step.REMOVAL, (), id="nor does the same once more"),
    ],
)
def test_a_step_is_skipped_only_with_a_reason(taken, to, missing):
    assert rules.skipped(taken, to) == missing
    rules.check_step(taken, to, "He was told three times before.")
    if missing:
        with pytest.raises(Refused, match="comes before this"):
            rules.check_step(taken, to, "  ")
    else:
        rules.check_step(taken, to, "")


@pytest.mark.parametrize(
    ("state", "later", "fault"),
    [
        pytest.param(S.WARNED, timedelta(0), None, id="at once"),
        pytest.param(S.REMOVED, timedelta(days=30), None, id="on the thirtieth day"),
        pytest.param(S.WARNED, timedelta(days=30, seconds=1), "30 days", id="a second later it is final"),
        pytest.param(S.REPORTED, timedelta(0), "nothing here", id="before a decision there is nothing"),
        pytest.param(S.DISMISSED, timedelta(0), "nothing here", id="nor after a report that led to nothing"),
        pytest.param(S.APPEALED, timedelta(0), "nothing here", id="not twice"),
        pytest.param(S.UPHELD, timedelta(0), "final", id="a decision on an appeal is final"),
    ],
)
def test_an_appeal_comes_within_thirty_days_and_once(state, later, fault):
    if fault is None:
        rules.check_appeal(state, NOON, NOON + later)
    else:
        with pytest.raises(Refused, match=fault):
            rules.check_appeal(state, NOON, NOON + later)


DIRECTOR, COORDINATOR, OWNER, CLERK, MEMBER = 1, 2, 3, 4, 5


@pytest.mark.parametrize(
    ("out", "whose"),
    [
        pytest.param(set(), Desk.PROGRAM, id="about nobody yet: who runs the program"),
        pytest.param({MEMBER}, Desk.PROGRAM, id="about a member"),
        pytest.param({DIRECTOR}, Desk.PROGRAM, id="about one of two who run it: the other one"),
        pytest.param({DIRECTOR, COORDINATOR}, Desk.OWNERS, id="about all who run it: the owners of the hub"),
        pytest.param({CLERK}, Desk.OWNERS, id="about somebody of the hub's staff: the owners"),
        pytest.param({OWNER}, Desk.STAFF, id="about the only owner: the rest of the staff"),
    ],
)
def test_whose_desk_it_is(out, whose):
    assert (
        rules.desk(
            runners=frozenset({DIRECTOR, COORDINATOR}), owners=frozenset({OWNER}), staff=frozenset({OWNER, CLERK}),
            out=frozenset(out),
        )
        is whose
    )  # fmt: skip


PEOPLE = [(1, "Dr Lin Wei"), (2, "Ana Ruiz"), (3, "José Núñez")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param("", set(), id="nothing typed"),
        pytest.param("dr. lin", {1}, id="part of a name"),
        pytest.param("RUIZ", {2}, id="in capitals"),
        pytest.param("jose nunez", {3}, id="without accents"),
        pytest.param("Ana or José", {2, 3}, id="two of them"),
        pytest.param("Dr Smith", set(), id="a title alone means nobody"),
        pytest.param("Li", set(), id="two letters are too few"),
    ],
)
def test_whoever_could_be_meant_is_kept_away(typed, found):
    assert rules.meant(typed, PEOPLE) == found
