"""Importing people: each row's fate, all or nothing, twice as once, by page and by command."""

import io

import pytest
from sqlalchemy import func, select

from echo_sessions.database import db, transaction
from echo_sessions.errors import BadInput, Refused, Stale
from echo_sessions.jobs.models import Job
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs import people_import, queries, service, waiting
from echo_sessions.programs.command import import_file
from echo_sessions.programs.models import Enrolment, Membership, Site
from echo_sessions.programs.people_file import read
from echo_sessions.programs.people_import import Fate
from echo_sessions.programs.rules import EnrolmentState, Role


@pytest.fixture
def series(make):
    make.hub()
    return make.series()


def plan_of(text: str, series, *, only: bool = True):
    return people_import.plan(read(text.encode()), hub=people.hub(), series=series, only=only)


def do(text: str, series, make, *, only: bool = True):
    with transaction():
        plan = plan_of(text, series, only=only)
        return people_import.carry_out(plan, hub=people.hub(), by=None, now=make.now)


def fates(text: str, series) -> list[tuple[Fate, str]]:
    return [(line.fate, str(line.said)) for line in plan_of(text, series).lines]


def count(kind) -> int:
    return db.session.scalar(select(func.count()).select_from(kind))


def test_somebody_new_is_added_with_site_and_enrolment(series, make):
    text = "email,name,profession,site,country,zone,language,registration\ng@clinic.test,Grace Okoro,Nurse,Kitui Clinic,KE,Nairobi,sw,RN 7\n"
    assert do(text, series, make) == [series]
    grace = people.by_address("G@CLINIC.TEST")
    assert (grace.name, grace.profession, grace.zone, grace.language, grace.registration) == (
        "Grace Okoro",
        "Nurse",
        "Africa/Nairobi",
        "sw",
        "RN 7",
    )
    enrolment = queries.enrolment_of(series.id, grace.id)
    assert enrolment.state is EnrolmentState.ACTIVE and enrolment.statement_id is None
    assert (enrolment.site.name, enrolment.site.country, enrolment.site.zone) == (
        "Kitui Clinic",
        "KE",
        "Africa/Nairobi",
    )
    assert grace.addresses[0].verified_at is None and grace.account is None


def test_importing_twice_changes_nothing(series, make):
    text = "email,name,site,role\na@b.test,Ana,Clinic,\nb@b.test,Bo,CLINIC ,expert\n"
    do(text, series, make)
    before = {kind: count(kind) for kind in (Person, Site, Enrolment, Membership)}
    plan = plan_of(text, series)
    assert not plan.changes and plan.new_sites == 0
    assert do(text, series, make) == []
    assert {kind: count(kind) for kind in (Person, Site, Enrolment, Membership)} == before
    assert before == {Person: 2, Site: 1, Enrolment: 1, Membership: 1}


def test_known_people_keep_their_record(series, make):
    ana = make.person("Ana Ruiz", email="ana@clinic.test", profession="Physician")
    text = "email,name,profession\nＡna@clinic.test,Anna R.,Dentist\n"
    [line] = plan_of(text, series).lines
    assert line.fate is Fate.JOINS and "Known as Ana Ruiz" in str(line.remark)
    do(text, series, make)
    db.session.refresh(ana)
    assert (ana.name, ana.profession) == ("Ana Ruiz", "Physician") and queries.is_enrolled(series.id, ana.id)


@pytest.mark.parametrize(
    ("state", "fate", "after"),
    [
        (EnrolmentState.ACTIVE, Fate.NOTHING, EnrolmentState.ACTIVE),
        (EnrolmentState.ASKED, Fate.JOINS, EnrolmentState.ACTIVE),
        (EnrolmentState.INVITED, Fate.JOINS, EnrolmentState.ACTIVE),
        (EnrolmentState.LEFT, Fate.NOTHING, EnrolmentState.LEFT),
        (EnrolmentState.REMOVED, Fate.NOTHING, EnrolmentState.REMOVED),
    ],
)
def test_an_enrolment_that_is_there_decides_the_fate(series, make, state, fate, after):
    ana = make.enrol(series, make.person(email="ana@b.test"), state=state)
    text = "email\nana@b.test\n"
    assert [found for found, _ in fates(text, series)] == [fate]
    do(text, series, make)
    assert queries.enrolment_of(series.id, ana.id).state is after


def test_rows_that_say_the_same_count_once(series, make):
    text = "email,name,role\na@b.test,Ana,\nA@B.test,Ana,\na@b.test,,expert\n"
    assert fates(text, series) == [
        (Fate.NEW, "New person, enrolled"),
        (Fate.NOTHING, "The same as row 2: nothing to do"),
        (Fate.JOINS, "Known person, gets the role Expert"),
    ]
    do(text, series, make)
    ana = people.by_address("a@b.test")
    assert (
        count(Person) == 1
        and queries.roles_in(series.program_id, ana.id) == {Role.EXPERT}
        and queries.is_enrolled(series.id, ana.id)
    )


def test_one_wrong_row_stops_all_of_it(series, make):
    text = "email,name\na@b.test,Ana\nb@b.test,\n"
    plan = plan_of(text, series)
    assert [str(fault) for fault in plan.faults] == [
        "Row 3, name: Nobody is known by this address yet, so a name is needed."
    ]
    with pytest.raises(Refused, match="nothing was imported"):
        do(text, series, make)
    assert count(Person) == 0


def test_series_are_named_by_code_and_must_exist(series, make):
    other = make.series(name="Other")
    text = f"email,name,series\na@b.test,Ana,{other.code.lower()}\nb@b.test,Bo,SER-NONE\nc@b.test,Cy,\n"
    assert ["another series" in str(f) or "no series" in str(f) for f in plan_of(text, series).faults] == [True, True]
    mended = text.replace("SER-NONE", "")
    do(mended, series, make, only=False)
    assert queries.is_enrolled(other.id, people.by_address("a@b.test").id) and queries.is_enrolled(
        series.id, people.by_address("c@b.test").id
    )


def test_without_any_series_people_are_only_added_and_a_role_is_refused(series, make):
    do("email,name\na@b.test,Ana\n", None, make)
    assert count(Person) == 1 and count(Enrolment) == 0
    assert "must name a series" in str(plan_of("email,name,role\nb@b.test,Bo,expert\n", None).faults[0])


def test_a_thousand_rows_ask_as_often_as_thirty(series, make, queries_of):
    def file_of(start, stop):
        rows = [f"p{n}@b.test,Person {n},Site {n % 40}" for n in range(start, stop)]
        return "\n".join(["email,name,site", *rows]) + "\n"

    few = queries_of(lambda: do(file_of(0, 30), series, make))
    many = queries_of(lambda: do(file_of(1000, 1900), series, make))
    assert many <= few + 4 and count(Enrolment) == 930


# By page


def upload(client, series, data: bytes, status: int = 303):
    return client.submit(f"/series/{series.code}/import", status=status, file=(io.BytesIO(data), "people.csv"))


def test_a_file_is_uploaded_previewed_and_confirmed(series, make, client):
    ana = make.coordinator()
    mine = client.as_(ana)
    page = upload(mine, series, b"email,name,site\ng@b.test,Grace Okoro,Kitui\n")
    assert "Import these people?" in page.text() and "New person, enrolled" in page.text() and count(Enrolment) == 0
    done = mine.submit(page.answer.request.path)
    assert "Imported: 1 new people" in done.text() and "Grace Okoro" in done.text()
    assert db.session.scalar(select(Job.id).where(Job.name == "sessions.tell_series")) is not None
    again = mine.get_page(page.answer.request.path)
    assert "Nothing to import" in again.text()


def test_confirming_after_something_changed_is_refused(series, make, client):
    mine = client.as_(make.coordinator())
    page = upload(mine, series, b"email,name\ng@b.test,Grace Okoro\n")
    fields = page.fields()
    make.person("Grace Somebody", email="g@b.test")
    answer = mine.post(page.answer.request.path, data=fields)
    assert answer.status_code == 409 and "has changed since you looked" in answer.get_data(as_text=True)
    assert count(Enrolment) == 0


def test_a_file_with_faults_names_them_and_has_no_button(series, make, client):
    page = upload(client.as_(make.coordinator()), series, b"email,name,zone\ng@b.test,Grace,Mars\nh@b.test,Hal,\n")
    assert "Row 2" in page.text() and "No such time zone" in page.text() and "cannot be imported yet" in page.text()
    assert not [form for form in page.all("form") if form.get("method") == "post"]


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"name\nAna\n", "column email is missing"), (b"\x00\x01", "not text"), (b"", "email is missing")],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(series, make, client, data, words):
    assert words in upload(client.as_(make.coordinator()), series, data, status=422).text()


def test_a_form_without_a_file_says_so(series, make, client):
    assert "Choose a file." in client.as_(make.coordinator()).submit(f"/series/{series.code}/import", status=422).text()


def test_a_preview_is_its_uploaders_alone(series, make, client):
    page = upload(client.as_(make.coordinator()), series, b"email,name\ng@b.test,Grace\n")
    url = page.answer.request.path
    assert client.as_(make.coordinator("Bo")).get(url).status_code == 404
    assert client.as_(make.member(make.program("Pain"), Role.COORDINATOR)).get(url).status_code == 404
    assert client.as_(make.enrol(series)).get(url).status_code == 403
    assert client.as_(make.coordinator("Cy")).get(url + "x").status_code == 404


def test_previews_of_many_rows_are_paged(series, make, client):
    rows = "".join(f"p{n}@b.test,Person {n}\n" for n in range(150))
    page = upload(client.as_(make.coordinator()), series, b"email,name\n" + rows.encode())
    assert "Page 1 of 2" in page.text() and "Import 150 rows" in page.text()


# By command


def test_the_command_imports_and_says_what_it_did(series, make):
    data = b"email,name,site\ng@b.test,Grace,Kitui\n"
    answer, words = import_file(data, file_name="spokes.csv", series_code=series.code, dry_run=True)
    assert answer["counts"] == {"new": 1, "joins": 0, "nothing": 0} and "would be added" in words and count(Person) == 0
    answer, words = import_file(data, file_name="spokes.csv", series_code=series.code.lower(), dry_run=False)
    assert (
        answer["series"] == [series.code] and "Row 2, g@b.test: New person, enrolled" in words and count(Enrolment) == 1
    )
    answer, _ = import_file(data, file_name="spokes.csv", series_code=series.code, dry_run=False)
    assert answer["counts"]["nothing"] == 1 and answer["series"] == []


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"email,name\nx,Ana\n", None, r"spokes.csv: Row 2, email: .* Nothing was imported."),
        (b"email,shoe\n", None, "spokes.csv: Unknown columns: shoe."),
        (b"email,name\na@b.test,Ana\n", "SER-NONE", "no series with the code SER-NONE"),
    ],
)
def test_the_command_names_file_row_and_field(series, data, code, words):
    with pytest.raises(BadInput, match=words):
        import_file(data, file_name="spokes.csv", series_code=code, dry_run=False)
    assert count(Person) == 0


def test_sites_are_one_by_name(series, make):
    hub = people.hub()
    with transaction():
        first = service.site_named(hub, " Kitui  Clinic ", country="KE")
        assert service.site_named(hub, "KITUI CLINIC") is first and first.name == "Kitui Clinic"


def test_what_is_asked_once_may_come_with_the_file(series, make):
    head = "email,name,credentials,prescriber,registration_body,registration,practising_since,county,region,country,site,access_needs\n"
    do(head + "g@b.test,Grace,RN,yes,Board of Kenya,RN 7,2009,Kitui,Eastern,KE,Kitui Clinic,Captions\n", series, make)
    grace = people.by_address("g@b.test")
    assert (grace.credentials, grace.prescriber, grace.registration_body, grace.registration) == (
        "RN",
        True,
        "Board of Kenya",
        "RN 7",
    )
    assert (grace.practising_since, grace.county, grace.country, grace.access_needs) == (
        2009,
        "Kitui",
        "KE",
        "Captions",
    )
    site = queries.site_by_name(make.hub_id(), "Kitui Clinic")
    assert (site.county, site.region, site.proposed) == ("Kitui", "Eastern", False)
    assert queries.enrolment_of(series.id, grace.id).how == "file"


def test_a_file_fills_the_places_and_the_rest_waits_in_its_order(make, outbox):
    make.hub()
    series = make.series(capacity=3)
    make.enrol(series)
    text = "email,name\n" + "".join(f"{name}@b.test,{name}\n" for name in ("Zoe", "Yan", "Xi", "Wes"))
    assert [said for _fate, said in fates(text, series)][1:3] == [
        "New person, enrolled", "New person, goes on the waiting list: all places are taken",
    ]  # fmt: skip
    do(text, series, make)
    db.session.expire_all()
    assert [e.person.name for e in waiting.queue_of(series.id)] == ["Xi", "Wes"] and waiting.taken(series.id) == 3
    assert len(outbox("programs/waits_for_place")) == 2
    assert do(text, series, make) == [], "twice changes nothing"


def test_places_that_went_meanwhile_stop_the_file(make):
    make.hub()
    series = make.series(capacity=1)
    plan = plan_of("email,name\na@b.test,Ana\n", series)
    make.enrol(series)
    with pytest.raises(Stale, match="has changed"), transaction():
        people_import.carry_out(plan, hub=people.hub(), by=None, now=make.now)


def test_what_nearly_is_somebody_or_a_place_is_pointed_out(series, make):
    make.person("Ana Ruiz", email="ana@clinic.test")
    make.site("Kitui Health Clinic")
    text = (
        "email,name,site\n"
        "an\u00e1@clinic.test,Ana,Kitui Helth Clinic\n"
        "\u0441\u043e\u0440\u0435@\u0430.test,Kope,\n"
        "cope@a.test,Cope,Kisumu Hospital\n"
    )
    doubts = {line.row.number: str(line.doubt) for line in plan_of(text, series).lines if line.doubt}
    assert doubts.keys() == {2, 4} and "row 3" in doubts[4]
    assert "ana@clinic.test of Ana Ruiz" in doubts[2]
    clinic = plan_of("email,name,site\nx@b.test,X,Kitui Helth Clinic\n", series).lines[0]
    assert "there is Kitui Health Clinic" in str(clinic.doubt)


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("prescriber", "maybe", "yes or no"),
        ("practising_since", "79", "four digits"),
        ("role", "auditor", "No such role"),
        ("email", "gr\u0430ce@clinic.test", "two alphabets"),
        ("access_needs", "x" * 2001, "at most 2000"),
        ("name", "\u0627" * 301, "at most 300"),
    ],
)
def test_what_a_cell_may_not_hold(column, cell, words):
    values = {"email": "a@b.test", "name": "Ana", column: cell}
    [fault] = read(f"{','.join(values)}\n{','.join(values.values())}\n".encode()).faults
    assert fault.column == column and words in str(fault)


@pytest.mark.parametrize(
    "name", ["\u0627" * 300, "\u5c71" * 300, "\u0e01" * 300, "e\u0301" * 300], ids=["Arabic", "Han", "Thai", "composed"]
)
def test_names_of_three_hundred_letters_in_any_script_are_kept(series, make, name):
    do(f"email,name\na@b.test,{name}\n", series, make)
    assert len(people.by_address("a@b.test").name) == 300


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"email\n" + b"a@b.co\n" * 1_000_000, "more than 20000 rows", id="a million rows"),
        pytest.param(
            b"email\n" + b"\n" * 9_000_000 + b"a@b.co\n", "more than 20000 rows", id="nine million blank rows"
        ),
        pytest.param(b"email\n" + b"x\n" * 15_000, "More than 1000 cells", id="nothing but faults"),
        pytest.param(b"email,name\n" + b'"' * 1_000_000, "never closed", id="a quotation without end"),
        pytest.param(b"email\n" + b"a" * 11_000_000, "more than 10 MB", id="too many bytes"),
    ],
)
def test_a_file_that_is_too_much_is_refused_before_it_is_read_whole(data, words):
    with pytest.raises(BadInput, match=words):
        read(data)
