"""Connecting the hub's Zoom account, page by page, against our own Zoom."""

import dataclasses
from datetime import timedelta

import pytest

from echo_sessions.config import Secret
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.meetings import health, setup
from echo_sessions.meetings.memory import AccountMemory
from echo_sessions.meetings.models import Host, ProviderAccount
from echo_sessions.outside.meetings.zoom import Zoom
from echo_sessions.outside.meetings.zoom.events import KINDS
from echo_sessions.outside.meetings.zoom.scopes import OF_RECORDINGS, REPORTS, VITAL
from echo_sessions.people import service as people
from echo_sessions.people.rules import StaffRole
from tests.meetings import rows

PAGE = "/hub/meetings"
PAGES = (PAGE, f"{PAGE}/credentials", f"{PAGE}/secrets", f"{PAGE}/rules", f"{PAGE}/disconnect", f"{PAGE}/hosts")
POSTS = ("check", "test", "start-again", "secrets/remove", "credentials", "secrets", "rules", "disconnect", "hosts")


@pytest.fixture
def zoom(app, zoom_server):
    """Our Zoom, with nothing in the environment but its address: credentials are pasted."""
    bare = dataclasses.replace(
        app.extensions["settings"], zoom_account_id="", zoom_client_id="", zoom_client_secret=Secret(""),
        zoom_webhook_secrets=(),
    )  # fmt: skip
    app.extensions["settings"] = bare
    memory = AccountMemory("zoom", bare)
    app.extensions["meetings"]["zoom"] = Zoom(memory, oauth_url=zoom_server.oauth_url, api_url=zoom_server.api_url)
    yield zoom_server
    assert zoom_server.violations == []


@pytest.fixture
def owner(make):
    hub, person = make.hub(), make.person("Olga Owner")
    with transaction():
        people.appoint(db.session.merge(person), hub, StaffRole.OWNER, now=make.now)
    return person


def connect(hers, zoom, **other):
    values = {"account_ref": zoom.account_id, "client_id": zoom.client_id, "client_secret": zoom.client_secret}
    return hers.submit(f"{PAGE}/credentials", **(values | other))


def work(app, zoom, **later):
    zoom.hands.forward(**(later or {"seconds": 1}))
    worker.work_off(app, now=zoom.hands())


def row() -> ProviderAccount:
    db.session.rollback()
    found = health.account_of("zoom")
    assert found is not None
    return found


# Who may


def test_owners_set_it_up_coordinators_look_and_nobody_else_knows(make, client, owner):
    coordinator, director = make.coordinator(), make.person()
    page = client.as_(coordinator).get_page(PAGE)
    assert "Not connected" in page.text() and f"{PAGE}/credentials" not in page.links()
    client.as_(coordinator).get_page(f"{PAGE}/hosts")
    for url in PAGES:
        client.as_(owner).get_page(url)
        client.as_(director).get_page(url, status=404)
        if url not in {PAGE, f"{PAGE}/hosts"}:
            client.as_(coordinator).get_page(url, status=403)
    for url in POSTS:
        for person, status in ((coordinator, 403), (director, 404)):
            answer = client.as_(person)
            token = answer.get_page("/me/settings").fields()["csrf_token"]
            assert answer.post(f"{PAGE}/{url}", data={"csrf_token": token}).status_code == status, url
    assert health.account_of("zoom") is None


# Credentials


def test_pasted_credentials_are_checked_by_a_job_and_never_shown_again(app, make, client, owner, zoom):
    hers = client.as_(owner)
    page = connect(hers, zoom, client_secret=f"  {zoom.client_secret}\n")
    assert "Kept. Zoom is being asked now." in page.body and "At it" in page.text() and "data-reload" in page.body
    work(app, zoom)
    page = hers.get_page(PAGE)
    assert "Works" in page.text() and "All granted" in page.text() and "data-reload" not in page.body
    assert "by Olga Owner" in page.text() and "set, and never shown again" in page.text()
    for url in (PAGE, f"{PAGE}/credentials"):
        assert zoom.client_secret not in hers.get_page(url).body
    assert hers.get_page(f"{PAGE}/credentials").fields()["client_secret"] == ""
    with db.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT client_secret, account_ref FROM provider_accounts").one()
    assert kept[0].startswith("s1.") and kept[1] == zoom.account_id
    deeds = hers.get_page("/audit").text()
    assert "provider credentials set" in deeds and zoom.client_secret not in deeds and zoom.client_id not in deeds


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"client_secret": "not-the-right-one"}, "client", id="wrong secret"),
        pytest.param({"client_id": "another-client"}, "client", id="wrong client"),
        pytest.param({"account_ref": "another-account"}, "credentials of the app", id="wrong account"),
    ],
)
def test_credentials_that_zoom_refuses_are_said_in_a_sentence(app, client, owner, zoom, values, words):
    hers = client.as_(owner)
    connect(hers, zoom, **values)
    work(app, zoom)
    text = hers.get_page(PAGE).text()
    assert "Does not work" in text and "Zoom could not be asked" in text and words in text and "Look again" in text


def test_nobody_there_is_said_too(app, client, owner, zoom):
    memory = AccountMemory("zoom", app.extensions["settings"])
    app.extensions["meetings"]["zoom"] = Zoom(
        memory, oauth_url="http://127.0.0.1:9/oauth/token", api_url="http://127.0.0.1:9/v2"
    )
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    assert "does not answer" in hers.get_page(PAGE).text()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        pytest.param({"account_ref": ""}, "Paste the account ID.", id="no account"),
        pytest.param({"account_ref": "a b"}, "holds a space", id="a space inside"),
        pytest.param({"account_ref": "https://zoom.us/x"}, "This is an address", id="an address"),
        pytest.param({"client_id": "acc-Test_1"}, "the account ID once more", id="the same twice"),
        pytest.param({"client_secret": "client-of-tests"}, "the client ID once more", id="the client id as secret"),
        pytest.param({"client_secret": "short"}, "too short", id="a short secret"),
        pytest.param({"client_secret": ""}, "Paste the client secret too", id="no secret"),
    ],
)
def test_what_was_pasted_wrong_comes_back_but_the_secret(client, owner, zoom, values, words):
    hers = client.as_(owner)
    given = {"account_ref": zoom.account_id, "client_id": zoom.client_id, "client_secret": zoom.client_secret} | values
    page = hers.submit(f"{PAGE}/credentials", status=422, **given)
    assert words in page.text()
    assert page.fields()["client_id"] == given["client_id"] and page.fields()["client_secret"] == ""
    assert health.account_of("zoom") is None or row().client_id is None


def test_the_secret_stays_when_only_the_account_is_changed(app, client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom, account_ref="mistyped")
    work(app, zoom)
    hers.submit(f"{PAGE}/credentials", account_ref=zoom.account_id)
    work(app, zoom)
    assert "Works" in hers.get_page(PAGE).text()
    assert "Paste the client secret too" in hers.submit(f"{PAGE}/credentials", status=422, client_id="other-app").text()


def test_two_owners_do_not_overwrite_each_other_and_no_secret_shows(client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom)
    old = hers.get_page(f"{PAGE}/credentials").fields()
    hers.submit(f"{PAGE}/credentials", client_id="newer", client_secret="another-secret")
    answer = hers.post(f"{PAGE}/credentials", data=old)
    assert answer.status_code == 422
    words = answer.get_data(as_text=True)
    assert "Stored now: newer" in words and "another-secret" not in words and zoom.client_secret not in words


def test_where_the_environment_has_them_there_is_no_form(client, owner, zoom_server):
    hers = client.as_(owner)
    page = hers.get_page(PAGE)
    assert "hold them (ECHO_ZOOM_ACCOUNT_ID and two more)" in page.text() and f"{PAGE}/credentials" not in page.links()
    for name in ("credentials", "disconnect"):
        hers.get_page(f"{PAGE}/{name}", status=404)
    assert zoom_server.client_secret not in page.body and zoom_server.hook_secret not in page.body


def test_taken_away_nothing_goes_out_any_more(app, client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    asked = len(zoom.journal.calls)
    assert "Not connected" in hers.submit(f"{PAGE}/disconnect").text()
    work(app, zoom, days=1)
    assert len(zoom.journal.calls) == asked and (row().client_secret, row().token) == (None, None)


# What was granted


def test_each_missing_permission_is_named_with_what_it_is_for(app, client, owner, zoom):
    zoom.tokens.scopes = tuple(
        scope
        for scope in zoom.tokens.scopes
        if not scope.startswith(("report:", "meeting:delete", "meeting:write:admin"))
    )
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    page = hers.get_page(PAGE)
    assert "Does not work" in page.text() and "2 are missing" in page.text()
    lines = [" ".join(line.itertext()).split() for line in page.all("table")[0].iter("tr")]
    table = " ".join(word for line in lines for word in line)
    assert "take it away when a session is cancelled meeting:delete:meeting:admin meeting:write:admin Missing" in table
    assert "Missing, not vital" in table and "make the meeting of a session" not in table


def test_every_permission_that_the_client_needs_is_on_the_page_with_a_purpose(client, owner):
    text = client.as_(owner).get_page(PAGE).text()
    assert {need.new for need in (*VITAL, *REPORTS, *OF_RECORDINGS) if need.new not in text} == set()


def test_every_hook_that_is_read_is_on_the_list_to_subscribe_to(client, owner):
    text = client.as_(owner).get_page(PAGE).text()
    assert {name for name in KINDS if name not in text} == set()


def test_settings_that_record_or_summarise_on_their_own_are_warned_of(app, client, owner, zoom):
    zoom.account.settings["recording"] = {"auto_recording": "cloud"}
    zoom.account.settings["in_meeting"]["auto_saving_chat"] = True
    zoom.account.settings["in_meeting"]["meeting_summary_with_ai_companion"] = {"enable": True, "auto_enable": True}
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    text = hers.get_page(PAGE).text()
    assert (
        "records meetings by itself (cloud)" in text and "saves chats by itself" in text and "an AI summarise" in text
    )


# Hosts


def test_hosts_are_listed_with_what_keeps_some_from_opening_meetings(app, client, owner, zoom):
    zoom.add_user("basic@hub.test", "Bea", "Basic", type=1)
    zoom.add_user("left@hub.test", "Leo", "Left", status="inactive")
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    text = hers.get_page(f"{PAGE}/hosts").text()
    assert "Hana One" in text and "host2@hub.test" in text and "Without a licence nobody can be registered" in text
    assert "no longer lists it, or it is inactive" in text and "100" in text
    assert "Bea" in hers.get_page(f"{PAGE}/hosts?state=basic").text()
    assert "Hana" not in hers.get_page(f"{PAGE}/hosts?q=hugo").text()


def test_hosts_are_picked_and_what_another_did_meanwhile_is_not_overwritten(make, client, owner):
    one, two = rows.host("Echo Room 1", now=make.now), rows.host("Echo Room 2", now=make.now)
    hers = client.as_(owner)
    page = hers.get_page(f"{PAGE}/hosts")
    data = {"csrf_token": page.fields()["csrf_token"], "shown": [one.code, two.code], "pool": [two.code]}
    data |= {f"was-{one.code}": "1:1", f"was-{two.code}": "1:1", f"at_once-{one.code}": "1", f"at_once-{two.code}": "2"}
    assert hers.post(f"{PAGE}/hosts", data=data).status_code == 303
    db.session.rollback()
    kept = {host.code: (host.in_pool, host.at_once) for host in db.session.query(Host)}
    assert kept == {one.code: (False, 1), two.code: (True, 2)}
    assert hers.post(f"{PAGE}/hosts", data={**data, "pool": []}).status_code == 409
    again = {**data, f"was-{one.code}": "0:1", f"was-{two.code}": "1:2"}
    assert hers.post(f"{PAGE}/hosts", data={**again, f"at_once-{two.code}": "99"}).status_code == 409
    assert hers.post(f"{PAGE}/hosts", data={**again, f"was-{two.code}": "nonsense"}).status_code == 400


# Hooks


def test_secrets_of_hooks_follow_one_another_and_show_their_last_letters_only(client, owner, zoom):
    hers = client.as_(owner)
    page = hers.submit(f"{PAGE}/secrets", action="/secrets", secret="first-secret-token-abcd")
    assert "…abcd" in page.text() and "first-secret" not in page.body
    page = hers.submit(f"{PAGE}/secrets", action="/secrets", secret="second-secret-token-wxyz")
    assert app_secrets() == ("first-secret-token-abcd", "second-secret-token-wxyz")
    assert (
        "already"
        in hers.submit(f"{PAGE}/secrets", status=422, action="/secrets", secret="second-secret-token-wxyz").text()
    )
    assert "Copy all of it" in hers.submit(f"{PAGE}/secrets", status=422, action="/secrets", secret="short").text()
    hers.submit(f"{PAGE}/secrets", action="/remove", mark=setup.mark_of("first-secret-token-abcd"))
    assert app_secrets() == ("second-secret-token-wxyz",)
    assert "https://echo.test/webhooks/zoom" in hers.get_page(PAGE).text()


def app_secrets() -> tuple[str, ...]:
    db.session.rollback()
    return tuple((row().hook_secrets or "").split())


def test_at_most_five_secrets_are_believed(client, owner, zoom):
    hers = client.as_(owner)
    for number in range(setup.MOST_SECRETS):
        hers.submit(f"{PAGE}/secrets", action="/secrets", secret=f"secret-token-{number}")
    assert (
        "5 secrets already"
        in hers.submit(f"{PAGE}/secrets", status=422, action="/secrets", secret="secret-token-6").text()
    )


# Rules


def test_rules_are_kept_within_bounds(client, owner):
    hers = client.as_(owner)
    hers.submit(f"{PAGE}/rules", buffer_minutes="30", recordings_days="14")
    text = hers.get_page(PAGE).text()
    assert "30 minutes" in text and "14 days" in text
    for values in (
        {"buffer_minutes": "121"},
        {"recordings_days": "0"},
        {"buffer_minutes": "x"},
        {"buffer_minutes": ""},
    ):
        hers.submit(f"{PAGE}/rules", status=422, **values)


# Test meetings


def tried(app, hers, zoom, times=12) -> str:
    hers.submit(PAGE, action="/test")
    for _ in range(times):
        work(app, zoom, seconds=4)
    return hers.get_page(PAGE).text()


def test_a_test_meeting_is_made_read_back_opened_and_taken_away(app, client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    hers.submit(f"{PAGE}/secrets", action="/secrets", secret="secret-token-of-hooks")
    work(app, zoom)
    text = tried(app, hers, zoom)
    assert "Worked" in text and "Everything worked" in text and "Host: H" in text
    assert [meeting.state for meeting in zoom.meetings.values()] == ["deleted"]
    assert [len(meeting.registrants) for meeting in zoom.meetings.values()] == [1]
    assert "Make another test meeting" in text
    assert db.session.execute(db.text("SELECT count(*) FROM meetings")).scalar() == 0


def test_a_test_shows_what_zoom_changes_on_its_own(app, client, owner, zoom):
    zoom.account.approves_by_hand = True
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    hers.submit(f"{PAGE}/secrets", action="/secrets", secret="secret-token-of-hooks")
    work(app, zoom)
    text = tried(app, hers, zoom)
    assert "Did not work" in text and "wants a person to approve each registration" in text
    assert [meeting.state for meeting in zoom.meetings.values()] == ["deleted"]


def test_without_a_free_host_a_test_says_so(app, client, owner, zoom):
    for user in zoom.users.values():
        user.type = 1
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    hers.submit(f"{PAGE}/secrets", action="/secrets", secret="secret-token-of-hooks")
    work(app, zoom)
    assert "no host of the pool is licensed and free" in tried(app, hers, zoom, 3)
    assert zoom.meetings == {}


def test_a_test_that_begins_while_one_is_under_way_is_refused(app, client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom)
    work(app, zoom)
    hers.submit(f"{PAGE}/secrets", action="/secrets", secret="secret-token-of-hooks")
    work(app, zoom)
    page = hers.get_page(PAGE)
    data = page.fields("/test")
    assert hers.post(f"{PAGE}/test", data=data).status_code == 303
    assert hers.post(f"{PAGE}/test", data=data).status_code == 409
    assert 'id="now" data-reload' in hers.get_page(PAGE).body


def test_without_a_worker_the_page_says_so_after_an_hour(client, owner, zoom):
    hers = client.as_(owner)
    connect(hers, zoom)
    zoom.hands.forward(hours=2)
    text = hers.get_page(PAGE).text()
    assert "Is a worker running?" in text and "Look again" in text


# The last days


def test_the_last_days_are_told_by_utc_day(make, client, owner):
    from echo_sessions.meetings.models import Hook, HookDay, ProviderCall

    now = setup_now()
    with transaction():
        db.session.add_all(
            [
                ProviderCall(provider="zoom", day=now.date(), host="h1", kind="write", count=7, failed=1, limited=0),
                ProviderCall(provider="zoom", day=now.date(), host="", kind="light", count=20, failed=0, limited=3),
                ProviderCall(provider="bbb", day=now.date(), host="", kind="light", count=500),
                ProviderCall(provider="zoom", day=now.date() - timedelta(days=20), host="", kind="light", count=900),
                HookDay(provider="zoom", day=now.date(), why="forged", count=4),
                Hook(provider="zoom", sha256="a" * 64, name="meeting.ended", raw="{}", received_at=now, times=2),
            ]
        )
    text = client.as_(owner).get_page(PAGE).text()
    assert " 27 1 3 2 0 4 forged" in text and "900" not in text and "527" not in text


def setup_now():
    from echo_sessions import clock

    return clock.now()
