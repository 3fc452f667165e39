"""Lists ask the database as often for a hundred rows as for one.

Every endpoint whose function is called `list_…` is tried; each has a maker here that makes so many more rows, every one
with parents of its own (a list that is slow only for different people is slow).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, url_for
from sqlalchemy import event, select

from echo_sessions import ids
from echo_sessions.alarms import service as alarm_service
from echo_sessions.alarms.rules import ROWS
from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import Seen
from echo_sessions.cases import recalling
from echo_sessions.cases import service as case_service
from echo_sessions.cases.common_form import common_core
from echo_sessions.cases.models import BrokenGlass, Case
from echo_sessions.cases.rules import CaseState
from echo_sessions.certificates.models import Certificate
from echo_sessions.conduct import service as conduct
from echo_sessions.database import db, transaction
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message
from echo_sessions.merging import service as merging
from echo_sessions.merging.models import Recovery, RecoveryCheck
from echo_sessions.merging.rules import RecoveryState
from echo_sessions.people.models import Person, Staff
from echo_sessions.privacy import service as privacy
from echo_sessions.programs import observing
from echo_sessions.programs.models import Program, SiteLead
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import DutyRole, DutyState
from tests.house.routes import routes
from tests.make import Make
from tests.meetings.rows import host as provider_host
from tests.meetings.rows import recording as provider_recording
from tests.signing import signed_in

Maker = Callable[[Make, int], None]


def programs(make: Make, count: int) -> None:
    for _ in range(count):
        program = make.program(f"Program {ids.code('N')}")
        make.series(program)
        make.member(program, Role.COORDINATOR)


def people(make: Make, count: int) -> None:
    series = make.series()
    for _ in range(count):
        make.enrol(series, site=make.site())


def sessions(make: Make, count: int) -> None:
    for number in range(count):
        session = make.session(make.series(), starts_in=timedelta(days=1 + number))
        make.duty(session, DutyRole.FACILITATOR)


def letters(make: Make, count: int) -> None:
    with transaction():
        for number in range(count):
            letter = Message(
                kind="test/letter",
                to=f"a{number}@b.test",
                to_name="Ana",
                subject="Hello",
                text="Hello\n",
                html="<p>Hello</p>",
            )
            mail.queue(letter, now=make.now, from_name="Hub")


def background(make: Make, count: int) -> None:
    with transaction():
        for number in range(count):
            job = jobs.queue("test.nothing", {}, now=make.now)
            if job and number % 3 == 0:
                jobs.fail(job.id, jobs.claim(job.id, make.now) or "", make.now, words="No", final=True)


def deeds(make: Make, count: int) -> None:
    for _ in range(count):
        person = make.person()
        with transaction():
            audit.record(person.id, "tried", "T-1", at=make.now)


def cases(make: Make, count: int) -> None:
    with transaction():
        case_service.publish_form(name="common-core", schema=common_core(), now=make.now)
    for _ in range(count):
        program, author, reviewer = make.program(), make.person(), make.person()
        with transaction():
            case = case_service.start(program, author=author, now=make.now)
            case.state, case.submitted_at, case.due_at = CaseState.IN_REVIEW, make.now, make.now
            case.reviewer_id = case.waits_for_id = reviewer.id


def recalled(make: Make, count: int) -> None:
    """Each raised by whoever looks at the list, who is the only coordinator of the hub."""
    reader = db.session.scalars(select(Person).join(Staff)).unique().first()
    for _ in range(count):
        program, author = make.program(), make.person()
        make.member(program, Role.DIRECTOR)
        with transaction():
            case = case_service.start(program, author=author, now=make.now)
            case.state, case.submitted_at = CaseState.SUBMITTED, make.now
            recalling.raise_recall(case, by=db.session.merge(reader), now=make.now)


def duties(make: Make, count: int) -> None:
    for _ in range(count):
        make.duty(make.session(make.series()), DutyRole.PANEL, state=DutyState.OFFERED)


def certificates(make: Make, count: int) -> None:
    for _ in range(count):
        person, session = make.person(), make.session(make.series())
        with transaction():
            db.session.add(
                Certificate(
                    code=ids.certificate_code(), person_id=person.id, activity=session.code, kind="attendance", issued_at=make.now,
                    snapshot={"name": person.name, "activity": session.title, "title": session.title, "amount": "1.5"},
                )
            )  # fmt: skip


def reports(make: Make, count: int) -> None:
    for _ in range(count):
        program, reporter, accused = make.program(), make.person(), make.person()
        with transaction():
            conduct.report(reporter=reporter, about=[accused], text="Shouted.", program=program, now=make.now)


def checks(make: Make, count: int) -> None:
    for _ in range(count):
        program, person = make.program(), make.person(verified=False)
        make.enrol(make.series(program), person, site=make.site())
        make.verification(person, program_id=program.id)


def acceptances(make: Make, count: int) -> None:
    make.texts()
    for _ in range(count):
        make.enrol(make.series(make.program()))


def sign_ins_of_staff(make: Make, count: int) -> None:
    staff = db.session.scalars(select(Staff)).first()
    assert staff is not None
    for _ in range(count):
        signed_in(staff.person)


def sites(make: Make, count: int) -> None:
    for _ in range(count):
        site = make.site(f"Clinic {ids.code('N')}")
        make.enrol(make.series(), site=site)
        lead = make.person()
        with transaction():
            db.session.add(SiteLead(site_id=site.id, person_id=lead.id, since=make.now))


def approvals(make: Make, count: int) -> None:
    """All in one program, whose list is looked at; half of them would like to look on."""
    program = db.session.scalars(select(Program)).first() or make.program()
    for _ in range(count):
        make.enrol(make.series(program), site=make.site(), state=EnrolmentState.APPROVAL)
        person = make.person()
        with transaction():
            observing.ask_as(db.session.merge(program), person, why="To learn", now=make.now)


PLACES: dict[str, Callable[[], dict[str, str]]] = {
    "oversight.list_rights": lambda: {"code": db.session.scalars(select(Program.code).order_by(Program.id)).first()},
    "programs.list_approvals": lambda: {"code": db.session.scalars(select(Program.code)).one()},
    "cases.list_openings": lambda: {"code": db.session.scalars(select(Case.code)).one()},
    "meetings.list_recordings": lambda: {"code": db.session.scalars(select(Session.code)).one()},
}
"""What stands in the address of a list that belongs to one thing."""


def conspicuous(make: Make, count: int) -> None:
    make.hub()
    for _ in range(count):
        person, other = make.person(), make.person()
        with transaction():
            audit.saw(person.id, Seen.EXPORT, "people", at=make.now, rows=ROWS)
            raised = alarm_service.watch(person.id, Seen.EXPORT, now=make.now)
            assert raised is not None
            raised.seen_by_id, raised.seen_at, raised.note = other.id, make.now, "The yearly report."


def looks_at_me(make: Make, count: int) -> None:
    reader = db.session.scalars(select(Person).join(Staff)).unique().one()
    for _ in range(count):
        person = make.person()
        with transaction():
            audit.saw(person.id, Seen.PROFILE, reader.code, at=make.now)


def openings(make: Make, count: int) -> None:
    case = db.session.scalars(select(Case)).unique().first()
    if case is None:
        with transaction():
            case_service.publish_form(name="common-core", schema=common_core(), now=make.now)
        program, author = make.program(), make.person()
        with transaction():
            case = case_service.start(program, author=author, now=make.now)
            case.state = CaseState.IN_REVIEW
    for _ in range(count):
        person = make.person()
        with transaction():
            audit.saw(person.id, Seen.CASE, case.code, at=make.now, role="Expert")
            db.session.add(
                BrokenGlass(
                    code=ids.code("BG"), case_id=case.id, person_id=person.id, role="Expert", reason="It could not wait any longer.",
                    at=make.now, ends_at=make.now + timedelta(hours=1),
                )
            )  # fmt: skip


def pairs(make: Make, count: int) -> None:
    """Two records of one name each, with different people in each pair."""
    for _ in range(count):
        name = f"Grace {ids.code('N').lower().replace('-', '')}"
        make.person(name)
        make.person(name)


def merged(make: Make, count: int) -> None:
    by = make.coordinator(f"By {ids.code('N')}")
    for _ in range(count):
        kept, gone = make.person(), make.person()
        with transaction():
            merging.merge(kept, gone, by=by, now=make.now)


def lost(make: Make, count: int) -> None:
    for number in range(count):
        person, by = make.person(), make.person()
        with transaction():
            row = Recovery(
                code=ids.code("REC"), person_id=person.id, email=f"n{number}@new.test", normal=f"n{number}@new.test",
                claimed_name=person.name, state=RecoveryState.CHECKING, asked_at=make.now, answered_at=make.now,
            )  # fmt: skip
            row.checks.append(RecoveryCheck(person_id=person.id, by_id=by.id, how="Rang the clinic", at=make.now))
            db.session.add(row)


def rights(make: Make, count: int) -> None:
    """Members of one program, each with a part in a session, enrolled from a site of their own."""
    program = db.session.scalars(select(Program).order_by(Program.id)).first() or make.program()
    series = make.series(program)
    session = make.session(series)
    for _ in range(count):
        person = make.member(program, Role.EXPERT)
        make.duty(session, DutyRole.PANEL, person)
        make.enrol(series, person, site=make.site())


def data_requests(make: Make, count: int) -> None:
    for _ in range(count):
        person = make.person()
        with transaction():
            privacy.ask_erasure(person, by=person, now=make.now)


def meeting_hosts(make: Make, count: int) -> None:
    """Accounts at a provider, each with a name and an address of its own."""
    make.hub()
    for _ in range(count):
        provider_host(ids.code("N"), now=make.now)


def recorded(make: Make, count: int) -> None:
    """Files of one session, in which one person decided about each."""
    known = db.session.scalars(select(Session).order_by(Session.id)).unique().first()
    session = known or make.session(starts_in=timedelta(days=-1))
    for _ in range(count):
        person = make.person()
        provider_recording(session, 11, 29, shown=True, shown_by_id=person.id, shown_reason="Seen to its end.")


MAKERS: dict[str, Maker] = {
    "meetings.list_recordings": recorded,
    "meetings.list_hosts": meeting_hosts,
    "privacy.list_requests": data_requests,
    "oversight.list_rights": rights,
    "merging.list_duplicates": pairs,
    "merging.list_merges": merged,
    "merging.list_recoveries": lost,
    "alarms.list_alarms": conspicuous,
    "audit.list_trace": looks_at_me,
    "cases.list_openings": openings,
    "programs.list_sites": sites,
    "programs.list_approvals": approvals,
    "people.list_sign_ins": sign_ins_of_staff,
    "verification.list_waiting": checks,
    "programs.list_acceptances": acceptances,
    "programs.list_programs": programs,
    "programs.list_people": people,
    "sessions.list_sessions": sessions,
    "mail.list_letters": letters,
    "jobs.list_jobs": background,
    "audit.list_entries": deeds,
    "conduct.list_incidents": reports,
    "cases.list_cases": cases,
    "cases.list_recalls": recalled,
    "experts.list_duties": duties,
    "certificates.list_certificates": certificates,
}


def test_every_list_has_a_maker_of_rows(whole_app):
    lists = {
        route.endpoint
        for route in routes(whole_app)
        if route.endpoint.rsplit(".", 1)[-1].startswith("list_") and "GET" in route.methods
    }
    assert lists - MAKERS.keys() == set(), "write a maker of rows for this list in tests/house/test_lists.py"
    assert MAKERS.keys() - lists == set(), "there is no such list; take its maker out"


@pytest.mark.parametrize("endpoint", MAKERS)
def test_a_hundred_rows_cost_as_many_queries_as_one(app, make, client, endpoint):
    hers = client.as_(make.coordinator())
    counted, lengths = [], []
    for more in (1, 9, 90):
        MAKERS[endpoint](make, more)
        with queries(app) as asked:
            page = hers.get_page(url_for(endpoint, **PLACES.get(endpoint, dict)()))
        counted.append(len(asked))
        lengths.append(len(page.body))
    assert lengths[0] < lengths[1], "the list shows none of the rows that its maker makes, so this measures nothing"
    assert len(set(counted)) == 1, f"{endpoint} asks {counted} queries for 1, 10 and 100 rows"


@contextmanager
def queries(app: Flask) -> Iterator[list[str]]:
    """The statements that were sent meanwhile, but for the opening and closing of transactions."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_the_measure_sees_a_query_for_each_row(app, make):
    """A measure that cannot fail would be none."""
    with queries(app) as asked:
        for _ in range(3):
            db.session.execute(db.text("SELECT 1"))
    assert len(asked) == 3


@pytest.mark.parametrize("page", ["0", "-1", "2", "999999999999", "x", ""])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(app, make, client, page):
    hers = client.as_(make.coordinator())
    letters(make, 3)
    assert "1–3 of 3" in hers.get_page(f"/letters?page={page}").text()
