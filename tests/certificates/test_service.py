"""Issuing, replacing, taking back, and what a verifier is told."""

from datetime import timedelta

import pytest

from echo_sessions.certificates import queries, service
from echo_sessions.certificates.rules import CertificateState, RevocationReason
from echo_sessions.credit import queries as credit
from echo_sessions.credit import service as awards
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.jobs import worker


@pytest.fixture
def held(make):
    make.hub()
    session = make.session(starts_in=-timedelta(days=7))
    make.policy(session.series.program)
    return session


def issue(session, make):
    by = make.coordinator(f"Issuer {make._next()}")
    with transaction():
        return service.issue(service.due(session), by=by, now=make.now)


def test_the_trial_run_says_who_gets_what_and_who_does_not_and_why(make, held):
    whole, brief, guest = (
        make.enrol(held.series, make.person("Whole")),
        make.enrol(held.series, make.person("Brief")),
        make.person("Guest"),
    )
    make.awarded(held, {whole: 90, brief: 7, guest: 80})
    told = {
        line.person.name: (line.kind.value, str(line.why), str(line.problem) if line.problem else None)
        for line in service.due(held)
    }
    assert told["Whole"] == ("credit", "90 minutes earn 1.5 AMA PRA Category 1 Credit", None)
    assert told["Brief"][:2] == ("attendance", "7 minutes, no credit")
    assert "guest" in told["Guest"][2]


def test_issuing_twice_changes_nothing(make, held):
    person = make.enrol(held.series, make.person("Whole"))
    make.awarded(held, {person: 90})
    assert len(issue(held, make)) == 1
    assert issue(held, make) == []
    assert "already" in str(service.due(held)[0].problem)


def test_it_is_printed_stored_and_its_holder_written_to_once(make, held, app, outbox):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    [certificate] = issue(held, make)
    worker.work_off(app, now=make.now)
    worker.work_off(app, now=make.now)
    db.session.refresh(certificate)
    assert certificate.file is not None and certificate.file.type == "application/pdf"
    [letter] = outbox("certificates/issued")
    assert letter.to_address == person.address and "/certificates/" in letter.text and letter.calendar is None


def test_a_later_name_or_policy_leaves_the_snapshot_alone(make, held):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    [certificate] = issue(held, make)
    before = dict(certificate.snapshot)
    with transaction():
        person.name = "Grace Miller"
    db.session.refresh(certificate)
    assert certificate.snapshot == before and service.verify(certificate.code)["name"] == "Grace Okoro"


def test_another_in_its_place_keeps_the_old_code_answering(make, held):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    [old] = issue(held, make)
    by = make.coordinator("Tom")
    with transaction():
        person.printed_name = "Grace A. Miller"
        made = service.reissue(old, by=by, now=make.now)
    assert (made.number, made.snapshot["name"], made.snapshot["replaces"]["number"]) == (2, "Grace A. Miller", old.code)
    told = service.verify(old.code)
    assert told["state"] == "superseded" and "name" not in told
    assert service.verify(made.code)["name"] == "Grace A. Miller"


def test_corrected_credit_is_on_the_certificate_that_replaces_it(make, held):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    [old] = issue(held, make)
    [award] = credit.of_person(person.id)
    by = make.coordinator("Tom")
    with transaction():
        awards.claim(award, award.computed - award.computed / 3, now=make.now)
        made = service.reissue(old, by=by, now=make.now)
    assert float(made.snapshot["credits"][0]["amount"]) == 1.0


def test_a_revoked_one_says_so_for_good(make, held):
    person = make.enrol(held.series, make.person("Grace Okoro"))
    make.awarded(held, {person: 90})
    [certificate] = issue(held, make)
    by = make.coordinator("Tom")
    with transaction():
        service.revoke(certificate, RevocationReason.ATTENDANCE, by=by, now=make.now)
    told = service.verify(certificate.code.lower().replace("-", " "))
    assert (told["state"], told["reason"]) == ("revoked", "attendance") and "name" not in told
    with pytest.raises(Refused), transaction():
        service.reissue(certificate, by=by, now=make.now)
    assert certificate.state is CertificateState.REVOKED


def test_an_unknown_code_tells_nothing(make):
    make.hub()
    assert service.verify("0000-0000-0000-0000") == {"state": "unknown", "code": "0000-0000-0000-0000"}


def test_a_series_has_one_certificate_for_all_that_is_not_certified_yet(make):
    make.hub()
    series = make.series()
    make.policy(series.program)
    person = make.enrol(series, make.person("Grace"))
    first, second, third = (
        make.session(series, starts_in=-timedelta(weeks=weeks), title=f"T{weeks}") for weeks in (3, 2, 1)
    )
    for session in (first, second, third):
        make.awarded(session, {person: 90})
    issue(first, make)
    [made] = issue(series, make)
    assert [s["title"] for s in made.snapshot["sessions"]] == ["T2", "T1"]
    assert made.snapshot["credits"][0]["amount"].startswith("3")


def test_no_trial_run_before_the_register_is_closed(make, held):
    with pytest.raises(Refused, match="Close its register first"):
        service.due(held)


def test_a_name_that_cannot_be_printed_is_held_back_and_nothing_is_sent(make, held, app, outbox):
    person = make.enrol(held.series, make.person("Bird \U0001f9ff\U00011d00 Okoro"))
    make.awarded(held, {person: 90})
    [certificate] = issue(held, make)
    worker.work_off(app, now=make.now)
    db.session.refresh(certificate)
    if certificate.held_because is None:
        pytest.skip("this machine has fonts for everything")
    assert certificate.file is None and outbox("certificates/issued") == []
    assert queries.by_code(certificate.code).state is CertificateState.ISSUED
