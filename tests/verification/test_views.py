"""The pages of verification: they work, and then each who may not."""

import io
from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.programs.rules import Role
from echo_sessions.verification import papers, queries, service
from echo_sessions.verification.rules import VerificationState, Way
from tests.verification.test_papers import PDF, picture

DAY = timedelta(days=1)


@pytest.fixture
def row(place, make):
    return make.verification(place.new, program_id=place.program.id, due_at=make.now + 5 * DAY)


def upload(data: bytes, name: str = "letter.pdf"):
    return io.BytesIO(data), name


def test_one_asks_by_a_register_and_sees_who_checks_and_by_when(place, client):
    page = client.as_(place.new).get_page("/me/verification")
    assert "Nobody has checked yet who you are" in page.text() and "Write and submit an own case" in page.text()
    page = client.as_(place.new).submit("/me/verification", way="register", body="Board of nursing", number="RN-1")
    assert "Carla Coordinator or Dora Director checks who you are, by" in page.text()
    [row] = queries.of_person(place.new.id)
    assert (row.way, row.number, row.program_id) == (Way.REGISTER, "RN-1", place.program.id)


def test_one_asks_by_the_employers_letter_which_only_verifiers_download(place, client):
    hers = client.as_(place.new)
    hers.submit("/me/verification", way="letter", file=upload(PDF))
    [row] = queries.of_person(place.new.id)
    url = f"/verification/{row.code}/letter"
    answer = client.as_(place.coordinator).get(url)
    assert answer.status_code == 200 and answer.data == PDF
    assert answer.headers["Content-Disposition"] == f"attachment; filename={row.code}.pdf"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    statuses = {who: client.as_(person).get(url).status_code for who, person in {
        "the lead of the site": place.lead, "the person": place.new, "nobody": None}.items()}  # fmt: skip
    assert statuses == {"the lead of the site": 403, "the person": 404, "nobody": 302}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param({"way": "register", "body": "", "number": ""}, "which register", id="a register without its number"),
        pytest.param({"way": "letter"}, "Choose the letter", id="a letter without the letter"),
        pytest.param({"way": "letter", "file": (b"<svg/>", "letter.pdf")}, "no PDF and no photograph", id="something that only calls itself PDF"),
        pytest.param({"way": "friend"}, "", id="a way that does not exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_comes_back_with_what_is_wrong(place, client, values, says):
    values = {key: upload(*value) if isinstance(value, tuple) else value for key, value in values.items()}
    page = client.as_(place.new).submit("/me/verification", status=422, **{"body": "Board", **values})
    assert says in page.text() and queries.of_person(place.new.id) == []
    assert page.fields()["body"] == values.get("body", "Board"), "what was typed is kept"


def test_more_than_fits_is_not_read(place, client, monkeypatch):
    monkeypatch.setattr(papers, "MOST_BYTES", 1000)
    page = client.as_(place.new).submit("/me/verification", status=422, way="letter", file=upload(b"x" * 5000))
    assert "too large" in page.text() and queries.of_person(place.new.id) == []


def test_a_photograph_is_taken_for_what_it_is(place, client):
    client.as_(place.new).submit("/me/verification", way="letter", file=upload(picture("JPEG"), "scan.exe"))
    [row] = queries.of_person(place.new.id)
    assert row.file.type == "image/jpeg"


def test_who_vouches_gets_a_letter_whose_link_asks_for_a_sign_in_and_one_click(place, client, outbox):
    client.as_(place.new).submit("/me/verification", way="site_lead")
    [letter] = outbox("verification/vouch")
    [row] = queries.of_person(place.new.id)
    url = f"/verification/{row.code}"
    assert url in letter.text and "/sign-in" in client.as_().get(url).headers["Location"]
    hers = client.as_(place.lead)
    page = hers.get_page(url)
    assert "Yes, I vouch for Grace Okoro" in page.text() and "Decide and tell" not in page.text()
    page = hers.submit(url, action="/vouch")
    assert "verified for two years by your word" in page.body
    assert queries.is_verified(place.new.id, clock.now())


def test_the_lead_sees_neither_number_nor_letter_and_passes_on_whom_they_do_not_know(place, client, row):
    hers = client.as_(place.lead)
    page = hers.get_page(f"/verification/{row.code}")
    assert "RN-1234" not in page.body and "State board" not in page.body
    assert hers.post(f"/verification/{row.code}/decide", data={}).status_code in {400, 403}
    page = hers.submit(f"/verification/{row.code}", action="/pass-on")
    assert "Those who run the program look at it now" in page.body


def test_the_queue_shows_what_is_due_first_searched_and_filtered(place, make, client, row):
    late = make.enrol(place.series, make.person("Ola Late", verified=False), site=place.site)
    make.verification(late, program_id=place.program.id, asked_at=make.now - 9 * DAY, due_at=clock.now() - 4 * DAY)
    page = client.as_(place.coordinator).get_page("/verification")
    assert page.text().index("Ola Late") < page.text().index("Grace Okoro")
    assert "Silver Creek" in page.text()
    page = client.as_(place.coordinator).get_page("/verification?q=grace")
    assert "Grace Okoro" in page.text() and "Ola Late" not in page.text()
    assert "Nobody found" in client.as_(place.coordinator).get_page("/verification?state=refused").text()
    assert "Nobody found" in client.as_(place.coordinator).get_page("/verification?q=zzz").text()


def test_everybody_sees_only_their_own_people(place, make, client, row):
    other = make.member(make.program("Diabetes"), Role.COORDINATOR)
    assert "Nobody waits" in client.as_(other).get_page("/verification").text()
    assert client.as_(other).get(f"/verification/{row.code}").status_code == 404
    assert "Grace Okoro" in client.as_(place.lead).get_page("/verification").text()
    assert "Grace Okoro" in client.as_(make.coordinator()).get_page("/verification").text()
    for person in (place.new, make.person(), make.member(place.program, Role.EXPERT)):
        assert client.as_(person).get("/verification").status_code == 404
        assert client.as_(person).get(f"/verification/{row.code}").status_code == 404


def test_the_page_of_a_check_shows_what_they_say_beside_what_is_known(place, client, row):
    page = client.as_(place.coordinator).get_page(f"/verification/{row.code}")
    for words in (
        "What they say",
        "RN-1234",
        "State board of nursing",
        "What we know",
        "Community health worker",
        "Silver Creek",
    ):
        assert words in page.text(), words


def test_a_verifier_decides_and_the_person_is_told(place, client, row, outbox):
    hers = client.as_(place.coordinator)
    page = hers.submit(f"/verification/{row.code}", action="/decide", verdict="verified", note="Register, page 3")
    assert "is verified for two years and is told" in page.body
    assert queries.is_verified(place.new.id, clock.now()) and len(outbox("verification/verified")) == 1
    page = client.as_(place.new).get_page("/me/verification")
    assert "You are verified until" in page.text() and "Register, page 3" not in page.body


def test_a_no_without_words_comes_back_with_what_was_typed(place, client, row):
    page = client.as_(place.coordinator).submit(
        f"/verification/{row.code}", action="/decide", status=422, verdict="refused", note="kept"
    )
    assert "Write what they are told" in page.text() and page.fields("/decide")["note"] == "kept"
    page = client.as_(place.coordinator).submit(f"/verification/{row.code}", action="/decide", status=422)
    assert "Choose one" in page.text()


def test_two_verifiers_at_once_do_not_overwrite_each_other(place, client, row):
    hers = client.as_(place.coordinator)
    page = hers.get_page(f"/verification/{row.code}")
    with transaction():
        service.vouch(place.new, program=place.program, row=row, by=place.lead, way=Way.SITE_LEAD, now=clock.now())
    data = {**page.fields("/decide"), "verdict": "refused", "reason": "No"}
    assert hers.post(f"/verification/{row.code}/decide", data=data).status_code in {409, 422}
    assert queries.is_verified(place.new.id, clock.now())


def test_a_mistake_is_undone_and_a_verification_taken_back(place, client, row):
    hers, url = client.as_(place.coordinator), f"/verification/{row.code}"
    hers.submit(url, action="/decide", verdict="verified")
    hers.submit(url, action="/undo")
    assert queries.open_of(place.new.id) is not None
    hers.submit(url, action="/decide", verdict="verified")
    page = hers.submit(f"{url}/take-back", status=422, reason="")
    assert "Write why" in page.text()
    page = hers.submit(f"{url}/take-back", reason="The licence was suspended.")
    assert "is taken back" in page.body and not queries.is_verified(place.new.id, clock.now())
    assert "The licence was suspended." in client.as_(place.new).get_page("/me/verification").text()


def test_one_does_not_decide_the_own_check(place, make, client):
    boss = make.member(place.program, Role.DIRECTOR, make.person("Boss", verified=False))
    own = make.verification(boss, program_id=place.program.id)
    hers = client.as_(boss)
    assert hers.get(f"/verification/{own.code}").status_code == 404
    assert "Boss" not in hers.get_page("/verification").text()
    assert hers.get(f"/people/{boss.code}/vouch").status_code == 404


def test_a_director_vouches_for_somebody_who_never_asked(place, client):
    url = f"/people/{place.new.code}/vouch"
    page = client.as_(place.director).submit(url)
    assert "verified for two years by your word" in page.body and queries.is_verified(place.new.id, clock.now())
    for person in (place.coordinator, place.new):
        assert client.as_(person).get(url).status_code == 404, "there is a director, so the coordinator does not vouch"


def test_the_own_page_tells_every_standing_in_one_sentence(place, make, client):
    now = clock.now()
    hers = client.as_(place.new)
    check = make.verification(place.new, state=VerificationState.MORE, reason="Which state is it?")
    assert "Which state is it?" in hers.get_page("/me/verification").text()
    for values, words in (
        ({"state": VerificationState.REFUSED, "reason": "Not there."}, "You could not be verified"),
        ({"state": VerificationState.ENDED, "reason": "Suspended."}, "was taken back"),
        ({"state": VerificationState.VERIFIED, "expires_at": now - DAY}, "Your verification ended on"),
        ({"state": VerificationState.VERIFIED, "expires_at": now + 20 * DAY}, "Renew it now"),
        ({"state": VerificationState.VERIFIED, "expires_at": now + 300 * DAY}, "You are verified until"),
        ({"state": VerificationState.WAITING, "due_at": now - DAY, "expires_at": None}, "that is late"),
    ):  # fmt: skip
        with transaction():
            for name, value in values.items():
                setattr(check, name, value)
        assert words in hers.get_page("/me/verification").text()


def test_who_is_verified_for_long_finds_no_form(make, client):
    person = make.person()
    page = client.as_(person).get_page("/me/verification")
    assert "Send it" not in page.text()
    assert client.as_(person).post("/me/verification", data={}).status_code == 400, "and no token"
