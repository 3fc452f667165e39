"""Sites: their record, who answers for them, the room list; and names that are nearly another's."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.programs import queries, service, sites
from echo_sessions.programs.alike import near
from echo_sessions.programs.models import Site
from echo_sessions.programs.rules import EnrolmentState, Role


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


def test_a_site_is_added_changed_searched_and_taken_away(ana, make, client):
    mine = client.as_(ana)
    assert "No site yet" in mine.get_page("/sites").text()
    page = mine.submit(
        "/sites/new",
        name="=Kitui Clinic",
        place="Kitui",
        county="Kitui County",
        country="Kenya",
        rural="y",
        room_seats="12",
    )
    assert "The site is added." in page.text() and "Kenya" in page.text() and "rural" in page.text()
    site = queries.site_by_name(make.hub_id(), "=Kitui Clinic")
    assert (site.country, site.rural, site.shortage, site.room_seats, site.zone) == ("KE", True, False, 12, None)
    mine.submit(f"/sites/{site.code}/edit", shortage="y", zone="Africa/Nairobi")
    db.session.expire_all()
    assert (site.shortage, site.rural, site.zone) == (True, True, "Africa/Nairobi")
    assert (
        "Kitui" in mine.get_page("/sites?q=kitui county").text()
        and "No site found" in mine.get_page("/sites?q=utah").text()
    )
    lines = mine.get("/sites.csv").get_data(as_text=True).splitlines()
    assert lines[1].split(",")[1] == "'=Kitui Clinic" and lines[1].split(",")[9] == "12"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": ""}, "Give the site a name"),
        ({"name": "x" * 201}, "at most 200"),
        ({"room_seats": "0"}, "1 to 500"),
        ({"country": "Atlantis"}, "No such country"),
    ],
)
def test_what_cannot_be_a_site_is_said_beside_its_field(ana, make, client, wrong, words):
    page = client.as_(ana).submit("/sites/new", status=422, **{"name": "Kitui", "place": "On the hill", **wrong})
    assert words in page.text() and page.fields()["place"] == "On the hill"


def test_nearly_the_same_name_is_pointed_out_and_may_be_another_place(ana, make, client):
    make.site("St. Mary's Hospital")
    mine = client.as_(ana)
    page = mine.submit("/sites/new", status=422, name="Saint Marys Hospital")
    assert "There is St. Mary's Hospital already" in page.text()
    assert "The site is added" in mine.submit("/sites/new", name="Saint Marys Hospital", other_site="y").text()
    with pytest.raises(Refused, match="already"), transaction():
        sites.found_site(make.hub(), name="SAINT MARYS HOSPITAL", by=ana, now=make.now)


def test_two_sites_cannot_have_one_name(ana, make):
    first, second = make.site("One"), make.site("Two")
    with pytest.raises(Refused, match="cannot have one name"), transaction():
        sites.change_site(second, name="ONE", by=ana, now=make.now)
    with transaction():
        sites.change_site(first, name="one", by=ana, now=make.now)
    assert db.session.get(Site, first.id).name == "one"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Kitui Health Clinic", "Kitui Helth Clinic", True),
        ("Clinic of Kitui", "Kitui Clinic", True),
        ("St. Mary's Hospital", "Saint Mary's Hosp.", True),
        ("\u041aitui Clinic", "Kitui Clinic", True),
        ("Kliniek Élan", "Kliniek Elan", True),
        ("Clinic 1", "Clinic 2", False),
        ("Kitui Clinic", "Kisumu Hospital", False),
        ("Kitui Clinic", "Kitui Clinic and Training Centre of the East", False),
    ],
)
def test_which_names_are_nearly_the_same(one, other, alike):
    assert bool(near(one, [other])) is alike and bool(near(other, [one])) is alike


def test_a_lead_is_told_sees_the_own_room_and_can_be_removed(ana, make, client, outbox):
    site = make.site("Kitui Clinic", room_seats=1)
    lead = make.person("Lena Lead", email="lena@clinic.test")
    mine = client.as_(ana)
    page = mine.submit(f"/sites/{site.code}", action=f"/sites/{site.code}/leads", email="lena@clinic.test")
    assert "answers for Kitui Clinic now" in page.text() and [p.id for p in queries.leads_of(site.id)] == [lead.id]
    assert [s.id for s in queries.sites_led_by(lead.id)] == [site.id] and len(outbox("programs/leads_site")) == 1

    series = make.series()
    for name in ("Grace Okoro", "Sam Hill"):
        make.enrol(series, make.person(name), site=site)
    make.enrol(series, make.person("Wanda Waiting"), site=site, state=EnrolmentState.WAITING)
    make.enrol(series, make.person("Otto Other"), site=make.site("Other Clinic"))
    make.session(series, title="Cirrhosis", starts_at=clock.now() + timedelta(days=3))
    text = client.as_(lead).get_page(f"/sites/{site.code}/room").text()
    assert all(words in text for words in ("Grace Okoro", "Sam Hill", "1 too many", "the room holds 1", "Cirrhosis"))
    assert "Wanda" not in text and "Otto" not in text
    assert "Kitui Clinic" in client.as_(lead).get_page("/me/sites").text()

    remove = f"/sites/{site.code}/leads/{lead.code}/remove"
    assert mine.post(remove, data=mine.get_page(f"/sites/{site.code}").fields(remove)).status_code == 303
    assert client.as_(lead).get(f"/sites/{site.code}/room").status_code == 404


def test_a_lead_of_another_site_and_strangers_see_no_room(ana, make, client):
    site, other = make.site("Kitui Clinic"), make.site("Other Clinic")
    lead = make.person()
    with transaction():
        sites.add_lead(other, lead, by=ana, now=make.now)
        sites.add_lead(other, lead, by=ana, now=make.now)
    assert len(queries.leads_of(other.id)) == 1, "twice is once"
    assert client.as_(lead).get(f"/sites/{site.code}/room").status_code == 404
    assert client.as_(make.person()).get(f"/sites/{site.code}/room").status_code == 404


def test_whoever_runs_one_program_sees_the_room_of_that_program_only(ana, make, client):
    site = make.site("Kitui Clinic")
    ours, theirs = make.series(), make.series(make.program("Pain"))
    make.enrol(ours, make.person("Grace Okoro"), site=site)
    make.enrol(theirs, make.person("Sam Hill"), site=site)
    for series in (ours, theirs):
        make.session(series, starts_at=clock.now() + timedelta(days=3))
    runner = make.member(ours.program, Role.COORDINATOR)
    text = client.as_(runner).get_page(f"/sites/{site.code}/room").text()
    assert "Grace Okoro" in text and "Sam Hill" not in text
    assert "Sam Hill" in client.as_(ana).get_page(f"/sites/{site.code}/room").text()


def test_a_site_keeps_its_people_when_a_file_or_link_names_it_in_another_spelling(ana, make):
    site = make.site("Kitui Clinic")
    with transaction():
        assert service.site_named(make.hub(), " KITUI  clinic ").id == site.id
