"""Named guests: counted, at most three visits, then asked to enrol; never turned away, and nothing of theirs is lost."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.attendance import guests, service
from echo_sessions.attendance.models import Attendance
from echo_sessions.attendance.presence import Verdict
from echo_sessions.attendance.register import computed
from echo_sessions.credit import service as credit
from echo_sessions.database import db, transaction
from echo_sessions.mail.models import Letter


@dataclass(frozen=True)
class Written:
    """A name in a report, without an address."""

    name: str
    address: None = None


@pytest.fixture
def by(make):
    return make.coordinator("Ana Ruiz")


def came(make, by, series, guest, week, *, close=True):
    """The guest was there in that week, and somebody said who it was."""
    session = make.session(series, starts_in=timedelta(days=-70 + 7 * week))
    make.attended(session, {guest: 50})
    for seen in computed(session).waiting:
        with transaction():
            service.identify(
                session, seen.key, verdict=Verdict.PERSON, person=guest, by=by, now=make.now, remember=False
            )
    if close:
        with transaction():
            credit.close_and_award(session, by=by, now=make.now)
    return session


def test_the_third_visit_asks_by_letter_and_the_fourth_is_marked(make, by):
    series, guest = make.series(), make.person("Grace Okoro")
    letters = []
    for week in range(5):
        came(make, by, series, guest, week)
        letters.append(len(db.session.scalars(select(Letter).where(Letter.kind == "attendance/asked_to_enrol")).all()))
    assert letters == [0, 0, 1, 1, 1], "one letter a program, however often they come"
    facts = [
        row.facts.get(guests.ASKED) for row in db.session.scalars(select(Attendance).order_by(Attendance.id)).unique()
    ]
    assert facts == [None, None, None, True, True]
    assert {row.minutes for row in db.session.scalars(select(Attendance)).unique()} == {50}, "nobody is turned away"


def test_the_letter_leads_to_the_page_on_which_one_enrols(make, by):
    series, guest = make.series(), make.person("Grace Okoro")
    for week in range(3):
        came(make, by, series, guest, week)
    letter = db.session.scalars(select(Letter).where(Letter.kind == "attendance/asked_to_enrol")).one()
    assert "/enrol/" in letter.text and letter.to_address == guest.address


def test_a_guest_without_an_address_is_marked_and_no_letter_is_written(make, by):
    series, guest = make.series(), make.person("Grace Okoro", email=None, account=False)
    for week in range(4):
        came(make, by, series, guest, week)
    assert db.session.scalars(select(Letter).where(Letter.kind == "attendance/asked_to_enrol")).all() == []
    [visits] = guests.visits_of(guest.id)
    assert (len(visits.sessions), visits.asked) == (4, True)


def test_visits_count_by_program_and_open_registers_too(make, by):
    one, other, guest = make.series(), make.series(), make.person("Grace Okoro")
    came(make, by, one, guest, 0)
    came(make, by, one, guest, 1, close=False)
    came(make, by, other, guest, 2)
    assert [len(each.sessions) for each in guests.visits_of(guest.id)] == [2, 1]


def test_who_is_enrolled_is_no_guest(make, by):
    series, member = make.series(), make.person("Grace Okoro")
    make.enrol(series, member)
    for week in range(4):
        came(make, by, series, member, week)
    assert guests.visits_of(member.id) == []


def test_the_page_of_a_guest_shows_the_visits(make, by, client):
    series, guest = make.series(), make.person("Grace Okoro")
    for week in range(3):
        came(make, by, series, guest, week)
    page = client.as_(by).get_page(f"/people/{guest.code}")
    assert "3 visits of 3" in page.text() and "Next time: enrol" in page.text()


def test_whoever_settles_a_line_sees_how_often_somebody_was_a_guest(make, by, client):
    series, guest = make.series(), make.person("Grace Okoro")
    for week in range(3):
        came(make, by, series, guest, week)
    session = make.session(series, starts_in=timedelta(days=-1))
    make.attended(session, {Written("Grace Okoro"): 40})
    [seen] = computed(session).waiting
    page = client.as_(by).get_page(f"/sessions/{session.code}/attendance/queue/{seen.stay_id}?q=Grace")
    assert "3 visits as a guest so far." in page.text()
