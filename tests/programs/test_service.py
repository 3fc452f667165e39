"""The verbs of programs, and the rules they ask."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from echo_sessions.audit.models import Entry
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people import service as people
from echo_sessions.programs import policy, queries, rules, service
from echo_sessions.programs.recurrence import Kind, Rule, dates
from echo_sessions.programs.rules import EnrolmentState, Role

RULE = Rule(
    kind=Kind.WEEKLY, interval=2, weekdays=(2,), start=time(12, 30), minutes=90, zone="America/Denver",
    first=date(2027, 2, 3), count=4, skipped=frozenset({date(2027, 2, 17)}),
)  # fmt: skip


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


def deeds() -> list[str]:
    return list(db.session.scalars(select(Entry.deed).order_by(Entry.seq)))


@pytest.mark.parametrize("label", ["HC", "hcv", " Pain ", "ABCDEF"])
def test_labels_are_letters_in_capitals(label):
    assert rules.clean_label(label) == label.strip().upper()


@pytest.mark.parametrize("label", ["", "H", "ABCDEFG", "H1", "ÄÖ", "A B"])
def test_other_labels_are_refused(label):
    with pytest.raises(Refused):
        rules.clean_label(label)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("America/Denver", "America/Denver"),
        ("denver", "America/Denver"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        (" Africa/nairobi", "Africa/Nairobi"),
    ],
)
def test_zones_are_known_by_name_or_city(text, zone):
    assert rules.zone_named(text) == zone


@pytest.mark.parametrize("text", ["", "Mars", "GMT+5", "/"])
def test_what_is_no_zone_is_refused(text):
    with pytest.raises(Refused):
        rules.zone_named(text)


@pytest.mark.parametrize("state", EnrolmentState)
def test_only_listed_moves_of_an_enrolment_are_possible(state):
    for to in EnrolmentState:
        if to in rules.MOVES[state]:
            assert rules.move(state, to) is to
        else:
            with pytest.raises(Refused):
                rules.move(state, to)


def test_the_rule_of_a_series_comes_back_as_it_was_planned(ana, make):
    program = make.program()
    with transaction():
        series = service.plan_series(program, name=" Spring ", rule=RULE, by=ana, now=make.now)
    db.session.expire_all()
    assert series.name == "Spring" and service.rule_of(series) == RULE
    assert [at.date.isoformat() for at in dates(service.rule_of(series))] == [
        "2027-02-03",
        "2027-03-03",
        "2027-03-17",
        "2027-03-31",
    ]
    assert deeds()[-1] == "series planned"


def test_a_series_on_two_days_is_refused(ana, make):
    two = Rule(**{**RULE.__dict__, "weekdays": (1, 3), "skipped": frozenset()})
    program = make.program()
    with pytest.raises(Refused, match="one day of the week"), transaction():
        service.plan_series(program, name="Spring", rule=two, by=ana, now=make.now)


def test_a_role_is_given_once_and_its_specialty_renewed(ana, make, outbox):
    program, lin = make.program(), make.person("Mei Lin")
    with transaction():
        first = service.appoint(program, lin, Role.EXPERT, by=ana, now=make.now)
        again = service.appoint(program, lin, Role.EXPERT, by=ana, now=make.now, specialty="Hepatology")
    assert again is first and first.specialty == "Hepatology" and len(outbox()) == 1


def test_who_appoints_themselves_or_has_no_address_gets_no_letter(ana, make, outbox):
    program, lin = make.program(), make.person("Mei Lin", email=None)
    with transaction():
        service.appoint(program, ana, Role.DIRECTOR, by=ana, now=make.now)
        service.appoint(program, lin, Role.EXPERT, by=ana, now=make.now)
    assert outbox() == [] and policy.may_run(ana, program) and not policy.may_run(lin, program)


def test_a_second_role_of_the_same_person_keeps_nobody_else_from_running(ana, make):
    program = make.program()
    with transaction():
        director = service.appoint(program, ana, Role.DIRECTOR, by=ana, now=make.now)
        service.appoint(program, ana, Role.COORDINATOR, by=ana, now=make.now)
        service.dismiss(director, by=ana, now=make.now)
    [last] = queries.team_of(program.id)
    with pytest.raises(Refused, match="needs somebody who runs it"), transaction():
        service.dismiss(last, by=ana, now=make.now)


def test_a_change_that_changes_nothing_is_no_deed(ana, make):
    program = make.program()
    before = deeds()
    with transaction():
        service.change_program(program, by=ana, now=make.now, aim=program.aim, label="hcv")
    assert deeds() == before
    with pytest.raises(ValueError, match="hub_id"), transaction():
        service.change_program(program, by=ana, now=make.now, hub_id=7)


def test_letters_about_an_enrolment_leave_ten_minutes_apart(ana, make, outbox):
    series = make.series()
    with transaction():
        statement = service.publish_statement(series.program.hub, "We share.", by=ana, now=make.now)
    grace = make.person("Grace Okoro")
    for minutes in (0, 1, 9, 11):
        with transaction():
            service.ask_to_enrol(
                series, statement, email=grace.address, name="Other", profession=None, site=None, zone="UTC", language="en",
                person=grace, now=make.now + timedelta(minutes=minutes),
            )  # fmt: skip
    assert len(outbox("programs/confirm_enrolment")) == 2


def test_an_enrolment_link_ends_after_three_days(ana, make):
    series, grace = make.series(), make.person("Grace Okoro")
    make.enrol(series, grace, state=EnrolmentState.ASKED)
    with transaction():
        enrolment = queries.enrolment_of(series.id, grace.id)
        token = people.make_link(
            grace, purpose=rules.CONFIRM_PURPOSE, now=make.now, lives=rules.CONFIRM_LIVES, about=enrolment.code
        )
        other = people.make_link(grace, purpose="sign-in", now=make.now, about=enrolment.code)
    for wrong, now in ((token, make.now + timedelta(days=3)), (other, make.now), ("invented", make.now)):
        with pytest.raises(Refused, match="used or has ended"), transaction():
            service.confirm(wrong, now=now)
    with transaction():
        assert service.confirm(token, now=make.now + timedelta(days=2)).state is EnrolmentState.ACTIVE


def test_enrolling_again_fills_only_what_was_empty(ana, make):
    series, grace, site, other = make.series(), make.person(), make.site(), make.site()
    with transaction():
        first = service.enrol(series, grace, by=ana, now=make.now)
        service.enrol(series, grace, by=ana, now=make.now, site=site)
        service.enrol(series, grace, by=ana, now=make.now, site=other)
    assert first.site_id == site.id and deeds().count("enrolment active") == 1
