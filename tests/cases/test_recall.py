"""The rules of a recall: whose clock, who decides, what may follow what, and what two people are needed for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echo_sessions.cases import recall
from echo_sessions.cases.recall import Fate, RecallKind, RecallState, Step
from echo_sessions.errors import Refused
from echo_sessions.people.rules import Law

AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
INCIDENT, CONSENT = RecallKind.IDENTIFIER, RecallKind.CONSENT


@pytest.mark.parametrize(
    ("kind", "law", "hours", "until"),
    [
        pytest.param(INCIDENT, Law.GDPR, None, AT + timedelta(hours=72), id="three days by GDPR"),
        pytest.param(INCIDENT, Law.HIPAA, None, AT + timedelta(days=60), id="sixty days by HIPAA"),
        pytest.param(INCIDENT, Law.OTHER, 48, AT + timedelta(hours=48), id="another law's own hours"),
        pytest.param(
            INCIDENT, Law.GDPR, 5, AT + timedelta(hours=72), id="a named law's hours are not the hub's to set"
        ),
        pytest.param(INCIDENT, Law.OTHER, None, AT + timedelta(hours=72), id="the strictest, where nobody said"),
        pytest.param(CONSENT, Law.GDPR, None, None, id="no clock for a patient who no longer agrees"),
    ],
)
def test_by_when_an_authority_must_know(kind, law, hours, until):
    assert recall.clock(kind, law, hours, AT) == until


@pytest.mark.parametrize(
    ("owners", "directors", "staff", "coordinators", "outside", "chosen"),
    [
        pytest.param(["o1", "o2"], ["d1"], ["s"], ["c"], "", ["o1", "d1"], id="an owner and a director"),
        pytest.param(["o1", "o2"], [], [], [], "", ["o1", "o2"], id="two owners, where nobody directs"),
        pytest.param(["o1"], [], [], ["c"], "", ["o1", "c"], id="then a coordinator"),
        pytest.param(["o1"], ["d1"], ["s"], [], "o1", ["d1", "s"], id="not who raised it"),
        pytest.param(["x"], ["x"], ["s"], [], "", ["x", "s"], id="nobody twice"),
        pytest.param(["o1"], [], [], [], "", ["o1"], id="one, where there is one"),
        pytest.param(["o1"], [], [], [], "o1", [], id="nobody, where nobody is left"),
    ],
)
def test_who_decides(owners, directors, staff, coordinators, outside, chosen):
    assert recall.officers([owners, directors, staff, coordinators], {outside}) == chosen


PEOPLE = st.lists(st.sampled_from("abcdef"), unique=True)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # a machine with others on it draws slowly
@given(st.lists(PEOPLE, min_size=4, max_size=4), st.sets(st.sampled_from("abcdef"), max_size=2))
def test_two_decide_wherever_there_are_two(ranks, outside):
    chosen = recall.officers(ranks, outside)
    usable = {one for rank in ranks for one in rank} - outside
    assert len(chosen) == len(set(chosen)) == min(2, len(usable))
    assert set(chosen) <= usable


@pytest.mark.parametrize(
    ("kind", "steps", "fate", "count"),
    [
        (INCIDENT, [], None, 3),
        (INCIDENT, [Step.AUTHORITY_NO], Fate.RETURNED, 1),
        (INCIDENT, [Step.AUTHORITY_YES, Step.PEOPLE_NO], Fate.DESTROYED, 0),
        (CONSENT, [], None, 1),
        (CONSENT, [], Fate.DESTROYED, 0),
    ],
)
def test_what_must_be_decided_before_it_is_closed(kind, steps, fate, count):
    assert len(recall.lacks(kind, steps, fate)) == count


@pytest.mark.parametrize(
    ("kind", "state", "fate", "proposed", "step"),
    [
        pytest.param(INCIDENT, RecallState.CLOSED, None, False, Step.DESTROYED, id="closed is closed"),
        pytest.param(INCIDENT, RecallState.UNDONE, None, False, Step.UNDO_ASKED, id="undone is undone"),
        pytest.param(CONSENT, RecallState.OPEN, None, False, Step.AUTHORITY_YES, id="no incident, no authority"),
        pytest.param(CONSENT, RecallState.OPEN, None, False, Step.RETURNED, id="nothing to correct"),
        pytest.param(INCIDENT, RecallState.OPEN, Fate.DESTROYED, False, Step.RETURNED, id="gone is gone"),
        pytest.param(INCIDENT, RecallState.OPEN, Fate.RETURNED, False, Step.RETURNED, id="given back once"),
        pytest.param(INCIDENT, RecallState.OPEN, Fate.DESTROYED, False, Step.UNDO_ASKED, id="nothing to bring back"),
        pytest.param(INCIDENT, RecallState.OPEN, None, True, Step.UNDO_ASKED, id="asked once"),
        pytest.param(INCIDENT, RecallState.OPEN, None, False, Step.UNDONE, id="not by one alone"),
        pytest.param(INCIDENT, RecallState.OPEN, None, True, Step.DESTROYED, id="not while a second is asked"),
    ],
)
def test_what_is_refused(kind, state, fate, proposed, step):
    with pytest.raises(Refused):
        recall.may_step(kind, state, fate, proposed, step)


@pytest.mark.parametrize(
    ("proposer", "second", "raiser"),
    [("ana", "ana", "grace"), ("ana", "grace", "grace"), ("grace", "ana", "grace")],
    ids=["alone", "the raiser agrees", "the raiser asks"],
)
def test_undoing_takes_two_others(proposer, second, raiser):
    with pytest.raises(Refused):
        recall.may_agree(proposer, second, raiser)
    recall.may_agree("ana", "ben", "grace")
