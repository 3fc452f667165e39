"""A season of sessions against our own Zoom with faults: are there as many meetings as sessions, and one way in for each person?

It lives in a checkout only, because the stand-in for Zoom belongs to the tests:

    .venv/bin/python -m tools.zoom_season --sessions 52 --people 450

Each session is wanted as the application wants one, and the jobs bring Zoom to agree with it, while of all calls 5 % are
carried out and not answered, and bursts of 429 and of error pages come between. Pauses that take minutes are not sat out:
the clock of both sides is moved on to the next thing that is due.
"""

import argparse
import dataclasses
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Select, func, select

from echo_sessions import clock, create_app, ids
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db, transaction
from echo_sessions.jobs import worker
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState
from echo_sessions.meetings.models import Meeting, MeetingLink, Trouble
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people import service as people
from echo_sessions.programs.models import Enrolment, Program, Series
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions import wants
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

try:
    from tests.zoom_server import ZoomServer
except ImportError:
    sys.exit("Run this from a checkout, as `python -m tools.zoom_season`: our own Zoom is part of the tests.")

BEGIN = datetime(2027, 1, 6, 12, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
MOST_ROUNDS = 2_000


@dataclasses.dataclass(frozen=True)
class Found:
    """What a season came to. `links_there`: people whom Zoom lets into meetings that stand."""

    meetings: int
    wanted: int
    links: int
    wanted_links: int
    links_there: int
    planned: int
    duplicates: int
    orphans: int
    violations: tuple[str, ...]
    calls: Counter[str]
    faults: Counter[str]
    writes_of_a_host: int
    troubles: int
    failed_jobs: int
    connections: int
    tokens: int
    rounds: int
    seconds: float

    @property
    def is_sound(self) -> bool:
        """Whether everything is there, once, and Zoom has nothing to say against us."""
        made = (
            self.meetings == self.wanted and self.links == self.wanted_links == self.links_there and not self.troubles
        )
        return made and not (self.duplicates or self.orphans or self.violations or self.failed_jobs)


def season(sessions: int, size: int, *, workers: int = 2, seed: int = 7, lost: float = 0.05) -> Found:
    """Plan a season, have it made, and look what came of it."""
    with ZoomServer(seed=seed) as zoom, tempfile.TemporaryDirectory(prefix="echo-season-") as folder:
        zoom.hands.set(BEGIN)
        zoom.clock = zoom.hands
        _trouble(zoom, lost)
        with _moved(zoom), _app(zoom, Path(folder)) as app:
            _plan(app, sessions, size)
            begun = time.perf_counter()
            rounds = _work(app, zoom, workers)
            planned = sum(zoom.journal.count().values())
            _change(app)
            rounds += _work(app, zoom, workers)
            return _found(app, zoom, planned, rounds, time.perf_counter() - begun)


def _trouble(zoom: ZoomServer, lost: float) -> None:
    """Of all calls a share is carried out and not answered; bursts of patience and of error pages come between."""
    zoom.faults.lose_reply(share=lost)
    zoom.faults.limit("meetings.*", every=40, burst=3, retry_after="iso")
    zoom.faults.limit("registrants.*", every=60, burst=2, retry_after="seconds")
    zoom.faults.fail(502, every=70, burst=2)
    zoom.faults.fail(504, "registrants.batch", every=90, carried_out=True)
    zoom.faults.drop(every=110)


@contextmanager
def _moved(zoom: ZoomServer) -> Iterator[None]:
    """Our clock is Zoom's."""
    before = clock.now
    clock.now = zoom.hands
    try:
        yield
    finally:
        clock.now = before


@contextmanager
def _app(zoom: ZoomServer, folder: Path) -> Iterator[Flask]:
    app = create_app(
        Settings(
            data_dir=folder, database_url=Secret(f"sqlite:///{folder / 'echo.db'}"),
            queue_url=Secret(f"sqlite:///{folder / 'queue.db'}"), storage_url=f"file://{folder / 'files'}",
            secret_key=Secret(ids.token()), base_url="https://season.example", smtp_url=Secret("smtp://127.0.0.1:9"),
            mail_from="hub@season.example", testing=True, zoom_account_id=zoom.account_id, zoom_client_id=zoom.client_id,
            zoom_client_secret=Secret(zoom.client_secret), zoom_oauth_url=zoom.oauth_url, zoom_api_url=zoom.api_url,
        )
    )  # fmt: skip
    with app.app_context():
        db.create_all()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _plan(app: Flask, sessions: int, size: int) -> None:
    """A series in which all these people are enrolled, and a session every week, each asking for its meeting and ways in as a
    published one does; the letters of a publication are left out."""
    with app.app_context(), app.test_request_context(base_url="https://season.example"):
        now = clock.now()
        with transaction():
            series = _series(sessions, now)
            for number in range(size):
                person = people.add_person(
                    name=f"Grace Otieno {number}", email=f"grace{number}@clinic.example", now=now
                )
                db.session.add(
                    Enrolment(
                        code=ids.code("E"), series_id=series.id, person_id=person.id, state=EnrolmentState.ACTIVE, since=now
                    )
                )  # fmt: skip
        for number in range(sessions):
            with transaction():
                session = Session(
                    code=ids.code("S"), series_id=series.id, number=number + 1, minutes=90, state=SessionState.SCHEDULED,
                    starts_at=BEGIN + timedelta(days=2) + number * WEEK, created_at=now, changed_at=now,
                )  # fmt: skip
                db.session.add(session)
                db.session.flush()
                wants.choose_usual(session)
                wants.want_meeting(session, now=now)
                wants.give_links(session.id, now=now)


def _series(sessions: int, now: datetime) -> Series:
    hub = people.found_hub(
        name="Mountain Hub",
        zone="America/Denver",
        contact_name="Ana Ruiz",
        contact_address="hub@season.example",
        now=now,
    )
    words = dict.fromkeys(("aim", "audience", "scope_in", "scope_out", "sponsor", "measures"), "As in the charter.")
    program = Program(
        code=ids.code("PRG"),
        hub=hub,
        name="Hepatitis C",
        label="HCV",
        contact="hub@season.example",
        created_at=now,
        **words,
    )
    series = Series(
        code=ids.code("SER"), program=program, name="2027", zone="America/Denver", kind="weekly", interval=1, weekday=4,
        start=BEGIN.time().replace(tzinfo=None), minutes=90, first_date=BEGIN.date(), count=sessions, created_at=now,
    )  # fmt: skip
    db.session.add_all([program, series])
    db.session.flush()
    return series


def _change(app: Flask) -> None:
    """In the middle of it a tenth of the sessions is moved by a day, another tenth called off, and somebody leaves."""
    with app.app_context(), app.test_request_context(base_url="https://season.example"):
        now = clock.now()
        with transaction():
            leaver = select(Enrolment).order_by(Enrolment.id).limit(1)
            db.session.scalars(leaver).one().state = EnrolmentState.LEFT
        for number in db.session.scalars(select(Session.id).order_by(Session.id)).all():
            with transaction():
                session = db.session.get_one(Session, number)
                if number % 10 == 3:
                    session.starts_at += timedelta(days=1)
                    wants.want_meeting(session, now=now)
                elif number % 10 == 7:
                    session.state = SessionState.CANCELLED
                    wants.release_meeting(session, now=now)
                wants.give_links(number, now=now)


def _work(app: Flask, zoom: ZoomServer, workers: int) -> int:
    """Do what is due, several workers at once, and move the clock on to what is due next; how often that was."""
    for turn in range(MOST_ROUNDS):
        hands = [threading.Thread(target=worker.work_off, args=(app,)) for _ in range(workers)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
        due = worker.next_due(app)
        if due is None:
            return turn
        if due > zoom.hands():
            zoom.hands.set(due)
    return MOST_ROUNDS


def _found(app: Flask, zoom: ZoomServer, planned: int, rounds: int, seconds: float) -> Found:
    with app.app_context():
        refs = list(db.session.scalars(select(Meeting.ref).where(Meeting.state == MeetingState.MADE)))
        wanted = select(func.count()).select_from(Session).where(Session.state == SessionState.SCHEDULED)
        links = select(func.count()).select_from(MeetingLink).where(MeetingLink.revoked_at.is_(None))
        there = sum(one.status == "approved" for meeting in zoom.live() for one in meeting.registrants.values())
        failed = select(func.count()).select_from(Job).where(Job.state == JobState.FAILED)
        open_troubles = select(func.count()).select_from(Trouble).where(Trouble.over_at.is_(None))
        return Found(
            meetings=len(refs), wanted=_count(wanted), links=_count(links.where(MeetingLink.state == LinkState.MADE)),
            wanted_links=_count(links), links_there=there, planned=planned,
            duplicates=len(zoom.duplicates()), orphans=len(zoom.orphans(refs)),
            violations=tuple(str(one) for one in zoom.violations), calls=zoom.journal.count(),
            faults=Counter(call.fault for call in zoom.journal if call.fault),
            writes_of_a_host=max(zoom.limits.writes.values(), default=0), troubles=_count(open_troubles),
            failed_jobs=_count(failed), connections=zoom.connections, tokens=len(zoom.tokens.given), rounds=rounds,
            seconds=seconds,
        )  # fmt: skip


def _count(chosen: Select[int]) -> int:
    return db.session.scalar(chosen) or 0


def main() -> int:
    """Carry out one season and say what came of it; ends with 1 when anything is missing or there twice."""
    options = argparse.ArgumentParser(description="A season of sessions against our own Zoom with faults.")
    options.add_argument("--sessions", type=int, default=52)
    options.add_argument("--people", type=int, default=450)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--seed", type=int, default=7)
    told = options.parse_args()
    found = season(told.sessions, told.people, workers=told.workers, seed=told.seed)
    calls, faults = (
        ", ".join(f"{name} {count}" for name, count in each.most_common()) for each in (found.calls, found.faults)
    )
    print(f"{told.sessions} sessions, {told.people} people, {told.workers} workers, faults by seed {told.seed}")
    print(f"meetings   {found.meetings} of {found.wanted} ({told.sessions - found.wanted} were called off)")
    print(f"links      {found.links} of {found.wanted_links}, and Zoom knows of {found.links_there}")
    print(
        f"calls      {sum(found.calls.values())} ({found.planned} until all was there, the rest for changes): {calls}"
    )
    print(f"faults     {sum(found.faults.values())}: {faults}")
    print(f"writes     at most {found.writes_of_a_host} of 100 on one host and day")
    print(f"duplicates {found.duplicates}")
    print(f"orphans    {found.orphans}")
    print(f"violations {len(found.violations)}")
    print(f"troubles   {found.troubles} left, jobs that gave up: {found.failed_jobs}")
    print(f"wire       {found.connections} connections, {found.tokens} tokens")
    print(f"time       {found.seconds:.1f} s, the clock moved on {found.rounds} times")
    for one in found.violations[:20]:
        print(f"  {one}")
    return 0 if found.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
