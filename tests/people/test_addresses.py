"""One's own addresses: added by a letter, the first one chosen, taken away; nothing of others is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.mail.models import Letter
from echo_sessions.merging.alike import pairs_within
from echo_sessions.people import addresses, queries
from echo_sessions.people.rules import normal_address


def letters(kind):
    return db.session.scalars(select(Letter).where(Letter.kind == f"people/{kind}").order_by(Letter.id)).all()


def token_of(letter):
    return next(word for word in letter.text.split() if "/addresses/" in word).rsplit("/", 1)[-1]


@pytest.fixture
def grace(make):
    make.hub()
    return make.person("Grace Okoro", email="grace@work.test")


def added(person, email, make):
    with transaction():
        addresses.want(person, email, make.hub(), now=make.now)
    with transaction():
        return addresses.confirm(token_of(letters("confirm_address")[-1]), make.hub(), now=make.now)


def test_an_address_counts_once_its_mailbox_has_answered(make, grace):
    with transaction():
        addresses.want(grace, "Grace@Home.test", make.hub(), now=make.now)
    assert queries.by_address("grace@home.test") is None
    [letter] = letters("confirm_address")
    assert letter.to_address == "Grace@Home.test" and letter.secret
    with transaction():
        addresses.confirm(token_of(letter), make.hub(), now=make.now)
    assert queries.by_address("GRACE@home.test") is grace
    assert grace.address == "grace@work.test", "letters go where they went"
    assert [each.to_address for each in letters("address_changed")] == ["grace@work.test"]


def test_a_link_works_once_and_for_a_day(make, grace):
    with transaction():
        addresses.want(grace, "grace@home.test", make.hub(), now=make.now)
    token = token_of(letters("confirm_address")[0])
    for at in (make.now + timedelta(hours=24), make.now + timedelta(days=9)):
        with pytest.raises(Refused, match="used or has ended"), transaction():
            addresses.confirm(token, make.hub(), now=at)
    with transaction():
        addresses.confirm(token, make.hub(), now=make.now)
    with pytest.raises(Refused, match="used or has ended"), transaction():
        addresses.confirm(token, make.hub(), now=make.now)


def test_somebody_elses_address_gets_another_letter_and_the_hub_sees_the_pair(make, grace):
    other = make.person("G. Okoro", email="grace@home.test")
    with transaction():
        addresses.want(grace, "grace@home.test", make.hub(), now=make.now)
    assert letters("confirm_address") == []
    [letter] = letters("address_wanted_by_other")
    assert letter.to_address == "grace@home.test" and grace.name not in letter.text
    [pair] = pairs_within(None)
    assert {pair.one, pair.other} == {grace.id, other.id}
    assert "asked for an address" in pair.reasons[0].message


def test_who_is_asked_is_told_the_same_whoever_has_the_address(make, grace, client):
    make.person("Somebody", email="taken@home.test")
    told = set()
    for address in ("taken@home.test", "fresh@home.test"):
        page = client.as_(grace).submit("/me/addresses", action="/me/addresses/add", email=address)
        told.add(page.text().replace(address, "…"))
    assert len(told) == 1


def test_two_who_want_one_address_the_first_mailbox_decides(make, grace):
    other = make.person("Ada")
    for person in (grace, other):
        with transaction():
            addresses.want(person, "shared@home.test", make.hub(), now=make.now)
    first, second = letters("confirm_address")
    with transaction():
        addresses.confirm(token_of(second), make.hub(), now=make.now)
    with pytest.raises(Refused, match="another record"), transaction():
        addresses.confirm(token_of(first), make.hub(), now=make.now)
    assert queries.by_address("shared@home.test") is other


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        pytest.param("gr\u0430ce@home.test", "two alphabets", id="a Cyrillic letter among Latin ones"),
        pytest.param("grace@h\u03bfme.test", "two alphabets", id="a Greek letter in the domain"),
        pytest.param("GRACE@WORK.test", "yours already", id="one's own, in capitals"),
        pytest.param("ｇｒａｃｅ@work.test", "yours already", id="one's own, in wide letters"),
        pytest.param("grace", "not an e-mail address", id="no address"),
        pytest.param("x" * 330 + "@home.test", "not an e-mail address", id="far too long"),
    ],
)
def test_what_is_no_address_of_anybodys_is_refused_with_a_sentence(make, grace, typed, words):
    with pytest.raises(Refused, match=words), transaction():
        addresses.want(grace, typed, make.hub(), now=make.now)
    assert letters("confirm_address") == []


def test_a_domain_is_one_however_it_is_spelt():
    assert normal_address("ana@xn--bcher-kva.example") == normal_address("Ana@BÜCHER.example") == "ana@bücher.example"
    assert normal_address("ana@xn--\u00fc.example").startswith("ana@")


def test_five_letters_a_day(make, grace):
    for number in range(5):
        with transaction():
            addresses.want(grace, f"g{number}@home.test", make.hub(), now=make.now)
    with pytest.raises(Refused, match="today"), transaction():
        addresses.want(grace, "g6@home.test", make.hub(), now=make.now)
    with transaction():
        addresses.want(grace, "g6@home.test", make.hub(), now=make.now + timedelta(days=2))


def test_the_account_follows_the_first_address(make, grace):
    address = added(grace, "grace@home.test", make)
    with transaction():
        addresses.make_primary(grace, address.id, make.hub(), now=make.now)
    assert (grace.address, grace.account.email) == ("grace@home.test", "grace@home.test")
    assert letters("address_changed")[-1].to_address == "grace@work.test"
    assert sum(each.primary for each in grace.addresses) == 1


def test_the_last_confirmed_address_stays(make, grace):
    [work] = grace.addresses
    with transaction():
        from echo_sessions.people import service

        written = service.add_address(grace, "typed@by.hub", now=make.now)
    with pytest.raises(Refused, match="only address"), transaction():
        addresses.remove(grace, work.id, make.hub(), now=make.now)
    with pytest.raises(Refused, match="answered"), transaction():
        addresses.make_primary(grace, written.id, make.hub(), now=make.now)
    added(grace, "typed@by.hub", make)
    with transaction():
        addresses.remove(grace, work.id, make.hub(), now=make.now)
    assert (grace.address, grace.account.email, len(grace.addresses)) == ("typed@by.hub", "typed@by.hub", 1)


def test_nobody_touches_anothers_address(make, grace, client):
    other = make.person("Ada")
    answer = client.as_(grace).submit("/me/addresses", action="/me/addresses/add", status=422, email=grace.address)
    assert "yours already" in answer.text()
    with pytest.raises(Refused, match="not on your record"), transaction():
        addresses.remove(grace, other.addresses[0].id, make.hub(), now=make.now)


def test_the_pages_from_the_letter_to_the_first_address(make, grace, client):
    hers = client.as_(grace)
    hers.submit("/me/addresses", action="/me/addresses/add", email="grace@home.test")
    token = token_of(letters("confirm_address")[-1])
    page = client.as_().get_page(f"/addresses/{token}")
    assert "Grace Okoro" in page.text()
    page = client.as_().submit(f"/addresses/{token}", status=200)
    assert "counts now" in page.text()
    page = hers.submit("/me/addresses", action="/me/addresses/primary")
    assert grace.address == "grace@home.test"
    hers.submit("/me/addresses", action="/me/addresses/remove")
    assert len(grace.addresses) == 1


def test_a_private_address_is_suggested_with_a_certificate_until_one_is_enough(make, grace, client):
    from echo_sessions.certificates import service as certificates

    session = make.session(starts_in=timedelta(days=-3))
    make.enrol(session.series, grace)
    make.awarded(session, {grace: 80})
    hers = client.as_(grace)
    assert "private address" not in hers.get_page("/me").text()
    with transaction():
        [certificate] = certificates.issue(certificates.due(session), by=None, now=clock.now())
    assert "Add a private address" in hers.get_page("/me").text()
    assert "Add a private address" in hers.get_page(f"/certificate/{certificate.code}").text()
    hers.submit("/me", action="/me/addresses/enough")
    assert "Add a private address" not in hers.get_page("/me").text()
