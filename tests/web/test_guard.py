"""A role that is lost between a page and its button, or while the button is being pressed, does nothing more."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from echo_sessions import database
from echo_sessions.database import db
from echo_sessions.people.models import Staff
from echo_sessions.programs.models import Membership, Program
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Session


@pytest.fixture
def in_between(app, monkeypatch):
    """Whatever it is given happens after the page has looked who asks, and before it begins to write."""

    def happens(act):
        real = database.transaction

        def meanwhile():
            with db.engine.connect().execution_options(write=True) as connection:
                connection.execute(act)
                connection.commit()
            monkeypatch.undo()
            return real()

        for module in (
            "programs.program_views",
            "sessions.planning_views",
            "attendance.close_views",
            "certificates.views",
        ):
            monkeypatch.setattr(f"echo_sessions.{module}.transaction", meanwhile)

    return happens


@pytest.fixture
def director(make):
    program = make.program()
    return make.member(program, Role.DIRECTOR), program


def test_a_director_dismissed_in_mid_request_appoints_nobody(make, client, director, in_between):
    person, program = director
    in_between(delete(Membership).where(Membership.person_id == person.id))
    url = f"/programs/{program.code}/team/new"
    client.as_(person).submit(url, 404, email="x@hub.test", name="Xaver", role="director")
    assert db.session.scalars(select(Membership)).all() == []


def test_a_director_dismissed_in_mid_request_changes_no_charter(make, client, director, in_between):
    person, program = director
    in_between(delete(Membership).where(Membership.person_id == person.id))
    client.as_(person).submit(f"/programs/{program.code}/edit", 404, name="Mine now")
    assert db.session.scalars(select(Program.name)).one() != "Mine now"


def test_a_director_dismissed_in_mid_request_cancels_nothing(make, client, director, in_between):
    person, program = director
    session = make.session(make.series(program), starts_in=timedelta(days=9))
    in_between(delete(Membership).where(Membership.person_id == person.id))
    client.as_(person).submit(f"/sessions/{session.code}/cancel", 404, reason="because")
    assert db.session.scalars(select(Session.cancel_reason)).one() is None


def test_staff_dismissed_in_mid_request_found_no_program(make, client, in_between):
    person = make.coordinator()
    in_between(delete(Staff).where(Staff.person_id == person.id))
    client.as_(person).submit(
        "/programs/new", 404, name="Gone", label="GON", aim="a", audience="b", scope_in="c", scope_out="d", sponsor="e", measures="f",
        contact="a@b.test",
    )  # fmt: skip
    assert db.session.scalars(select(Program)).all() == []


def test_who_keeps_the_role_is_not_disturbed(make, client, director):
    person, program = director
    client.as_(person).submit(f"/programs/{program.code}/team/new", email="x@hub.test", name="Xaver", role="expert")
    assert len(db.session.scalars(select(Membership)).all()) == 2


def test_who_gives_the_own_role_away_is_told_that_it_is_done(make, client, director):
    """What is noted after the deed does not ask for the role again."""
    person, program = director
    make.member(program, Role.COORDINATOR)
    page = client.as_(person).submit(f"/programs/{program.code}/team/{person.code}/director/dismiss")
    assert "no longer the role" in page.text()
