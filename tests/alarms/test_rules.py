"""From when on looking is conspicuous."""

from datetime import timedelta

import pytest

from echo_sessions.alarms import rules
from echo_sessions.alarms.rules import AlarmKind
from echo_sessions.audit.rules import Seen
from tests.conftest import NOON


@pytest.mark.parametrize(("opened", "many"), [(0, False), (29, False), (30, True), (300, True)])
def test_thirty_cases_in_an_hour_are_an_alarm(opened, many):
    assert rules.too_many_cases(opened) is many


@pytest.mark.parametrize(
    ("lists", "rows", "much"),
    [
        pytest.param(0, 0, False, id="nothing"),
        pytest.param(19, 1999, False, id="just below both"),
        pytest.param(20, 0, True, id="twenty empty lists"),
        pytest.param(1, 2000, True, id="one long list"),
    ],
)
def test_twenty_lists_or_two_thousand_rows_in_a_day_are_an_alarm(lists, rows, much):
    assert rules.too_much_taken(lists, rows) is much


@pytest.mark.parametrize(
    ("what", "kind"),
    [
        (Seen.CASE, AlarmKind.CASES),
        (Seen.RECOMMENDATIONS, AlarmKind.CASES),
        (Seen.EXPORT, AlarmKind.LISTS),
        (Seen.PROFILE, None),
        (Seen.REGISTER, None),
        (Seen.AUDITED, None),
    ],
)
def test_what_is_watched(what, kind):
    assert rules.watched(what) is kind


def test_one_key_for_each_person_kind_and_hour_of_the_clock():
    keys = {
        rules.key_of(kind, person, NOON + timedelta(minutes=minutes))
        for kind in (AlarmKind.CASES, AlarmKind.LISTS)
        for person in (1, 2)
        for minutes in (0, 59, 60)
    }
    assert len(keys) == 8


@pytest.mark.parametrize("kind", list(AlarmKind))
def test_every_alarm_has_a_sentence(kind):
    assert "%(" not in str(rules.said(kind, name="Ana Ruiz", count=30, rows=3))
