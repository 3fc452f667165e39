"""Every trouble has a sentence and says what to do; none quotes what is secret."""

from datetime import UTC, datetime

import pytest

from echo_sessions.meetings import wording
from echo_sessions.meetings.models import Meeting, Trouble
from echo_sessions.meetings.rules import MeetingState, TroubleKind

NOW = datetime(2026, 11, 25, 19, 30, tzinfo=UTC)


def trouble(kind, about="", **values):
    meeting = Meeting(code="S-7K3Q29FM", zone="America/Denver", state=MeetingState.MADE)
    return Trouble(kind=kind, about=about, values=values, since=NOW, seen_at=NOW, meeting=meeting)


@pytest.mark.parametrize("kind", TroubleKind)
def test_every_kind_has_a_whole_sentence_even_without_values(kind):
    said = str(wording.said(trouble(kind)))
    assert said[0].isupper() or said[0] in "0123456789–"
    assert said.endswith(".") and "%(" not in said and "None" not in said


WAITING = {TroubleKind.CO_HOST}


@pytest.mark.parametrize("kind", TroubleKind)
def test_every_kind_has_one_thing_to_do_that_there_is_a_page_for(app, kind):
    step = wording.next_step(trouble(kind))
    assert (step is None) == (kind in WAITING)
    if step is not None:
        assert step[1] in app.view_functions
        assert step[2] in ({}, {"code": "S-7K3Q29FM"})


@pytest.mark.parametrize(
    ("field", "wanted", "got", "words"),
    [
        ("starts_at", "2026-12-02T19:30:00+00:00", "2026-12-02T20:30:00Z", "Wed 2 Dec, 13:30 Denver instead of Wed 2 Dec, 12:30"),
        ("topic", "HCV · session 3", "Team lunch", "Team lunch instead of HCV · session 3"),
        ("use_pmi", False, True, "the host’s personal room otherwise than wanted: on instead of off"),
        ("hosts_too", ["a@b.test"], [], "nothing instead of a@b.test"),
        ("starts_at", "2026-11-25T19:00:00Z", "2026-11-25T18:00:00Z", "It takes no start that is past"),
        ("some_setting", 1, 2, "some setting otherwise than wanted: 2 instead of 1"),
    ],
)  # fmt: skip
def test_what_differs_is_said_in_the_zone_of_the_session(field, wanted, got, words):
    said = str(wording.said(trouble(TroubleKind.CHANGED, field, field=field, wanted=wanted, got=got)))
    assert words in said


def test_a_long_message_of_a_provider_is_cut():
    assert len(str(wording.said(trouble(TroubleKind.REFUSED, words="no " * 900)))) < 300
