"""The page of alarms, and looks that come from real pages."""

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.alarms import service
from echo_sessions.alarms.models import Alarm
from echo_sessions.audit import service as audit
from echo_sessions.audit.models import Look
from echo_sessions.audit.rules import Seen
from echo_sessions.database import db, transaction
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from tests.audit.conftest import no_anchors  # noqa: F401  # a fixture that clears what lies outside of the database


@pytest.fixture
def owner(make):
    person, hub = make.person("Olga Owner"), make.hub()
    with transaction():
        people.appoint(person, hub, StaffRole.OWNER, now=clock.now())
    return person


@pytest.fixture
def alarm(make, owner):
    ana = make.coordinator("Ana Ruiz")
    with transaction():
        for number in range(30):
            audit.saw(ana.id, Seen.CASE, f"HCV-{number:08}", at=clock.now())
        raised = service.watch(ana.id, Seen.CASE, now=clock.now())
    assert raised is not None
    return raised


def test_an_empty_list_says_what_would_be_there(client, owner):
    assert "thirty cases of others" in client.as_(owner).get_page("/alarms").text()


def test_an_owner_finds_it_on_the_first_page_and_explains_it(client, alarm, owner):
    hers = client.as_(owner)
    assert "1 alarm is to be explained" in hers.get_page("/").text()
    page = hers.get_page("/alarms?state=waiting")
    assert "Ana Ruiz opened 30 cases of others within an hour" in page.text() and "to be explained" in page.text()
    url = f"/alarms/{alarm.code}"
    hers.get_page(url)
    refused = hers.post(url, data={"note": "short", "csrf_token": token(hers, url)})
    assert refused.status_code == 422 and "short" in refused.text
    done = hers.post(url, data={"note": "The yearly report needed all of them.", "csrf_token": token(hers, url)})
    assert done.status_code == 303
    assert "The yearly report needed all of them." in hers.get_page("/alarms").text()
    assert "alarm is to be explained" not in hers.get_page("/").text()
    assert "No alarm fits" in hers.get_page("/alarms?state=waiting").text()


def token(client, url):
    return client.get_page(url).fields()["csrf_token"]


def test_who_caused_it_sees_it_goes_on_and_does_not_settle_it(client, alarm, make):
    theirs = client.as_(alarm.person)
    page = theirs.get_page(f"/alarms/{alarm.code}")
    assert "Somebody else of the hub explains it" in page.text()
    assert theirs.post(f"/alarms/{alarm.code}", data={"note": "It was me."}).status_code in {400, 403}
    assert theirs.get("/people").status_code == 200


def test_alarms_are_the_hubs_alone(client, alarm, make):
    for url in ("/alarms", f"/alarms/{alarm.code}"):
        assert client.as_().get(url).status_code == 302
        client.as_(make.person()).get_page(url, status=404)
    client.as_(alarm.person).get_page("/alarms/AL-NOTTHERE", status=404)


def test_a_list_that_is_taken_away_notes_itself_with_its_rows(client, make):
    ana = make.coordinator("Ana Ruiz")
    for _ in range(3):
        make.person()
    for _ in range(2):
        assert client.as_(ana).get("/people.csv").status_code == 200
    [look] = db.session.scalars(select(Look).where(Look.what == Seen.EXPORT))
    assert (look.person_id, look.thing, look.count, look.rows) == (ana.id, "people", 2, 8)


def test_a_list_that_was_refused_is_no_look(client, make):
    make.hub()
    client.as_(make.person()).get_page("/people.csv", status=404)
    assert db.session.scalars(select(Look)).all() == []


def test_two_thousand_rows_through_the_page_raise_the_alarm_and_the_list_is_given(client, make, monkeypatch):
    from echo_sessions.alarms import rules

    monkeypatch.setattr(rules, "ROWS", 10)
    ana = make.coordinator("Ana Ruiz")
    for _ in range(10):
        make.person()
    answer = client.as_(ana).get("/people.csv")
    assert answer.status_code == 200 and answer.text.count("\n") > 10
    assert db.session.scalars(select(Alarm.person_id)).all() == [ana.id]


def test_a_page_that_cannot_be_noted_is_not_shown(client, make, monkeypatch):
    ana, ben = make.coordinator("Ana Ruiz"), make.person("Ben Okoro", profession="Beekeeper")

    def broken(*_given, **_named):
        raise RuntimeError("the table is away")

    monkeypatch.setattr(audit, "saw", broken)
    answer = client.as_(ana).get(f"/people/{ben.code}")
    assert answer.status_code == 500 and "Beekeeper" not in answer.text
