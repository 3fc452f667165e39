"""A coordinator's first page and everybody's own page."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.make import Make


@pytest.fixture
def make(app):
    """Things as of now: the page looks at the real clock."""
    return Make(now=clock.now().replace(microsecond=0))


def test_a_new_hub_is_told_what_will_appear_here(make, client):
    page = client.as_(make.coordinator()).get_page("/")
    assert "Nothing waits for you" in page.text() and "All done" in page.text()


def test_an_ended_session_asks_for_its_report_and_says_what_waits(make, client):
    ana = make.coordinator()
    session = make.session(starts_in=-timedelta(days=4), number=1)
    make.enrol(session.series)
    page = client.as_(ana).get_page("/")
    assert "Overdue" in page.text() and "Upload the attendance of session 1" in page.text()
    assert "Credit and certificates wait for this" in page.text()
    assert f"/sessions/{session.code}/attendance" in page.links()


def test_a_closed_register_asks_for_certificates_and_then_for_nothing(make, client):
    ana = client.as_(make.coordinator())
    session = make.session(starts_in=-timedelta(days=1), number=1)
    make.awarded(session, {make.enrol(session.series): 90})
    assert "Issue 1 certificate of session 1" in ana.get_page("/").text()
    ana.submit(f"/sessions/{session.code}/certificates")
    assert "Issue" not in ana.get_page("/").text()


def test_a_coming_session_says_what_it_lacks(make, client):
    ana = client.as_(make.coordinator())
    session = make.session(starts_in=timedelta(days=2), number=1)
    page = ana.get_page("/")
    assert "Make session 1 ready" in page.text() and "things missing" in page.text()
    assert f"/sessions/{session.code}" in page.links()


def test_a_declined_part_is_on_the_list_until_somebody_else_is_asked(make, client):
    ana = client.as_(make.coordinator())
    session = make.session(starts_in=timedelta(days=15), number=1)
    expert = make.person("Dr Lin")
    make.duty(session, DutyRole.PANEL, expert, DutyState.DECLINED)
    assert "Dr Lin cannot come to session 1" in ana.get_page("/").text()
    make.duty(session, DutyRole.PANEL, make.person("Dr Okoro"), DutyState.OFFERED)
    assert "Dr Lin cannot come" not in ana.get_page("/").text()


def test_three_of_a_kind_fold(make, client):
    ana = client.as_(make.coordinator())
    series = make.series()
    for days in (3, 10, 17):
        make.session(series, starts_in=-timedelta(days=days))
    assert "3 sessions have no attendance yet" in ana.get_page("/").text()


def test_a_coordinator_of_one_program_sees_only_that_one(make, client):
    make.hub()
    mine, other = make.program("Mine"), make.program("Other")
    person = make.member(mine, Role.COORDINATOR)
    make.session(make.series(mine), starts_in=-timedelta(days=4))
    make.session(make.series(other), starts_in=-timedelta(days=4))
    text = client.as_(person).get_page("/").text()
    assert "Mine" in text and "Other" not in text


def test_who_runs_nothing_has_the_own_page(make, client):
    make.hub()
    session = make.session(starts_in=timedelta(days=3))
    grace = make.enrol(session.series, make.person("Grace"))
    visitor = client.as_(grace)
    assert visitor.get("/").headers["Location"] == "/me"
    page = visitor.get_page("/me")
    assert "Cirrhosis in primary care" in page.text() and any("/join/" in link for link in page.links())
    assert "example.zoom" not in page.body


def test_the_own_page_holds_credit_and_certificates(make, client):
    make.hub()
    session = make.session(starts_in=-timedelta(days=4), number=1)
    make.policy(session.series.program, approved_on=(make.now - timedelta(days=60)).date())
    grace = make.enrol(session.series, make.person("Grace"))
    make.awarded(session, {grace: 90})
    client.as_(make.coordinator()).submit(f"/sessions/{session.code}/certificates")
    page = client.as_(grace).get_page("/me")
    assert "AMA PRA Category 1 Credit" in page.text() and "1.5" in page.text()
    assert any(link.endswith("/download") for link in page.links())


def test_strangers_are_sent_to_the_door(make, client):
    make.hub()
    assert client.as_().get("/").status_code == 302
    assert client.as_().get("/me").status_code == 302


def test_the_first_page_takes_as_many_queries_for_one_thing_as_for_many(make, client, app):
    from sqlalchemy import event

    from echo_sessions.database import db

    ana = client.as_(make.coordinator())
    series = make.series()

    def queries() -> int:
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        ana.get_page("/")
        event.remove(db.engine, "before_cursor_execute", note)
        return len([statement for statement in seen if statement.startswith("SELECT")])

    def more() -> None:
        for days in (-5, 4):
            session = make.session(series, starts_in=timedelta(days=days))
            make.duty(session, DutyRole.PANEL, make.person(), DutyState.DECLINED)

    more()
    few = queries()
    for _ in range(6):
        more()
    with transaction():
        pass
    assert queries() <= few + 1
