"""An alarm is raised once for an hour, told to the owners, and explained by somebody else than who caused it."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from echo_sessions import clock
from echo_sessions.alarms import jobs, rules, service
from echo_sessions.alarms.models import Alarm
from echo_sessions.alarms.rules import AlarmKind
from echo_sessions.audit import anchors
from echo_sessions.audit import service as audit
from echo_sessions.audit.models import Entry
from echo_sessions.audit.rules import Seen
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.mail.models import Letter
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from tests.audit.conftest import no_anchors  # noqa: F401  # a fixture that clears what lies outside of the database
from tests.conftest import NOON


@pytest.fixture
def owner(make):
    person, hub = make.person("Olga Owner"), make.hub()
    with transaction():
        people.appoint(person, hub, StaffRole.OWNER, now=NOON)
    return person


def open_cases(person, count, *, at=NOON, start=0, what=Seen.CASE):
    for number in range(start, start + count):
        with transaction():
            audit.saw(person.id, what, f"HCV-{number:08}", at=at)
            service.watch(person.id, what, now=at)


def take_away(person, rows, *, at=NOON, name="people"):
    with transaction():
        audit.saw(person.id, Seen.EXPORT, name, at=at, rows=rows)
        service.watch(person.id, Seen.EXPORT, now=at)


def raised():
    return list(db.session.scalars(select(Alarm).order_by(Alarm.id)))


def letters():
    return list(db.session.scalars(select(Letter).where(Letter.kind == "alarms/raised").order_by(Letter.id)))


def test_the_thirtieth_case_raises_one_alarm_and_further_ones_none(make, owner):
    ana = make.coordinator("Ana Ruiz")
    open_cases(ana, 29)
    assert raised() == []
    open_cases(ana, 20, start=29)
    [alarm] = raised()
    assert (alarm.kind, alarm.person_id, alarm.count) == (AlarmKind.CASES, ana.id, 30)
    [letter] = letters()
    assert letter.person_id == owner.id and "Ana Ruiz opened 30 cases of others within an hour" in letter.text
    assert "HCV-" not in letter.text, "which cases they were stands in the house"
    assert db.session.scalars(select(Entry.thing).where(Entry.deed == "alarm raised")).all() == [alarm.code]


def test_the_same_case_again_is_no_further_case(make, owner):
    ana = make.person()
    for _ in range(5):
        open_cases(ana, 10)
    assert raised() == []


def test_cases_read_slowly_raise_nothing(make, owner):
    ana = make.person()
    for number in range(60):
        open_cases(ana, 1, start=number, at=NOON + timedelta(minutes=3 * number))
    assert raised() == []


def test_an_hour_is_counted_over_the_full_hour_of_the_clock(make, owner):
    ana = make.person()
    open_cases(ana, 15, at=NOON + timedelta(minutes=50))
    open_cases(ana, 15, at=NOON + timedelta(minutes=70), start=15)
    assert len(raised()) == 1


def test_thirty_more_in_the_next_hour_are_another_alarm_but_those_of_before_are_not_counted_again(make, owner):
    ana = make.person()
    open_cases(ana, 30, at=NOON + timedelta(minutes=50))
    open_cases(ana, 29, at=NOON + timedelta(minutes=65), start=100)
    assert len(raised()) == 1
    open_cases(ana, 1, at=NOON + timedelta(minutes=66), start=200)
    assert len(raised()) == 2


def test_two_people_are_counted_apart(make, owner):
    open_cases(make.person(), 20)
    open_cases(make.person(), 20, start=20)
    assert raised() == []


def test_much_taken_away_in_a_day_is_an_alarm_by_rows_or_by_lists(make, owner):
    ana, ben = make.person("Ana Ruiz"), make.person("Ben Okoro")
    take_away(ana, 1500)
    take_away(ana, 499, at=NOON + timedelta(hours=20), name="cases")
    assert raised() == []
    take_away(ana, 1, at=NOON + timedelta(hours=21), name="cases")
    for number in range(20):
        take_away(ben, 3, name=f"register-{number}")
    assert [(alarm.person_id, alarm.count, alarm.rows) for alarm in raised()] == [(ana.id, 3, 2000), (ben.id, 20, 60)]
    assert "took away 3 lists with 2000 rows within a day" in letters()[0].text


def test_what_was_taken_a_day_ago_is_forgotten(make, owner):
    ana = make.person()
    take_away(ana, 1500)
    take_away(ana, 1500, at=NOON + timedelta(hours=25))
    assert raised() == []


def test_where_the_only_owner_causes_it_the_coordinators_are_told_too(make, owner):
    ana = make.coordinator("Ana Ruiz")
    open_cases(owner, 30)
    assert {letter.person_id for letter in letters()} == {owner.id, ana.id}


def test_an_owner_without_address_is_left_out(make):
    hub, person = make.hub(), make.person("No Mail", email=None, account=False)
    with transaction():
        people.appoint(person, hub, StaffRole.OWNER, now=NOON)
    open_cases(make.person(), 30)
    assert len(raised()) == 1 and letters() == []


def test_somebody_else_explains_it_once_and_in_words(make, owner):
    ana = make.coordinator("Ana Ruiz")
    open_cases(ana, 30)
    [alarm] = raised()
    note = "She prepared the yearly report and opened every case."
    for by, words, sentence in (
        (ana, note, "Somebody else"),
        (owner, "  too  short  "[:9], "Say in 10 to 300 letters"),
        (owner, "x" * 301, "Say in 10 to 300 letters"),
    ):
        with pytest.raises(Refused, match=sentence), transaction():
            service.explain(alarm, note=words, by=by, now=NOON)
    with transaction():
        service.explain(alarm, note=note, by=owner, now=NOON)
    assert (alarm.note, alarm.seen_by_id, alarm.seen_at) == (note, owner.id, NOON)
    with pytest.raises(Refused, match="already"), transaction():
        service.explain(alarm, note=note, by=owner, now=NOON)


def test_the_daily_walk_tells_the_owners_of_a_break_once(app, make, owner):
    now = clock.now()
    jobs.anchor({}, now)
    jobs.verify_audit({}, now)
    assert raised() == []
    with transaction():
        db.session.execute(update(Entry).where(Entry.seq == 1).values(person_id=4711))
    for day in range(2):
        jobs.verify_audit({}, now + timedelta(days=day * 7))
    [alarm] = raised()
    assert (alarm.kind, alarm.person_id, alarm.count) == (AlarmKind.CHAIN, None, 1)
    [letter] = letters()
    assert (
        "The audit is broken at deed 1" in letter.text and "audit verify" in letter.text and "4711" not in letter.text
    )


def test_the_anchor_job_notes_the_head(app, make, owner):
    jobs.anchor({}, NOON + timedelta(days=3650))
    newest = max(anchors.known(), key=lambda one: one.at)
    assert newest.seq == db.session.scalar(select(Entry.seq).order_by(Entry.seq.desc()).limit(1))


def test_the_limits_are_the_ones_the_page_tells_of():
    assert (rules.CASES, rules.LISTS, rules.ROWS) == (30, 20, 2000)
