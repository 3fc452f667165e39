"""The list of people and the page of one."""

import pytest

from echo_sessions.database import db
from echo_sessions.people import queries as people
from echo_sessions.programs.rules import EnrolmentState, Role


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


def test_people_are_found_by_name_address_profession_and_site(ana, make, client):
    series = make.series()
    make.enrol(
        series, make.person("Grace Okoro", email="grace@kitui.test", profession="Nurse"), site=make.site("Salt Lick")
    )
    make.person("Sam Hill")
    for words in ("okoro", "GRACE@KITUI", "nurse", "salt lick", "grace nurse"):
        text = client.as_(ana).get_page(f"/people?q={words}").text()
        assert "Grace Okoro" in text and "Sam Hill" not in text, words
    assert "Nobody found" in client.as_(ana).get_page("/people?q=zebra").text()


def test_the_list_is_taken_away_safely(ana, make, client):
    make.person("@Grace", email="grace@kitui.test")
    text = client.as_(ana).get("/people.csv?q=grace").get_data(as_text=True)
    assert text.startswith("\ufeffcode,name,email") and ",'@Grace,grace@kitui.test," in text


def test_a_coordinator_of_one_program_sees_its_people_only(ana, make, client):
    series = make.series()
    grace = make.enrol(series, make.person("Grace Okoro"))
    left = make.enrol(series, make.person("Lee Long"), state=EnrolmentState.LEFT)
    sam = make.person("Sam Hill")
    mine = client.as_(make.member(series.program, Role.COORDINATOR))
    text = mine.get_page("/people").text()
    assert "Grace Okoro" in text and "Lee Long" in text and "Sam Hill" not in text
    assert "Sam Hill" not in mine.get("/people.csv").get_data(as_text=True)
    for person, status in ((grace, 200), (left, 200), (sam, 404)):
        for url in (f"/people/{person.code}", f"/people/{person.code}/edit"):
            assert mine.get(url).status_code == status


def test_others_see_no_people(ana, make, client):
    series = make.series()
    grace = make.enrol(series)
    for person in (grace, make.member(series.program, Role.EXPERT), make.person()):
        for url in ("/people", "/people.csv", f"/people/{grace.code}", f"/people/{grace.code}/edit"):
            assert client.as_(person).get(url).status_code == 404, url
    assert client.as_().get(f"/people/{grace.code}").status_code == 302
    assert client.as_(ana).get("/people/P-NOBODY").status_code == 404


def test_a_record_is_corrected_and_an_address_added(ana, make, client):
    grace = make.enrol(make.series(), make.person("Grace Okoro", email="grace@kitui.test"))
    mine, url = client.as_(ana), f"/people/{grace.code}"
    text = mine.get_page(url).text()
    assert "Autumn 2026" in text and "Takes part" in text and "grace@kitui.test" in text
    assert "Grace A. Okoro" in mine.submit(f"{url}/edit", name="Grace A. Okoro", zone="Africa/Nairobi").text()
    assert "Not proved" in mine.submit(url, email="Grace@home.test").text()
    assert people.by_address("grace@home.test").id == grace.id
    assert mine.submit(url, status=422, email="GRACE@kitui.test").fields()["email"] == "GRACE@kitui.test"
    db.session.refresh(grace)
    assert grace.zone == "Africa/Nairobi" and grace.address == "grace@kitui.test"


def test_a_stale_correction_is_refused(ana, make, client):
    grace = make.person("Grace Okoro")
    mine, url = client.as_(ana), f"/people/{grace.code}/edit"
    old = mine.get_page(url).fields()
    mine.submit(url, name="Grace A. Okoro")
    assert mine.post(url, data={**old, "name": "G. Okoro"}).status_code == 422


@pytest.mark.parametrize("url", ["/people", "/programs"])
def test_lists_ask_as_often_for_many_as_for_one(ana, make, client, queries_of, url):
    def fill(count):
        for number in range(count):
            series = make.series(make.program(f"Program {number}"))
            make.enrol(series, site=make.site())

    fill(1)
    few = queries_of(lambda: client.as_(ana).get_page(url))
    fill(12)
    assert queries_of(lambda: client.as_(ana).get_page(url)) == few
