"""From a closed register to awards."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from echo_sessions.attendance import queries as attendance
from echo_sessions.attendance import service as registers
from echo_sessions.credit import queries, service
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.sessions.rules import DutyRole


@pytest.fixture
def held(make):
    """A session of a week ago, 90 minutes long, with credit offered."""
    make.hub()
    program = make.program()
    series = make.series(program)
    return make.session(series, starts_in=-timedelta(days=7))


def awards(session):
    db.session.rollback()
    return {award.person.name: award for award in queries.of_session(session.id)}


def test_minutes_become_credit_by_the_policy_in_force(make, held):
    make.policy(held.series.program)
    whole, part, brief = (make.enrol(held.series, make.person(name)) for name in ("Whole", "Part", "Brief"))
    make.awarded(held, {whole: 90, part: 53, brief: 7})
    found = awards(held)
    assert {name: (a.minutes, a.offered, a.computed, a.claimed) for name, a in found.items()} == {
        "Whole": (90, Decimal("1.5"), Decimal("1.5"), Decimal("1.5")),
        "Part": (53, Decimal("1.5"), Decimal("1.0"), Decimal("1.0")),
        "Brief": (7, Decimal("1.5"), Decimal(0), Decimal(0)),
    }
    assert found["Brief"].kind == "attendance" and found["Brief"].credit_type is None


def test_an_approval_dated_after_the_session_gives_nothing(make, held):
    make.policy(held.series.program, approved_on=held.starts_at.date() + timedelta(days=1))
    person = make.enrol(held.series, make.person("Whole"))
    make.awarded(held, {person: 90})
    assert (awards(held)["Whole"].computed, awards(held)["Whole"].policy) == (0, None)


def test_a_profession_outside_the_policy_has_attendance_only(make, held):
    make.policy(held.series.program, professions=["Physician"])
    nurse = make.enrol(held.series, make.person("Nurse", profession="Nurse"))
    doctor = make.enrol(held.series, make.person("Doctor", profession="Physician"))
    make.awarded(held, {nurse: 90, doctor: 90})
    assert {name: award.kind for name, award in awards(held).items()} == {"Nurse": "attendance", "Doctor": "credit"}


def test_who_gave_the_didactic_does_not_learn_in_those_minutes(make, held):
    make.policy(held.series.program)
    speaker = make.enrol(held.series, make.person("Speaker"))
    make.duty(held, DutyRole.PRESENTER, speaker)
    make.awarded(held, {speaker: 90})
    assert awards(held)["Speaker"].computed == Decimal("1.25"), "90 minutes less a didactic of 20"


def test_a_correction_writes_a_new_award_and_keeps_the_old(make, held):
    make.policy(held.series.program)
    person = make.enrol(held.series, make.person("Whole"))
    make.awarded(held, {person: 30})
    old = awards(held)["Whole"]
    row, by = attendance.row_of(held.id, person.id), make.coordinator()
    with transaction():
        registers.correct(row, 90, "She was in the room of the clinic.", by=by, now=make.now)
        service.award_again(row, by=by, now=make.now)
    db.session.refresh(old)
    assert awards(held)["Whole"].computed == Decimal("1.5")
    assert old.replaced_at is not None and old.computed == Decimal("0.5")


def test_claiming_less_is_allowed_and_more_is_refused(make, held):
    make.policy(held.series.program)
    person = make.enrol(held.series, make.person("Whole"))
    make.awarded(held, {person: 90})
    award = awards(held)["Whole"]
    with transaction():
        service.claim(award, Decimal("0.75"), now=make.now)
    assert awards(held)["Whole"].claimed == Decimal("0.75")
    with pytest.raises(Refused, match="more than that"), transaction():
        service.claim(award, Decimal("1.75"), now=make.now)
    assert awards(held)["Whole"].claimed == Decimal("0.75")


def test_totals_are_the_sum_of_awards_by_year_and_type(make):
    make.hub()
    series = make.series()
    make.policy(series.program)
    person = make.enrol(series)
    for weeks in (1, 2, 3):
        make.awarded(make.session(series, starts_in=-timedelta(weeks=weeks)), {person: 52})
    [row] = queries.totals_of(person.id)
    assert (row.year, row.sessions, row.minutes, row.claimed) == (2026, 3, 156, Decimal("2.25"))


def test_figures_that_do_not_fit_are_refused_and_nothing_is_kept(make):
    make.hub()
    program = make.program()
    with pytest.raises(Refused, match="not a multiple"):
        make.policy(program, maximum=Decimal("1.1"), approved_on=date(2026, 1, 1))
    db.session.rollback()
    assert queries.policies_of(program.id) == []
