"""A worker: takes numbers from the queue, claims their rows, runs their handlers, and sweeps up what was lost."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from flask import Flask
from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, Stale, TryLater
from echo_sessions.jobs import carrier, schedule, service
from echo_sessions.jobs.handlers import GIVEN_UP, HANDLERS
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import LEASE, MOST_ATTEMPTS, JobState

log = structlog.get_logger()
SWEEP_SECONDS = 1.0
BATCH = 200


def connect(app: Flask, queue_url: str) -> None:
    """Give the application its queue; the task is the same on every kind of storage."""
    huey = carrier.connect(queue_url)
    huey.immediate = False

    def carry(number: int) -> None:
        try:
            run(app, number)
        except Exception as fault:  # the lease ends and the job runs again; huey would log the fault's own words
            log.error("job_lost", job=number, exc_info=fault)

    app.extensions["carrier"] = {"huey": huey, "task": huey.task(name="echo.carry")(carry), "lease": LEASE}


def run(app: Flask, number: int, *, now: datetime | None = None) -> bool:
    """Run one job if it can be claimed; True when it was ours. `now` is given when history is played."""
    with _inside(app):
        lease = _lease(app)
        with transaction():
            token = service.claim(number, now or clock.now(), lease=lease)
        if token is None:
            return False
        job = db.session.get_one(Job, number)
        name, payload, attempts = job.name, dict(job.payload), job.attempts
        db.session.rollback()
        try:
            if attempts > MOST_ATTEMPTS:
                raise GaveUp(f"The worker was ended {MOST_ATTEMPTS} times while it did this.")
            with _keeping(app, number, token, lease, live=now is None):
                HANDLERS[name](payload, now or clock.now())
        except Exception as fault:  # whatever it was becomes a row that a person can see
            _note(number, token, fault, name, payload, now or clock.now())
            return True
        with transaction():
            service.finish(number, token, now or clock.now())
        return True


def sweep(now: datetime, *, lease: timedelta = LEASE) -> int:
    """Hand over what is due but not (or no longer) in the queue, and ask for the scheduled jobs of this slot."""
    schedule.ask_for(now)
    if not carrier.has_room():
        return 0
    numbers = service.due(now, lease=lease)
    db.session.rollback()
    if not numbers:
        return 0
    with transaction():
        service.mark_handed(numbers, now)
    return sum(1 for _ in _handed(numbers))


def work_off(app: Flask, *, now: datetime | None = None, most: int = 100_000) -> int:
    """Run everything due by `now` in this process, without the queue; returns how many jobs ran."""
    ran = 0
    while ran < most:
        with app.app_context():
            moment = now or clock.now()
            chosen = select(Job.id).where(Job.state == JobState.WAITING, Job.run_at <= moment)
            numbers = list(db.session.scalars(chosen.order_by(Job.run_at, Job.id).limit(min(BATCH, most - ran))))
        if not numbers:
            return ran
        for number in numbers:
            ran += run(app, number, now=now)
    return ran


def next_due(app: Flask) -> datetime | None:
    """The earliest moment at which something is due."""
    with app.app_context():
        return db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.WAITING))


def serve(app: Flask, *, threads: int = 4, lease: timedelta = LEASE, sweep_seconds: float = SWEEP_SECONDS) -> None:
    """Run a worker until it is told to stop. SIGTERM lets running jobs end; SIGINT and -9 do not, and lose nothing.

    All workers of one database should use the same `lease`: it is how long a dead worker's job is left alone.
    """
    carried = app.extensions["carrier"]
    carried["lease"] = lease
    stop = threading.Event()
    sweeper = threading.Thread(target=_sweeping, args=(app, stop, sweep_seconds), name="sweeper", daemon=True)
    sweeper.start()
    consumer = carried["huey"].create_consumer(
        workers=threads, periodic=False, check_worker_health=True, backoff=1.2, max_delay=1.0, graceful_signal="TERM"
    )
    try:
        consumer.run()
    finally:
        stop.set()
        sweeper.join(timeout=5)


def _sweeping(app: Flask, stop: threading.Event, seconds: float) -> None:
    while not stop.wait(seconds):
        try:
            with app.app_context():
                sweep(clock.now(), lease=_lease(app))
        except Exception as fault:  # the database may be away for a moment; the next round tries again
            log.warning("sweep_failed", fault=type(fault).__name__)


def _handed(numbers: list[int]) -> Iterator[int]:
    """Hand them over one by one, until the queue is away."""
    for number in numbers:
        if not carrier.hand(number):
            return
        yield number


def _lease(app: Flask) -> timedelta:
    lease: timedelta = app.extensions["carrier"]["lease"]
    return lease


@contextmanager
def _inside(app: Flask) -> Iterator[None]:
    """A request of its own with a database session of its own: letters make links, and pages' filters work."""
    base_url = app.extensions["settings"].base_url
    with app.app_context(), app.test_request_context(base_url=base_url):
        yield


@contextmanager
def _keeping(app: Flask, number: int, token: str, lease: timedelta, *, live: bool) -> Iterator[None]:
    """Renew the lease while a long job runs."""
    if not live:
        yield
        return
    stop = threading.Event()

    def renewing() -> None:
        while not stop.wait(lease.total_seconds() / 3):
            with app.app_context():
                try:
                    with transaction():
                        service.renew(number, token, clock.now(), lease=lease)
                except Exception as fault:  # a lost renewal only means that the job may run twice
                    log.warning("renewal_failed", job=number, fault=type(fault).__name__)

    thread = threading.Thread(target=renewing, name=f"lease-{number}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _note(number: int, token: str, fault: Exception, name: str, payload: dict[str, object], now: datetime) -> None:
    """Keep what went wrong on the row. The words of our own refusals and of servers are kept; of other faults
    only their kind, since their text may quote anything."""
    db.session.rollback()
    words, final, after = f"The program failed ({type(fault).__name__}).", False, None
    if isinstance(fault, TryLater):
        words, after = fault.words, fault.after_seconds
    elif isinstance(fault, GaveUp):
        words, final = fault.words, True
    elif isinstance(fault, Stale):
        words = "Somebody else saved the same thing at the same moment."
    elif isinstance(fault, Refused):
        words, final = str(fault), True
    else:
        log.error("job_failed", job=number, name=name, exc_info=fault)
    with transaction():
        state = service.fail(number, token, now, words=words, final=final, after_seconds=after)
        if state is JobState.FAILED and name in GIVEN_UP:
            GIVEN_UP[name](payload, words)
