"""Enrolling by link and letter, by the hub's hand, and leaving."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs.models import Job
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import queries, service, ways
from echo_sessions.programs.models import Enrolment
from echo_sessions.programs.rules import EnrolmentState, Role
from tests.links import altered

GRACE = {
    "name": "Grace Okoro", "email": "Grace@clinic.test", "profession": "Nurse", "site": "Kitui Clinic", "zone": "Nairobi", "accept": "y",
}  # fmt: skip


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


@pytest.fixture
def series(make, ana):
    series = make.series()
    with transaction():
        service.publish_statement(series.program.hub, "We share.\n\nWe learn.", by=ana, now=make.now)
    return series


@pytest.fixture
def door(series):
    return ways.enrol_url(series).removeprefix("https://echo.test")


def link_in(letter) -> str:
    return re.search(r"https://echo\.test(/enrol/confirm/\S+)", letter.text).group(1)


def told(series) -> int:
    return db.session.scalar(select(func.count()).select_from(Job).where(Job.name == "sessions.tell_series"))


def test_the_page_says_what_it_is_about_and_is_small(series, door, make, client):
    make.session(series, title="Cirrhosis", starts_at=clock.now() + timedelta(days=3))
    page = client.as_().get_page(door)
    for words in (
        "Take part in Hepatitis C",
        "Treat in primary care.",
        "Cirrhosis",
        "We learn.",
        "do not create a provider",
        "Denver",
    ):
        assert words in page.text()
    assert len(page.body) < 12_000


def test_a_stranger_enrols_by_page_letter_and_button(series, door, client, outbox):
    visitor = client.as_()
    assert "Look into your mailbox" in visitor.submit(door, **GRACE).text()
    grace = people.by_address("grace@clinic.test")
    enrolment = queries.enrolment_of(series.id, grace.id)
    assert enrolment.state is EnrolmentState.ASKED and enrolment.statement_id and enrolment.accepted_at is None
    assert grace.zone == "Africa/Nairobi" and grace.account is None and told(series) == 0
    [letter] = outbox()
    assert letter.secret and letter.to_address == "Grace@clinic.test" and "Mountain Hub" in letter.text

    link = link_in(letter)
    text = visitor.get_page(link).text()
    assert (
        "last step" in text
        and "We learn." in text
        and queries.enrolment_of(series.id, grace.id).state is EnrolmentState.ASKED
    )
    page = visitor.submit(link)
    assert "You take part in Autumn 2026" in page.text() and page.answer.request.path == f"/series/{series.code}"
    db.session.expire_all()
    assert (
        queries.is_enrolled(series.id, grace.id)
        and enrolment.accepted_at
        and grace.addresses[0].verified_at
        and grace.account
        and told(series) == 1
    )
    assert "has been used" in client.as_().get_page(link, status=410).text()


@pytest.mark.parametrize(
    "state", [None, EnrolmentState.ASKED, EnrolmentState.ACTIVE, EnrolmentState.LEFT, EnrolmentState.REMOVED]
)
def test_the_answer_is_the_same_whoever_has_the_address(series, door, make, client, outbox, state):
    stranger = client.as_().submit(door, **{**GRACE, "email": "new@clinic.test"}).body
    known = make.person("Grace A. Okoro", email="grace@clinic.test", profession="Physician", zone="America/Denver")
    if state:
        make.enrol(series, known, state=state)
    assert client.as_().submit(door, **GRACE).body == stranger
    db.session.expire_all()
    assert (known.name, known.profession, known.zone) == ("Grace A. Okoro", "Physician", "America/Denver"), (
        "a stranger changes nothing"
    )
    letter = outbox()[-1]
    after = queries.enrolment_of(series.id, known.id).state
    if state in {EnrolmentState.ACTIVE, EnrolmentState.REMOVED}:
        assert after is state and letter.kind == "programs/enrolment_stands"
        assert ("already" if state is EnrolmentState.ACTIVE else "ended by the hub") in letter.text
    else:
        unproved = EnrolmentState.LEFT if state is EnrolmentState.LEFT else EnrolmentState.ASKED
        assert after is unproved and letter.kind == "programs/confirm_enrolment"


def test_asking_twice_makes_one_enrolment_and_one_letter(series, door, client, outbox):
    for _ in range(3):
        client.as_().submit(door, **GRACE)
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 1
    assert len(outbox()) in {1, 2}, "two only where ten minutes have passed meanwhile"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"accept": None}, "Without your agreement"),
        ({"email": "grace"}, "not an e-mail address"),
        ({"name": ""}, "Write your name."),
        ({"site": ""}, "Write where you work."),
        ({"zone": "Mars"}, "No such time zone"),
        ({"name": "x" * 301}, "at most 300"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_the_rest_kept(series, door, client, wrong, words):
    page = client.as_().submit(door, status=422, **{**GRACE, **wrong})
    assert words in page.text() and page.fields()["profession"] == "Nurse"
    assert people.by_address("grace@clinic.test") is None


def test_a_closed_link_says_so_and_takes_nobody(series, door, ana, client, make):
    form = {**client.as_().get_page(door).fields(), **GRACE}
    with transaction():
        service.switch_enrolment(series, open_now=False, by=ana, now=make.now)
    assert "Enrolment is closed" in client.as_().get_page(door).text()
    assert (
        client.as_().post(door, data=form).status_code in {200, 400} and people.by_address("grace@clinic.test") is None
    )
    with pytest.raises(Refused, match="closed"), transaction():
        service.ask_to_enrol(
            series, queries.statement_in_force(series.program.hub_id), email="a@b.test", name="Ana", profession=None, site=None,
            zone="UTC", language="en", person=None, now=make.now,
        )  # fmt: skip


def test_a_renewed_or_invented_link_leads_nowhere(series, door, ana, client, make):
    with transaction():
        service.renew_link(series, by=ana, now=make.now)
    for url in (door, altered(door), "/enrol/nonsense"):
        assert "no longer works" in client.as_().get_page(url, status=410).text()


def test_without_a_statement_nobody_enrols(make, client):
    make.hub()
    series = make.series()
    assert "Enrolment is closed" in client.as_().get_page(ways.enrol_url(series)).text()


def test_who_is_signed_in_needs_no_letter(series, door, make, client, outbox):
    grace = make.person("Grace Okoro", profession="Nurse")
    page = client.as_(grace).submit(door, site="Kitui Clinic", accept="y")
    assert "You take part in Autumn 2026" in page.text() and outbox() == []
    enrolment = queries.enrolment_of(series.id, grace.id)
    assert enrolment.state is EnrolmentState.ACTIVE and enrolment.accepted_at and enrolment.site.name == "Kitui Clinic"
    client.as_(grace).submit(door, site="Other Clinic", accept="y")
    db.session.expire_all()
    assert queries.enrolment_of(series.id, grace.id).site.name == "Kitui Clinic", "twice changes nothing"


def test_who_was_removed_cannot_come_back_by_an_old_letter(series, door, ana, client, outbox, make):
    client.as_().submit(door, **GRACE)
    grace = people.by_address("grace@clinic.test")
    with transaction():
        service.remove(queries.enrolment_of(series.id, grace.id), by=ana, now=make.now)
    page = client.as_().submit(link_in(outbox()[0]), status=409)
    assert "ended by the hub" in page.text()
    db.session.expire_all()
    assert queries.enrolment_of(series.id, grace.id).state is EnrolmentState.REMOVED


def test_the_hub_enrols_removes_and_brings_back_one_person(series, ana, make, client):
    mine = client.as_(ana)
    mine.submit(
        f"/series/{series.code}/people/new",
        email="sam@clinic.test",
        name="Sam Hill",
        profession="Physician",
        site="Salt Lick",
    )
    sam = people.by_address("sam@clinic.test")
    enrolment = queries.enrolment_of(series.id, sam.id)
    assert (
        enrolment.state is EnrolmentState.ACTIVE
        and enrolment.site.name == "Salt Lick"
        and sam.profession == "Physician"
    )

    make.session(series, starts_at=clock.now() + timedelta(days=5))
    url = f"/enrolments/{enrolment.code}/remove"
    assert "the coming session is off for them" in mine.get_page(url).text()
    assert "no longer takes part" in mine.submit(url).text()
    db.session.expire_all()
    assert enrolment.state is EnrolmentState.REMOVED and told(series) == 2

    page = mine.get_page(f"/series/{series.code}?state=removed")
    restore = f"/enrolments/{enrolment.code}/restore"
    assert mine.post(restore, data=page.fields(restore)).status_code == 303
    db.session.expire_all()
    assert enrolment.state is EnrolmentState.ACTIVE


def test_somebody_new_by_hand_needs_a_name(series, ana, client):
    page = client.as_(ana).submit(f"/series/{series.code}/people/new", status=422, email="sam@clinic.test")
    assert "write the name too" in page.text() and db.session.scalar(select(Person.id).where(Person.name == "")) is None


def test_people_of_a_series_are_searched_and_taken_away(series, ana, make, client):
    make.enrol(series, make.person("=Grace Okoro"), site=make.site("Kitui Clinic"))
    make.enrol(series, make.person("Sam Hill"))
    mine = client.as_(ana)
    text = mine.get_page(f"/series/{series.code}?q=kitui").text()
    assert "Grace Okoro" in text and "Sam Hill" not in text
    answer = mine.get(f"/series/{series.code}/people.csv")
    lines = answer.get_data(as_text=True).splitlines()
    assert (
        len(lines) == 3
        and lines[1].startswith("'=Grace Okoro,")
        and "attachment" in answer.headers["Content-Disposition"]
    )


def test_a_participant_leaves_and_comes_back_by_the_link(series, door, make, client):
    grace = make.agreed(make.enrol(series, make.person("Grace Okoro", profession="Nurse")))
    mine = client.as_(grace)
    assert "Leave this series" in mine.get_page(f"/series/{series.code}").text()
    assert "no longer take part" in mine.submit(f"/series/{series.code}/leave").text()
    assert mine.get(f"/series/{series.code}").status_code == 404
    mine.submit(door, site="Kitui Clinic", accept="y")
    assert mine.get(f"/series/{series.code}").status_code == 200


def test_only_who_runs_the_program_touches_enrolments(series, make, client):
    enrolment = queries.enrolment_of(series.id, make.enrol(series).id)
    other = make.member(make.program("Pain"), Role.COORDINATOR)
    expert = make.member(series.program, Role.EXPERT)
    for person in (make.agreed(other), make.agreed(expert)):
        assert client.as_(person).get(f"/enrolments/{enrolment.code}/remove").status_code == 404
    assert client.as_(expert).get(f"/series/{series.code}/leave").status_code == 404, "an expert has nothing to leave"
    assert client.as_().get(f"/enrolments/{enrolment.code}/remove").status_code == 302
