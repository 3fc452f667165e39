"""The organisation's own sign-in, against a real provider on this machine: who gets in, and every way it can lie."""

from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.outside.oidc import Provider
from echo_sessions.people.models import Account, Identity, Person, SignIn
from tests.oidc_server import CLIENT, SECRET, serving
from tests.signing import app_code, key_on

MINE = "/me/settings"


@pytest.fixture
def provider(app):
    with serving() as provider:
        before, app.extensions["oidc"] = app.extensions["oidc"], Provider(provider.url, CLIENT, SECRET, timeout=2)
        yield provider
        app.extensions["oidc"] = before


def there(visitor, **values):
    """The address at the provider that the browser is sent to, or ours when nothing comes of it."""
    token = visitor.get_page("/sign-in").fields()["csrf_token"]
    return visitor.post("/sign-in/provider", data={"csrf_token": token, **values}).headers["Location"]


def back(visitor, address):
    """The browser comes back; the answer."""
    parts = urlsplit(address)
    return visitor.get(f"{parts.path}?{parts.query}")


def go(visitor, provider, **values):
    return back(visitor, provider.visit(there(visitor, **values)))


def says(visitor):
    return visitor.get_page("/sign-in").text()


def test_somebody_known_gets_in_and_is_remembered_by_subject(make, client, provider, outbox):
    make.hub()
    person, visitor = make.person("Grace Okoro", email="Grace@clinic.test"), client.as_()
    assert go(visitor, provider, next=MINE).headers["Location"] == MINE
    assert "Grace Okoro" in visitor.get_page(MINE).body
    assert "connected with your organisation" in outbox("people/security_changed")[-1].text
    provider.who = {"sub": "u-1", "email": "married@clinic.test", "email_verified": False}
    assert go(client.as_(), provider).headers["Location"] == "/"
    db.session.rollback()
    [identity] = db.session.scalars(select(Identity)).all()
    assert (identity.issuer, identity.subject, identity.account_id) == (provider.url, "u-1", person.account.id)
    assert len(outbox("people/security_changed")) == 1
    assert set(db.session.scalars(select(SignIn.way))) == {"provider"}


def test_somebody_without_an_account_but_known_gets_one(make, client, provider):
    make.hub()
    make.person("Grace Okoro", email="grace@clinic.test", account=False)
    assert go(client.as_(), provider).headers["Location"] == "/"
    assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_nobody_is_made(make, client, provider):
    make.hub()
    visitor = client.as_()
    assert go(visitor, provider).headers["Location"] == "/sign-in"
    assert "This hub does not know the address" in says(visitor)
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.parametrize("verified", [False, None, "true", "yes", 1])
def test_an_address_that_the_provider_does_not_vouch_for_is_nobodys(make, client, provider, verified):
    make.hub()
    make.person(email="grace@clinic.test")
    provider.who["email_verified"] = verified
    visitor = client.as_()
    assert go(visitor, provider).headers["Location"] == "/sign-in"
    assert "does not vouch for your e-mail address" in says(visitor)


@pytest.mark.parametrize(
    "fault",
    [
        "wrong nonce", "no nonce", "wrong aud", "two aud", "expired", "no expiry", "other issuer", "of tomorrow", "alg none",
        "signed with our secret", "signed with the public key", "another's key", "changed", "no subject", "long subject",
    ],
)  # fmt: skip
def test_a_token_that_is_not_genuine_lets_nobody_in(make, client, provider, fault):
    make.hub()
    make.person(email="grace@clinic.test")
    visitor = client.as_()
    provider.fault = fault
    assert go(visitor, provider).headers["Location"] == "/sign-in"
    assert "was not genuine" in says(visitor)
    assert visitor.get(MINE).status_code == 302
    assert db.session.scalars(select(SignIn)).all() == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error", "does not answer"),
        ("endless", "does not answer"),
        ("slow", "does not answer"),
        ("broken", "cannot be used"),
        ("elsewhere", "cannot be used"),
        ("other metadata", "cannot be used"),
        ("plain http", "cannot be used"),
    ],
)
def test_a_provider_that_is_away_or_broken_is_said_so_before_one_leaves(make, client, provider, fault, words):
    make.hub()
    provider.fault = fault
    visitor = client.as_()
    assert there(visitor) == "/sign-in"
    assert words in says(visitor)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("error", "does not answer"),
        ("slow", "does not answer"),
        ("broken", "cannot be used"),
        ("no token", "cannot be used"),
    ],
)
def test_a_provider_that_goes_away_on_the_way_back(make, client, provider, fault, words):
    make.hub()
    visitor = client.as_()
    address = provider.visit(there(visitor))
    provider.fault = fault
    assert back(visitor, address).headers["Location"] == "/sign-in"
    assert words in says(visitor)


def test_who_leaves_the_provider_without_signing_in_is_told(make, client, provider):
    make.hub()
    visitor = client.as_()
    provider.fault = "denied"
    assert go(visitor, provider).headers["Location"] == "/sign-in"
    assert "left without signing in" in says(visitor)


def test_the_way_back_is_walked_once(make, client, provider):
    make.hub()
    make.person(email="grace@clinic.test")
    visitor = client.as_()
    start = there(visitor)
    with visitor.session_transaction(base_url="https://echo.test") as session:
        kept = dict(session)
    address = provider.visit(start)
    assert back(visitor, address).headers["Location"] == "/"
    copied = client.as_()
    with copied.session_transaction(base_url="https://echo.test") as session:
        session.update(kept)
    assert back(copied, address).headers["Location"] == "/sign-in"
    assert "was used before" in says(copied)


def test_a_way_back_that_began_in_another_browser_is_refused(make, client, provider):
    """Else somebody could be signed in, unnoticed, as somebody else."""
    make.hub()
    make.person(email="grace@clinic.test")
    mallory, victim = client.as_(), client.as_()
    address = provider.visit(there(mallory))
    there(victim)
    assert back(victim, address).headers["Location"] == "/sign-in"
    assert back(client.as_(), address).headers["Location"] == "/sign-in"
    assert victim.get(MINE).status_code == 302


@pytest.mark.parametrize(
    "query", ["", "?state=", "?code=x", "?state=x&code=y", "?error=x&error_description=<b>", "?state=%00"]
)
def test_nonsense_on_the_way_back(make, client, provider, query):
    make.hub()
    assert client.as_().get(f"/sign-in/provider/back{query}").headers["Location"] == "/sign-in"


def test_keys_that_were_changed_are_asked_for_again(make, client, provider):
    make.hub()
    make.person(email="grace@clinic.test")
    go(client.as_(), provider)
    provider.rotate()
    assert go(client.as_(), provider).headers["Location"] == "/"
    assert provider.asked.count("GET /keys") == 2
    assert provider.asked.count("GET /.well-known/openid-configuration") == 1


def test_the_second_factor_is_asked_unless_the_provider_has(make, client, provider):
    make.hub()
    person = make.person(email="grace@clinic.test")
    mine = client.as_(person)
    key = key_on(mine.get_page("/me/security/app"))
    mine.submit("/me/security/app", code=app_code(key, clock.now()), follow=False)
    assert go(client.as_(), provider).headers["Location"] == "/sign-in/second"
    provider.who["amr"] = ["pwd"]
    assert go(client.as_(), provider).headers["Location"] == "/sign-in/second"
    provider.who["amr"] = ["pwd", "mfa"]
    assert go(client.as_(), provider).headers["Location"] == "/"


def test_a_closed_account_stays_closed(make, client, provider):
    make.hub()
    person = make.person(email="grace@clinic.test")
    with transaction():
        person.account.active = False
    assert go(client.as_(), provider).status_code == 403


def test_the_page_offers_it_only_where_there_is_one(make, client, app):
    make.hub()
    assert "organisation’s account" not in client.as_().get_page("/sign-in").text()
    visitor = client.as_()
    token = visitor.get_page("/sign-in").fields()["csrf_token"]
    assert visitor.post("/sign-in/provider", data={"csrf_token": token}).status_code == 404
