"""From a provider's events to who was there: by table, and against meetings that are made up with their truth."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.meetings.presences import Instance, instances, presences
from echo_sessions.outside.meetings import Event, EventKind, Interval, Room

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
K = EventKind
SHORT = {
    "j": K.JOINED, "l": K.LEFT, "wj": K.WAITING_JOINED, "wl": K.WAITING_LEFT, "bj": K.BREAKOUT_JOINED,
    "bl": K.BREAKOUT_LEFT, "s": K.STARTED, "e": K.ENDED,
}  # fmt: skip


def told(line: str, *, instance: str = "one") -> list[Event]:
    """Events from "j10 l50 e60": what, at which minute after noon; "j10=b" is of the presence b, else of a."""
    found = []
    for word in line.split():
        what, _, who = word.partition("=")
        letters = what.rstrip("0123456789.-")
        at = NOON + timedelta(minutes=float(what.removeprefix(letters)))
        mine = "" if letters in "se" else who or "a"
        found.append(Event(SHORT[letters], "81", instance, at, who=mine))
    return found


def shown(intervals: list[Interval]) -> str:
    """The same way back: "10-50", "10-60?" where the end was assumed, "w" and "b" for rooms, "=b" for others than a."""
    letters = {Room.MEETING: "", Room.WAITING: "w", Room.BREAKOUT: "b"}

    def minute(at: datetime) -> str:
        return f"{(at - NOON) / timedelta(minutes=1):g}"

    return " ".join(
        f"{letters[one.room]}{minute(one.joined)}-{minute(one.left) if one.left else ''}{'?' if one.assumed else ''}"
        f"{'' if one.who == 'a' else '=' + one.who}"
        for one in intervals
    )


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("s0 j10 l50 e60", "10-50", id="came and went"),
        pytest.param("j10 l50", "10-50", id="nobody told that it began or ended"),
        pytest.param("j10 l50 j10 l50 l50 s0 s0 e60 e60", "10-50", id="everything told twice"),
        pytest.param("j10 l20 j30=b l50=b e60", "10-20 30-50=b", id="a rejoin is another presence"),
        pytest.param("j10 l20 j30=b l20 l50=b e60", "10-20 30-50=b", id="an old leaving told again after the rejoin"),
        pytest.param("j10 j20=b l21.5 l50=b", "10-21.5 20-50=b", id="crashed, and back before the leaving was noticed"),
        pytest.param("j10 j20 l21.5 l50 e60", "10-50 20-21.5", id="the same under one id: nothing is lost"),
        pytest.param("j10 l20 j20 l50", "10-20 20-50", id="out and in within one second"),
        pytest.param("j10 l10 e60", "10-10", id="in and out within one second"),
        pytest.param("j10 e60", "10-60?", id="a lost leaving: until the end, assumed"),
        pytest.param("j10", "10-", id="a lost leaving, and no end known: left open"),
        pytest.param("j10 j20 l50 e60", "10-20? 20-50", id="a lost leaving, and the same presence came again"),
        pytest.param("j10 j20 e60", "10-20? 20-60?", id="both leavings lost"),
        pytest.param("j10 j20=b l50=b e60", "10-60? 20-50=b", id="another presence ends nothing: a second device"),
        pytest.param("l50 e60", "50-50?", id="a lost arrival: they were there, for no time"),
        pytest.param("l50 l50 l51 e60", "50-50?", id="a lost arrival, and two words about the leaving"),
        pytest.param("j10 l20 l50 e60", "10-20", id="an arrival too few, but they are known to have been there"),
        pytest.param("j61 e60", "61-61?", id="came after the end, by another clock: no negative time"),
        pytest.param("j10 l61 e60", "10-61", id="left after the end: as told"),
        pytest.param("wj5 wl10 j10 l50 e60", "w5-10 10-50", id="let in from the waiting room"),
        pytest.param("wj5 j10 l50 e60", "w5-10? 10-50", id="let in, and the way out of the waiting room was lost"),
        pytest.param("wj5 wl12 j10 l50", "w5-10 10-50", id="whoever arrives has left the waiting room"),
        pytest.param("wj5 e60", "w5-60?", id="never let in"),
        pytest.param("j0 wj20 wl30 l50 e60", "0-20 w20-30 30-50", id="sent back to the waiting room for a while"),
        pytest.param("j0 l20 wj20 wl30 j30 l50", "0-20 w20-30 30-50", id="the same, told as leaving and coming"),
        pytest.param("j0 wj20 wl30 e60", "0-20 w20-30 30-60?", id="sent back, and the leaving was lost"),
        pytest.param("j0 wj20 l50 e60", "0-20 w20-50?", id="sent back, and nobody told of the return"),
        pytest.param("j0 wj20 e60", "0-20 w20-60?", id="sent back, and nothing more told"),
        pytest.param("j0 wj20", "0-20 w20-", id="sent back, no end known"),
        pytest.param("j0 bj20 bl40 l50 e60", "0-50 b20-40", id="a breakout room within"),
        pytest.param(
            "j0 bj20 l50 e60", "0-50 b20-50?", id="a breakout room that nobody left, but the meeting was left"
        ),
        pytest.param("j0 bj20 bj30 bl40 l50", "0-50 b20-30? b30-40", id="from one breakout room into another"),
        pytest.param("j0 l20 bj20 j40 l50", "0-20 b20-40? 40-50", id="back from a breakout room that nobody left"),
        pytest.param("bl40 l50 e60", "50-50?", id="arrivals of both rooms lost: one moment is enough"),
        pytest.param("e60", "", id="nobody came"),
        pytest.param("j719 l721", "719-721", id="over midnight"),
    ],
)
def test_what_was_told_becomes_who_was_there(line, found):
    assert shown(presences(told(line))) == found


def test_every_start_is_an_instance_of_its_own():
    events = told("s0 j1 e30") + told("j40 l55 e60", instance="two")
    assert shown(presences(events)) == "1-30? 40-55"
    at = [NOON + timedelta(minutes=minute) for minute in (0, 30, 40, 60)]
    assert instances(reversed(events)) == [Instance("one", at[0], at[1]), Instance("two", at[2], at[3])]


def test_an_instance_that_nobody_saw_begin_begins_with_the_first_word_of_it():
    assert instances(told("j10 l20")) == [Instance("one", NOON + timedelta(minutes=10), None)]


def test_events_without_a_moment_place_nobody():
    waiting = Event(K.JOINED, "81", "one", None, who="b", name="Jo")
    assert shown(presences([waiting, *told("j10 l50 e60")])) == "10-50"


def test_those_without_an_id_are_told_apart_by_what_is_said_of_them():
    line = told("j0 j10 l20 l50")
    mine = [replace(event, who="", registrant="r1") for event in (line[0], line[3])]
    theirs = [replace(event, who="", email="o@clinic.test") for event in (line[1], line[2])]
    found = presences(mine + theirs)
    assert [(one.registrant, one.email) for one in found] == [("r1", ""), ("", "o@clinic.test")]
    assert shown([replace(one, who="a") for one in found]) == "0-50 10-20"


def test_a_breakout_room_belongs_to_the_presence_in_the_main_room():
    main, away = told("j0 l50"), told("bj20=b bl40=b")
    main[0] = replace(main[0], registrant="r1", name="Grace Okoro")
    away = [replace(event, parent="a", name="Grace") for event in away]
    found = presences(away + main)
    assert shown(found) == "0-50 b20-40"
    assert {(one.registrant, one.name) for one in found} == {("r1", "Grace Okoro")}


@pytest.mark.parametrize(
    "way", [pytest.param(("p", "a"), id="phone to device"), pytest.param(("a", "p"), id="and back")]
)
def test_a_telephone_takes_the_name_of_whoever_it_is_bound_to(way):
    line = told("j0 l50 j1=p l50=p")
    line[0] = replace(line[0], registrant="r1", name="Grace Okoro", email="g@clinic.test")
    line[2] = replace(line[2], phone="+1 505 555 0100", name="15055550100")
    bound = Event(K.BOUND, "81", "one", NOON + timedelta(minutes=2), who=way[0], about=way[1])
    device, phone = presences([*line, bound])
    assert (phone.registrant, phone.name, phone.email, phone.phone) == (
        "r1",
        "Grace Okoro",
        "g@clinic.test",
        "+1 505 555 0100",
    )
    assert (device.name, device.phone) == ("Grace Okoro", "")
    assert presences(line)[1].registrant == ""


def test_two_presences_of_one_person_share_what_one_of_them_lacks_unless_they_disagree():
    line = [replace(event, person="p") for event in told("j0 l20 j30=b l50=b")]
    line[0] = replace(line[0], registrant="r1")
    assert [one.registrant for one in presences(line)] == ["r1", "r1"]
    line[2] = replace(line[2], registrant="r2")
    assert [one.registrant for one in presences(line)] == ["r1", "r2"]
    third = [replace(event, person="p") for event in told("j5=c l6=c")]
    assert next(one for one in presences(line + third) if one.who == "c").registrant == ""


# Meetings that are made up, with their truth

minutes = st.integers(0, 90)
stretch = st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1])


@st.composite
def meeting(draw):
    """One or two instances of 90 minutes with people who come and go, some by two devices, wait, and go to breakout rooms.

    Gives the events in order, the truth as seconds by instance and presence, and which events are leavings at the end.
    """
    events, truth, at_end = [], {}, []
    for number in range(draw(st.integers(1, 2))):
        start = NOON + timedelta(hours=3 * number)
        name, end = f"instance {number}", start + timedelta(minutes=90)

        def say(kind, at, who, **more):
            events.append(Event(kind, "81", name, at, who=who, **more))  # noqa: B023  # used in this round only

        if draw(st.booleans()):
            say(K.STARTED, start, "")
        for person in range(draw(st.integers(0, 4))):
            for device in range(draw(st.integers(1, 2))):
                who, last = f"{number}.{person}.{device}", start
                rejoins = sorted(draw(st.sets(minutes, min_size=2, max_size=6)))
                for count, (come, go) in enumerate(zip(rejoins[::2], rejoins[1::2], strict=False)):
                    mine = f"{who}.{count}" if draw(st.booleans()) else who
                    joined, left = start + timedelta(minutes=come), start + timedelta(minutes=go)
                    if draw(st.booleans()):
                        say(K.WAITING_JOINED, max(last, joined - timedelta(minutes=2)), mine)
                        say(K.WAITING_LEFT, joined, mine)
                    say(K.JOINED, joined, mine, person=f"p{person}")
                    if draw(st.booleans()) and go - come > 3:
                        say(K.BREAKOUT_JOINED, joined + timedelta(minutes=1), mine + "b", parent=mine)
                        say(K.BREAKOUT_LEFT, left - timedelta(minutes=1), mine + "b", parent=mine)
                    say(K.LEFT, left, mine)
                    if left == end:
                        at_end.append(events[-1])
                    truth.setdefault((name, mine), []).append((joined, left))
                    last = left
        say(K.ENDED, end, "")
    return events, truth, at_end


def covered(found):
    """By instance and presence, the union of what counts."""
    spans = {}
    for one in found:
        if one.room is not Room.WAITING and one.left is not None and one.left > one.joined:
            spans.setdefault((one.instance, one.who), []).append((one.joined, one.left))
    return {key: union(pairs) for key, pairs in spans.items()}


def union(pairs):
    whole = []
    for joined, left in sorted(pairs):
        if whole and joined <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(left, whole[-1][1]))
        else:
            whole.append((joined, left))
    return whole


@given(meeting())
def test_the_truth_comes_out(made):
    events, truth, _ = made
    assert covered(presences(events)) == {key: union(pairs) for key, pairs in truth.items()}


@given(meeting(), st.randoms(use_true_random=False), st.integers(0, 40))
def test_order_and_repetition_change_nothing(made, random, again):
    events, _, _ = made
    shuffled = events + [random.choice(events) for _ in range(again)]
    random.shuffle(shuffled)
    assert presences(shuffled) == presences(events)
    assert instances(shuffled) == instances(events)


@given(meeting(), st.randoms(use_true_random=False))
def test_leavings_at_the_end_may_all_be_lost(made, random):
    events, truth, at_end = made
    lost = [event for event in at_end if random.random() < 0.7]
    assert covered(presences([event for event in events if event not in lost])) == {
        key: union(pairs) for key, pairs in truth.items()
    }


@given(meeting(), st.randoms(use_true_random=False))
def test_whatever_is_lost_nothing_is_made_up(made, random):
    """Each beginning is an arrival that was told, or the moment of a leaving; each end is a moment that was told."""
    events, _, _ = made
    kept = [event for event in events if random.random() < 0.6]
    moments = {(event.instance, event.at) for event in kept}
    for one in presences(kept):
        assert (one.instance, one.joined) in moments
        assert one.left is None or ((one.instance, one.left) in moments and one.left >= one.joined)


@given(meeting(), st.randoms(use_true_random=False))
def test_lost_arrivals_never_add_time(made, random):
    events, truth, _ = made
    kept = [event for event in events if event.kind not in {K.JOINED, K.BREAKOUT_JOINED} or random.random() < 0.5]
    for key, pairs in covered(presences(kept)).items():
        for joined, left in pairs:
            assert any(start <= joined and left <= end for start, end in union(truth[key])), (key, joined, left)


@given(meeting())
def test_everybody_of_whom_anything_was_told_is_known(made):
    events, _, _ = made
    for event in events:
        if event.kind in {K.JOINED, K.LEFT}:
            [found] = {one.who for one in presences([event])}
            assert found == event.who


def test_a_large_meeting_is_worked_out_in_one_go():
    """450 people who leave and come back three times: 3,600 events, each presence once."""
    random = Random(7)
    events = [Event(K.ENDED, "81", "one", NOON + timedelta(minutes=90))]
    for person in range(450):
        for turn in range(3):
            who = f"{person}.{turn}"
            come = NOON + timedelta(seconds=random.randrange(1500) + 1600 * turn)
            events.append(Event(K.JOINED, "81", "one", come, who=who, registrant=f"r{person}"))
            events.append(Event(K.LEFT, "81", "one", come + timedelta(seconds=90), who=who))
    random.shuffle(events)
    found = presences(events * 2)
    assert len(found) == 1350
    assert {one.registrant for one in found} == {f"r{person}" for person in range(450)}
    assert sum((one.left - one.joined).total_seconds() for one in found if one.left) == 1350 * 90
