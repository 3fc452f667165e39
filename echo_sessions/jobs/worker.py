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
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.jobs import carrier, service
from echo_sessions.jobs.handlers import EVERY, HANDLERS
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import LEASE, JobState

log = structlog.get_logger()
SWEEP_SECONDS = 1.0


def connect(app: Flask, queue_url: str) -> None:
    """Give the application its queue; the task is the same on every kind of storage."""
    huey = carrier.connect(queue_url)
    huey.immediate = False

    def carry(number: int) -> None:
        run(app, number)

    app.extensions["carrier"] = {"huey": huey, "task": huey.task(name="echo.carry")(carry)}


def run(app: Flask, number: int, *, now: datetime | None = None) -> bool:
    """Run one job if it can be claimed; True when it was ours. `now` is given when history is played."""
    with app.app_context():
        with transaction():
            token = service.claim(number, now or clock.now())
        if token is None:
            return False
        job = db.session.get_one(Job, number)
        name, payload = job.name, dict(job.payload)
        db.session.rollback()
        try:
            with _keeping(app, number, token, live=now is None):
                HANDLERS[name](payload, now or clock.now())
        except Exception as fault:  # whatever it was becomes a row that a person can see
            _note(number, token, fault, name, now or clock.now())
            return True
        with transaction():
            service.finish(number, token, now or clock.now())
        return True


def sweep(now: datetime) -> int:
    """Hand over what is due but not (or no longer) in the queue, and ask for the scheduled jobs of this slot."""
    with transaction():
        for name, minutes in EVERY.items():
            slot = int(now.timestamp()) // (minutes * 60)
            service.queue(name, {}, now=now, key=f"{name}:{slot}")
    numbers = service.due(now)
    db.session.rollback()
    if numbers:
        with transaction():
            service.mark_handed(numbers, now)
        for number in numbers:
            carrier.hand(number)
    return len(numbers)


def work_off(app: Flask, *, now: datetime | None = None, most: int = 100_000) -> int:
    """Run everything due by `now` in this process, without the queue; returns how many jobs ran."""
    ran = 0
    while ran < most:
        with app.app_context():
            moment = now or clock.now()
            chosen = select(Job.id).where(Job.state == JobState.WAITING, Job.run_at <= moment)
            numbers = list(db.session.scalars(chosen.order_by(Job.run_at, Job.id).limit(200)))
        if not numbers:
            return ran
        for number in numbers:
            ran += run(app, number, now=now)
    return ran


def next_due(app: Flask) -> datetime | None:
    """The earliest moment at which something is due."""
    with app.app_context():
        return db.session.scalar(select(func.min(Job.run_at)).where(Job.state == JobState.WAITING))


def serve(app: Flask, *, threads: int = 4) -> None:
    """Run a worker until it is told to stop. SIGTERM lets running jobs end, SIGINT too; -9 loses nothing."""
    huey = app.extensions["carrier"]["huey"]
    stop = threading.Event()
    sweeper = threading.Thread(target=_sweeping, args=(app, stop), name="sweeper", daemon=True)
    sweeper.start()
    consumer = huey.create_consumer(workers=threads, periodic=False, check_worker_health=True, backoff=1.2, max_delay=1.0)
    try:
        consumer.run()
    finally:
        stop.set()
        sweeper.join(timeout=5)


def _sweeping(app: Flask, stop: threading.Event) -> None:
    while not stop.wait(SWEEP_SECONDS):
        try:
            with app.app_context():
                sweep(clock.now())
        except Exception as fault:  # the database may be away for a moment; the next round tries again
            log.warning("sweep_failed", fault=type(fault).__name__)


@contextmanager
def _keeping(app: Flask, number: int, token: str, *, live: bool) -> Iterator[None]:
    """Renew the lease while a long job runs."""
    if not live:
        yield
        return
    stop = threading.Event()

    def renewing() -> None:
        while not stop.wait(LEASE.total_seconds() / 3):
            with app.app_context():
                try:
                    with transaction():
                        service.renew(number, token, clock.now())
                except Exception as fault:  # a lost renewal only means that the job may run twice
                    log.warning("renewal_failed", job=number, fault=type(fault).__name__)

    thread = threading.Thread(target=renewing, name=f"lease-{number}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _note(number: int, token: str, fault: Exception, name: str, now: datetime) -> None:
    """Keep what went wrong on the row. The words of our own refusals and of servers are kept; of other faults
    only their kind, since their text may quote anything."""
    db.session.rollback()
    words, final, after = f"The program failed ({type(fault).__name__}).", False, None
    if isinstance(fault, TryLater):
        words, after = fault.words, fault.after_seconds
    elif isinstance(fault, GaveUp):
        words, final = fault.words, True
    elif isinstance(fault, Refused):
        words, final = str(fault), True
    else:
        log.error("job_failed", job=number, name=name, exc_info=fault)
    with transaction():
        service.fail(number, token, now, words=words, final=final, after_seconds=after)


def soon(now: datetime, within: timedelta, due: datetime | None) -> bool:
    """Whether something falls due within that time."""
    return due is not None and due <= now + within
