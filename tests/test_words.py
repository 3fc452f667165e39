"""Sentences of rules: English by themselves, any language through a translator, inside out."""

from echo_sessions.words import Said, msgid

GERMAN = {"Every %(day)s": "Jeden %(day)s", "Wednesday": "Mittwoch", "100 %": "100 %"}


def test_a_sentence_speaks_english_by_itself():
    assert str(Said("Every %(day)s", {"day": Said("Wednesday")})) == "Every Wednesday"


def test_a_sentence_and_those_inside_it_are_translated():
    assert Said("Every %(day)s", {"day": Said("Wednesday")}).through(GERMAN.__getitem__) == "Jeden Mittwoch"


def test_a_sentence_without_places_may_hold_a_per_cent_sign():
    assert Said("100 %").through(GERMAN.__getitem__) == "100 %"


def test_marking_changes_nothing():
    assert msgid("Wednesday") == "Wednesday"
