"""A short season against our own Zoom with many faults; the long one is run by hand."""

import pytest

from echo_sessions.meetings import settling
from tools.zoom_season import season

pytestmark = pytest.mark.once  # a provider over HTTP; how rows bear it is tested elsewhere, on both databases


def test_a_season_with_many_faults_has_everything_once():
    found = season(4, 33, lost=0.2)
    assert found.violations == () and found.is_sound, found
    assert (found.meetings, found.links) == (4, 4 * 32) and found.faults["lost"] > 2


def test_a_client_that_does_not_look_first_would_be_told_on(monkeypatch):
    monkeypatch.setattr(settling, "_find", lambda provider, wanted: None)
    found = season(5, 2, lost=0.2)
    assert found.duplicates and not found.is_sound
    assert {words.split(": ")[1] for words in found.violations} >= {"duplicate"}
