"""Lasting links: made by us for one purpose, unreadable once touched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions import ids, links
from echo_sessions.links import Read, make, read

KEY = b"k" * 32
OTHER_KEY = b"K" * 32
CODES = st.from_regex(r"[A-Z]{1,2}-[0-9A-HJKMNP-TV-Z]{8}", fullmatch=True)
GENERATIONS = st.integers(0, 9999)


@given(code=CODES, generation=GENERATIONS, person=st.none() | CODES)
def test_a_token_says_what_it_was_made_for(code, generation, person):
    token = make(KEY, "join", code, generation, person=person)

    assert read(KEY, "join", token) == Read(code=code, person=person, generation=generation)
    assert len(token) <= 60
    assert re.fullmatch(r"[A-Za-z0-9.-]+[a-z2-7]", token), "safe in a URL, and no mark at its end"


def test_the_same_values_give_the_same_token():
    assert make(KEY, "feed", "P-7K3Q29FM", 0) == make(KEY, "feed", "P-7K3Q29FM", 0)


def test_real_codes_fit():
    assert read(KEY, "join", make(KEY, "join", ids.code("SE"), 12, person=ids.code("P"))) is not None
    assert read(KEY, "file", make(KEY, "file", ids.certificate_code(), 12)) is not None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(make(OTHER_KEY, "join", "S-7K3Q29FM", 1, person="P-1"), id="another key"),
        pytest.param(make(KEY, "rsvp", "S-7K3Q29FM", 1, person="P-1"), id="another purpose"),
        pytest.param(
            make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").replace("P-1", "P-2"), id="another person put in"
        ),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").replace("FM.1", "FM.2"), id="another generation"),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").replace("S-7", "S-8"), id="another row"),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").replace(".P-1", ""), id="the person left out"),
        pytest.param(
            make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").replace("FM.1", "FM.01"), id="a nought put before"
        ),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1").upper(), id="capitals"),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1") + "\n", id="a line break after"),
        pytest.param(make(KEY, "join", "S-7K3Q29FM", 1, person="P-1") + "=", id="something after"),
        pytest.param("", id="nothing"),
        pytest.param("...", id="only points"),
        pytest.param("Ш-7.1.aaaaaaaaaaaaaaaaaaaaaaaa", id="letters of another alphabet"),
        pytest.param("S-7." + "9" * 5000 + "." + "a" * 24, id="very long"),
    ],
)
def test_a_token_that_we_did_not_make_for_this_says_nothing(other):
    assert read(KEY, "join", other) is None


def test_a_token_cut_short_says_nothing_at_any_length():
    token = make(KEY, "join", "S-7K3Q29FM", 1, person="P-1A")

    assert [length for length in range(len(token)) if read(KEY, "join", token[:length]) is not None] == []


@given(st.data())
def test_a_token_with_one_letter_changed_says_nothing(data):
    token = make(KEY, "join", "S-7K3Q29FM", 1, person="P-1A")
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCabc0123.-").filter(lambda one: one != token[at]))

    assert read(KEY, "join", token[:at] + letter + token[at + 1 :]) is None


@given(st.text())
def test_any_text_can_be_asked_about(text):
    assert read(KEY, "join", text) is None


def test_nothing_but_a_word_is_a_purpose():
    """With a line break in it, two ways to cut the same letters into parts would share a proof."""
    with pytest.raises(ValueError):
        make(KEY, "join\nA", "1", 0)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"key": b"short"}, id="a short key"),
        pytest.param({"generation": -1}, id="a negative generation"),
        pytest.param({"code": "S.1"}, id="a point in the code"),
        pytest.param({"code": ""}, id="no code"),
        pytest.param({"person": "anna@example.org"}, id="an address instead of a code"),
        pytest.param({"code": "S-" + "7" * 50}, id="a code that makes it too long"),
    ],
)
def test_what_cannot_be_made(values):
    given_values = {"key": KEY, "code": "S-7K3Q29FM", "generation": 1, "person": None} | values
    with pytest.raises(ValueError):
        make(
            given_values["key"], "join", given_values["code"], given_values["generation"], person=given_values["person"]
        )


def test_the_proof_is_compared_in_constant_time(monkeypatch):
    """Nothing else in the module compares the proof: without `compare_digest` no token is accepted."""
    monkeypatch.setattr(links.hmac, "compare_digest", lambda one, other: False)

    assert read(KEY, "join", make(KEY, "join", "S-7K3Q29FM", 1)) is None
