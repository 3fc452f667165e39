"""From evidence and decisions to minutes, by table and by property."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.attendance.presence import (
    SPOKE_ROLES,
    Seen,
    Window,
    clean_minutes,
    clean_reason,
    counted,
    marked,
    role_of,
    share,
)
from echo_sessions.attendance.rules import Stay
from echo_sessions.errors import Refused

START = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(minutes=90))


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def seen(*stays: tuple[float, float | None], claimed: int | None = None) -> Seen:
    return Seen(
        "k",
        1,
        ("Ada",),
        stays=tuple(Stay(at(came), None if went is None else at(went)) for came, went in stays),
        claimed=claimed,
    )


@pytest.mark.parametrize(
    ("given", "role"),
    [
        pytest.param({"enrolled": True}, "participant", id="a participant"),
        pytest.param({"enrolled": False}, "guest", id="a guest"),
        pytest.param({"enrolled": False, "staff": True}, "staff", id="staff who run the meeting"),
        pytest.param({"enrolled": True, "staff": True}, "participant", id="staff who take part"),
        pytest.param({"enrolled": True, "memberships": ["expert"]}, "expert", id="an expert who also takes part"),
        pytest.param(
            {"enrolled": True, "memberships": ["expert"], "duties": ["presenter"]},
            "presenter",
            id="duty before membership",
        ),
        pytest.param(
            {"enrolled": False, "duties": ["presenter", "facilitator"]}, "facilitator", id="of two duties the hub's"
        ),
        pytest.param(
            {"enrolled": False, "memberships": ["observer", "director"]}, "director", id="of two memberships the first"
        ),
    ],
)
def test_role_of(given, role):
    assert role_of(**given) == role


def test_hub_roles_are_no_spoke_roles():
    assert {"participant", "presenter"} == SPOKE_ROLES


@pytest.mark.parametrize(
    ("own", "rooms", "by_hand", "minutes"),
    [
        pytest.param([seen((0, 40)), seen((30, 60))], [], None, 60, id="two devices"),
        pytest.param([seen((0, 10))], [seen((5, 80))], None, 80, id="came alone, then sat in a room"),
        pytest.param([seen((0, 40))], [], 75, 75, id="minutes by hand replace the measured"),
        pytest.param([seen((0, 40))], [], 0, 0, id="also none"),
        pytest.param([seen((0, None))], [], None, 0, id="a stay without an end"),
        pytest.param([seen(claimed=70)], [], None, 0, id="claimed minutes alone"),
    ],
)
def test_counted(own, rooms, by_hand, minutes):
    assert counted(own, rooms, by_hand, WINDOW).minutes == minutes


@pytest.mark.parametrize(
    ("own", "claimed"),
    [
        pytest.param([seen(claimed=70)], 70, id="of a report without times"),
        pytest.param([seen(claimed=400)], 90, id="at most the session"),
        pytest.param([seen(claimed=70), seen((0, 40))], None, id="none where there are times"),
        pytest.param([seen((0, 40))], None, id="none where nobody claims any"),
    ],
)
def test_claimed(own, claimed):
    assert counted(own, [], None, WINDOW).claimed == claimed


def test_of_several_marks_the_newest_minutes_hold_and_rooms_add_up():
    said = marked([(60, None), (None, "room a"), (70, None), (None, "room b"), (None, "room a")])
    assert (said.minutes, said.rooms) == (70, ("room a", "room b"))


@pytest.mark.parametrize(
    ("came", "went", "touches"),
    [
        pytest.param(0, 10, True, id="during"),
        pytest.param(-30, 0, False, id="left as it began"),
        pytest.param(-30, 1, True, id="left a minute after the start"),
        pytest.param(90, 95, False, id="came as it ended"),
        pytest.param(-30, None, True, id="came before, no end written"),
        pytest.param(None, None, True, id="no times at all"),
    ],
)
def test_touches(came, went, touches):
    assert WINDOW.touches(None if came is None else at(came), None if went is None else at(went)) is touches


MINUTES = st.floats(min_value=-60, max_value=180, allow_nan=False)
STAYS = st.lists(st.tuples(MINUTES, MINUTES), max_size=8)


@given(STAYS, STAYS)
def test_nobody_is_credited_twice_or_beyond_the_session(one, other):
    both = counted([seen(*one), seen(*other)], [], None, WINDOW).minutes
    apart = [counted([seen(*stays)], [], None, WINDOW).minutes for stays in (one, other)]
    assert max(apart) <= both <= min(WINDOW.minutes, sum(apart) + 1)


@given(st.integers(0, 90))
def test_only_the_whole_session_is_the_whole_share(minutes):
    assert (share(minutes, WINDOW) == 100) is (minutes == 90)


@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 1001])
def test_a_reason_says_something(reason):
    with pytest.raises(Refused, match="Say why"):
        clean_reason(reason)


@pytest.mark.parametrize("minutes", [-1, 91])
def test_minutes_by_hand_lie_in_the_session(minutes):
    with pytest.raises(Refused, match="lasts 90 minutes"):
        clean_minutes(minutes, WINDOW)


@pytest.mark.parametrize(
    ("phone", "names", "shown"),
    [
        pytest.param("15055550142", (), "15055•••142", id="a bare number is masked"),
        pytest.param("15055550142", ("Ada",), "Ada", id="with a name, the name"),
        pytest.param(None, (), "Ada", id="as written"),
    ],
)
def test_a_number_is_not_shown_whole(phone, names, shown):
    assert Seen("k", 1, ("Ada",), names=names, phone=phone).discreet == shown
