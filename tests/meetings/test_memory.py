"""What the clients of a provider remember together: one token for all threads and processes, pauses, and figures."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from echo_sessions import clock, create_app
from echo_sessions.config import ROOT, Secret, Settings, child_environment
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs.handlers import HANDLERS
from echo_sessions.meetings.memory import AccountMemory
from echo_sessions.meetings.models import ProviderAccount, ProviderCall, ProviderPause
from echo_sessions.outside.meetings.zoom import Credentials, Fresh
from tests.outside.zoom_answers import Say, Scripted, answering

MARK = Credentials("acc", "id", "secret").mark


@pytest.fixture
def memory(app: Flask, settings: Settings) -> AccountMemory:
    return AccountMemory("zoom", settings)


def account(**values: object) -> ProviderAccount:
    with transaction():
        made = ProviderAccount(provider="zoom", **values)
        db.session.add(made)
    return made


def fresh(value: str = "tok", lives: timedelta = timedelta(hours=1)) -> Fresh:
    return Fresh(value, lives, "https://api-eu.zoom.us/v2", ("meeting:read:admin",))


# Credentials


def test_what_was_pasted_is_used_and_the_environment_wins(memory, settings):
    assert memory.credentials() is None and memory.hook_secrets() == ()
    account(account_ref="acc", client_id="id", client_secret="secret", hook_secrets="one\ntwo")
    assert memory.credentials() == Credentials("acc", "id", "secret") and memory.hook_secrets() == ("one", "two")
    own = replace(
        settings,
        zoom_account_id="env",
        zoom_client_id="e",
        zoom_client_secret=Secret("s"),
        zoom_webhook_secrets=(Secret("zero"),),
    )
    deployed = AccountMemory("zoom", own)
    assert deployed.credentials() == Credentials("env", "e", "s") and deployed.hook_secrets() == ("zero", "one", "two")


def test_an_account_that_was_stopped_has_no_credentials_but_still_reads_hooks(app, settings):
    account(account_ref="acc", client_id="id", client_secret="secret", hook_secrets="one", stopped_at=clock.now())
    own = replace(settings, zoom_account_id="env", zoom_client_id="e", zoom_client_secret=Secret("s"))
    for memory in (AccountMemory("zoom", settings), AccountMemory("zoom", own)):
        assert memory.credentials() is None and memory.hook_secrets() == ("one",)


def test_half_of_the_credentials_is_none(memory):
    account(account_ref="acc", client_id="id")
    assert memory.credentials() is None


def test_credentials_and_tokens_hide_themselves():
    known = Credentials("acc", "id", "s3cret")
    assert "s3cret" not in repr(known) + repr(fresh("s3cret")) and known.mark != replace(known, client_secret="x").mark


# The token


def test_a_token_is_kept_sealed_for_all_and_belongs_to_its_credentials(memory):
    token = memory.renew(MARK, 0, fresh, wait=1)
    assert memory.token(MARK) == token and token.serial == 1 and token.scopes == ("meeting:read:admin",)
    assert memory.token("another") is None
    with db.engine.connect() as connection:
        assert connection.scalar(text("select token from provider_accounts")).startswith("s1.")


def test_one_that_somebody_else_renewed_meanwhile_is_taken(memory):
    first = memory.renew(MARK, 0, fresh, wait=1)
    second = memory.renew(MARK, first.serial, lambda: fresh("two"), wait=1)
    never = memory.renew(MARK, first.serial, lambda: pytest.fail("nobody asks again"), wait=1)
    assert never == second and second.serial == 2


def test_other_credentials_get_a_token_of_their_own(memory):
    memory.renew(MARK, 0, fresh, wait=1)
    assert memory.renew("another", 0, lambda: fresh("theirs"), wait=1).value == "theirs"
    assert memory.token(MARK) is None


def test_a_failure_lets_the_next_one_try(memory):
    def fails() -> Fresh:
        raise GaveUp("no")

    with pytest.raises(GaveUp):
        memory.renew(MARK, 0, fails, wait=1)
    assert memory.renew(MARK, 0, fresh, wait=0).value == "tok"


def test_whoever_died_over_it_is_followed_by_another(memory):
    account(renewing_until=clock.now() + timedelta(seconds=30))
    with pytest.raises(TryLater):
        memory.renew(MARK, 0, fresh, wait=0)
    with transaction():
        db.session.scalars(select(ProviderAccount)).one().renewing_until = clock.now() - timedelta(seconds=1)
    assert memory.renew(MARK, 0, fresh, wait=0).value == "tok"


def test_a_sign_in_that_names_no_scopes_is_not_one_that_granted_none(memory):
    memory.renew(MARK, 0, lambda: Fresh("tok", timedelta(hours=1)), wait=1)
    assert memory.token(MARK).scopes is None
    memory.renew(MARK, 1, lambda: Fresh("tok", timedelta(hours=1), scopes=()), wait=1)
    assert memory.token(MARK).scopes == ()


def test_eight_threads_that_find_none_ask_once(app, memory):
    asked: list[int] = []
    let_go = threading.Event()
    got: list[str] = []

    def fetch() -> Fresh:
        asked.append(1)
        let_go.wait(10)
        return fresh(f"tok-{len(asked)}")

    def one() -> None:
        with app.app_context():
            got.append(memory.renew(MARK, 0, fetch, wait=20).value)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    let_go.set()
    for thread in threads:
        thread.join()
    assert got == ["tok-1"] * 8 and len(asked) == 1


CHILD = """
import threading
from echo_sessions import create_app
app = create_app()
def one(told):
    with app.app_context():
        told.append(app.extensions["meetings"]["zoom"]._talker.tokens.current().value)
told = []
print("ready", flush=True)
input()
threads = [threading.Thread(target=one, args=(told,)) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(" ".join(told), flush=True)
"""


@pytest.fixture
def script() -> Iterator[Scripted]:
    with answering() as script:
        yield script


@pytest.mark.services
@pytest.mark.once
def test_two_processes_of_four_threads_ask_zoom_once(tmp_path: Path, settings: Settings, script: Scripted):
    own = replace(
        settings,
        data_dir=tmp_path,
        database_url=Secret(f"sqlite:///{tmp_path / 'echo.db'}"),
        queue_url=Secret(f"sqlite:///{tmp_path / 'q.db'}"),
    )
    app = create_app(own)
    with app.app_context():
        db.create_all()
        db.engine.dispose()
    environment = child_environment(
        ECHO_DATA_DIR=str(tmp_path), ECHO_DATABASE_URL=own.database_url.value, ECHO_QUEUE_URL=own.queue_url.value, ECHO_BASE_URL="https://echo.test",
        ECHO_SECRET_KEY=own.secret_key.value, ECHO_SMTP_URL="smtp://127.0.0.1:9", ECHO_MAIL_FROM="hub@echo.test", ECHO_ZOOM_ACCOUNT_ID="acc",
        ECHO_ZOOM_CLIENT_ID="id", ECHO_ZOOM_CLIENT_SECRET="secret", ECHO_ZOOM_OAUTH_URL=f"{script.base}/oauth/token", ECHO_ZOOM_API_URL=f"{script.base}/api/v2",
    )  # fmt: skip
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT, "env": environment}
    children = [subprocess.Popen([sys.executable, "-c", CHILD], **pipes) for _ in range(2)]
    assert [child.stdout.readline().strip() for child in children] == ["ready", "ready"]
    for child in children:
        child.stdin.write("\n")
        child.stdin.flush()
    told = [child.communicate(timeout=60)[0].split() for child in children]
    assert told == [["tok-1"] * 4] * 2 and script.tokens == 1


def test_a_wrong_secret_is_asked_about_once_by_all(app, settings, script):
    own = replace(settings, zoom_account_id="acc", zoom_client_id="id", zoom_client_secret=Secret("wrong"))
    script.token_answers = [Say(401, {"reason": "Invalid client_id or client_secret"})] * 9
    from tests.outside.zoom_answers import zoom_at

    zoom = zoom_at(script, AccountMemory("zoom", own))  # type: ignore[arg-type]  # the real memory in its place
    faults: list[str] = []

    def one() -> None:
        with app.app_context():
            try:
                zoom.hosts()
            except (GaveUp, TryLater) as fault:
                faults.append(type(fault).__name__)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(faults) == ["NotConfigured", "TryLater", "TryLater", "TryLater"] and script.tokens == 1


# Pauses and figures


def test_the_longer_of_two_pauses_stays_until_it_is_over(memory):
    now = clock.now()
    memory.pause("light", now + timedelta(seconds=60))
    memory.pause("light", now + timedelta(seconds=10))
    memory.pause("host:H1", now + timedelta(seconds=300))
    memory.pause("heavy", now - timedelta(seconds=1))
    assert memory.until("light") == now + timedelta(seconds=60)
    assert memory.until("light", "host:H1") == now + timedelta(seconds=300)
    assert memory.until("heavy") is None and memory.until("medium") is None


def test_calls_are_counted_by_day_kind_and_host(memory):
    memory.count("light")
    memory.count("light", failed=True, limited=True)
    memory.count("write", "H1")
    db.session.rollback()
    rows = db.session.scalars(select(ProviderCall).order_by(ProviderCall.kind)).all()
    assert [(row.kind, row.host, row.count, row.failed, row.limited, row.day) for row in rows] == [
        ("light", "", 2, 1, 1, clock.now().date()), ("write", "H1", 1, 0, 0, clock.now().date()),
    ]  # fmt: skip


def test_nothing_is_remembered_inside_a_transaction(memory):
    with pytest.raises(RuntimeError), transaction():
        memory.count("light")


def test_old_figures_and_pauses_that_are_over_go(memory):
    now = clock.now()
    memory.count("light")
    memory.pause("heavy", now + timedelta(days=1))
    memory.pause("light", now - timedelta(days=2))
    with transaction():
        db.session.add(ProviderCall(provider="zoom", day=(now - timedelta(days=91)).date(), kind="light"))
    HANDLERS["meetings.forget_calls"]({}, now)
    assert [row.day for row in db.session.scalars(select(ProviderCall))] == [now.date()]
    assert [row.key for row in db.session.scalars(select(ProviderPause))] == ["heavy"]
