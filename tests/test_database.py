"""`transaction()`: all or nothing, one writer at a time, and no lost update. Contents are compared, not the absence of errors."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from echo_sessions import create_app
from echo_sessions.audit import service as audit
from echo_sessions.audit.models import Entry
from echo_sessions.config import Settings
from echo_sessions.database import UtcDateTime, after_commit, db, in_write, transaction
from echo_sessions.errors import Stale
from echo_sessions.files.models import File
from echo_sessions.people.models import Person
from tests import postgres
from tests.conftest import KEY, NOON

WRITERS, TIMES = 4, 40


def test_what_happens_inside_is_kept_together(app):
    with transaction():
        audit.record(None, "one", "T-1", at=NOON)
        audit.record(None, "two", "T-2", at=NOON)
    assert deeds() == ["one", "two"]


def test_an_exception_undoes_all_of_it_and_goes_on(app):
    with pytest.raises(ZeroDivisionError), transaction():
        audit.record(None, "one", "T-1", at=NOON)
        db.session.flush()
        raise ZeroDivisionError
    assert deeds() == []


def test_transactions_do_not_nest(app):
    with pytest.raises(RuntimeError, match="do not nest"), transaction(), transaction():
        pass
    with transaction():
        audit.record(None, "afterwards", "T-1", at=NOON)
    assert deeds() == ["afterwards"]


def test_a_change_made_before_it_began_is_refused(app, make):
    person = make.person("Ana Ruiz")
    person.name = "Somebody Else"
    with pytest.raises(RuntimeError, match="outside of a transaction"), transaction():
        pass
    db.session.rollback()
    assert person.name == "Ana Ruiz"


def test_what_was_read_before_is_read_again_inside(app, make):
    person = make.person("Ana Ruiz")
    assert person.name == "Ana Ruiz"
    elsewhere(app, lambda: rename(person.id, "Ana Ruiz-Okoro"))
    with transaction():
        assert person.name == "Ana Ruiz-Okoro"


def test_acts_for_afterwards_run_after_the_commit_and_only_then(app):
    seen: list[Any] = []
    with transaction():
        audit.record(None, "one", "T-1", at=NOON)
        after_commit(lambda: seen.append((deeds(), in_write())))
        assert (seen, in_write()) == ([], True)
    assert seen == [(["one"], False)]


def test_acts_for_afterwards_are_forgotten_with_an_undone_transaction(app):
    seen: list[Any] = []
    with pytest.raises(ZeroDivisionError), transaction():
        after_commit(lambda: seen.append("never"))
        raise ZeroDivisionError
    with transaction():
        pass
    assert seen == []


def test_a_row_that_somebody_saved_meanwhile_is_stale(app, make):
    person = make.person("Ana Ruiz")
    version = person.version
    with pytest.raises(Stale), transaction():
        assert person.version == version
        db.session.execute(Person.__table__.update().values(version=version + 1))
        person.name = "Ana Lopez"
    assert person.name == "Ana Ruiz"


def test_a_twin_is_stale_and_other_broken_rules_are_faults(app):
    with transaction():
        db.session.add(kept("one"))
    with pytest.raises(Stale), transaction():
        db.session.add(kept("one"))
    with pytest.raises(IntegrityError), transaction():
        db.session.add(File(key=None, sha256="", size=0, type="", kept_at=NOON))
    assert db.session.scalar(select(func.count()).select_from(File)) == 1


def test_a_moment_without_a_zone_cannot_be_stored(app):
    with pytest.raises(ValueError, match="without a time zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), db.engine.dialect)


@pytest.mark.parametrize("hours", [-7, 0, 5.5])
def test_a_moment_comes_back_as_the_same_moment_in_utc(app, hours):
    moment = datetime(2026, 11, 1, 1, 30, 5, 123456, tzinfo=timezone(timedelta(hours=hours)))
    with transaction():
        audit.record(None, "one", "T-1", at=moment)
    db.session.expire_all()
    found = db.session.scalars(select(Entry.at)).one()
    assert found == moment
    assert found.tzinfo is UTC


def test_on_sqlite_reading_locks_out_other_writers_even_without_a_version(tmp_path):
    """Each counts the rows and adds one that says how many there are then: the lock is taken before the first look."""
    app = create_app(Settings.from_env(deployment(tmp_path)))
    with app.app_context():
        db.create_all()
    together([threading.Thread(target=number_rows, args=(app,)) for _ in range(WRITERS)])
    with app.app_context():
        numbers = list(db.session.scalars(select(Entry.thing).order_by(Entry.id)))
        assert numbers == [f"T-{number}" for number in range(WRITERS * TIMES)]
        db.session.remove()
        db.engine.dispose()
    app.extensions["carrier"]["huey"].storage.close()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A deployment of its own, with one counter in it."""
    env = deployment(tmp_path)
    if request.param == "sqlite":
        yield env
        return
    with postgres.server(tmp_path) as url:
        yield env | {"ECHO_DATABASE_URL": url}


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_no_update_is_lost_among_many_writers(environment, kind):
    """Each reads a number, then writes it plus one, many times over; a stale save is made again, as people do."""
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        db.create_all()
        with transaction():
            db.session.add(Person(code="P-1", name="0", created_at=NOON))
    if kind == "threads":
        together([threading.Thread(target=count_up, args=(app,)) for _ in range(WRITERS)])
    else:
        with app.app_context():
            db.engine.dispose()
        start = multiprocessing.get_context("spawn").Process
        processes = [start(target=count_up_there, args=(environment,)) for _ in range(WRITERS)]
        together(processes)
        assert [process.exitcode for process in processes] == [0] * WRITERS
    with app.app_context():
        person = db.session.scalars(select(Person)).one()
        assert int(person.name) == WRITERS * TIMES
        assert person.version == 1 + WRITERS * TIMES
        steps = list(db.session.scalars(select(Entry.thing).order_by(Entry.thing)))
        assert steps == sorted(f"T-{number}" for number in range(1, WRITERS * TIMES + 1)), (
            "each number was reached once"
        )
        db.session.remove()
        db.engine.dispose()
    app.extensions["carrier"]["huey"].storage.close()


def deployment(folder: Path) -> dict[str, str]:
    return {
        "ECHO_DATA_DIR": str(folder), "ECHO_SECRET_KEY": KEY, "ECHO_BASE_URL": "https://echo.test",
        "ECHO_MAIL_FROM": "hub@echo.test", "ECHO_SMTP_URL": "smtp://127.0.0.1:9",
    }  # fmt: skip


def number_rows(app: Flask) -> None:
    with app.app_context():
        for _ in range(TIMES):
            with transaction():
                there = db.session.scalar(select(func.count()).select_from(Entry))
                audit.record(None, "numbered", f"T-{there}", at=NOON)
        db.session.remove()


def count_up(app: Flask) -> None:
    done = 0
    with app.app_context():
        while done < TIMES:
            try:
                with transaction():
                    person = db.session.scalars(select(Person)).one()
                    person.name = str(int(person.name) + 1)
                    audit.record(None, "counted", f"T-{person.name}", at=NOON)
                done += 1
            except Stale:
                continue
        db.session.remove()


def count_up_there(environment: dict[str, str]) -> None:
    """The same in a process of its own."""
    count_up(create_app(Settings.from_env(environment)))


def together(writers: list[Any]) -> None:
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)


def deeds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Entry.deed).order_by(Entry.id)))


def kept(key: str) -> File:
    return File(key=key, sha256="0" * 64, size=1, type="text/plain", kept_at=NOON)


def elsewhere(app: Flask, act: Callable[[], None]) -> None:
    """Do it in another session, as another request would."""
    db.session.rollback()
    with app.app_context():
        act()


def rename(number: int, name: str) -> None:
    with transaction():
        db.session.get_one(Person, number).name = name
