"""Spellings that look alike and are not the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_sessions.people.lookalikes import look_alike, mixes_alphabets, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("ana@clinic.test", "\u0430na@clinic.test", id="a Cyrillic letter"),
        pytest.param("ana@clinic.test", "ana@cl\u0456nic.test", id="a Cyrillic i in the domain"),
        pytest.param("ana@clinic.test", "\uff41na@clinic.test", id="a wide letter"),
        pytest.param("jose@clinic.test", "josé@clinic.test", id="an accent"),
        pytest.param("ana@clinic.test", "ANA@clinic.test", id="case"),
        pytest.param("scope@a.test", "\u0455\u0441\u043e\u0440\u0435@a.test", id="a word all in Cyrillic"),
    ],
)  # fmt: skip
def test_they_look_alike(one, other):
    assert look_alike(one, other) and look_alike(other, one)


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("ana@clinic.test", False),
        ("\u0430na@clinic.test", True),
        ("\u0430\u043d\u043d\u0430@\u043f\u043e\u0447\u0442\u0430.test", False),
        ("josé.müller@clinic.test", False),
        ("田中@clinic.test", False),
        ("ana.\u0430@clinic.test", False),
    ],
    ids=["plain", "one letter", "whole words in Cyrillic", "accents", "Japanese", "a word apart"],
)
def test_alphabets_are_mixed_within_a_word_only(text, mixed):
    assert mixes_alphabets(text) is mixed


@given(st.text(max_size=80))
def test_a_skeleton_is_its_own_and_never_fails(text):
    assert skeleton(skeleton(text)) == skeleton(text) and isinstance(mixes_alphabets(text), bool)
