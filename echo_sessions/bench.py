"""The project's own measurements: what its heaviest pages cost, as ratios within one run.

Milliseconds of one machine tell nothing about another. So each page is timed in turns with `/healthz`, which goes
through the same server code and does nothing; its bytes stand beside what a slow line bears, and its queries beside
those of the same page in a hub a tenth as large.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import click
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from echo_sessions import clock, create_app, ids
from echo_sessions.attendance.models import Register
from echo_sessions.attendance.rules import RegisterState
from echo_sessions.cases import service as cases
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.config import Secret, Settings
from echo_sessions.database import db, transaction
from echo_sessions.people import service as people
from echo_sessions.people import sign_ins
from echo_sessions.people.models import Person
from echo_sessions.people.rules import SignInWay, StaffRole, Stay
from echo_sessions.people.sign_in import SECRET
from echo_sessions.programs.models import Enrolment, Membership, Program, Series
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions.models import Block, Duty, Session
from echo_sessions.sessions.rules import BlockKind, DutyRole, DutyState, SessionState

BASE = "https://bench.example"
NOTHING = "/healthz"
MOST_BYTES = 25_000
"""What a page may weigh on a slow line."""
WEEK = timedelta(days=7)
PANEL = (DutyRole.FACILITATOR, DutyRole.PRESENTER, DutyRole.SCRIBE, DutyRole.PANEL)
LATELY = (CaseState.SUBMITTED, CaseState.IN_REVIEW, CaseState.CHANGES_REQUESTED, CaseState.ACCEPTED)


@dataclass(frozen=True)
class Scale:
    """How much there is: programs, sessions over all of them, people, cases."""

    programs: int
    sessions: int
    people: int
    cases: int


SMALL = Scale(programs=2, sessions=50, people=200, cases=60)
TYPICAL = Scale(programs=8, sessions=250, people=2000, cases=300)


@dataclass(frozen=True)
class Seen:
    """One page as it was measured."""

    milliseconds: float
    size: int
    queries: int


def run(name: str, *, rounds: int = 15, few: Scale = SMALL, many: Scale = TYPICAL) -> dict[str, Any]:
    """Carry out one bench; the answer is what `bench --json` prints."""
    return {"bench": name, "results": BENCHES[name](rounds, few, many)}


def in_words(answer: dict[str, Any]) -> str:
    """The same as a table for people."""
    lines = [f"{'ratio':>8}  {'value':>12}  {'against':>12}"]
    for result in answer["results"]:
        value, against = (
            f"{number:,.4g}" if result["unit"] == "ms" else f"{number:,}"
            for number in (result["value"], result["baseline_value"])
        )
        lines.append(
            f"{result['ratio']:8.2f}  {value:>12}  {against:>12}  {result['unit']:8} {result['name']} | {result['baseline']}"
        )
    return "\n".join(lines)


def pages(rounds: int, few: Scale, many: Scale) -> list[dict[str, Any]]:
    """The heaviest pages; the one that takes longest first, its time against a page that does nothing."""
    with hub(few) as (client, addresses):
        before = look(client, addresses, rounds=1, label="small")
    with hub(many) as (client, addresses):
        seen = look(client, addresses, rounds=rounds, label="typical")
    nothing = seen.pop(NOTHING)
    slowest_first = sorted(seen, key=lambda page: -seen[page].milliseconds)
    results = [
        result(f"{page}: time", seen[page].milliseconds, "ms", f"{NOTHING}, which does nothing", nothing.milliseconds, rounds)
        for page in slowest_first
    ]  # fmt: skip
    results += [result(f"{page}: HTML", seen[page].size, "bytes", "25 kB", MOST_BYTES, 1) for page in slowest_first]
    results += [
        result(f"{page}: queries", seen[page].queries, "queries", f"the same with {few.people} people", before[page].queries, 1)
        for page in slowest_first
    ]  # fmt: skip
    return results


def recall(rounds: int, few: Scale, many: Scale) -> list[dict[str, Any]]:
    """How soon a case that is recalled is dark on every route, for another process too."""
    from echo_sessions import bench_recall  # it builds its hub with what stands here

    return bench_recall.recall(rounds, few, many)


def hooks(rounds: int, few: Scale, many: Scale) -> list[dict[str, Any]]:
    """How fast a provider is answered that delivers a thousand hooks in ten seconds."""
    from echo_sessions import bench_hooks  # likewise

    return bench_hooks.hooks(rounds, few, many)


BENCHES: dict[str, Callable[[int, Scale, Scale], list[dict[str, Any]]]] = {
    "pages": pages, "recall": recall, "hooks": hooks,
}  # fmt: skip


def result(name: str, value: float, unit: str, baseline: str, against: float, runs: int) -> dict[str, Any]:
    """One line of the answer."""
    return {
        "name": name, "value": round(value, 3), "unit": unit, "baseline": baseline, "baseline_value": round(against, 3),
        "ratio": round(value / against, 3) if against else 0.0, "runs": runs,
    }  # fmt: skip


def look(client: FlaskClient, addresses: dict[str, str], *, rounds: int, label: str) -> dict[str, Seen]:
    """Every page in turns, so that whatever else the machine does falls on all of them; the medians of `rounds`."""
    addresses = {**addresses, NOTHING: NOTHING}
    took: dict[str, list[float]] = {page: [] for page in addresses}
    seen: dict[str, tuple[int, int]] = {}
    for page, address in addresses.items():  # the first look also warms up templates and connections
        with counted(client.application) as queries:
            answer = client.get(address, base_url=BASE)
        if answer.status_code != 200:
            raise RuntimeError(f"{page} ({address}) answered {answer.status_code}")
        seen[page] = len(answer.data), len(queries)
    with click.progressbar(range(rounds), label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as turns:
        for _turn in turns:
            for page, address in addresses.items():
                start = perf_counter()
                client.get(address, base_url=BASE)
                took[page].append((perf_counter() - start) * 1000)
    return {page: Seen(median(took[page]), *seen[page]) for page in addresses}


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def hub(scale: Scale) -> Iterator[tuple[FlaskClient, dict[str, str]]]:
    """A hub of that size in a folder that is thrown away: its coordinator's browser, and the pages by name."""
    with tempfile.TemporaryDirectory(prefix="echo-bench-") as folder:
        app = create_app(_settings(Path(folder)))
        with app.app_context():
            db.create_all()
            coordinator, session = fill(scale)
            with transaction():
                account, code = people.open_account(coordinator, now=clock.now()), session.code
                way, stay = SignInWay.LINK, Stay.KEPT
                _row, secret = sign_ins.begin(account, way=way, stay=stay, device="Bench", half=False, now=clock.now())
                key = account.fs_uniquifier
        client = app.test_client()
        with client.session_transaction(base_url=BASE) as cookie:
            cookie["_user_id"], cookie["_fresh"], cookie["identity.id"], cookie[SECRET] = key, True, key, secret
        yield (
            client,
            {
                "today": "/",
                "a session with 12 blocks, 4 cases, 24 people": f"/sessions/{code}",
                "people, a page of 50": "/people",
                "sessions, a page of 50": "/sessions",
                "cases, a page of 50": "/cases",
            },
        )
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def _settings(folder: Path) -> Settings:
    return Settings(
        data_dir=folder, database_url=Secret(f"sqlite:///{folder / 'echo.db'}"), queue_url=Secret(f"sqlite:///{folder / 'queue.db'}"),
        storage_url=f"file://{folder / 'files'}", secret_key=Secret(ids.token()), base_url=BASE, smtp_url=Secret("smtp://127.0.0.1:9"),
        mail_from="hub@bench.example",
    )  # fmt: skip


def fill(scale: Scale) -> tuple[Person, Session]:
    """A hub half way through its year: its coordinator, and the next session of the first program, which is full."""
    now = clock.now().replace(microsecond=0)
    with transaction():
        coordinator, programs = _founded(scale, now)
        everybody = _people(scale, programs, now)
        sessions = [_session(programs[n % len(programs)], n, scale.sessions, now) for n in range(scale.sessions)]
        db.session.add_all(sessions)
        db.session.flush()
        db.session.add_all(
            Register(session_id=session.id, state=RegisterState.CLOSED, closed_at=session.ends_at + WEEK)
            for session in sessions
            if session.ends_at + WEEK < now
        )
        full = next(session for session in sessions if session.starts_at > now)
        written = _cases(scale, programs, everybody, now)
        _filled(full, written, everybody, now)
    return coordinator, full


def _founded(scale: Scale, now: datetime) -> tuple[Person, list[Series]]:
    """The hub and, for each program, its one series."""
    hub = people.found_hub(
        name="Mountain Hub",
        zone="America/Denver",
        contact_name="Ana Ruiz",
        contact_address="hub@bench.example",
        now=now,
    )
    coordinator = people.add_person(name="Ana Ruiz", email="ana@bench.example", zone="America/Denver", now=now)
    people.open_account(coordinator, now=now)
    people.appoint(coordinator, hub, StaffRole.COORDINATOR, now=now)
    found = []
    for number in range(scale.programs):
        words = dict.fromkeys(("aim", "audience", "scope_in", "scope_out", "sponsor", "measures"), "As in the charter.")
        program = Program(
            code=ids.code("PRG"),
            hub=hub,
            name=f"Program {number}",
            label="HCV",
            contact="hub@bench.example",
            created_at=now,
            **words,
        )
        series = Series(
            code=ids.code("SER"), program=program, name="This year", zone="America/Denver", kind="weekly", interval=1, weekday=2,
            start=time(12, 30), minutes=90, first_date=date(now.year, 1, 1), count=50, created_at=now,
        )  # fmt: skip
        found.append(series)
        db.session.add_all([program, series])
        db.session.flush()
        db.session.add(Membership(program_id=program.id, person_id=coordinator.id, role=Role.COORDINATOR, since=now))
    return coordinator, found


def _people(scale: Scale, series: list[Series], now: datetime) -> list[Person]:
    everybody = [
        people.add_person(
            name=f"Grace Otieno {number}", email=f"grace{number}@clinic.example", profession="Clinical officer", now=now
        )
        for number in range(scale.people - 1)
    ]
    db.session.add_all(
        Enrolment(
            code=ids.code("E"),
            series_id=series[n % len(series)].id,
            person_id=person.id,
            state=EnrolmentState.ACTIVE,
            since=now,
        )
        for n, person in enumerate(everybody)
    )
    return everybody


def _session(series: Series, number: int, of: int, now: datetime) -> Session:
    """One of a year's sessions; the first half of them has taken place."""
    return Session(
        code=ids.code("S"), series=series, number=number, title="Cirrhosis in primary care", minutes=90, state=SessionState.SCHEDULED,
        starts_at=now + timedelta(hours=1) + (number - of // 2) * 50 * WEEK / of, created_at=now, changed_at=now,
        blocks=[Block(position=n, kind=kind, minutes=30) for n, kind in enumerate((BlockKind.WELCOME, BlockKind.DIDACTIC, BlockKind.CASE))],
    )  # fmt: skip


def _cases(scale: Scale, series: list[Series], authors: list[Person], now: datetime) -> list[Case]:
    form = cases.publish_form(name="bench", schema=common_core(), now=now)
    written = [
        Case(
            code=ids.code("HCV"), program=series[n % len(series)].program, author=authors[n % len(authors)], form=form, state=_state(n),
            answers={"main_question": "Which treatment first?"}, attested=True, created_at=now, submitted_at=now, state_since=now,
        )
        for n in range(scale.cases)
    ]  # fmt: skip
    db.session.add_all(written)
    db.session.flush()
    return written


def _state(number: int) -> CaseState:
    """Nine of ten cases are done with; the others want something of the hub."""
    return CaseState.CLOSED if number % 10 else LATELY[number // 10 % len(LATELY)]


def _filled(session: Session, written: list[Case], everybody: list[Person], now: datetime) -> None:
    """Twelve blocks, four of them slots with their case, and 24 people with a duty."""
    own = [case for case in written if case.program is session.series.program][:4]
    session.blocks.clear()
    for position in range(12):
        case = own[position // 3] if position % 3 == 2 else None
        kind = BlockKind.DIDACTIC if case is None else BlockKind.CASE
        session.blocks.append(
            Block(
                position=position, kind=kind, minutes=7, title=f"Part {position + 1}", case_id=case.id if case else None
            )
        )
        if case:
            case.state, case.session_id = CaseState.SCHEDULED, session.id
    db.session.add_all(
        Duty(
            code=ids.code("D"),
            session=session,
            person=person,
            role=PANEL[min(n, 3)],
            state=DutyState.ACCEPTED,
            asked_at=now,
        )
        for n, person in enumerate(everybody[:24])
    )
