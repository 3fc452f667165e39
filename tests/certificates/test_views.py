"""Pages about certificates: each works, then each refusal."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.certificates import queries, service
from echo_sessions.certificates.rules import RevocationReason
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from tests.links import altered
from tests.make import Make


@pytest.fixture
def make(app):
    """Things as of now: downloads look at the real clock."""
    return Make(now=clock.now().replace(microsecond=0))


@pytest.fixture
def held(make):
    make.hub()
    session = make.session(starts_in=-timedelta(days=7))
    make.policy(session.series.program, approved_on=(make.now - timedelta(days=90)).date())
    return session


@pytest.fixture
def grace(make, held):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    return person


def issued(client, make, held, app):
    ana = client.as_(make.coordinator())
    page = ana.submit(f"/sessions/{held.code}/certificates")
    worker.work_off(app)
    db.session.rollback()
    [certificate] = queries.of_activity(held.code)
    return ana, page, certificate


def test_the_trial_run_issues_nothing_until_its_button(make, client, held, grace, app):
    ana = client.as_(make.coordinator())
    page = ana.get_page(f"/sessions/{held.code}/certificates")
    assert "90 minutes earn 1.5" in page.text() and queries.of_activity(held.code) == []
    page = ana.submit(f"/sessions/{held.code}/certificates")
    assert "1 certificate is issued" in page.text()


def test_the_letters_link_downloads_without_signing_in(make, client, held, grace, app, outbox):
    issued(client, make, held, app)
    [letter] = outbox("certificates/issued")
    link = next(word for word in letter.text.split() if "/certificates/" in word)
    answer = client.as_().get(link.removeprefix("https://echo.test"))
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    assert answer.headers["Content-Disposition"].endswith(".pdf")
    assert client.as_().get(altered(link.removeprefix("https://echo.test"))).status_code == 404


def test_after_thirty_days_the_link_asks_to_sign_in(make, client, held, grace, app, outbox):
    _, _, certificate = issued(client, make, held, app)
    with transaction():
        certificate.issued_at -= timedelta(days=31)
    [letter] = outbox("certificates/issued")
    link = next(word for word in letter.text.split() if "/certificates/" in word).removeprefix("https://echo.test")
    assert "/sign-in" in client.as_().get(link).headers["Location"]
    assert client.as_(grace).get(link).data.startswith(b"%PDF")
    assert client.as_(make.person()).get(link).status_code == 404


def test_two_downloads_are_the_same_bytes(make, client, held, grace, app):
    _, _, certificate = issued(client, make, held, app)
    mine = client.as_(grace)
    url = f"/certificate/{certificate.code}/download"
    assert mine.get(url).data == mine.get(url).data
    assert client.as_(make.person()).get(url).status_code == 404


def test_a_lost_file_is_made_again_and_says_that_it_is_a_copy(make, client, held, grace, app):
    _, _, certificate = issued(client, make, held, app)
    app.extensions["storage"].delete(certificate.file.key)
    answer = client.as_(grace).get(f"/certificate/{certificate.code}/download")
    assert answer.data.startswith(b"%PDF") and "-copy.pdf" in answer.headers["Content-Disposition"]


def test_anybody_verifies_and_reads_what_it_says(make, client, held, grace, app):
    _, _, certificate = issued(client, make, held, app)
    stranger = client.as_()
    stranger.get_page("/verify")
    answer = stranger.get("/verify", query_string={"code": certificate.code.lower().replace("-", " ")})
    page = stranger.get_page(answer.headers["Location"])
    assert all(words in page.text() for words in ("Valid", "Grace Okoro", "Cirrhosis in primary care", "1.5", "90"))
    assert grace.address not in page.body
    assert len(page.body) < 10_000


def test_verification_of_revoked_superseded_and_unknown_codes(make, client, held, grace, app):
    ana, _, old = issued(client, make, held, app)
    page = ana.submit(f"/certificate/{old.code}", action=f"/certificate/{old.code}/reissue")
    assert "A new certificate takes its place" in page.text()
    db.session.rollback()
    new = old.replaced_by
    assert "Superseded" in client.as_().get_page(f"/verify/{old.code}").text()
    page = ana.submit(f"/certificate/{new.code}/revoke", status=422)
    assert "Choose a reason" in page.text()
    ana.submit(f"/certificate/{new.code}/revoke", reason=RevocationReason.ERROR.value)
    told = client.as_().get_page(f"/verify/{new.code}").text()
    assert "Revoked" in told and "issued by mistake" in told and "Grace" not in told
    assert "Unknown" in client.as_().get_page("/verify/0000-0000-0000-0000", status=404).text()


def test_the_list_finds_by_name_code_and_session(make, client, held, grace, app):
    ana, _, certificate = issued(client, make, held, app)
    for wanted in ("okoro", certificate.code, held.code):
        assert "Grace Okoro" in ana.get_page(f"/certificates?q={wanted}").text()
    assert "None like that" in ana.get_page("/certificates?q=nobody").text()


def test_the_pages_are_for_those_who_run_the_program(make, client, held, grace, app):
    _, _, certificate = issued(client, make, held, app)
    stranger, participant = client.as_(make.person()), client.as_(grace)
    assert stranger.get(f"/sessions/{held.code}/certificates").status_code == 404
    assert participant.get(f"/sessions/{held.code}/certificates").status_code == 403
    assert stranger.get("/certificates").status_code == 404
    assert stranger.get(f"/certificate/{certificate.code}").status_code == 404
    participant.get_page(f"/certificate/{certificate.code}")
    assert participant.get(f"/certificate/{certificate.code}/revoke").status_code == 403
    assert client.as_().get(f"/certificate/{certificate.code}").status_code == 302


def test_what_a_verifier_is_told_is_what_the_snapshot_says(make, client, held, grace, app):
    _, _, certificate = issued(client, make, held, app)
    assert service.verify(certificate.code)["sessions"] == certificate.snapshot["sessions"]
