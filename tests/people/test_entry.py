"""Signing in by letter and password: what works once, what is counted, what a session is bound to."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from echo_sessions.database import db
from echo_sessions.people.models import CodeAsk, OneTimeLink, SignIn, Tries
from echo_sessions.people.rules import Stay
from tests.client import BASE
from tests.people.conftest import write_letters

MINE = "/me/settings"


def test_a_link_signs_in_once_and_only_by_its_button(make, client, door):
    make.hub()
    person, visitor = make.person("Grace Okoro"), client.as_()
    door.ask(visitor, person.address)
    link, _code = door.letter()
    visitor.get_page(link)
    visitor.get_page(link)
    assert visitor.get(MINE).status_code == 302
    assert visitor.submit(link, follow=False).status == 303
    visitor.get_page(MINE)
    assert "has been used" in client.as_().get_page(link, status=409).text()
    assert client.as_().post(link).status_code == 400, "and nothing is posted without the token against forging"


def test_a_link_ends_after_fifteen_minutes(make, client, door, hands):
    make.hub()
    door.ask(client.as_(), make.person().address)
    link, _code = door.letter()
    hands.moment += timedelta(minutes=14, seconds=59)
    client.as_().get_page(link)
    hands.moment += timedelta(seconds=1)
    client.as_().get_page(link, status=409)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"), id="another last letter"),
        pytest.param(lambda token: token[:-1], id="a letter short"),
        pytest.param(lambda token: "x" * 43, id="made up"),
        pytest.param(lambda token: token.swapcase(), id="small and large letters changed"),
    ],
)
def test_a_forged_link_opens_nothing(make, client, door, change):
    make.hub()
    visitor = client.as_()
    door.ask(visitor, make.person().address)
    link, _code = door.letter()
    assert client.as_().get(f"/sign-in/{change(link.rsplit('/', 1)[1])}").status_code == 409


def test_the_table_knows_neither_link_nor_code(make, client, door):
    make.hub()
    door.ask(client.as_(), make.person().address)
    link, code = door.letter()
    [row], [asked] = db.session.scalars(select(OneTimeLink)).all(), db.session.scalars(select(CodeAsk)).all()
    kept = " ".join(str(value) for each in (row, asked) for value in vars(each).values())
    assert link.rsplit("/", 1)[1] not in kept and code.replace(" ", "") not in kept


def test_the_code_signs_in_where_it_was_asked_for(make, client, door):
    make.hub()
    person, visitor = make.person("Grace Okoro"), client.as_()
    door.ask(visitor, person.address)
    link, code = door.letter()
    visitor.submit("/sign-in/link-sent", action="/sign-in/code", follow=False, code=code)
    visitor.get_page(MINE)
    client.as_().get_page(link, status=409)
    [row] = db.session.scalars(select(SignIn)).all()
    assert row.way == "code"


def test_the_code_is_nothing_in_another_browser(make, client, door):
    make.hub()
    person, visitor, other = make.person(), client.as_(), client.as_()
    door.ask(visitor, person.address)
    _link, code = door.letter()
    door.ask(other, "nobody@clinic.test")
    page = other.submit("/sign-in/link-sent", action="/sign-in/code", status=422, code=code)
    assert "not the code of the last letter" in page.text()
    assert other.get(MINE).status_code == 302


def test_five_wrong_codes_and_only_the_link_is_taken(make, client, door):
    make.hub()
    person, visitor = make.person(), client.as_()
    door.ask(visitor, person.address)
    link, code = door.letter()
    wrong = "000000" if code != "000 000" else "111111"
    for _ in range(5):
        visitor.submit("/sign-in/link-sent", action="/sign-in/code", status=422, code=wrong)
    page = visitor.submit("/sign-in/link-sent", action="/sign-in/code", code=code)
    assert "No code is taken here any more" in page.text()
    visitor.submit(link, follow=False)
    visitor.get_page(MINE)


def test_the_code_ends_after_ten_minutes(make, client, door, hands):
    make.hub()
    visitor = client.as_()
    door.ask(visitor, make.person().address)
    hands.moment += timedelta(minutes=10)
    page = visitor.submit("/sign-in/link-sent", action="/sign-in/code", code=door.letter()[1])
    assert "No code is taken" in page.text()


def test_an_unknown_address_gets_the_same_pages_and_no_letter(make, outbox, client, door):
    make.hub()
    known, person = client.as_(), make.person()
    unknown = client.as_()
    pages = [
        door.ask(known, person.address),
        door.ask(unknown, "nobody@clinic.test"),
        door.ask(client.as_(), "no address"),
    ]
    assert len({page.text() for page in pages}) == 1
    answers = [
        [
            visitor.submit("/sign-in/link-sent", action="/sign-in/code", status=422, code="12345x").text()
            for _ in range(5)
        ]
        for visitor in (known, unknown)
    ]
    assert answers[0] == answers[1]
    assert len(outbox()) == 1


def test_an_unknown_address_writes_as_much(app, make, client):
    """What takes time is the same: the rows that are written; the letter is a worker's business."""
    from tests.house.test_lists import queries

    make.hub()
    written = []
    for typed in (make.person().address, "nobody@clinic.test"):
        visitor = client.as_()
        data = {**visitor.get_page("/sign-in").fields("/sign-in/link"), "email": typed}
        with queries(app) as asked:
            visitor.post("/sign-in/link", data=data)
        written.append(
            [
                statement.split("(")[0]
                for statement in asked
                if not statement.startswith("SELECT")
                and not statement.startswith(("UPDATE tries", "INSERT INTO tries", "DELETE FROM tries"))
            ]
        )
    assert written[0] == written[1] and len(written[0]) > 1


def test_a_letter_goes_to_the_typed_address_only_if_it_is_proved(make, client, door, outbox):
    from echo_sessions.database import transaction
    from echo_sessions.people import service

    make.hub()
    person = make.person(email="work@clinic.test")
    with transaction():
        service.add_address(person, "private@home.test", now=make.now, verified=True)
        service.add_address(person, "typo@home.test", now=make.now)
    for typed in ("PRIVATE@home.test", "typo@home.test", "work@clinic.test"):
        door.ask(client.as_(), typed)
    assert [letter.to_address for letter in outbox()] == ["private@home.test", "work@clinic.test", "work@clinic.test"]


def test_the_letter_is_written_once_and_another_day_again(make, client, door, outbox, hands):
    """Also by a worker that is run twice, and after the old asks were tidied away."""
    from echo_sessions.people import jobs

    make.hub()
    person = make.person()
    door.ask(client.as_(), person.address)
    write_letters()
    assert len(outbox()) == 1
    hands.moment += timedelta(days=4)
    jobs.tidy({}, hands.moment)
    door.ask(client.as_(), person.address)
    assert len(outbox()) == 2


def test_a_closed_account_gets_no_letter(make, client, door, outbox):
    from echo_sessions.database import transaction

    make.hub()
    person = make.person()
    with transaction():
        person.account.active = False
    door.ask(client.as_(), person.address)
    assert outbox() == []
    assert "do not belong together" in door.by_password(client.as_(), person.address).get_data(as_text=True)


def test_six_letters_and_then_a_wait_that_ends(make, client, door, outbox, hands):
    make.hub()
    person, visitor = make.person(), client.as_()
    for _ in range(6):
        page = door.ask(visitor, person.address)
    assert "Too many letters" in page.text() and len(outbox()) == 5
    hands.moment += timedelta(minutes=1)
    door.ask(visitor, person.address)
    assert len(outbox()) == 6


def test_wrong_passwords_wait_longer_and_longer_and_never_for_ever(make, client, door, hands):
    make.hub()
    person, visitor = make.person(), client.as_()
    for _ in range(5):
        assert "do not belong" in door.by_password(visitor, person.address, "wrong").get_data(as_text=True)
    waits = []
    for _ in range(9):
        answer = door.by_password(visitor, person.address).get_data(as_text=True)
        assert "Too many tries" in answer, "even the right one waits"
        until = db.session.scalars(select(func.max(Tries.free_at))).one()
        waits.append((until - hands.moment).total_seconds())
        hands.moment = until
        door.by_password(visitor, person.address, "wrong")
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]
    hands.moment += timedelta(minutes=15)
    assert door.by_password(visitor, person.address).status_code == 303
    visitor.get_page(MINE)


def test_who_waits_for_passwords_still_gets_a_link(make, client, door):
    make.hub()
    person, visitor = make.person(), client.as_()
    for _ in range(7):
        door.by_password(visitor, person.address, "wrong")
    assert door.by_link(visitor, person.address).status_code == 303
    visitor.get_page(MINE)


def test_unknown_addresses_wait_like_known_ones(make, client, door):
    make.hub()
    person = make.person()

    def told(address: str) -> list[str]:
        visitor = client.as_()
        answers = [door.by_password(visitor, address, "wrong").get_data(as_text=True) for _ in range(7)]
        return [
            "Too many tries" if "Too many tries" in each else "No" if "do not belong" in each else "?"
            for each in answers
        ]

    assert told(person.address) == told("nobody@clinic.test") == ["No"] * 5 + ["Too many tries"] * 2


@pytest.mark.parametrize("address", ["known", "nobody@clinic.test", "passwordless"])
def test_a_wrong_password_costs_one_hash_whoever_is_meant(make, client, door, address, monkeypatch):
    """Else the time of the answer would tell who is known. The library's two ways of hashing are counted, not replaced."""
    from flask_security import core, forms

    make.hub()
    person, other = make.person(), make.person()
    from echo_sessions.database import transaction

    with transaction():
        other.account.password = None
    hashed = []
    for module, name in ((forms, "hash_password"), (core, "verify_and_update_password")):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given, real=real: hashed.append(1) or real(*given))
    typed = {"known": person.address, "passwordless": other.address}.get(address, address)
    door.by_password(client.as_(), typed, "wrong")
    assert len(hashed) == 1


def test_a_password_as_long_as_a_book_is_not_hashed(make, client, door, monkeypatch):
    from flask_security import core

    make.hub()
    hashed: list[int] = []
    real = core.verify_and_update_password
    monkeypatch.setattr(core, "verify_and_update_password", lambda *given: hashed.append(1) or real(*given))
    answer = door.by_password(client.as_(), make.person().address, "x" * 100_000)
    assert "do not belong together" in answer.get_data(as_text=True) and hashed == []


def test_signing_in_changes_the_secret_and_ends_what_was_there(make, client, door):
    """A cookie that somebody else has put into the browser, or stolen from it before, is worth nothing afterwards."""
    make.hub()
    mallory, grace = make.person("Mallory"), make.person("Grace Okoro")
    planted = client.as_(mallory)
    with planted.session_transaction(base_url=BASE) as session:
        before = dict(session)
    planted.post("/sign-out", data=planted.get_page("/sign-out").fields())
    with planted.session_transaction(base_url=BASE) as session:
        session.update(before)
    assert planted.get(MINE).status_code == 302, "what was signed out stays out"
    door.by_link(planted, grace.address)
    with planted.session_transaction(base_url=BASE) as session:
        after = dict(session)
    assert after["sign_in"] != before["sign_in"] and after["_user_id"] != before["_user_id"]
    assert "Grace Okoro" in planted.get_page(MINE).body


def test_another_persons_secret_with_ones_own_name_opens_nothing(make, client):
    make.hub()
    grace, mallory = client.as_(make.person("Grace")), client.as_(make.person("Mallory"))
    with mallory.session_transaction(base_url=BASE) as session:
        hers = dict(session)
    with grace.session_transaction(base_url=BASE) as session:
        session["sign_in"] = hers["sign_in"]
    assert grace.get(MINE).status_code == 302


def test_the_cookie_belongs_to_this_host_alone(make, client, door):
    make.hub()
    answer = door.by_link(client.as_(), make.person().address)
    [cookie] = [each for each in answer.headers.getlist("Set-Cookie") if "__Host-echo" in each]
    parts = {part.strip().split("=")[0].lower(): part.strip() for part in cookie.split(";")}
    assert {"secure", "httponly"} <= parts.keys() and parts["samesite"] == "SameSite=Lax"
    assert parts["path"] == "Path=/" and "domain" not in parts and "expires" not in parts
    assert not any("remember" in each for each in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("ticked", "stay", "lasts"),
    [
        pytest.param({}, Stay.ORDINARY, timedelta(hours=12), id="ordinary"),
        pytest.param({"shared": "y"}, Stay.SHARED, timedelta(minutes=30), id="a shared computer"),
        pytest.param({"kept": "y"}, Stay.KEPT, timedelta(days=30), id="one's own"),
        pytest.param({"kept": "y", "shared": "y"}, Stay.SHARED, timedelta(minutes=30), id="both: shared wins"),
    ],
)
def test_a_session_ends_when_nobody_comes(make, client, door, hands, ticked, stay, lasts):
    make.hub()
    visitor = client.as_()
    answer = door.by_link(visitor, make.person().address, **ticked)
    assert ("Expires" in ";".join(answer.headers.getlist("Set-Cookie"))) == (stay is Stay.KEPT)
    [row] = db.session.scalars(select(SignIn)).all()
    assert row.stay is stay
    hands.moment += lasts - timedelta(seconds=1)
    visitor.get_page(MINE)
    hands.moment += lasts
    assert visitor.get(MINE).status_code == 302
    assert "Your session has ended" in visitor.get_page(visitor.get("/sign-in/").headers["Location"]).text()


def test_a_session_ends_in_any_case(make, client, door, hands):
    make.hub()
    visitor = client.as_()
    door.by_link(visitor, make.person().address, shared="y")
    end = hands.moment + timedelta(hours=8)
    while hands.moment + timedelta(minutes=20) < end:
        hands.moment += timedelta(minutes=20)
        visitor.get_page(MINE)
    hands.moment = end
    assert visitor.get(MINE).status_code == 302


def test_pages_within_five_minutes_write_nothing(make, client, door, hands):
    make.hub()
    visitor = client.as_()
    door.by_link(visitor, make.person().address)
    seen = db.session.scalars(select(SignIn.seen_at)).one
    begun = hands.moment
    hands.moment += timedelta(minutes=4, seconds=59)
    visitor.get_page(MINE)
    assert seen() == begun
    hands.moment += timedelta(seconds=1)
    visitor.get_page(MINE)
    db.session.rollback()
    assert db.session.scalars(select(SignIn.seen_at)).one() == hands.moment


def test_a_closed_account_is_out_at_once(make, client):
    from echo_sessions.database import transaction

    make.hub()
    person = make.person()
    visitor = client.as_(person)
    visitor.get_page(MINE)
    with transaction():
        person.account.active = False
    assert visitor.get(MINE).status_code == 302


def test_signing_out_ends_it_and_tells_the_browser_to_forget(make, client):
    make.hub()
    visitor = client.as_(make.person())
    answer = visitor.submit("/sign-out", follow=False).answer
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert visitor.get(MINE).status_code == 302
    db.session.rollback()
    assert db.session.scalars(select(SignIn)).one().ended_by == "signed out"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test/", "//evil.test/", "/\\evil.test", "\\\\evil.test", "/%09/evil.test\t", "javascript:alert(1)",
        "/\x00", "http:evil.test", "///evil.test", "/ok\\..\\", "/a\r\nLocation: //evil.test", "", "evil.test", "/" + "x" * 3000,
        "https:/evil.test", "/\t/evil.test", " //evil.test",
    ],
)  # fmt: skip
def test_nobody_is_sent_elsewhere_after_signing_in(make, client, door, elsewhere):
    make.hub()
    person = make.person()
    visitor = client.as_()
    door.ask(visitor, person.address, next=elsewhere)
    assert visitor.submit(door.letter()[0], follow=False).answer.headers["Location"] == "/"
    assert door.by_password(client.as_(), person.address, next=elsewhere).headers["Location"] == "/"


def test_the_way_on_is_kept(make, client, door):
    make.hub()
    person, visitor = make.person(), client.as_()
    door.ask(visitor, person.address, next="/me/settings?x=1")
    assert visitor.submit(door.letter()[0], follow=False).answer.headers["Location"] == "/me/settings?x=1"


def test_a_forged_host_changes_no_letter(make, client, outbox):
    make.hub()
    person, visitor = make.person(), client.as_()
    data = {**visitor.get_page("/sign-in").fields("/sign-in/link"), "email": person.address}
    for name in ("Host", "X-Forwarded-Host", "X-Host", "Forwarded"):
        visitor.post("/sign-in/link", data=data, headers={name: "evil.test", "Referer": BASE + "/"})
    write_letters()
    letters = outbox()
    assert letters and not any("evil.test" in letter.text + letter.html for letter in letters)


def test_the_letters_secret_is_dropped_once_sent(make, outbox, client, door, smtp_server, app):
    from echo_sessions.jobs import worker

    make.hub()
    person = make.person()
    door.ask(client.as_(), person.address)
    link, code = door.letter()
    worker.work_off(app)
    [sent] = smtp_server.delivered(person.address)
    assert code in sent.get_body(("plain",)).get_content()
    [letter] = outbox()
    db.session.refresh(letter)
    assert letter.state == "sent" and link not in letter.text + letter.html and code not in letter.text + letter.html
