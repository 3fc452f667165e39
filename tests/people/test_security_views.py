"""Changing how one signs in: only soon after signing in, with a letter, and the other sessions end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.people.models import Account, Passkey, SignIn
from tests.people.authenticator import Authenticator

PAGE, MINE = "/me/security", "/me/settings"
GOOD = "Purple mountain kettle seven"


def test_a_password_is_set_with_a_letter_and_the_other_sessions_end(make, client, door, outbox):
    make.hub()
    person = make.person("Grace Okoro")
    mine, elsewhere = client.as_(person), client.as_(person)
    page = mine.submit(f"{PAGE}/password", password=GOOD)
    assert "1 other session has ended" in page.text()
    assert elsewhere.get(MINE).status_code == 302
    mine.get_page(MINE)
    [letter] = outbox("people/security_changed")
    assert "password of your account was set" in letter.text and GOOD not in letter.text
    assert door.by_password(client.as_(), person.address, GOOD).status_code == 303
    assert "do not belong" in door.by_password(client.as_(), person.address).get_data(as_text=True)


@pytest.mark.parametrize("weak", ["short", "password1234", "Grace Okoro 2026", "qwertyuiop[]"])
def test_a_weak_password_is_refused_with_the_reason(make, client, weak):
    make.hub()
    page = client.as_(make.person("Grace Okoro")).submit(f"{PAGE}/password", status=422, password=weak)
    assert "This password" in page.text() and weak not in page.body


def test_a_password_written_in_two_ways_is_the_same(make, client, door):
    """é as one letter or as e with its accent: keyboards differ."""
    make.hub()
    person = make.person()
    client.as_(person).submit(f"{PAGE}/password", password="un café très chaud à midi")
    assert (
        door.by_password(client.as_(), person.address, "un cafe\u0301 tre\u0300s chaud a\u0300 midi").status_code == 303
    )


def test_a_password_is_removed(make, client, door, outbox):
    make.hub()
    person = make.person()
    client.as_(person).submit(PAGE, action="/password/remove")
    assert "removed" in outbox("people/security_changed")[-1].text
    assert "do not belong" in door.by_password(client.as_(), person.address).get_data(as_text=True)


CHANGES = ("password", "app", "codes")
SENT = ("password/remove", "app/remove", "codes", "passkeys/question", "passkeys", "passkeys/K-00000000/remove")


@pytest.mark.parametrize("what", CHANGES)
def test_ten_minutes_after_signing_in_it_is_asked_once_more(make, client, door, hands, what):
    make.hub()
    person, visitor = make.person(), client.as_()
    door.by_link(visitor, person.address)
    hands.moment += timedelta(minutes=10, seconds=1)
    answer = visitor.get(f"{PAGE}/{what}")
    assert answer.status_code == 303
    page = visitor.submit(answer.headers["Location"])
    assert page.all("h1")[0].text == "Sign in" and person.address in page.body, "the address is filled in"
    assert visitor.get(MINE).status_code == 302
    answer = door.by_password(visitor, person.address, next=f"{PAGE}/password")
    assert answer.headers["Location"] == f"{PAGE}/password"
    visitor.get_page(f"{PAGE}/password")


@pytest.mark.parametrize("what", SENT)
def test_nothing_is_changed_by_an_old_session(make, client, door, hands, what):
    make.hub()
    person, visitor = make.person(), client.as_()
    door.by_link(visitor, person.address)
    token = visitor.get_page("/sign-out").fields()["csrf_token"]
    hands.moment += timedelta(minutes=11)
    answer = visitor.post(f"{PAGE}/{what}", data={"csrf_token": token, "password": GOOD, "name": "x"})
    assert answer.status_code == 303 and "/sign-in/again" in answer.headers["Location"]
    db.session.rollback()
    assert db.session.get(Account, person.account.id).password == "correct horse"


def test_a_session_is_ended_from_another_device_at_once(make, client, door):
    make.hub()
    person = make.person()
    mine, stolen = client.as_(person), client.as_()
    stolen.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0"
    door.by_link(stolen, person.address)
    page = mine.get_page(f"{PAGE}/devices")
    assert "Firefox · Windows" in page.text() and "link in a letter" in page.text() and "this device" in page.text()
    db.session.rollback()
    code = db.session.scalars(select(SignIn.code).where(SignIn.device == "Firefox · Windows")).one()
    mine.submit(f"{PAGE}/devices", action=f"/devices/{code}/end")
    assert stolen.get(MINE).status_code == 302
    mine.get_page(MINE)
    assert "ended from another device" in mine.get_page(f"{PAGE}/devices").text()


def test_all_others_are_ended(make, client):
    make.hub()
    person = make.person()
    mine, one, two = (client.as_(person) for _ in range(3))
    assert "2 other sessions have ended" in mine.submit(f"{PAGE}/devices", action="/end-others").text()
    assert [visitor.get(MINE).status_code for visitor in (mine, one, two)] == [200, 302, 302]


def test_another_persons_session_and_passkey_cannot_be_ended(make, client):
    make.hub()
    grace, mallory = make.person(), make.person()
    hers, his = client.as_(grace), client.as_(mallory)
    code = db.session.scalars(select(SignIn.code).where(SignIn.account_id == grace.account.id)).one()
    add(hers, Authenticator())
    key = db.session.scalars(select(Passkey.code)).one()
    token = his.get_page("/sign-out").fields()["csrf_token"]
    for path in (f"devices/{code}/end", f"passkeys/{key}/remove"):
        assert his.post(f"{PAGE}/{path}", data={"csrf_token": token}).status_code == 404
    hers.get_page(MINE)


# Passkeys, by one in software that can be told to lie.


def token_of(visitor, page="/sign-in"):
    return visitor.get_page(page).fields()["csrf_token"]


def ask(visitor, url="/sign-in/passkey/question", page="/sign-in", **data):
    answer = visitor.post(url, data={"csrf_token": token_of(visitor, page), **data})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def add(visitor, key, name="My phone"):
    """A passkey set up on the security page; the answer."""
    options = ask(visitor, f"{PAGE}/passkeys/question", PAGE, name=name)
    data = {"csrf_token": token_of(visitor, PAGE), "name": name, "answer": key.make(options)}
    return visitor.post(f"{PAGE}/passkeys", data=data)


def use(visitor, key, url="/sign-in/passkey", page="/sign-in"):
    """Signing in with it; the answer."""
    options = ask(visitor, page=page)
    return visitor.post(url, data={"csrf_token": token_of(visitor, page), "answer": key.use(options)})


@pytest.fixture
def keyed(make, client):
    make.hub()
    person, key = make.person("Grace Okoro"), Authenticator()
    assert add(client.as_(person), key).headers["Location"] == f"{PAGE}/codes"
    return person, key


def test_a_passkey_signs_in_alone_as_both_factors(keyed, client, outbox):
    _person, key = keyed
    assert "A passkey was added" in outbox("people/security_changed")[-1].text
    visitor = client.as_()
    assert use(visitor, key).headers["Location"] == "/"
    visitor.get_page(MINE)
    db.session.rollback()
    row = db.session.scalars(select(SignIn).order_by(SignIn.id.desc())).first()
    assert (row.way, row.second) == ("passkey", "passkey")


def test_a_passkey_is_the_second_factor_after_a_password(keyed, client, door):
    person, key = keyed
    key.checks_owner = False
    visitor = client.as_()
    assert door.by_password(visitor, person.address).headers["Location"] == "/sign-in/second"
    options = ask(visitor, page="/sign-in/second")
    assert [each["id"] for each in options["allowCredentials"]], "only this account's own are asked for"
    answer = use(visitor, key, "/sign-in/second/passkey", "/sign-in/second")
    assert answer.headers["Location"] == "/"
    visitor.get_page(MINE)


def test_a_passkey_that_does_not_check_its_owner_is_no_way_in_alone(keyed, client):
    _person, key = keyed
    key.checks_owner = False
    visitor = client.as_()
    assert use(visitor, key).headers["Location"] == "/sign-in"
    assert "was not recognised" in visitor.get_page("/sign-in").text()
    assert visitor.get(MINE).status_code == 302


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"origin": "https://evil.test"}, id="asked from another site"),
        pytest.param({"origin": "http://echo.test"}, id="asked without https"),
        pytest.param({"rp_id": "evil.test"}, id="made for another site"),
        pytest.param({"number": b"x" * 32}, id="a key that nobody knows"),
        pytest.param({"count": -1}, id="a counter that goes backwards: a copied key"),
        pytest.param({"handle": "bWFsbG9yeQ"}, id="in another's name"),
    ],
)
def test_a_false_answer_is_not_recognised(keyed, client, lie):
    _person, key = keyed
    key.count = 10
    assert use(client.as_(), key).headers["Location"] == "/"
    for name, value in lie.items():
        setattr(key, name, value)
    visitor = client.as_()
    assert use(visitor, key).headers["Location"] == "/sign-in"
    assert visitor.get(MINE).status_code == 302


def test_another_key_with_its_number_is_not_recognised(keyed, client):
    _person, key = keyed
    forged = Authenticator(number=key.number, handle=key.handle)
    assert use(client.as_(), forged).headers["Location"] == "/sign-in"


def test_an_answer_is_taken_once(keyed, client):
    """Also with the same cookie, as somebody who has copied both would send it."""
    _person, key = keyed
    visitor = client.as_()
    data = {"answer": key.use(ask(visitor)), "csrf_token": token_of(visitor)}
    with visitor.session_transaction(base_url="https://echo.test") as session:
        kept = dict(session)
    assert visitor.post("/sign-in/passkey", data=data).headers["Location"] == "/"
    other = client.as_()
    with other.session_transaction(base_url="https://echo.test") as session:
        session.update(kept)
    assert other.post("/sign-in/passkey", data=data).headers["Location"] == "/sign-in"


def test_an_answer_after_five_minutes_is_too_late(keyed, client, hands):
    _person, key = keyed
    visitor = client.as_()
    data = {"answer": key.use(ask(visitor)), "csrf_token": token_of(visitor)}
    hands.moment += timedelta(minutes=5)
    assert visitor.post("/sign-in/passkey", data=data).headers["Location"] == "/sign-in"


def test_another_persons_passkey_is_no_second_factor_of_mine(keyed, make, client, door):
    _person, hers = keyed
    mallory, his = make.person("Mallory"), Authenticator()
    add(client.as_(mallory), his)
    visitor = client.as_()
    door.by_password(visitor, mallory.address)
    assert use(visitor, hers, "/sign-in/second/passkey", "/sign-in/second").headers["Location"] == "/sign-in/second"


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", "x" * 30_000, '{"rawId": 1, "response": {}}', '{"response": []}']
)
def test_nonsense_is_not_recognised(keyed, client, answer):
    visitor = client.as_()
    ask(visitor)
    sent = visitor.post("/sign-in/passkey", data={"csrf_token": token_of(visitor), "answer": answer})
    assert sent.headers["Location"] == "/sign-in"
    mine = client.as_(keyed[0])
    ask(mine, f"{PAGE}/passkeys/question", PAGE, name="x")
    sent = mine.post(f"{PAGE}/passkeys", data={"csrf_token": token_of(mine, PAGE), "name": "x", "answer": answer})
    assert sent.status_code == 409


def test_a_passkey_belongs_to_one_account(keyed, make, client):
    _person, key = keyed
    assert add(client.as_(make.person()), key).status_code == 409


def test_a_passkey_is_removed_and_opens_nothing_any_more(keyed, client, outbox):
    person, key = keyed
    mine = client.as_(person)
    code = db.session.scalars(select(Passkey.code)).one()
    mine.submit(PAGE, action=f"/passkeys/{code}/remove")
    assert "passkey was removed" in outbox("people/security_changed")[-1].text
    assert use(client.as_(), key).headers["Location"] == "/sign-in"
    db.session.rollback()
    assert db.session.get(Account, person.account.id).second_factor_since is None


def test_a_passkey_needs_a_name(make, client):
    make.hub()
    mine = client.as_(make.person())
    answer = mine.post(f"{PAGE}/passkeys/question", data={"csrf_token": token_of(mine, PAGE), "name": " "})
    assert answer.status_code == 422 and "name" in answer.get_json()["message"]
