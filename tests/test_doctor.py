"""The doctor finds what is broken, says what to do, and neither breaks nor tells secrets."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import flask_migrate
import pytest
from click.testing import CliRunner
from flask import Flask

from echo_sessions import clock, create_app, doctor
from echo_sessions.audit import service as audit
from echo_sessions.cli import main
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db, transaction
from echo_sessions.jobs import service as jobs
from tests.outside import zoom_answers
from tests.outside.mail_server import Inbox, serving

PASSWORD = "s3cret"


@pytest.fixture
def sound(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an installation of its own."""
    return replace(
        settings,
        data_dir=tmp_path,
        database_url=Secret(f"sqlite:///{tmp_path / 'echo.db'}"),
        queue_url=Secret(f"sqlite:///{tmp_path / 'queue.db'}"),
        storage_url=f"file://{tmp_path / 'files'}",
    )


@pytest.fixture
def installed(sound: Settings) -> Iterator[Flask]:
    """That installation, with its tables."""
    app = create_app(sound)
    with app.app_context():
        flask_migrate.upgrade()
        yield app
        db.session.remove()
        db.engine.dispose()


def look(settings: Settings, name: str) -> tuple[str, str]:
    """The one finding of that name, which never holds a password."""
    [finding] = [found for found in doctor.examine(settings, only={name}) if found.name == name]
    assert PASSWORD not in finding.words
    return finding.state, finding.words


def test_a_sound_installation_has_nothing_that_failed(sound, installed):
    with serving(Inbox()) as port:
        findings = doctor.examine(replace(sound, smtp_url=Secret(f"smtp://127.0.0.1:{port}")))
    assert [finding for finding in findings if finding.state == "failed"] == []
    assert [finding.name for finding in findings if finding.name not in {"certificates", "fonts"}] == [
        "address", "secret key", "python", "time zones", "database", "queue", "worker", "clock", "mail", "sign-in", "zoom", "storage", "audit", "disk",
    ]  # fmt: skip


def test_all_faults_of_the_settings_are_told_and_the_rest_is_still_looked_at(monkeypatch, tmp_path):
    monkeypatch.setenv("ECHO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ECHO_DATABASE_URL", f"mysql://echo:{PASSWORD}@there/echo")
    for name in ("ECHO_SECRET_KEY", "ECHO_BASE_URL", "ECHO_SMTP_URL", "ECHO_MAIL_FROM"):
        monkeypatch.delenv(name, raising=False)
    answer = CliRunner().invoke(main, ["doctor", "--json"])
    findings = json.loads(answer.stdout)
    faults = [finding["words"].split()[0] for finding in findings if finding["name"] == "settings"]
    assert set(faults) == {"ECHO_SECRET_KEY", "ECHO_BASE_URL", "ECHO_SMTP_URL", "ECHO_MAIL_FROM", "ECHO_DATABASE_URL"}
    assert {"name": "time zones", "state": "ok", "words": "Time zones are known."} in findings
    assert answer.exit_code == 1
    assert PASSWORD not in answer.output


def test_an_application_that_does_not_start_is_a_finding(sound):
    assert look(replace(sound, storage_url="file://elsewhere/files"), "settings")[0] == "failed"


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        pytest.param("base", "has no tables yet. Run: echo-sessions db upgrade", id="empty"),
        pytest.param("-1", "Run: echo-sessions db upgrade", id="older"),
        pytest.param(None, "made by a newer version (9999_tomorrow)", id="newer"),
    ],
)
def test_a_database_of_another_version_says_what_to_do(sound, installed, revision, words):
    if revision:
        flask_migrate.downgrade(revision=revision)
    else:
        with transaction():
            db.session.execute(db.text("UPDATE alembic_version SET version_num = '9999_tomorrow'"))
    state, told = look(sound, "database")
    assert state == "failed"
    assert words in told


def test_a_database_up_to_date_has_no_problem(installed):
    assert doctor.database_problem(installed) is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param(
            "database",
            {"database_url": Secret(f"postgresql+psycopg://echo:{PASSWORD}@127.0.0.1:9/echo")},
            id="database",
        ),
        pytest.param("queue", {"queue_url": Secret(f"redis://:{PASSWORD}@127.0.0.1:9/0")}, id="queue"),
        pytest.param("mail", {"smtp_url": Secret(f"smtps://echo:{PASSWORD}@127.0.0.1:9")}, id="mail"),
    ],
)
def test_a_service_that_is_away_is_named_with_its_setting(sound, installed, name, change):
    state, words = look(replace(sound, **change), name)
    assert state == "failed"
    assert f"Check ECHO_{name.replace('mail', 'smtp').upper()}_URL" in words


def test_the_demos_inbox_need_not_run(sound, installed):
    assert look(replace(sound, demo=True), "mail")[0] == "warning"


def test_a_store_that_cannot_be_written_is_found(sound, installed, tmp_path):
    shutil.rmtree(tmp_path / "files")
    (tmp_path / "files").write_text("a file where the folder should be")
    assert "ECHO_STORAGE_URL" in look(sound, "settings")[1]


def test_jobs_that_nobody_works_off_are_noticed(sound, installed):
    with transaction():
        jobs.queue("people.nothing", {}, now=clock.now() - timedelta(minutes=6))
    assert look(sound, "worker") == ("warning", "1 jobs are overdue: is a worker running? Run: echo-sessions worker")


def test_a_clock_that_was_set_back_is_noticed(sound, installed):
    with transaction():
        audit.record(None, "tried the future", "HUB", at=clock.now() + timedelta(hours=1))
    state, words = look(sound, "clock")
    assert state == "warning"
    assert "set back" in words


@pytest.mark.parametrize(("free", "state"), [(10**8, "failed"), (10**9, "warning"), (10**11, "ok")])
def test_little_room_is_noticed(sound, installed, monkeypatch, free, state):
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=free))
    assert look(sound, "disk")[0] == state


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param({"base_url": "http://echo.example.org"}, "address", id="passwords in clear"),
        pytest.param({"secret_key": Secret("k" * 40)}, "secret key", id="a key that can be guessed"),
    ],
)
def test_settings_that_work_but_should_not_be_so_are_warned_of(sound, change, name):
    assert look(replace(sound, **change), name)[0] == "warning"


def test_a_look_without_end_does_not_hold_the_others_up():
    never = threading.Event()

    def waits():
        never.wait()
        return []

    silent, fine = doctor._look([("slow", waits, 0.05), ("fine", doctor._python, 30)])
    never.set()
    assert (silent.state, silent.words) == ("failed", "No answer within 0 seconds.")
    assert fine.state == "ok"


def test_a_look_that_breaks_tells_only_the_kind_of_fault():
    def breaks():
        raise ValueError(PASSWORD)

    [finding] = doctor._look([("broken", breaks, 30)])
    assert finding.words == "This could not be looked at: ValueError"


def test_a_broken_chain_of_deeds_is_told_with_what_to_do(sound, tmp_path):
    app = create_app(sound)
    with app.app_context():
        db.create_all()
        with transaction():
            audit.record(None, "one", "T-1", at=clock.now())
        assert look(sound, "audit") == ("ok", "The last 1 deeds are as they were written.")
        with transaction():
            db.session.execute(db.text("UPDATE audit SET thing = 'T-2'"))
        state, told = look(sound, "audit")
        assert state == "failed" and "Deed 1 is not as it was written" in told and "audit verify" in told
        db.session.remove()
        db.engine.dispose()


def test_without_an_account_at_zoom_links_are_pasted(sound, installed):
    assert look(sound, "zoom") == ("ok", "No account is configured (ECHO_ZOOM_ACCOUNT_ID): coordinators paste links.")


@pytest.mark.parametrize(
    ("scope", "secret", "state", "words"),
    [
        pytest.param(
            "meeting:read:admin", "hooks", "failed", "meeting:write:admin, user:read:admin", id="scopes missing"
        ),
        pytest.param(zoom_answers.ALL, "", "warning", "secret of Zoom's hooks is missing", id="no secret of hooks"),
        pytest.param(f"{zoom_answers.ALL} account:read:admin", "hooks", "ok", "Zoom takes our sign-in", id="well"),
    ],
)
def test_the_account_at_zoom_is_looked_at(sound, installed, scope, secret, state, words):
    with zoom_answers.answering() as script:
        script.scope = scope
        script.on("GET", "/users", zoom_answers.Say(200, {"users": [], "next_page_token": ""}))
        script.on("GET", "/accounts/me/settings", zoom_answers.Say(200, {"in_meeting": {}}))
        found = look(zoom_settings(sound, script.base, secret), "zoom")
    assert found[0] == state and words in found[1]


def test_credentials_that_zoom_refuses_are_a_finding(sound, installed):
    with zoom_answers.answering() as script:
        script.token_answers = [zoom_answers.Say(401, {"reason": "Invalid client_id or client_secret"})]
        state, words = look(zoom_settings(sound, script.base, "hooks"), "zoom")
    assert state == "failed" and "Invalid client_id or client_secret" in words


def zoom_settings(settings: Settings, base: str, secret: str) -> Settings:
    return replace(
        settings, zoom_account_id="acc", zoom_client_id="id", zoom_client_secret=Secret(PASSWORD),
        zoom_webhook_secrets=(Secret(secret),) if secret else (), zoom_oauth_url=f"{base}/oauth/token", zoom_api_url=f"{base}/api/v2",
    )  # fmt: skip
