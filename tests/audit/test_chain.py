"""The chain in the database: one changed byte, one cut row, a tail that is gone with its head row, a restored backup; and
many who write at once."""

import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from echo_sessions import clock, create_app
from echo_sessions.audit import anchors, chain, command, service
from echo_sessions.audit.models import Entry, Head
from echo_sessions.audit.rules import Fault
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused, TryLater
from tests import postgres
from tests.conftest import NOON
from tests.test_database import deployment

WRITERS, TIMES = 2, 60


def deeds(count, start=1):
    for number in range(start, start + count):
        with transaction():
            service.record(1, "case accepted", f"HCV-{number:08}", at=NOON, was="in review", became="accepted")


def tamper(*statements):
    """What somebody does who has the database, and neither our program nor our key."""
    with transaction():
        for statement in statements:
            db.session.execute(statement)
    db.session.rollback()


def found(since=None):
    verdict = chain.verify(anchors.known(), since=since)
    db.session.rollback()
    return [(one.kind, one.seq) for one in verdict.breaks]


def test_deeds_of_one_transaction_are_written_together_in_their_order(app):
    with transaction():
        service.record(1, "one", "T-1", at=NOON)
        service.record(None, "two", "T-2", at=NOON)
        assert db.session.scalars(select(Entry)).all() == [], "they are written at the end"
    rows = db.session.scalars(select(Entry).order_by(Entry.seq)).all()
    assert [(row.seq, row.deed) for row in rows] == [(1, "one"), (2, "two")]
    assert rows[0].previous == "start" and rows[1].previous == rows[0].hash
    assert chain.head().hash == rows[1].hash


def test_an_undone_transaction_leaves_neither_deed_nor_gap(app):
    deeds(1)
    with pytest.raises(ZeroDivisionError), transaction():
        service.record(1, "never", "T-1", at=NOON)
        raise ZeroDivisionError
    deeds(1, start=2)
    assert list(db.session.scalars(select(Entry.seq).order_by(Entry.seq))) == [1, 2]
    assert found() == []


def test_a_deed_outside_of_a_transaction_is_refused(app):
    with pytest.raises(RuntimeError, match="no transaction"):
        service.record(1, "never", "T-1", at=NOON)


def test_a_deed_is_not_changed_or_removed_through_the_program(app):
    deeds(1)
    for act in (lambda row: setattr(row, "deed", "other"), db.session.delete):
        with pytest.raises(RuntimeError, match="never changed"), transaction():
            act(db.session.scalars(select(Entry)).one())
    assert found() == []


def test_nothing_done_is_whole_and_so_is_what_was_done(app):
    assert found() == []
    deeds(3)
    assert found() == []
    answer, words = command.verify()
    assert answer["whole"] and answer["deeds"] == 3 and "3 deeds, each as it was written" in words


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda: update(Entry).where(Entry.seq == 3).values(thing="HCV-00000004"), [(Fault.CHANGED, 3)], id="one byte of the thing"),
        pytest.param(lambda: update(Entry).where(Entry.seq == 3).values(person_id=2), [(Fault.CHANGED, 3)], id="who it was"),
        pytest.param(lambda: update(Entry).where(Entry.seq == 3).values(at=NOON + timedelta(microseconds=1)), [(Fault.CHANGED, 3)], id="a microsecond"),
        pytest.param(lambda: update(Entry).where(Entry.seq == 3).values(facts={"was": "in review", "became": "declined"}), [(Fault.CHANGED, 3)], id="a fact"),
        pytest.param(lambda: delete(Entry).where(Entry.seq == 3), [(Fault.MISSING, 3)], id="one row cut out"),
        pytest.param(lambda: delete(Entry).where(Entry.seq < 3), [(Fault.MISSING, 2)], id="the beginning cut off"),
        pytest.param(lambda: delete(Entry).where(Entry.seq == 5), [(Fault.HEAD, 5), (Fault.CUT, 5)], id="the last row"),
        pytest.param(lambda: delete(Entry), [(Fault.HEAD, 5), (Fault.CUT, 5)], id="everything but the head"),
        pytest.param(lambda: delete(Head), [(Fault.HEAD, 0)], id="the head's row"),
        pytest.param(lambda: update(Head).values(hash="1.x.y"), [(Fault.HEAD, 5)], id="the head's seal"),
    ],
)  # fmt: skip
def test_what_somebody_does_to_the_table_is_found_where_it_was_done(app, change, expected):
    deeds(5)
    anchors.write(clock.now())
    tamper(change())
    assert found() == expected


def test_a_row_that_was_put_there_by_hand_is_found(app):
    deeds(2)
    last = chain.end()
    row = dict(seq=3, at=NOON, person_id=None, deed="case accepted", thing="HCV-00000009", facts={}, previous=last.hash)
    tamper(
        insert(Entry).values(**row, hash="1." + last.hash.split(".")[1] + "." + "0" * 64), update(Head).values(seq=3)
    )
    assert found()[0] == (Fault.CHANGED, 3)


def test_a_tail_that_was_cut_off_together_with_the_head_is_found_by_the_anchor(app):
    """Rows and head row agree: only what lies outside of the table tells."""
    deeds(5)
    anchors.write(clock.now())
    third = chain.seal_of(3)
    tamper(delete(Entry).where(Entry.seq > 3), update(Head).values(seq=3, hash=third))
    assert found() == [(Fault.CUT, 5)]
    deeds(4, start=6)
    anchors.write(clock.now() + timedelta(seconds=1))
    assert found() == [(Fault.ANCHOR, 5)], "going on does not cover it up, nor does the next anchor of the same day"


def test_an_anchor_is_written_by_itself_after_a_commit_but_not_each_time(app):
    deeds(1)
    assert [one.seq for one in anchors.known()] == [1]
    deeds(3, start=2)
    assert [one.seq for one in anchors.known()] == [1], "one each few seconds is enough"
    anchors.write(clock.now())
    assert [one.seq for one in anchors.known()] == [4]


def test_each_day_keeps_its_last_anchor(app):
    first = NOON + timedelta(days=3650)
    for day in range(3):
        deeds(2, start=1 + 2 * day)
        anchors.write(first + timedelta(days=day))
        anchors.write(first + timedelta(days=day, hours=1))
    assert [one.seq for one in anchors.known() if one.at >= first] == [2, 4, 6]


def test_an_anchor_that_was_changed_or_made_unreadable_is_no_anchor(app):
    deeds(2)
    anchors.write(NOON)
    storage = app.extensions["storage"]
    [row] = json.loads(storage.noted("audit/2026-11-25.json"))
    storage.note("audit/2026-11-25.json", json.dumps([row | {"seq": 1, "hash": chain.seal_of(1)}]).encode())
    assert (Fault.FORGED, 1) in found()
    storage.note("audit/2026-11-25.json", b"{")
    assert (Fault.FORGED, 0) in found()


def test_a_store_that_is_away_does_not_stop_anybody(app, monkeypatch):
    """Whatever was decided is committed already; the job anchors later."""

    def away(*_given):
        raise TryLater("The store does not answer.")

    monkeypatch.setattr(app.extensions["storage"], "note", away)
    deeds(1)
    assert chain.end().seq == 1


def test_a_restored_backup_is_told_apart_once_somebody_says_so(app):
    deeds(5)
    anchors.write(clock.now())
    third = chain.seal_of(3)
    tamper(delete(Entry).where(Entry.seq > 3), update(Head).values(seq=3, hash=third))
    _answer, words = command.verify()
    assert "echo-sessions audit restored" in words
    answer, words = command.restored()
    assert answer == {"ended": 3, "anchored": 5} and "deeds 4 to 5 were lost" in words
    answer, words = command.verify()
    assert answer["whole"] and "were explained by a restore" in words
    deeds(4, start=20)
    assert found() == []
    with pytest.raises(Refused, match="nothing is missing"):
        command.restored()


def test_a_restore_does_not_explain_a_change_before_it(app):
    deeds(5)
    anchors.write(clock.now())
    third = chain.seal_of(3)
    tamper(delete(Entry).where(Entry.seq > 3), update(Head).values(seq=3, hash=third))
    command.restored()
    tamper(update(Entry).where(Entry.seq == 2).values(deed="case declined"))
    assert found() == [(Fault.CHANGED, 2)]


def test_the_daily_walk_begins_at_the_anchor_of_the_day_before(app):
    deeds(5)
    anchors.write(NOON - timedelta(days=2))
    deeds(5, start=6)
    tamper(update(Entry).where(Entry.seq == 2).values(deed="other"))
    assert found(since=NOON) == [], "yesterday's part was walked yesterday"
    tamper(update(Entry).where(Entry.seq == 8).values(deed="other"))
    assert found(since=NOON) == [(Fault.CHANGED, 8)]
    assert found() == [(Fault.CHANGED, 2), (Fault.CHANGED, 8)]


def test_the_walk_goes_on_over_the_edges_of_its_batches(app, monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 3)
    deeds(10)
    assert found() == []
    tamper(delete(Entry).where(Entry.seq.in_((3, 4, 7))))
    assert found() == [(Fault.MISSING, 4), (Fault.MISSING, 7)]


def test_seals_stay_good_when_the_secret_key_is_replaced_and_the_old_one_kept(app):
    deeds(2)
    settings = app.extensions["settings"]
    new = replace(settings, secret_key=Secret("n" * 40), old_secret_keys=(settings.secret_key,))
    try:
        app.extensions["settings"] = new
        deeds(2, start=3)
        assert found() == []
        app.extensions["settings"] = replace(new, old_secret_keys=())
        assert {one.kind for one in chain.verify([]).breaks} == {Fault.KEY}
    finally:
        app.extensions["settings"] = settings


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A deployment of its own."""
    env = deployment(tmp_path)
    if request.param == "sqlite":
        yield env
        return
    with postgres.server(tmp_path) as url:
        yield env | {"ECHO_DATABASE_URL": url}


@pytest.fixture
def installed(environment: dict[str, str]) -> Iterator[Flask]:
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()
    app.extensions["carrier"]["huey"].storage.close()


def write_there(environment: dict[str, str], name: str) -> None:
    """In a process of its own, from the first deed of all on."""
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        for number in range(TIMES):
            with transaction():
                service.record(None, "deed", f"{name}-{number}", at=NOON, count=number)
                service.record(None, "second deed", f"{name}-{number}", at=NOON)
        db.session.remove()
        db.engine.dispose()


def test_two_processes_that_write_at_once_make_one_chain(installed, environment):
    db.session.remove()
    db.engine.dispose()
    spawn = multiprocessing.get_context("spawn").Process
    processes = [spawn(target=write_there, args=(environment, f"W{number}")) for number in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * WRITERS
    verdict = chain.verify(anchors.known())
    assert verdict.breaks == () and verdict.last == WRITERS * TIMES * 2
    things = list(db.session.scalars(select(Entry.thing).order_by(Entry.seq)))
    assert things[::2] == things[1::2], "what belongs to one transaction stays together"
    for number in range(WRITERS):
        mine = [thing for thing in things[::2] if thing.startswith(f"W{number}-")]
        assert mine == [f"W{number}-{n}" for n in range(TIMES)]


@pytest.mark.services
def test_verbs_do_not_wait_for_each_other_on_postgresql(tmp_path):
    """One has recorded its deed and thinks on; another begins, records and commits meanwhile."""
    with postgres.server(tmp_path) as url:
        app = create_app(Settings.from_env(deployment(tmp_path) | {"ECHO_DATABASE_URL": url}))
        with app.app_context():
            db.create_all()
            recorded, go_on = threading.Event(), threading.Event()
            slow = threading.Thread(target=within(app, lambda: slowly(recorded, go_on)))
            slow.start()
            assert recorded.wait(30)
            quick = threading.Thread(target=within(app, lambda: service.record(None, "quick", "T-2", at=NOON)))
            quick.start()
            quick.join(30)
            assert not quick.is_alive(), "it waited for the slow one"
            go_on.set()
            slow.join(30)
            assert list(db.session.scalars(select(Entry.deed).order_by(Entry.seq))) == ["quick", "slow"]
            assert chain.verify([]).breaks == ()
            db.session.remove()
            db.engine.dispose()
        app.extensions["carrier"]["huey"].storage.close()


def slowly(recorded: threading.Event, go_on: threading.Event) -> None:
    service.record(None, "slow", "T-1", at=NOON)
    db.session.flush()
    recorded.set()
    go_on.wait(30)


def within(app: Flask, act: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with app.app_context():
            with transaction():
                act()
            db.session.remove()

    return run
