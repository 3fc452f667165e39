"""What is answered to whoever watches over the processes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from echo_sessions import create_app
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db
from tests.client import BASE

AWAY = "s3://files/echo?endpoint=http://127.0.0.1:9&region=us-east-1"


@pytest.fixture
def built(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """`built(storage_url=…)` is an application like the others but for that."""
    apps: list[Flask] = []

    def build(**changes: Any) -> Flask:
        apps.append(create_app(replace(settings, **changes)))
        return apps[-1]

    yield build
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def broken(built, tmp_path, monkeypatch) -> Flask:
    """An application whose database cannot be opened and whose bucket is behind a closed port."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return built(database_url=Secret(f"sqlite:///{tmp_path / 'no-such-folder' / 'echo.db'}"), storage_url=AWAY)


def asked(app: Flask, url: str):
    answer = app.test_client().get(url)
    return answer.status_code, answer.get_json()


def test_a_process_that_answers_lives(app):
    assert asked(app, "/healthz") == (200, {"alive": True})


def test_it_lives_without_database_and_storage(broken):
    assert asked(broken, "/healthz") == (200, {"alive": True})


def test_all_is_there(app):
    assert asked(app, "/readyz") == (200, {"ready": True, "missing": []})


def test_what_is_missing_is_named_and_nothing_more_is_told(broken):
    assert asked(broken, "/readyz") == (503, {"ready": False, "missing": ["database", "storage"]})


def test_a_database_without_its_tables_is_not_ready(built, tmp_path):
    empty = built(database_url=Secret(f"sqlite:///{tmp_path / 'empty.db'}"))
    assert asked(empty, "/readyz") == (503, {"ready": False, "missing": ["database"]})


def test_a_folder_that_is_gone_is_missing(app, built, tmp_path):
    folder = tmp_path / "files"
    without = built(storage_url=f"file://{folder}")
    folder.rmdir()
    assert asked(without, "/readyz") == (503, {"ready": False, "missing": ["storage"]})


def test_nobody_asks_the_database_who_this_is(broken):
    """A browser with a cookie asks too; looking for its person would fail with the database."""
    visitor = broken.test_client()
    with visitor.session_transaction(base_url=BASE) as session:
        session["_user_id"], session["_fresh"], session["identity.id"] = "somebody", True, "somebody"
        session["sign_in"] = "a secret"
    assert visitor.get("/sign-in", base_url=BASE).status_code == 500
    assert visitor.get("/healthz", base_url=BASE).status_code == 200
    assert visitor.get("/readyz", base_url=BASE).status_code == 503
