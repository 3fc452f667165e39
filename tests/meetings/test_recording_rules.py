"""Who may see which file: by the run sheet, by decision, and never against the dark."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.errors import Refused
from echo_sessions.meetings.recording_rules import (
    Dark,
    File,
    Part,
    Sight,
    check_reason,
    is_near,
    is_seen,
    may_show,
    sight,
)

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


SHEET = (
    Part(at(0), at(10), recorded=False, case=False),
    Part(at(10), at(30), recorded=True, case=False),
    Part(at(30), at(40), recorded=True, case=False),
    Part(at(40), at(65), recorded=False, case=True),
    Part(at(65), at(90), recorded=False, case=False),
)
PICTURE = "shared_screen_with_speaker_view"


def file(since: float, until: float, kind: str = PICTURE, **more) -> File:
    return File(kind, at(since), at(until), **more)


@pytest.mark.parametrize(
    ("given_file", "who"),
    [
        pytest.param(file(10, 30), Sight.ALL, id="exactly the didactic"),
        pytest.param(file(10, 40), Sight.ALL, id="two parts that are recorded"),
        pytest.param(file(12, 29), Sight.ALL, id="within the didactic"),
        pytest.param(file(12, 40 + 1 / 60), Sight.TEAM, id="one second of a case"),
        pytest.param(file(64.99, 70), Sight.TEAM, id="the last second of a case"),
        pytest.param(file(9.9, 20), Sight.TEAM, id="a moment of a part that is not recorded"),
        pytest.param(file(45, 50), Sight.TEAM, id="a case"),
        pytest.param(file(45, 50, shown=True), Sight.ALL, id="a case that somebody has watched and shows"),
        pytest.param(file(12, 20, shown=False), Sight.TEAM, id="a didactic that somebody hides"),
        pytest.param(file(-5, -1), Sight.TEAM, id="before the session"),
        pytest.param(file(95, 99), Sight.TEAM, id="after it"),
        pytest.param(file(20, 20), Sight.ALL, id="of no length, in the didactic"),
        pytest.param(file(40, 40), Sight.TEAM, id="of no length, as a case begins"),
        pytest.param(file(12, 20, kind="chat_file"), Sight.TEAM, id="a chat"),
        pytest.param(file(12, 20, kind="chat_file", shown=True), Sight.TEAM, id="a chat that somebody shows"),
        pytest.param(file(12, 20, kind="audio_transcript", shown=True), Sight.TEAM, id="a transcript"),
        pytest.param(file(12, 20, kind="closed_caption"), Sight.TEAM, id="subtitles"),
        pytest.param(file(12, 20, kind="presentation"), Sight.TEAM, id="BigBlueButton's slides come with the chat"),
        pytest.param(file(12, 20, kind="something_new"), Sight.TEAM, id="what nobody knows"),
        pytest.param(file(12, 20, kind="audio_only"), Sight.ALL, id="sound"),
        pytest.param(file(12, 20, kind="video"), Sight.ALL, id="BigBlueButton's video"),
        pytest.param(file(12, 20, dark=Dark.TAKEN_DOWN, shown=True), Sight.NOBODY, id="taken down"),
        pytest.param(file(12, 20, dark=Dark.RECALL), Sight.NOBODY, id="with a recalled case"),
        pytest.param(file(12, 20, removed=True), Sight.NOBODY, id="gone at the provider"),
        pytest.param(file(12, 20, keep_until=at(100)), Sight.ALL, id="still kept"),
        pytest.param(file(12, 20, keep_until=at(99)), Sight.NOBODY, id="its time is over, and no job has run yet"),
    ],
)
def test_who_may_see_a_file(given_file, who):
    found, why = sight(given_file, SHEET, at(99.5))
    assert found is who
    assert str(why)


def test_a_session_without_a_run_sheet_shows_nothing_to_everybody():
    assert sight(file(10, 20), (), NOON)[0] is Sight.TEAM


@given(st.floats(-30, 120), st.floats(-30, 120), st.lists(st.booleans(), min_size=5, max_size=5))
def test_nothing_that_touches_a_case_is_ever_for_everybody_by_itself(since, until, recorded):
    """Whatever is ticked as recorded."""
    parts = [Part(one.since, one.until, ticked, one.case) for one, ticked in zip(SHEET, recorded, strict=True)]
    one = file(min(since, until), max(since, until))
    if max(since, until) > 40 and min(since, until) < 65:
        assert sight(one, parts, NOON)[0] is Sight.TEAM


@pytest.mark.parametrize("kind", ["chat_file", "audio_transcript", "CHAT", "transcript", "", "summary", "timeline"])
def test_texts_are_never_shown_to_everybody(kind):
    assert not is_seen(kind)
    with pytest.raises(Refused, match="Texts and chats"):
        may_show(file(12, 20, kind=kind), watched=True)


def test_only_what_was_watched_is_shown():
    may_show(file(45, 50), watched=True)
    with pytest.raises(Refused, match="Watch it"):
        may_show(file(45, 50), watched=False)


@pytest.mark.parametrize(
    ("days", "near"), [(7, True), (7.1, False), (0.1, True), (0, False), (-1, False), (None, False)]
)
def test_a_week_ahead_the_page_says_so(days, near):
    assert is_near(None if days is None else NOON + timedelta(days=days), NOON) is near


@pytest.mark.parametrize("reason", ["", "    ", "four", "x" * 1001])
def test_a_reason_says_something(reason):
    with pytest.raises(Refused, match="Say why"):
        check_reason(reason)
    assert check_reason("  The speaker asked.  ") == "The speaker asked."
