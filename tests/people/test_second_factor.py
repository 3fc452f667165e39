"""The second factor: set up, asked after every way in, used once, lost, and demanded of those who see much."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from echo_sessions.database import db, transaction
from echo_sessions.people import second_factor, service
from echo_sessions.people.command import reset_second_factor
from echo_sessions.people.models import Account, RecoveryCode, SignIn
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs.rules import Role
from tests.signing import app_code, key_on

MINE = "/me/settings"
PAGE = "/me/security"


@pytest.fixture
def with_app(make, client, hands):
    """Somebody with an app, the app's key, and ten recovery codes."""
    make.hub()
    person = make.person("Grace Okoro")
    mine = client.as_(person)
    key = key_on(mine.get_page(f"{PAGE}/app"))
    mine.submit(f"{PAGE}/app", code=app_code(key, hands.moment))
    codes = re.findall(r"<code>(\S+)</code>", mine.submit(f"{PAGE}/codes", status=200).body)
    hands.moment += timedelta(minutes=5)
    assert len(codes) == 10
    return person, key, codes


def half(client, door, person, way="password"):
    """A visitor who has shown the first factor."""
    visitor = client.as_()
    answer = door.by_password(visitor, person.address) if way == "password" else door.by_link(visitor, person.address)
    assert answer.status_code == 303 and answer.headers["Location"] == "/sign-in/second"
    return visitor


@pytest.mark.parametrize("way", ["password", "link"])
def test_the_apps_code_is_asked_after_every_way_in(with_app, client, door, hands, way):
    person, key, _codes = with_app
    visitor = half(client, door, person, way)
    assert visitor.get(MINE).status_code == 302, "half in is not in"
    assert visitor.get("/").status_code in {302, 200}
    with visitor.session_transaction(base_url="https://echo.test") as session:
        before = session["sign_in"]
        assert "_user_id" not in session
    visitor.submit("/sign-in/second", **{"app-code": app_code(key, hands.moment)}, follow=False)
    visitor.get_page(MINE)
    with visitor.session_transaction(base_url="https://echo.test") as session:
        assert session["sign_in"] != before
    db.session.rollback()
    assert (
        db.session.scalars(select(SignIn.second).where(SignIn.way == way).order_by(SignIn.id.desc())).first() == "app"
    )


def test_a_code_works_once(with_app, client, door, hands):
    person, key, _codes = with_app
    code = app_code(key, hands.moment)
    first, second = half(client, door, person), half(client, door, person)
    first.submit("/sign-in/second", follow=False, **{"app-code": code})
    page = second.submit("/sign-in/second", status=422, **{"app-code": code})
    assert "used before" in page.text()
    second.submit("/sign-in/second", follow=False, **{"app-code": app_code(key, hands.moment, steps=1)})
    second.get_page(MINE)


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422), (100, 422)])
def test_a_clock_may_be_one_step_off(with_app, client, door, hands, steps, status):
    person, key, _codes = with_app
    visitor = half(client, door, person)
    visitor.submit("/sign-in/second", status=status, follow=False, **{"app-code": app_code(key, hands.moment, steps)})


@pytest.mark.parametrize("typed", ["", "000000000000", "abcdef", "１２３４５６", "-1", "1 2 3", "' or 1=1"])
def test_what_is_no_code_is_refused(with_app, client, door, typed):
    person, _key, _codes = with_app
    half(client, door, person).submit("/sign-in/second", status=422, **{"app-code": typed})


def test_wrong_codes_wait_and_are_told_by_letter(with_app, client, door, outbox):
    person, _key, _codes = with_app
    visitor = half(client, door, person)
    told = [visitor.submit("/sign-in/second", status=422, **{"app-code": "000001"}).text() for _ in range(7)]
    assert ["Too many tries" in words for words in told] == [False] * 5 + [True] * 2
    letters = [letter.text for letter in outbox("people/security_changed")]
    assert sum("several wrong codes" in words for words in letters) == 1


def test_half_in_ends_after_ten_minutes(with_app, client, door, hands):
    person, _key, _codes = with_app
    visitor = half(client, door, person)
    hands.moment += timedelta(minutes=10)
    answer = visitor.get("/sign-in/second")
    assert answer.status_code == 302 and answer.headers["Location"] == "/sign-in"


def test_a_recovery_code_works_once_and_is_told_by_letter(with_app, client, door, outbox):
    person, _key, codes = with_app
    typed = codes[3].replace("-", " ").lower().replace("0", "o").replace("1", "l")
    visitor = half(client, door, person)
    page = visitor.submit("/sign-in/second", **{"recovery-code": typed})
    assert "9 recovery codes are left" in page.text()
    assert "Somebody signed in with one of your recovery codes." in outbox("people/security_changed")[-1].text
    again = half(client, door, person).submit("/sign-in/second", status=422, **{"recovery-code": codes[3]})
    assert "none of your unused" in again.text()


def test_recovery_codes_are_shown_once_kept_as_hashes_and_replaced(with_app, client):
    person, _key, codes = with_app
    mine = client.as_(person)
    rows = db.session.scalars(select(RecoveryCode)).all()
    kept = " ".join(f"{row.salt} {row.hash}" for row in rows)
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)
    assert codes[0] not in mine.get_page(f"{PAGE}/codes").body + mine.get_page(PAGE).body
    new = re.findall(r"<code>(\S+)</code>", mine.submit(f"{PAGE}/codes", status=200).body)
    assert not set(new) & set(codes)
    assert second_factor.find_code(person.account.id, codes[0]) is None
    assert second_factor.find_code(person.account.id, new[0]) is not None


def test_two_at_once_with_one_recovery_code_are_one(with_app):
    person, _key, codes = with_app
    number = second_factor.find_code(person.account.id, codes[0])
    with transaction():
        used = [second_factor.use_code(number, now=person.created_at) for _ in range(2)]
    assert used == [True, False]


def test_the_key_of_the_app_is_sealed_in_the_table_and_in_the_cookie(make, client):
    make.hub()
    mine = client.as_(make.person())
    page = mine.get_page(f"{PAGE}/app")
    key = key_on(page)
    assert key_on(mine.get_page(f"{PAGE}/app")) == key, "a page loaded again shows the same"
    with mine.session_transaction(base_url="https://echo.test") as session:
        assert key not in str(dict(session))
    mine.submit(f"{PAGE}/app", status=422, code="000000")
    from echo_sessions import clock

    mine.submit(f"{PAGE}/app", code=app_code(key, clock.now()), follow=False)
    db.session.rollback()
    raw = db.session.execute(text("SELECT totp_secret FROM accounts")).scalars().one()
    assert key not in raw and db.session.scalars(select(Account.totp_secret)).one() == key


def test_another_persons_half_set_up_key_is_not_taken(make, client):
    make.hub()
    one, two = client.as_(make.person()), client.as_(make.person())
    key = key_on(one.get_page(f"{PAGE}/app"))
    with one.session_transaction(base_url="https://echo.test") as session:
        planted = session["new_app"]
    with two.session_transaction(base_url="https://echo.test") as session:
        session["new_app"] = planted
    assert key_on(two.get_page(f"{PAGE}/app")) != key


def test_removing_the_app_takes_the_recovery_codes_along(with_app, client, outbox):
    person, _key, _codes = with_app
    mine, elsewhere = client.as_(person), client.as_(person)
    mine.submit(PAGE, action="/app/remove")
    assert "removed from your account" in outbox("people/security_changed")[-1].text
    assert db.session.scalars(select(RecoveryCode)).all() == []
    assert elsewhere.get(MINE).status_code == 302
    mine.get_page(MINE)


ROLES = [
    pytest.param(StaffRole.OWNER, True, id="an owner of the hub"),
    pytest.param(StaffRole.COORDINATOR, True, id="a coordinator of the hub"),
    pytest.param(Role.DIRECTOR, True, id="a director"),
    pytest.param(Role.COORDINATOR, True, id="a coordinator of a program"),
    pytest.param(Role.EVALUATOR, True, id="an evaluator"),
    pytest.param(Role.EXPERT, False, id="an expert, asked twice a year"),
    pytest.param(Role.FACILITATOR, False, id="a facilitator"),
    pytest.param(Role.OBSERVER, False, id="an observer"),
    pytest.param(Role.SPONSOR, False, id="a sponsor"),
    pytest.param(None, False, id="a participant"),
]


@pytest.mark.parametrize(("role", "needed"), ROLES)
def test_after_the_grace_of_fourteen_days_every_page_leads_there(make, client, door, hands, role, needed):
    hub = make.hub()
    person = make.person("Ana Ruiz")
    if isinstance(role, StaffRole):
        with transaction():
            service.appoint(person, hub, role, now=make.now)
    elif role is not None:
        make.member(make.program(), role, person)
    hands.moment += timedelta(days=400)
    visitor = client.as_()
    door.by_link(visitor, person.address, kept="y")
    assert ("14 days are left" in visitor.get_page(MINE).text()) == needed, "it begins with the first sign-in"
    hands.moment += timedelta(days=13, hours=23)
    assert ("1 day is left" in visitor.get_page(MINE).text()) == needed
    hands.moment += timedelta(hours=1)
    for page in (MINE, "/", "/me"):
        answer = visitor.get(page)
        assert (answer.headers.get("Location") == PAGE) == needed, page
    if needed:
        assert "the time to set it up is over" in visitor.get_page(PAGE).text()
        visitor.submit("/sign-out")
        door.by_link(visitor, person.address)
        assert "the time to set it up is over" in visitor.get_page(PAGE).text(), "signing in again changes nothing"
        key = key_on(visitor.get_page(f"{PAGE}/app"))
        visitor.submit(f"{PAGE}/app", code=app_code(key, hands.moment), follow=False)
        visitor.get_page(MINE)


def test_who_gave_the_role_back_goes_free(make, client, door, hands):
    make.hub()
    program, person = make.program(), make.person()
    make.member(program, Role.COORDINATOR, person)
    visitor = client.as_()
    door.by_link(visitor, person.address, kept="y")
    hands.moment += timedelta(days=20)
    assert visitor.get(MINE).headers["Location"] == PAGE
    with transaction():
        db.session.execute(text("DELETE FROM memberships"))
    visitor.get_page(MINE)


def test_links_in_letters_open_all_the_same(make, client, door, hands):
    """The wall stands before pages for the signed-in, not before an answer to an invitation."""
    from echo_sessions.sessions import ways

    session = make.session()
    person = make.coordinator()
    visitor = client.as_()
    door.by_link(visitor, person.address, kept="y")
    hands.moment += timedelta(days=20)
    assert visitor.get(MINE).headers["Location"] == PAGE
    assert visitor.get(ways.join_url(session, person)).headers.get("Location") != PAGE
    visitor.get_page("/verify")


def test_the_command_takes_a_lost_factor_away(with_app, client, door, outbox):
    person, _key, _codes = with_app
    elsewhere = client.as_(person)
    answer, words = reset_second_factor(person.address.upper())
    assert answer["had_second_factor"] and "no second factor any more" in words
    assert "taken away by your hub" in outbox("people/security_changed")[-1].text
    assert elsewhere.get(MINE).status_code == 302
    assert door.by_password(client.as_(), person.address).headers["Location"] == "/"


def test_it_takes_two_of_the_hubs_staff(with_app, client, make, door, outbox):
    person, _key, _codes = with_app
    ana, ben = make.coordinator("Ana Ruiz"), make.coordinator("Ben Ode")
    page = f"/people/{person.code}/second-factor"
    client.as_(ana).submit(page, status=422, reason="")
    client.as_(ana).submit(page, reason="Lost phone; called back on the clinic's number.")
    mine = client.as_(ana)
    shown = mine.get_page(page)
    assert "Somebody else of the hub's staff has to do it" in shown.text()
    token = shown.fields()["csrf_token"]
    assert mine.post(f"{page}/do", data={"csrf_token": token}).status_code == 409, "whoever asked cannot do it"
    done = client.as_(ben).submit(page, action="/second-factor/do")
    assert "is taken away" in done.text()
    db.session.rollback()
    assert db.session.get(Account, person.account.id).second_factor_since is None
    assert door.by_password(client.as_(), person.address).headers["Location"] == "/"


def test_a_refused_question_takes_nothing_away(with_app, client, make):
    person, _key, _codes = with_app
    page = f"/people/{person.code}/second-factor"
    client.as_(make.coordinator("Ana Ruiz")).submit(page, reason="She says so.")
    client.as_(make.coordinator("Ben Ode")).submit(page, action="/second-factor/refuse")
    db.session.rollback()
    assert db.session.get(Account, person.account.id).second_factor_since is not None


def test_participants_know_of_no_such_page(with_app, client, make):
    person, _key, _codes = with_app
    assert client.as_(make.person()).get(f"/people/{person.code}/second-factor").status_code == 404
    assert client.as_(person).get(f"/people/{person.code}/second-factor").status_code == 404


def test_nobody_takes_away_ones_own_in_the_hubs_name(make, client, hands):
    ana = make.coordinator("Ana Ruiz")
    mine = client.as_(ana)
    key = key_on(mine.get_page(f"{PAGE}/app"))
    mine.submit(f"{PAGE}/app", code=app_code(key, hands.moment), follow=False)
    page = mine.submit(f"/people/{ana.code}/second-factor", status=422, reason="Lost it.")
    assert "Ask a colleague" in page.text()
