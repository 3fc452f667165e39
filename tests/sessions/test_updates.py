"""Numbers and letters: what rises, who is told what, and stories of calendars that end up right."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.sessions.rules import Answer, SessionState
from echo_sessions.sessions.updates import (
    Announced,
    Change,
    InvitationState,
    Method,
    Recipient,
    Shown,
    answer_after,
    changes,
    dtstamp_after,
    in_feed,
    is_newer,
    move_sequence,
    needs_letter,
    uninvited_sequence,
)

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
START = NOW + timedelta(days=7)
SHOWN = Shown(
    starts_at=START,
    ends_at=START + timedelta(minutes=60),
    place="https://zoom.example/1",
    state=SessionState.SCHEDULED,
    title="Hepatitis C",
)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("edit", "sequence", "answer"),
    [
        pytest.param({}, 3, Answer.ACCEPTED, id="nothing changed"),
        pytest.param({"title": "Hepatitis B"}, 3, Answer.ACCEPTED, id="another title"),
        pytest.param({"description": "Bring questions."}, 3, Answer.ACCEPTED, id="another description"),
        pytest.param({"starts_at": START + HOUR / 2}, 4, Answer.NEEDS_ACTION, id="another start"),
        pytest.param({"ends_at": START + 2 * HOUR}, 4, Answer.NEEDS_ACTION, id="another end"),
        pytest.param({"place": "https://zoom.example/2"}, 4, Answer.ACCEPTED, id="another link"),
        pytest.param({"state": SessionState.CANCELLED}, 4, Answer.NEEDS_ACTION, id="cancelled"),
        pytest.param(
            {"starts_at": START + HOUR / 2, "title": "Hepatitis B", "place": "x"},
            4,
            Answer.NEEDS_ACTION,
            id="all at once",
        ),
    ],
)
def test_what_an_edit_does_to_the_number_and_to_answers(edit, sequence, answer):
    new = replace(SHOWN, **edit)

    assert move_sequence(3, SHOWN, new) == sequence
    assert answer_after(Answer.ACCEPTED, changes(SHOWN, new)) is answer


def test_a_draft_starts_at_nought_and_is_published_so():
    draft = replace(SHOWN, state=SessionState.DRAFT)

    assert move_sequence(0, draft, replace(draft, starts_at=START - HOUR)) == 0
    assert move_sequence(0, draft, SHOWN) == 0


def test_cancelling_and_restoring_each_raise_the_number():
    cancelled = replace(SHOWN, state=SessionState.CANCELLED)

    assert move_sequence(move_sequence(0, SHOWN, cancelled), cancelled, SHOWN) == 2


EDITS = st.fixed_dictionaries(
    {},
    optional={
        "starts_at": st.integers(0, 3).map(lambda hours: START - hours * HOUR),
        "place": st.sampled_from(["a", "b"]),
        "title": st.sampled_from(["x", "y"]),
        "state": st.sampled_from([SessionState.SCHEDULED, SessionState.CANCELLED]),
    },
)


@given(st.lists(EDITS, max_size=12))
def test_the_number_never_falls_also_after_an_undo(edits):
    shown, sequence = SHOWN, 0
    for edit in edits:
        after = replace(shown, **edit)
        higher = move_sequence(sequence, shown, after)
        assert higher - sequence == (1 if changes(shown, after) - {Change.WORDS} else 0)
        shown, sequence = after, higher


# Who must be told what

SESSION = Announced(
    state=SessionState.SCHEDULED, starts_at=START, ends_at=START + HOUR, changed_at=NOW - timedelta(days=2)
)
TOLD = InvitationState(Method.REQUEST, sequence=0, dtstamp=NOW - timedelta(days=1))
TAKEN_BACK = InvitationState(Method.CANCEL, sequence=1, dtstamp=NOW - timedelta(days=1))
MEMBER = Recipient(belongs=True)
MOVED = {"changed_at": NOW, "starts_at": START + HOUR, "ends_at": START + 2 * HOUR}
CANCELLED = {"changed_at": NOW, "state": SessionState.CANCELLED}
FAR = {"starts_at": NOW + timedelta(days=90), "ends_at": NOW + timedelta(days=90) + HOUR}
OVER = {"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR, "changed_at": NOW}


@pytest.mark.parametrize(
    ("old", "session", "person", "expected"),
    [
        pytest.param(None, {}, {}, Method.REQUEST, id="first invitation inside the window"),
        pytest.param(None, FAR, {}, None, id="not yet: far ahead"),
        pytest.param(None, {}, {"wants_letters": False}, None, id="who wants the feed gets no letter"),
        pytest.param(None, {}, {"belongs": False}, None, id="a stranger gets none"),
        pytest.param(None, {"state": SessionState.DRAFT}, {}, None, id="nobody hears of a draft"),
        pytest.param(None, CANCELLED, {}, None, id="no CANCEL for what was never got"),
        pytest.param(TOLD, {}, {}, None, id="nothing new"),
        pytest.param(TOLD, MOVED, {}, Method.REQUEST, id="moved"),
        pytest.param(TOLD, MOVED | FAR, {}, Method.REQUEST, id="moved out of the window: told at once all the same"),
        pytest.param(
            TOLD, MOVED, {"wants_letters": False}, Method.REQUEST, id="moved: what a calendar holds is kept right"
        ),
        pytest.param(TOLD, CANCELLED, {}, Method.CANCEL, id="cancelled"),
        pytest.param(
            TOLD, CANCELLED, {"wants_letters": False}, Method.CANCEL, id="cancelled, for who changed to the feed"
        ),
        pytest.param(TOLD, {}, {"belongs": False}, Method.CANCEL, id="un-invited"),
        pytest.param(TAKEN_BACK, CANCELLED, {}, None, id="no second CANCEL"),
        pytest.param(TAKEN_BACK, {}, {"belongs": False}, None, id="no CANCEL for who was taken out before"),
        pytest.param(TAKEN_BACK, {"changed_at": NOW}, {}, Method.REQUEST, id="restored"),
        pytest.param(TAKEN_BACK, {"changed_at": NOW} | FAR, {}, Method.REQUEST, id="restored, however far ahead"),
        pytest.param(TAKEN_BACK, {}, {}, Method.REQUEST, id="a person who is back"),
        pytest.param(TAKEN_BACK, {}, {"wants_letters": False}, None, id="back, but with the feed"),
        pytest.param(TOLD, OVER, {}, None, id="past: a change is not told"),
        pytest.param(TOLD, OVER | {"state": SessionState.CANCELLED}, {}, None, id="past: nor a cancelling"),
        pytest.param(None, OVER, {}, None, id="past: nobody is invited"),
        pytest.param(TOLD, OVER, {"belongs": False}, None, id="past: nor un-invited"),
    ],
)
def test_needs_letter(old, session, person, expected):
    letter = needs_letter(
        old, replace(SESSION, **session), replace(MEMBER, **person), now=NOW, window=timedelta(days=21)
    )

    assert letter is expected


class Story:
    """One session, its people's calendars (strict ones), and the rules between them."""

    def __init__(self):
        self.now, self.sequence, self.session = NOW, 0, SESSION
        self.shown, self.told, self.calendars, self.members = SHOWN, {}, {}, set()

    def edit(self, **changed):
        self.now += HOUR
        after = replace(self.shown, **changed)
        self.sequence = move_sequence(self.sequence, self.shown, after)
        self.shown = after
        self.session = Announced(after.state, after.starts_at, after.ends_at, changed_at=self.now)
        return self.send()

    def join(self, name):
        self.now += HOUR
        self.members.add(name)
        return self.send()

    def leave(self, name):
        self.now += HOUR
        self.members.discard(name)
        self.sequence = uninvited_sequence(self.sequence)
        return self.send()

    def send(self):
        sent = {}
        for name in sorted(self.members | set(self.told)):
            old = self.told.get(name)
            person = Recipient(belongs=name in self.members)
            method = needs_letter(old, self.session, person, now=self.now, window=timedelta(days=21))
            if method:
                self.told[name] = InvitationState(method, self.sequence, dtstamp_after(old and old.dtstamp, self.now))
                sent[name] = (method.value, self.sequence)
                self.calendars[name] = strict(self.calendars.get(name), self.told[name])
        return sent

    def holders(self):
        return {name for name, held in self.calendars.items() if held.method is Method.REQUEST}


def strict(held, letter):
    """A client that takes only what is newer by SEQUENCE, or by DTSTAMP at the same one; the order may be wrong."""
    if held is None or (letter.sequence, letter.dtstamp) > (held.sequence, held.dtstamp):
        return letter
    return held


def test_request_move_cancel_leaves_no_entry():
    story = Story()

    assert story.join("anna") == {"anna": ("REQUEST", 0)}
    assert story.edit(starts_at=START - HOUR) == {"anna": ("REQUEST", 1)}
    assert story.edit(state=SessionState.CANCELLED) == {"anna": ("CANCEL", 2)}
    assert story.holders() == set()


def test_request_cancel_restore_leaves_one_entry():
    story = Story()
    story.join("anna")

    assert story.edit(state=SessionState.CANCELLED) == {"anna": ("CANCEL", 1)}
    assert story.edit(state=SessionState.SCHEDULED) == {"anna": ("REQUEST", 2)}
    assert story.holders() == {"anna"}


def test_who_joins_late_starts_at_the_present_number():
    story = Story()
    story.join("anna")
    story.edit(starts_at=START - HOUR)

    assert story.join("ben") == {"ben": ("REQUEST", 1)}


def test_who_leaves_is_un_invited_alone_and_may_come_back():
    story = Story()
    story.join("anna")
    story.join("ben")

    assert story.leave("ben") == {"ben": ("CANCEL", 1)}
    assert story.holders() == {"anna"}
    assert story.join("ben") == {"ben": ("REQUEST", 1)}
    assert story.edit(place="https://zoom.example/2") == {"anna": ("REQUEST", 2), "ben": ("REQUEST", 2)}
    assert story.holders() == {"anna", "ben"}


def test_a_new_title_is_told_with_the_same_number_and_a_later_stamp():
    story = Story()
    story.join("anna")
    first = story.told["anna"].dtstamp

    assert story.edit(title="Hepatitis B") == {"anna": ("REQUEST", 0)}
    assert story.told["anna"].dtstamp > first


def test_a_letter_that_arrives_after_a_newer_one_changes_nothing():
    story = Story()
    story.join("anna")
    late = story.told["anna"]
    story.edit(state=SessionState.CANCELLED)

    assert strict(story.calendars["anna"], late).method is Method.CANCEL


STEPS = st.lists(
    st.sampled_from(["join anna", "join ben", "leave ben", "move", "title", "cancel", "restore"]), max_size=14
)


@given(STEPS)
def test_whatever_happens_calendars_end_up_as_the_session_stands(steps):
    story = Story()
    for number, step in enumerate(steps):
        match step.split():
            case ["join", name] if name not in story.members:
                story.join(name)
            case ["leave", name] if name in story.members:
                story.leave(name)
            case ["move"]:
                story.edit(starts_at=START + number * HOUR / 4)
            case ["title"]:
                story.edit(title=f"Title {number}")
            case ["cancel"]:
                story.edit(state=SessionState.CANCELLED)
            case ["restore"]:
                story.edit(state=SessionState.SCHEDULED)
        assert story.send() == {}, "told once is told"
        scheduled = story.shown.state is SessionState.SCHEDULED
        assert story.holders() == (story.members if scheduled else set())


# Stamps, answers, the feed


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        pytest.param(None, NOW, id="the first letter"),
        pytest.param(NOW - HOUR, NOW, id="long after the last"),
        pytest.param(NOW, NOW + timedelta(seconds=1), id="in the same second"),
        pytest.param(NOW + HOUR, NOW + HOUR + timedelta(seconds=1), id="the clock was set back"),
    ],
)
def test_a_stamp_is_whole_seconds_and_never_goes_back(last, expected):
    assert dtstamp_after(last, NOW + timedelta(microseconds=700_000)) == expected


@pytest.mark.parametrize(
    ("reply", "newer"),
    [
        pytest.param((1, NOW), False, id="the same again"),
        pytest.param((1, NOW + HOUR), True, id="a change of mind"),
        pytest.param((0, NOW + HOUR), False, id="to an older invitation"),
        pytest.param((2, NOW - HOUR), True, id="to a newer one, from a clock that is late"),
    ],
)
def test_an_older_answer_never_wins(reply, newer):
    assert is_newer(reply, (1, NOW)) is newer
    assert is_newer(reply, None)


@pytest.mark.parametrize(
    ("state", "starts", "changed", "shown"),
    [
        pytest.param("scheduled", 300, -400, True, id="far ahead"),
        pytest.param("scheduled", -60, -400, True, id="60 days ago"),
        pytest.param("scheduled", -61, -400, False, id="61 days ago"),
        pytest.param("cancelled", 20, -30, True, id="cancelled 30 days ago"),
        pytest.param("cancelled", 20, -31, False, id="cancelled 31 days ago"),
        pytest.param("draft", 20, -1, False, id="a draft"),
    ],
)
def test_in_feed(state, starts, changed, shown):
    starts_at, changed_at = NOW + timedelta(days=starts), NOW + timedelta(days=changed)

    assert in_feed(SessionState(state), starts_at, changed_at, NOW) is shown
