"""What a worker makes of a handler that succeeds, fails, waits, or dies."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import g, url_for
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, Stale, TryLater
from echo_sessions.jobs import carrier, handlers, schedule, service, worker
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import LEASE, MOST_ATTEMPTS, JobState
from tests.conftest import NOON

DAY = timedelta(days=1)


@pytest.fixture
def does(app):
    """`does(act)` makes `test.does` call `act`; gives the job that was queued for it."""
    known = {name: dict(getattr(handlers, name)) for name in ("HANDLERS", "GIVEN_UP", "EVERY")}

    def queued(act, *, given_up=None, now=NOON, **values) -> Job:
        handlers.handler("test.does", given_up=given_up)(act)
        with transaction():
            return service.queue("test.does", {"id": 7}, now=now, **values)

    yield queued
    for name, before in known.items():
        registry = getattr(handlers, name)
        registry.clear()
        registry.update(before)


def failing(fault):
    def act(payload, now):
        raise fault

    return act


def row() -> Job:
    db.session.rollback()
    return db.session.scalars(select(Job)).one()


def test_a_handler_gets_its_payload_and_the_moment_and_is_done(app, does):
    seen = []
    job = does(lambda payload, now: seen.append((payload, now)))
    assert worker.work_off(app, now=NOON) == 1
    assert seen == [({"id": 7}, NOON)]
    assert (row().state, row().done_at, row().attempts) == (JobState.DONE, NOON, 1)
    assert worker.run(app, job.id, now=NOON + DAY) is False
    assert len(seen) == 1


def test_a_handler_can_make_links_and_is_nobody(app, does):
    seen = []
    does(lambda payload, now: seen.append((url_for("people.sign_in", _external=True), g.get("person"))))
    worker.work_off(app, now=NOON)
    assert seen == [("https://echo.test/sign-in/", None)]


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        pytest.param(TryLater("452 Mailbox full"), JobState.WAITING, "452 Mailbox full", id="asked for patience: again, with its words"),
        pytest.param(Stale("Somebody else"), JobState.WAITING, "same moment", id="lost a race: again"),
        pytest.param(ZeroDivisionError("Mrs Banda"), JobState.WAITING, "The program failed (ZeroDivisionError).", id="a fault of ours: again, its words kept out"),
        pytest.param(GaveUp("550 Unknown"), JobState.FAILED, "550 Unknown", id="refused for good: a person must look"),
        pytest.param(Refused("It is %(what)s.", what="cancelled"), JobState.FAILED, "It is cancelled.", id="a rule said no: a person must look"),
    ],
)  # fmt: skip
def test_what_went_wrong_is_kept_on_the_row(app, does, fault, state, words, logged):
    does(failing(fault))
    assert worker.work_off(app, now=NOON) == 1
    assert row().state is state
    assert words in row().last_error
    assert "Mrs Banda" not in row().last_error + str(logged())
    assert [line["event"] for line in logged()] == (["job_failed"] if isinstance(fault, ZeroDivisionError) else [])


def test_a_delay_that_was_asked_for_is_kept(app, does):
    does(failing(TryLater("Come back in an hour", after_seconds=3600)))
    worker.work_off(app, now=NOON)
    assert row().run_at == NOON + timedelta(hours=1)
    assert worker.next_due(app) == NOON + timedelta(hours=1)


def test_after_the_last_try_it_fails_and_the_thing_it_is_about_is_told(app, does):
    told = []
    does(failing(TryLater("452 Full")), given_up=lambda payload, words: told.append((payload, words)))
    for _ in range(MOST_ATTEMPTS - 1):
        worker.work_off(app, now=worker.next_due(app))
    assert (row().state, told) == (JobState.WAITING, [])
    worker.work_off(app, now=worker.next_due(app))
    assert (row().state, row().attempts) == (JobState.FAILED, MOST_ATTEMPTS)
    assert told == [({"id": 7}, "452 Full")]


def test_what_a_failing_handler_wrote_is_undone(app, does, make):
    def act(payload, now):
        with transaction():
            service.queue("test.other", {}, now=now)
            raise GaveUp("no")

    does(act)
    worker.work_off(app, now=NOON)
    assert row().name == "test.does"


def test_a_job_that_ends_its_worker_each_time_is_given_up(app, does):
    ran = []
    job = does(lambda payload, now: ran.append(now))
    now = NOON
    for _ in range(MOST_ATTEMPTS):
        with transaction():
            assert service.claim(job.id, now)  # and the worker dies
        now += LEASE
    worker.work_off(app, now=now)
    assert ran == []
    assert row().state is JobState.FAILED
    assert "8 times" in row().last_error


def test_a_job_without_a_handler_is_not_lost(app):
    with transaction():
        service.queue("test.unheard_of", {}, now=NOON)
    worker.work_off(app, now=NOON)
    assert (row().state, row().last_error) == (JobState.WAITING, "The program failed (KeyError).")


def test_a_long_job_keeps_its_lease(app, does):
    held = []

    def act(payload, now):
        number = db.session.scalar(select(Job.id))
        first = db.session.scalar(select(Job.run_at))
        db.session.rollback()
        while db.session.scalar(select(Job.run_at).where(Job.id == number)) == first:
            db.session.rollback()
        held.append(True)

    job = does(act, now=clock.now())
    with _lease(app, timedelta(seconds=0.3)):
        assert worker.run(app, job.id) is True
    assert held == [True]
    assert row().state is JobState.DONE


def test_each_slot_is_asked_for_once_by_all_workers_together(app, does):
    handlers.handler("test.hourly", every_minutes=60)(lambda payload, now: None)
    slots = select(Job.key).where(Job.name == "test.hourly").order_by(Job.id)
    for minutes in (0, 1, 59, 60, 61):
        schedule.ask_for(NOON + timedelta(minutes=minutes))
    keys = list(db.session.scalars(slots))
    assert len(keys) == len(set(keys)) == 2


def test_the_sweep_hands_over_what_is_due_and_leaves_a_long_queue_alone(app, does, monkeypatch):
    huey = app.extensions["carrier"]["huey"]
    handlers.EVERY.clear()
    does(lambda payload, now: None, at=NOON + timedelta(minutes=1))
    huey.flush()
    assert worker.sweep(NOON) == 0
    monkeypatch.setattr(carrier, "MOST_UNDERWAY", 0)
    assert worker.sweep(NOON + timedelta(minutes=1)) == 0
    monkeypatch.undo()
    assert worker.sweep(NOON + timedelta(minutes=1)) == 1
    assert huey.pending_count() == 1
    assert worker.sweep(NOON + timedelta(minutes=1)) == 0


def test_a_queue_that_is_away_costs_only_time(app, does):
    before = dict(app.extensions["carrier"])
    away = carrier.connect("redis://:no@127.0.0.1:1/0")
    app.extensions["carrier"].update(huey=away, task=away.task(name="echo.carry")(lambda number: None))
    try:
        does(lambda payload, now: None)
        assert worker.sweep(NOON + DAY) == 0
    finally:
        app.extensions["carrier"].update(before)
    assert worker.work_off(app, now=NOON + DAY) >= 1
    assert row_named("test.does").state is JobState.DONE


def test_redis_is_asked_with_time_limits_of_its_own_or_ours():
    assert carrier.impatient("redis://:pw@h:1/0") == "redis://:pw@h:1/0?socket_connect_timeout=2&socket_timeout=5"
    assert "socket_timeout=9" in carrier.impatient("rediss://h/0?socket_timeout=9")


def row_named(name: str) -> Job:
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.name == name)).one()


@contextmanager
def _lease(app, length):
    app.extensions["carrier"]["lease"] = length
    try:
        yield
    finally:
        app.extensions["carrier"]["lease"] = LEASE
