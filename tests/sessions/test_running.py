"""Where a session is in its run sheet, and what is said about recording there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.sessions.rules import Block, BlockKind
from echo_sessions.sessions.running import Place, Sign, minutes_left, place, sign

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHEET = [
    Block(BlockKind.WELCOME, 10),
    Block(BlockKind.DIDACTIC, 20, recorded=True),
    Block(BlockKind.CASE, 30),
]


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(-1, Place(None, NOON, 0), id="before the start the first block follows"),
        pytest.param(0, Place(0, after(10), 1), id="the first begins with the session"),
        pytest.param(9.99, Place(0, after(10), 1), id="and lasts to its last second"),
        pytest.param(10, Place(1, after(30), 2), id="the second begins when the first ends"),
        pytest.param(59, Place(2, after(60), None), id="after the last nothing follows"),
        pytest.param(60, Place(None, after(60), None), id="then the planned time is over"),
    ],
)
def test_where_a_session_is(at, expected):
    assert place(SHEET, NOON, after(at)) == expected


def test_a_session_without_run_sheet_is_nowhere():
    assert place([], NOON, after(-5)) == Place(None, NOON, None)
    assert place([], NOON, after(5)) == Place(None, NOON, None)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(-3600, 50000))
def test_every_moment_has_one_block_or_none(lengths, second):
    blocks = [Block(BlockKind.DISCUSSION, minutes) for minutes in lengths]
    now, end = NOON + timedelta(seconds=second), after(sum(lengths))
    found = place(blocks, NOON, now)
    assert (found.current is not None) == (NOON <= now < end)
    if found.current is not None:
        begins = after(sum(lengths[: found.current]))
        assert begins <= now < found.until == begins + timedelta(minutes=lengths[found.current])
        assert 1 <= minutes_left(found.until, now) <= lengths[found.current]


@pytest.mark.parametrize(
    ("seconds", "minutes"), [(0, 0), (-30, 0), (1, 1), (59, 1), (60, 1), (61, 2), (600, 10)], ids=lambda each: f"{each}"
)
def test_a_begun_minute_counts(seconds, minutes):
    assert minutes_left(NOON + timedelta(seconds=seconds), NOON) == minutes


@dataclass(frozen=True)
class Odd:
    """A case of which somebody said in the run sheet that it is recorded."""

    kind: BlockKind = BlockKind.CASE
    minutes: int = 20
    recorded: bool = True


WELCOME, TALK, CASE = SHEET


@pytest.mark.parametrize(
    ("block", "recording", "said"),
    [
        pytest.param(CASE, True, Sign.STOP, id="a case while it is recorded: stop now"),
        pytest.param(Odd(), True, Sign.STOP, id="also where the run sheet says that it is recorded: a case never is"),
        pytest.param(Odd(), None, Sign.STOP_IF, id="and nobody is told that they may record it"),
        pytest.param(WELCOME, True, Sign.STOP, id="any block that is not to be recorded: stop now"),
        pytest.param(None, True, Sign.STOP, id="before the first and after the last block: stop now"),
        pytest.param(TALK, True, Sign.RUNS, id="the talk is recorded as planned"),
        pytest.param(TALK, False, Sign.MAY, id="when the talk begins they may record"),
        pytest.param(TALK, None, Sign.MAY, id="also where nobody tells whether they do"),
        pytest.param(CASE, None, Sign.STOP_IF, id="a case where nobody tells: stop if you are"),
        pytest.param(CASE, False, Sign.OFF, id="a case that is not recorded, as the provider tells"),
        pytest.param(WELCOME, None, Sign.NONE, id="the welcome: nothing to say"),
        pytest.param(WELCOME, False, Sign.NONE, id="the same when it is known"),
        pytest.param(None, None, Sign.NONE, id="before the start: nothing to say"),
    ],
)
def test_what_is_said_about_recording(block, recording, said):
    assert sign(block, recording=recording) is said
