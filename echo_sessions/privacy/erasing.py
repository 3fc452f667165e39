"""Erasing a person: what goes, what must stay and why. Everything follows the data map."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy import Table as SqlTable

from echo_sessions.audit import service as audit
from echo_sessions.audit import tombstones
from echo_sessions.cases import recalling
from echo_sessions.cases import service as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import MOVES, CaseState
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files.models import File
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from echo_sessions.meetings import service as meetings
from echo_sessions.people.models import Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.privacy import records
from echo_sessions.privacy.data_map import Fate, Table
from echo_sessions.programs import queries as programs
from echo_sessions.programs import service as program_service
from echo_sessions.programs.rules import MOVES as ENROLMENT_MOVES
from echo_sessions.programs.rules import RUNS, EnrolmentState
from echo_sessions.words import msgid

NAME_LEFT = msgid("Erased person")
"""What stands where the name was. Certificates keep the name they were issued with."""


@dataclass(frozen=True)
class Line:
    """What becomes of the rows of one table."""

    table: Table
    rows: int


def outlook(person_id: int) -> Sequence[Line]:
    """What would become of everything about this person: tables that hold something, in the order of the map."""
    found = []
    for entry, sql in records.tables_about():
        count = db.session.scalar(select(func.count()).select_from(sql).where(records.is_about(entry, sql, person_id)))
        if count:
            found.append(Line(entry, count))
    return sorted(found, key=lambda line: (list(Fate).index(line.table.erase), line.table.name))


def check(person: Person) -> None:
    """Refuses what would leave a hub or a program without anybody who answers for it."""
    if person.erased_at is not None:
        raise Refused("This record has been erased.")
    staff = db.session.scalars(select(Staff).where(Staff.person_id == person.id)).first()
    if staff is not None and staff.role is StaffRole.OWNER:
        others = select(Staff.id).where(Staff.role == StaffRole.OWNER, Staff.person_id != person.id)
        if db.session.scalar(others.limit(1)) is None:
            raise Refused("The hub needs an owner. Appoint another one first, then this record can be erased.")
    for membership in programs.memberships_of([person.id]):
        running = {member.person_id for member in programs.team_of(membership.program_id) if member.role in RUNS}
        if membership.role in RUNS and running == {person.id}:
            raise Refused(
                "%(program)s needs somebody who runs it. Appoint another director or coordinator first, then this record can be erased.",
                program=membership.program.name,
            )


def erase(person: Person, *, by: Person | None, now: datetime) -> dict[str, Any]:
    """Erase everything about a person that may go; how many rows of each table went or stayed.

    Series are left, cases that the group has not heard are taken back and their text deleted. What must stay (credit and
    its evidence for 6 years, certificates as issued, the audit) stays without name or address. Cannot be undone.
    """
    check(person)
    for other in db.session.scalars(
        select(Person).where(Person.merged_into_id == person.id, Person.erased_at.is_(None))
    ).all():
        erase(other, by=by, now=now)  # A record that was merged into this one has a name of its own.
    _say_goodbye(person, now=now)
    files = list(_files_of(person.id))
    facts = {}
    for entry, sql in records.tables_about():
        if changed := _apply(entry, sql, person.id):
            facts[entry.name] = f"{entry.erase} {changed}"
    for number in files:
        db.session.delete(db.session.get_one(File, number))
    db.session.expire_all()
    person.name, person.erased_at = NAME_LEFT, now
    person.link_generation += 1
    tombstones.bury(tombstones.ERASURE, person.code, at=now)
    audit.record(by.id if by else None, "person erased", person.code, at=now, **facts)
    return facts


def restored() -> Sequence[int]:
    """The ids of people who were erased, and are back because an older copy of the database was restored."""
    there = {
        code: number
        for number, code in db.session.execute(select(Person.id, Person.code).where(Person.erased_at.is_(None)))
    }
    return [there[code] for code in tombstones.buried(tombstones.ERASURE, there)]


def _say_goodbye(person: Person, *, now: datetime) -> None:
    """End what is going on: enrolments, roles, ways into meetings, letters not yet sent, cases not yet heard."""
    for enrolment in programs.enrolments_of([person.id]):
        if EnrolmentState.LEFT in ENROLMENT_MOVES[enrolment.state]:
            program_service.leave(enrolment, by=person, now=now)
    for case in db.session.scalars(select(Case).where(Case.author_id == person.id)).unique().all():
        if case.state is CaseState.DRAFT:
            cases.delete_draft(case, by=person, now=now)
        elif case.dark_since is not None and CaseState.WITHDRAWN in MOVES[case.state]:
            recalling.end_with_author(case, now=now)
        elif CaseState.WITHDRAWN in MOVES[case.state]:
            cases.withdraw(case, by=person, now=now)
            cases.forget(case, now=now)
        elif case.state in {CaseState.WITHDRAWN, CaseState.DECLINED} and case.forgotten_at is None:
            cases.forget(case, now=now)
    meetings.forget_person(person.id, now=now)
    waiting = (LetterState.QUEUED, LetterState.HELD)
    unsent = update(Letter).where(Letter.person_id == person.id, Letter.state.in_(waiting))
    db.session.execute(unsent.values(state=LetterState.SUPERSEDED))
    db.session.flush()


def _files_of(person_id: int) -> Sequence[int]:
    """Files that hold nothing but what goes: letters of employers, copies of the own data."""
    numbers: list[int] = []
    for entry, sql in records.tables_about():
        if entry.name in {"verifications", "data_requests"}:
            chosen = select(sql.c.file_id).where(records.is_about(entry, sql, person_id), sql.c.file_id.is_not(None))
            numbers += db.session.scalars(chosen)
    return numbers


def _apply(entry: Table, sql: SqlTable, person_id: int) -> int:
    about = records.is_about(entry, sql, person_id)
    match entry.erase:
        case Fate.DELETE:
            return _changed(sql.delete().where(about))
        case Fate.BLANK:
            return _changed(sql.update().where(about).values({name: _empty(sql, name) for name in entry.blanked}))
        case Fate.KEEP:
            return db.session.scalar(select(func.count()).select_from(sql).where(about)) or 0


def _empty(sql: SqlTable, column: str) -> object:
    """What an emptied column holds: nothing, or the emptiest value it takes."""
    return None if sql.c[column].nullable else ""


def _changed(statement: Any) -> int:
    return cast(CursorResult[Any], db.session.execute(statement)).rowcount
