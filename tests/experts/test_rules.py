"""Whom to ask: hindrances, remarks, order; colleagues who are suggested."""

from datetime import timedelta

import pytest

from echo_sessions.errors import Refused
from echo_sessions.experts.rules import Standing, answer_by, hindrance, order, remarks, suggested, suggestion
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        pytest.param(Standing(), None, id="nothing speaks against"),
        pytest.param(Standing(is_author=True), "Brings this case", id="brings the case"),
        pytest.param(Standing(busy_at="S-1"), "in S-1 at that time", id="agreed to be elsewhere"),
        pytest.param(Standing(already="offered"), "asked for this already", id="asked and silent"),
        pytest.param(Standing(already="accepted"), "asked for this already", id="said yes"),
        pytest.param(Standing(already="declined"), None, id="a no may be asked again"),
        pytest.param(Standing(asked_at="S-1", same_site="Clinic", recent=9), None, id="soft remarks hinder nobody"),
    ],
)
def test_hindrance(standing, words):
    found = hindrance(standing)
    assert (found is None) if words is None else words in str(found)


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (Standing(), "not asked for in the last 90 days"),
        (Standing(recent=3, coming=1), "3 times in the last 90 days, 1 ahead"),
        (Standing(already="declined"), "said no to this once"),
        (Standing(asked_at="S-7"), "asked for S-7 at the same time"),
        (Standing(same_site="Clinic A"), "works at Clinic A, where the case comes from"),
    ],
)
def test_remarks(standing, words):
    assert any(words in str(said) for said in remarks(standing))


def test_the_free_and_little_asked_come_first():
    ranks = [
        Standing(), Standing(recent=1), Standing(recent=1, coming=2), Standing(same_site="X"), Standing(already="declined"), Standing(busy_at="S"),
    ]  # fmt: skip
    assert sorted(reversed(ranks), key=order) == ranks


@pytest.mark.parametrize(
    ("starts_in", "expected"),
    [
        pytest.param(None, 5 * DAY, id="a case without session: in five days"),
        pytest.param(30 * DAY, 5 * DAY, id="time enough"),
        pytest.param(6 * DAY, 4 * DAY, id="two days before the session"),
        pytest.param(DAY, DAY / 2, id="never in the past"),
    ],
)
def test_answer_by(starts_in, expected):
    assert answer_by(NOON, NOON + starts_in if starts_in else None) == NOON + expected


@pytest.mark.parametrize(
    ("name", "email"), [("Ben Diaz", "ben@clinic.test"), ("Ben <the other>", "b@c.test"), ('"Ben"', "b@c.test")]
)
def test_a_suggestion_comes_back(name, email):
    assert suggested(suggestion(name, email)) == (name.replace("<", "(").replace(">", ")"), email)


def test_no_suggestion_is_none_and_half_a_one_is_refused():
    assert suggestion(" ", "") is None
    for half in (("Ben", ""), ("", "b@c.test")):
        with pytest.raises(Refused, match="both the name and the e-mail"):
            suggestion(*half)
    with pytest.raises(Refused, match="not an e-mail"):
        suggestion("Ben", "ben")
