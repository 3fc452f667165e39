"""More of everything around the story: programs, people, held sessions with closed registers, closed cases.

Laid down as rows, not played by verbs: the letters of a state's year alone would take hours. The rows are what
the verbs would have left behind, so pages, lists and reports meet real sizes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import insert, select

from echo_sessions import ids
from echo_sessions.attendance.models import Attendance, Register
from echo_sessions.attendance.rules import RegisterState
from echo_sessions.cases.models import Case, CaseForm
from echo_sessions.cases.rules import CaseState
from echo_sessions.database import db, transaction
from echo_sessions.demo import stories
from echo_sessions.people.models import Address, Hub, Person
from echo_sessions.programs.models import Enrolment, Program, Series, Site
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Block, Session
from echo_sessions.sessions.rules import SessionState, default_run_sheet

AT_ONCE = 5_000
GIVEN = (
    "Alex",
    "Sam",
    "Kim",
    "Robin",
    "Jo",
    "Chris",
    "Pat",
    "Dana",
    "Lee",
    "Noa",
    "Ira",
    "Max",
    "Ari",
    "Sky",
    "Rene",
    "Kai",
)
FAMILY = (
    "Abel",
    "Brook",
    "Castro",
    "Dane",
    "Eze",
    "Fox",
    "Garcia",
    "Holm",
    "Ito",
    "Juma",
    "Kerr",
    "Lund",
    "Mora",
    "Nash",
    "Okafor",
    "Park",
)
PROFESSIONS = ("Physician", "Nurse practitioner", "Physician assistant", "Pharmacist", "Nurse", "Social worker")


@dataclass(frozen=True)
class Size:
    """How much there is in all, the story included."""

    programs: int
    sessions: int
    people: int
    attendance: int
    cases: int


SIZES = {
    "typical": Size(10, 250, 2_000, 6_000, 300),
    "large": Size(35, 1_500, 10_000, 45_000, 1_800),
    "stress": Size(100, 20_000, 100_000, 1_000_000, 20_000),
}


def fill(hub: Hub, scale: str, *, now: datetime) -> None:
    """Fill up to the sizes of the scale; `small` is the story alone."""
    if scale not in SIZES:
        return
    size, random = SIZES[scale], Random(11)  # the same demo each time
    with transaction():
        people = _people(size.people - 40, now)
        sites = _sites(hub.id, max(5, size.people // 40))
        programs = _programs(hub.id, size.programs - 6, now)
        series = _rows(Series, (_season(program, number, now) for number, program in enumerate(programs)))
        _enrol(series, people, sites, random, now)
        sessions = _sessions(series, size.sessions - 50, now)
        _registers(sessions, series, people, size.attendance, random, now)
        _cases(programs, sessions, people, size.cases - 15, random, now)


def _people(count: int, now: datetime) -> list[int]:
    numbers = _rows(
        Person,
        (
            {
                "code": ids.code("P"), "name": f"{GIVEN[n % 16]} {FAMILY[n // 16 % 16]} {n}", "profession": PROFESSIONS[n % 6],
                "zone": "America/Denver", "language": "en", "created_at": now - timedelta(days=400), "version": 1,
            }
            for n in range(count)
        ),
    )  # fmt: skip
    addresses = (
        {
            "person_id": number,
            "email": f"p{number}@spokes.example",
            "normal": f"p{number}@spokes.example",
            "primary": True,
            "created_at": now,
        }
        for number in numbers
    )
    _rows(Address, addresses)
    return numbers


def _sites(hub_id: int, count: int) -> list[int]:
    made = (
        {
            "code": ids.code("SITE"),
            "hub_id": hub_id,
            "name": f"Clinic {n}",
            "normal": f"clinic {n}",
            "region": f"Region {n % 9}",
            "rural": n % 3 > 0,
            "version": 1,
        }
        for n in range(count)
    )
    return _rows(Site, made)


def _programs(hub_id: int, count: int, now: datetime) -> list[int]:
    texts = dict.fromkeys(
        ("aim", "audience", "scope_in", "scope_out", "sponsor", "measures"), "As in the other programs."
    )
    made = (
        {
            "code": ids.code("PRG"), "hub_id": hub_id, "name": f"Topic {n + 1}", "label": f"T{n % 90 + 10}", "contact": "echo@mountain-hub.example",
            "created_at": now - timedelta(days=400), "version": 1, **texts,
        }
        for n in range(count)
    )  # fmt: skip
    return _rows(Program, made)


def _season(program: int, number: int, now: datetime) -> dict[str, Any]:
    first = (now - timedelta(days=360)).date()
    return {
        "code": ids.code("SER"), "program_id": program, "name": "A year", "zone": "America/Denver", "kind": "weekly", "interval": 1,
        "weekday": first.weekday(), "start": time(8 + number % 9), "minutes": 60, "first_date": first, "count": 52, "skipped": [],
        "run_sheet": [], "created_at": now - timedelta(days=400), "version": 1,
    }  # fmt: skip


def _enrol(series: list[int], people: list[int], sites: list[int], random: Random, now: datetime) -> None:
    made = (
        {
            "code": ids.code("E"), "series_id": series[n % len(series)], "person_id": person, "site_id": sites[n % len(sites)],
            "state": EnrolmentState.ACTIVE, "since": now - timedelta(days=random.randint(1, 380)), "version": 1,
        }
        for n, person in enumerate(people)
    )  # fmt: skip
    _rows(Enrolment, made)


def _sessions(series: list[int], count: int, now: datetime) -> list[int]:
    start = now.replace(minute=0, second=0) - timedelta(days=3)
    sessions = _rows(
        Session,
        (
            {
                "code": ids.code("S"), "series_id": series[n % len(series)], "number": n // len(series) + 1, "title": f"Evening {n // len(series) + 1}",
                "starts_at": start - timedelta(days=7 * (n // len(series)), hours=n % 9), "minutes": 60, "state": SessionState.SCHEDULED,
                "uid": f"bulk-{n}@demo.example", "organizer": "echo@mountain-hub.example", "provider": "link",
                "meeting_url": "https://video.example/j/bulk", "created_at": now - timedelta(days=400), "changed_at": now - timedelta(days=400),
                "version": 1,
            }
            for n in range(count)
        ),
    )  # fmt: skip
    sheet = default_run_sheet(60, cases=1)
    blocks = (
        {
            "session_id": number,
            "position": place,
            "kind": block.kind,
            "minutes": block.minutes,
            "title": "",
            "recorded": block.recorded,
        }
        for number in sessions
        for place, block in enumerate(sheet)
    )
    _rows(Block, blocks)
    return sessions


def _registers(
    sessions: list[int], series: list[int], people: list[int], count: int, random: Random, now: datetime
) -> None:
    made = (
        {"session_id": number, "state": RegisterState.CLOSED, "closed_at": now, "version": 1} for number in sessions
    )
    registers = _rows(Register, made)
    each = max(1, count // len(registers))
    rows = (
        {
            "register_id": register, "person_id": person, "minutes": random.randint(20, 60), "role": "participant",
            "profession": PROFESSIONS[person % 6], "rural": person % 3 > 0, "facts": {},
        }
        for register in registers
        for person in random.sample(people, min(each, len(people)))
    )  # fmt: skip
    _rows(Attendance, rows)


def _cases(
    programs: list[int], sessions: list[int], people: list[int], count: int, random: Random, now: datetime
) -> None:
    form = db.session.scalars(select(CaseForm.id).order_by(CaseForm.id.desc())).first()
    if form is None:
        return
    made = (
        {
            "code": ids.code("CASE"), "program_id": programs[n % len(programs)], "author_id": random.choice(people), "form_id": form,
            "state": CaseState.CLOSED, "answers": {**stories.CASES[n % len(stories.CASES)], "consent": "yes", "attestation": True},
            "attested": True, "session_id": sessions[n % len(sessions)], "backup": False, "created_at": now - timedelta(days=200),
            "saved_at": now - timedelta(days=200), "submitted_at": now - timedelta(days=199), "state_since": now - timedelta(days=100), "version": 1,
        }
        for n in range(count)
    )  # fmt: skip
    _rows(Case, made)


def _rows(model: Any, values: Iterator[dict[str, Any]]) -> list[int]:
    """Insert in batches; the ids in the order of the values."""
    numbers: list[int] = []
    rest = iter(values)
    while batch := list(islice(rest, AT_ONCE)):
        numbers += db.session.scalars(insert(model).returning(model.id, sort_by_parameter_order=True), batch)
    return numbers
