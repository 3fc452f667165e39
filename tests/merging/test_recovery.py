"""A record whose addresses are all lost: by certificate code and licence number, or by two people; nobody learns anything."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.certificates import service as certificates
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.mail.models import Letter
from echo_sessions.merging import jobs, recovery
from echo_sessions.merging.models import Recovery
from echo_sessions.merging.rules import RECOVERY_LIVES, RECOVERY_WAITS, RecoveryState
from echo_sessions.programs.rules import Role

HOW = "Rang the clinic, and asked for two sessions they came to"


@pytest.fixture
def grace(make):
    """Grace with two old addresses, a licence and a certificate."""
    make.coordinator("Ana Ruiz")
    return make.person("Grace Okoro", email="grace@old.test", registration="RN-77/12")


@pytest.fixture
def code(make, grace):
    session = make.session(starts_in=timedelta(days=-3))
    make.enrol(session.series, grace)
    make.awarded(session, {grace: 80})
    with transaction():
        [certificate] = certificates.issue(certificates.due(session), by=None, now=make.now)
    return certificate.code


def asked(make, code, number="rn 77-12", email="grace@new.test", name="Grace Okoro"):
    with transaction():
        return recovery.ask(code=code, number=number, name=name, email=email, hub=make.hub(), now=make.now)


def confirmed(make, found):
    with transaction():
        recovery.confirm(found, make.hub(), now=make.now)


def letters(kind):
    return db.session.scalars(select(Letter).where(Letter.kind == f"merging/{kind}").order_by(Letter.id)).all()


def token_in(letter):
    return next(word for word in letter.text.split() if "/recover/" in word).rsplit("/", 1)[-1]


def test_code_and_number_give_the_record_back_after_a_wait_of_which_the_old_address_hears(make, grace, code):
    found = asked(make, code.lower())
    assert found.proof and found.state is RecoveryState.ASKED and letters("notice") == []
    confirmed(make, found)
    assert found.state is RecoveryState.WAITING
    assert [letter.to_address for letter in letters("notice")] == ["grace@old.test"]
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS - timedelta(minutes=1))
    assert grace.address == "grace@old.test"
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS)
    assert (grace.address, grace.account.email) == ("grace@new.test", "grace@new.test")
    assert found.state is RecoveryState.DONE
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS)
    assert len(letters("given_back")) == 1, "the job may run twice"


@pytest.mark.parametrize(
    ("number", "with_code"),
    [
        pytest.param("RN-78", True, id="another number"),
        pytest.param("", True, id="no number"),
        pytest.param("RN-77/12", False, id="a code that nobody has"),
        pytest.param("", False, id="neither"),
    ],
)
def test_what_does_not_belong_together_is_answered_alike_and_goes_to_the_hub(make, grace, code, number, with_code):
    right = asked(make, code, email="one@new.test")
    wrong = asked(make, code if with_code else "0000-0000-0000-0000", number=number, email="two@new.test")
    first, second = letters("confirm_mailbox")
    assert first.text.replace(token_in(first), "…") == second.text.replace(token_in(second), "…")
    assert first.subject == second.subject and (second.person_id, first.person_id) == (None, None)
    assert right.proof and not wrong.proof and wrong.person_id is None
    confirmed(make, wrong)
    assert wrong.state is RecoveryState.CHECKING and letters("notice") == []


def test_a_person_without_a_number_on_file_is_never_matched_by_an_empty_one(make, code, grace):
    with transaction():
        grace.registration = None
    assert not asked(make, code, number="").proof
    assert not asked(make, code, number="------------").proof


def test_who_may_run_something_needs_two_people_even_with_proof(make, grace, code):
    make.member(make.program(), Role.COORDINATOR, grace)
    found = asked(make, code)
    confirmed(make, found)
    assert found.proof and found.state is RecoveryState.CHECKING


def test_two_people_vouch_each_by_a_way_of_their_own(make, grace):
    first, second, third = (make.coordinator(name) for name in ("Bea", "Cem", "Dee"))
    found = asked(make, "")
    confirmed(make, found)
    with transaction():
        recovery.vouch(found, grace, HOW, make.hub(), by=first, now=make.now)
    assert found.state is RecoveryState.CHECKING
    with pytest.raises(Refused, match="another person"), transaction():
        recovery.vouch(found, grace, HOW, make.hub(), by=first, now=make.now)
    with pytest.raises(Refused, match="somebody else"), transaction():
        recovery.vouch(found, second, HOW, make.hub(), by=third, now=make.now)
    with transaction():
        recovery.vouch(found, grace, HOW, make.hub(), by=second, now=make.now)
    assert found.state is RecoveryState.WAITING and len(letters("notice")) == 1
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS)
    assert grace.address == "grace@new.test"


def test_nobody_vouches_for_themselves(make):
    boss, other = make.coordinator("Bea"), make.coordinator("Cem")
    found = asked(make, "")
    confirmed(make, found)
    with pytest.raises(Refused, match="themselves"), transaction():
        recovery.vouch(found, boss, HOW, make.hub(), by=boss, now=make.now)
    with pytest.raises(Refused, match="letters how"), transaction():
        recovery.vouch(found, boss, "sure", make.hub(), by=other, now=make.now)


def test_the_old_address_stops_it(make, grace, code, client):
    found = asked(make, code)
    confirmed(make, found)
    token = token_in(letters("notice")[0])
    page = client.as_().get_page(f"/recover/stop/{token}")
    assert found.state is RecoveryState.WAITING, "looking stops nothing"
    page = client.as_().submit(f"/recover/stop/{token}", status=200)
    assert "stays as it is" in page.text()
    db.session.refresh(found)
    assert found.state is RecoveryState.STOPPED
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS)
    assert grace.address == "grace@old.test" and len(letters("not_given")) == 1


def test_an_address_that_became_somebodys_goes_back_to_the_hub(make, grace, code):
    found = asked(make, code)
    confirmed(make, found)
    make.person("Somebody", email="grace@new.test")
    jobs.finish_recoveries({}, make.now + RECOVERY_WAITS)
    assert found.state is RecoveryState.CHECKING and grace.address == "grace@old.test"


def test_links_are_not_interchangeable_and_work_once(make, grace, code):
    found = asked(make, code)
    token = token_in(letters("confirm_mailbox")[0])
    assert recovery.by_token(recovery.STOP, token) is None
    assert recovery.by_token(recovery.CONFIRM, token[:-1] + ("a" if token[-1] != "a" else "b")) is None
    confirmed(make, found)
    with pytest.raises(Refused, match="used or has ended"), transaction():
        recovery.confirm(found, make.hub(), now=make.now)


def test_requests_run_out(make, grace):
    found = asked(make, "")
    jobs.finish_recoveries({}, make.now + RECOVERY_LIVES)
    assert found.state is RecoveryState.OVER
    with pytest.raises(Refused, match="ended"), transaction():
        recovery.confirm(found, make.hub(), now=make.now)


def test_an_address_that_asks_again_and_again_is_left_at_three(make, grace):
    made = [asked(make, "") for _ in range(5)]
    assert [one is None for one in made] == [False, False, False, True, True]


def test_the_public_page_says_the_same_and_counts_tries(make, grace, code, client):
    visitor, told = client.as_(), set()
    for number, email in (("RN-77/12", "a@new.test"), ("wrong", "b@new.test")):
        page = visitor.submit("/recover", name="Grace", email=email, code=code, number=number)
        told.add(page.text())
    assert len(told) == 1
    statuses = []
    for number in range(6):
        answer = visitor.post("/recover", data=visitor.get_page("/recover").fields() | {"name": "G", "email": f"c{number}@new.test", "code": code, "number": "x"})  # fmt: skip
        statuses.append(answer.status_code)
    assert statuses[-1] == 429 and 303 in statuses
    assert "wrong" not in str([row.claimed_name for row in db.session.scalars(select(Recovery)).unique()])


def test_a_wrong_address_comes_back_with_what_was_typed(make, grace, client):
    page = client.as_().submit("/recover", status=422, name="Grace", email="no address", code="7K3Q", number="12")
    assert page.fields()["code"] == "7K3Q" and "not an e-mail address" in page.text()


def test_the_hubs_pages(make, grace, code, client):
    first, second = make.coordinator("Bea"), make.coordinator("Cem")
    found = asked(make, "")
    assert "Nobody has lost a record" in client.as_(first).get_page("/recoveries").text(), "no mailbox has answered yet"
    confirmed(make, found)
    assert "Grace Okoro" in client.as_(first).get_page("/recoveries").text()
    url = f"/recoveries/{found.code}"
    for person in (first, second):
        client.as_(person).submit(url, action="", person=grace.code.lower(), how=HOW)
    db.session.refresh(found)
    assert found.state is RecoveryState.WAITING
    assert "Bea" in client.as_(first).get_page(url).text()
    client.as_(first).submit(url, action="/refuse")
    db.session.refresh(found)
    assert found.state is RecoveryState.REFUSED


def test_who_sees_requests(make, grace, code, client):
    runner, participant = make.person("Runa"), make.person("Pia")
    make.member(make.program(), Role.COORDINATOR, runner)
    found = asked(make, code)
    confirmed(make, found)
    assert "Nobody has lost" in client.as_(runner).get_page("/recoveries").text(), "of people of her programs only"
    for person, status in ((runner, 404), (participant, 404), (grace, 404)):
        assert client.as_(person).get(f"/recoveries/{found.code}").status_code == status
    assert client.as_(participant).get("/recoveries").status_code == 404
