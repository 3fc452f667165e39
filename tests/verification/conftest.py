"""A program with its coordinator and director, a site with its lead, and somebody new."""

from dataclasses import dataclass

import pytest

from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Program, Series, Site, SiteLead
from echo_sessions.programs.rules import Role
from tests.make import Make


@dataclass
class Place:
    """Who is who."""

    program: Program
    series: Series
    site: Site
    coordinator: Person
    director: Person
    lead: Person
    new: Person


@pytest.fixture
def place(make: Make) -> Place:
    program = make.program()
    series, site = make.series(program), make.site("Silver Creek")
    lead = make.person("Lena Lead")
    with transaction():
        db.session.add(SiteLead(site_id=site.id, person_id=lead.id, since=make.now))
    new = make.person("Grace Okoro", profession="Community health worker", verified=False)
    make.enrol(series, new, site=site)
    return Place(
        program, series, site, make.member(program, Role.COORDINATOR, make.person("Carla Coordinator")),
        make.member(program, Role.DIRECTOR, make.person("Dora Director")), lead, new,
    )  # fmt: skip
