"""A hub with an owner, a program with two who run it, and a member."""

from types import SimpleNamespace

import pytest

from echo_sessions.conduct import service
from echo_sessions.database import transaction
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import Role
from tests.conftest import NOON

SECRET = "XCANARYX he shouted at her before everybody"


@pytest.fixture
def town(make):
    """`grace` reports; `marc` is reported about; `ben` and `dora` run the program; `olga` owns the hub."""
    hub = make.hub()
    olga = make.person("Olga Owner")
    with transaction():
        people.appoint(olga, hub, StaffRole.OWNER, now=NOON)
    program = make.program("Hepatitis C")
    series = make.series(program)
    ben, dora = (
        make.member(program, Role.COORDINATOR, make.person("Ben Coordinator")),
        make.member(program, Role.DIRECTOR, make.person("Dora Director")),
    )
    grace, marc = make.enrol(series, make.person("Grace Okoro")), make.enrol(series, make.person("Marc Member"))
    other = make.member(make.program("Diabetes", label="DM"), Role.COORDINATOR, make.person("Una Outside"))
    return SimpleNamespace(
        hub=hub, program=program, series=series, ben=ben, dora=dora, grace=grace, marc=marc, olga=olga, una=other
    )


@pytest.fixture
def sent(town):
    """Send a report as Grace; returns the incidents."""

    def send(*about, **values):
        given = {"program": town.program, "text": SECRET, "now": NOON, "reporter": town.grace} | values
        with transaction():
            return service.report(about=about, **given)

    return send
