"""The pages of programs: founding, planning, the series, roles, and who may see which."""

import pytest
from sqlalchemy import select

from echo_sessions.database import db, transaction
from echo_sessions.programs import queries, service
from echo_sessions.programs.models import Membership, Program, Series
from echo_sessions.programs.rules import Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

CHARTER = {
    "name": "Hepatitis C", "label": "hcv", "aim": "Cure it in primary care.", "audience": "Rural clinicians", "scope_in": "Adults",
    "scope_out": "Transplants", "sponsor": "The state", "measures": "People cured", "contact": "hub@echo.test",
}  # fmt: skip
SERIES = {
    "name": "Spring 2027", "first_date": "2027-02-03", "start": "12:30", "minutes": "90", "zone": "America/Denver",
    "repeats": "weekly:2", "ends": "count", "count": "12", "until": "", "skipped": "2027-03-03", "invite_days": "21",
}  # fmt: skip


@pytest.fixture
def ana(make):
    return make.coordinator("Ana Ruiz")


def test_an_empty_hub_says_how_to_begin(ana, client):
    page = client.as_(ana).get_page("/programs")
    assert "No program yet" in page.text() and "/programs/new" in page.links()


def test_a_program_is_founded_with_its_charter_and_its_founder_runs_it(ana, client):
    page = client.as_(ana).submit("/programs/new", **CHARTER)
    program = db.session.scalars(select(Program)).one()
    assert program.label == "HCV" and "Ana Ruiz" in page.text() and "There is no series yet" in page.text()
    assert queries.roles_in(program.id, ana.id) == {Role.COORDINATOR}


def test_a_charter_that_lacks_something_comes_back_with_what_was_typed(ana, client):
    page = client.as_(ana).submit("/programs/new", status=422, **{**CHARTER, "label": "H1", "aim": ""})
    assert "2 to 6 letters" in page.text() and "Say what the program is for." in page.text()
    assert page.fields()["name"] == "Hepatitis C"


def test_a_program_is_changed_and_a_stale_change_is_refused(ana, make, client):
    program = make.program()
    url, mine = f"/programs/{program.code}/edit", client.as_(ana)
    old = mine.get_page(url).fields()
    assert "Cure most." in mine.submit(url, aim="Cure most.").text()
    answer = mine.post(url, data={**old, "aim": "Cure all."})
    assert answer.status_code == 422 and "Stored now: Cure most." in answer.get_data(as_text=True)


def test_programs_are_found_by_words(ana, make, client):
    make.program("Hepatitis C")
    make.program("Pain")
    page = client.as_(ana).get_page("/programs?q=hepa")
    assert "Hepatitis C" in page.text() and "Pain" not in page.text()
    assert "Nothing found" in client.as_(ana).get_page("/programs?q=zebra").text()


def test_a_series_is_previewed_date_by_date_before_anything_is_written(ana, make, client):
    program = make.program()
    url, mine = f"/programs/{program.code}/series/new", client.as_(ana)
    preview = mine.submit(url, status=200, **SERIES)
    text = preview.text()
    assert (
        "Plan these 12 sessions?" in text and "Every second Wednesday, 12:30-14:00, America/Denver, 12 sessions" in text
    )
    assert "Wed 3 Feb 2027, 12:30–14:00 Denver" in text and "Skipped" in text and "Clock change" in text
    assert db.session.scalar(select(Series.id)) is None

    sent = mine.post(url, data={**preview.fields(), "do": "save"})
    assert sent.status_code == 303
    found = db.session.scalars(select(Session).order_by(Session.starts_at)).unique().all()
    assert len(found) == 12 and {session.state for session in found} == {SessionState.DRAFT}
    assert "Nobody has been told" in mine.get_page(sent.headers["Location"]).text()


def test_the_preview_shows_the_readers_own_hour(make, client):
    grace = make.coordinator("Grace Okoro", zone="Africa/Nairobi")
    program = make.program()
    text = client.as_(grace).submit(f"/programs/{program.code}/series/new", status=200, **SERIES).text()
    assert "12:30–14:00 Denver (22:30 Nairobi)" in text and "(21:30 Nairobi)" in text


def test_going_back_from_the_preview_keeps_what_was_typed(ana, make, client):
    program = make.program()
    url, mine = f"/programs/{program.code}/series/new", client.as_(ana)
    preview = mine.submit(url, status=200, **SERIES)
    answer = mine.post(url, data={**preview.fields(), "do": "edit"})
    words = answer.get_data(as_text=True)
    assert answer.status_code == 200 and 'value="Spring 2027"' in words and "2027-03-03" in words


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        pytest.param({"count": ""}, "either how many sessions", id="neither a number nor an end"),
        pytest.param({"skipped": "Easter"}, "These are not dates: Easter", id="a skipped date that is none"),
        pytest.param({"minutes": "4"}, "5 to 720 minutes", id="too short"),
        pytest.param(
            {"first_date": "2027-03-31", "repeats": "monthly:nth"}, "fifth of its weekday", id="the fifth Wednesday"
        ),
        pytest.param({"count": "999"}, "1 to 200 sessions", id="far too many"),
        pytest.param({"zone": "Mars/Olympus"}, "Not a valid choice", id="a zone that is none"),
    ],
)
def test_a_series_that_cannot_be_is_refused_with_a_sentence(ana, make, client, wrong, words):
    program = make.program()
    page = client.as_(ana).submit(f"/programs/{program.code}/series/new", status=422, **{**SERIES, **wrong})
    assert words in page.text()


def test_a_monthly_series_keeps_its_weekday(ana, make, client):
    program = make.program()
    text = (
        client.as_(ana)
        .submit(
            f"/programs/{program.code}/series/new",
            status=200,
            **{**SERIES, "repeats": "monthly:nth", "count": "3", "skipped": ""},
        )
        .text()
    )
    assert "The first Wednesday of every month" in text and "Wed 7 Apr 2027" in text


def test_a_role_is_given_told_and_taken_back(ana, make, client, outbox):
    program = make.program()
    url = f"/programs/{program.code}/team/new"
    page = client.as_(ana).submit(url, email="lin@hospital.test", name="Mei Lin", role="expert", specialty="Hepatology")
    assert "Mei Lin" in page.text() and "Hepatology" in page.text()
    [letter] = outbox("programs/appointed")
    assert letter.to_address == "lin@hospital.test" and "sits on panels" in letter.text and "Cure" not in letter.subject

    lin = db.session.scalars(select(Membership).where(Membership.role == Role.EXPERT)).one().person
    away = f"/programs/{program.code}/team/{lin.code}/expert/dismiss"
    assert "loses what that role may see" in client.as_(ana).get_page(away).text()
    assert "no longer the role" in client.as_(ana).submit(away).text()
    assert queries.roles_in(program.id, lin.id) == frozenset()


def test_somebody_new_needs_a_name_and_keeps_the_rest_of_the_form(ana, make, client):
    program = make.program()
    page = client.as_(ana).submit(
        f"/programs/{program.code}/team/new", status=422, email="lin@hospital.test", specialty="Hepatology"
    )
    assert "write the name too" in page.text() and page.fields()["specialty"] == "Hepatology"


def test_the_last_who_runs_a_program_cannot_be_dismissed(ana, make, client):
    program = make.program()
    make.member(program, Role.DIRECTOR, ana)
    page = client.as_(ana).submit(f"/programs/{program.code}/team/{ana.code}/director/dismiss", status=409)
    assert "needs somebody who runs it" in page.text()


def test_the_enrolment_link_is_closed_opened_and_renewed(ana, make, client):
    series = make.series()
    with transaction():
        service.publish_statement(series.program.hub, "We share.", by=ana, now=make.now)
    mine, url = client.as_(ana), f"/series/{series.code}"
    page = mine.get_page(url)
    link = page.all("input[@id='enrol-link']")[0].get("value")
    token = page.fields(f"{url}/link")["csrf_token"]
    mine.post(f"{url}/link", data={"csrf_token": token, "do": "close"})
    assert "Enrolment is closed" in client.as_().get_page(link).text()
    mine.post(f"{url}/link", data={"csrf_token": token, "do": "open"})
    assert "Take part in Hepatitis C" in client.as_().get_page(link).text()
    mine.post(f"{url}/link", data={"csrf_token": token, "do": "renew"})
    assert "no longer works" in client.as_().get_page(link, status=410).text()
    assert mine.post(f"{url}/link", data={"csrf_token": token, "do": "burn"}).status_code == 400


def test_a_series_is_renamed(ana, make, client):
    series = make.series()
    assert "Autumn again" in client.as_(ana).submit(f"/series/{series.code}/edit", name="Autumn again").text()


def test_the_statement_is_published_and_kept_by_version(ana, make, client):
    mine = client.as_(ana)
    assert "No statement yet" in mine.get_page("/statement").text()
    assert "Mountain Hub gives you" in mine.get_page("/statement/new").fields()["text"]
    mine.submit("/statement/new", text="We share.\r\n\r\nWe learn.")
    assert mine.submit("/statement/new", status=409).status == 409, "the same text again"
    page = mine.submit("/statement/new", text="We share more.")
    assert "Version 2" in page.text() and "We share." in page.text() and "do not create a provider" in page.text()


PAGES = ["/programs/{p}", "/series/{s}"]
RUNNERS = [
    "/programs/{p}/edit", "/programs/{p}/series/new", "/programs/{p}/team/new", "/series/{s}/edit", "/series/{s}/people/new",
    "/series/{s}/people.csv", "/series/{s}/import",
]  # fmt: skip


def _urls(patterns, series):
    return [pattern.format(p=series.program.code, s=series.code) for pattern in patterns]


@pytest.fixture
def series(make):
    make.hub()
    return make.series()


def test_strangers_are_sent_to_the_door(series, client):
    for url in ["/programs", "/people", "/statement", *_urls(PAGES + RUNNERS, series)]:
        answer = client.as_().get(url)
        assert answer.status_code == 302 and "/sign-in" in answer.headers["Location"], url


def test_who_has_no_part_in_a_program_does_not_learn_of_it(series, make, client):
    other = make.member(make.program("Pain"), Role.COORDINATOR)
    for url in _urls(PAGES + RUNNERS, series):
        assert client.as_(other).get(url).status_code == 404, url
    assert "Hepatitis" not in client.as_(other).get_page("/programs").text()
    for url in ("/programs/new", "/statement/new"):
        assert client.as_(other).get(url).status_code == 404, "only staff of the hub"


@pytest.mark.parametrize("role", [Role.EXPERT, Role.OBSERVER, None])
def test_who_has_a_part_may_read_but_not_run_it(series, make, client, role):
    person = make.member(series.program, role) if role else make.enrol(series)
    for url in _urls(PAGES, series):
        page = client.as_(person).get_page(url)
        assert not any(link.endswith(("/edit", "/import", "/new")) for link in page.links())
    for url in _urls(RUNNERS, series):
        assert client.as_(person).get(url).status_code == 403, url


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.COORDINATOR])
def test_who_runs_it_may(series, make, client, role):
    person = make.member(series.program, role)
    for url in _urls(PAGES + RUNNERS, series):
        assert client.as_(person).get(url).status_code == 200, url


def test_participants_do_not_see_drafts_or_each_other(series, make, client):
    grace = make.enrol(series, make.person("Grace Okoro"))
    make.enrol(series, make.person("Sam Hill"))
    make.session(series, title="Planned in secret", state=SessionState.DRAFT)
    text = client.as_(grace).get_page(f"/series/{series.code}").text()
    assert "Sam Hill" not in text and "Planned in secret" not in text


def test_the_series_page_asks_as_often_for_many_as_for_one(series, make, ana, client, queries_of):
    def fill(count):
        for _number in range(count):
            make.session(series)
            make.enrol(series, site=make.site())

    fill(1)
    few = queries_of(lambda: client.as_(ana).get_page(f"/series/{series.code}"))
    fill(12)
    assert queries_of(lambda: client.as_(ana).get_page(f"/series/{series.code}")) == few
