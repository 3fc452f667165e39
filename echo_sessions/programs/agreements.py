"""The hub's texts as people accept them, version by version; and what the trust page of a program must hold."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select

from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Address, Person, Staff
from echo_sessions.people.rules import StaffRole
from echo_sessions.programs import queries
from echo_sessions.programs.models import Acceptance, Enrolment, Membership, Program, Statement
from echo_sessions.programs.rules import ACCEPTED_KINDS, EnrolmentState, Role, TextKind, trust_lacks
from echo_sessions.words import Said


def accept(person: Person, statement: Statement, *, now: datetime) -> Acceptance:
    """Somebody accepts one version of a text. Twice is once; a version that is not in force any more is refused unless
    it was accepted before."""
    known = db.session.scalars(_acceptance(person.id, statement.id)).one_or_none()
    if known is not None:
        return known
    in_force = queries.statement_in_force(statement.hub_id, statement.kind)
    if in_force is None or in_force.id != statement.id:
        raise Refused("This text has changed meanwhile. Read the version that is in force, then agree to that.")
    acceptance = Acceptance(person_id=person.id, statement=statement, at=now)
    db.session.add(acceptance)
    db.session.flush()
    audit.record(person.id, "text accepted", f"{statement.kind}-{statement.number}", at=now)
    return acceptance


def accepted_before(person_id: int, statement: Statement) -> Statement | None:
    """The newest earlier version of the same text that somebody has accepted."""
    chosen = (
        select(Statement)
        .join(Acceptance, Acceptance.statement_id == Statement.id)
        .where(
            Acceptance.person_id == person_id, Statement.hub_id == statement.hub_id, Statement.kind == statement.kind,
            Statement.number < statement.number,
        )
        .order_by(Statement.number.desc())
    )  # fmt: skip
    return db.session.scalars(chosen.limit(1)).first()


def people_asked(hub_id: int, kind: TextKind) -> int:
    """How many members will be asked when a new version of this kind is published."""
    if kind not in ACCEPTED_KINDS:
        return 0
    return db.session.scalar(select(func.count()).select_from(_members().subquery())) or 0


def listed(hub_id: int, *, words: str = "", kind: str = "", still: bool = False) -> Select[Person, Statement, datetime]:
    """Who has accepted what and when, the newest first; with `still` who has not, of the versions in force."""
    return _missing(hub_id, words, kind) if still else _given(hub_id, words, kind)


def _given(hub_id: int, words: str, kind: str) -> Select[Person, Statement, datetime]:
    chosen = (
        select(Person, Statement, Acceptance.at)
        .join(Acceptance, Acceptance.person_id == Person.id)
        .join(Statement, Statement.id == Acceptance.statement_id)
        .where(Statement.hub_id == hub_id)
    )
    return _found(chosen, words, kind).order_by(Acceptance.at.desc(), Acceptance.id.desc())


def _missing(hub_id: int, words: str, kind: str) -> Select[Person, Statement, datetime]:
    given = exists().where(Acceptance.statement_id == Statement.id, Acceptance.person_id == Person.id)
    chosen = (
        select(Person, Statement, Statement.published_at)
        .join(Statement, Statement.hub_id == hub_id)
        .where(Statement.kind.in_(ACCEPTED_KINDS), queries.is_newest(), ~given, Person.id.in_(_members()))
    )
    return _found(chosen, words, kind).order_by(Person.name, Person.id, Statement.kind)


def _found(chosen: Select[Person, Statement, datetime], words: str, kind: str) -> Select[Person, Statement, datetime]:
    if kind in set(TextKind):
        chosen = chosen.where(Statement.kind == TextKind(kind))
    for word in words.split():
        by_address = select(Address.person_id).where(Address.normal.icontains(word.casefold(), autoescape=True))
        chosen = chosen.where(or_(Person.name.icontains(word, autoescape=True), Person.id.in_(by_address)))
    return chosen


def owners_of(program: Program) -> Sequence[Person]:
    """Who answers for a program by name: its directors, else the owners of the hub, else whoever runs it."""
    directors = select(Person).join(Membership, Membership.person_id == Person.id).where(
        Membership.program_id == program.id, Membership.role == Role.DIRECTOR
    )  # fmt: skip
    found = db.session.scalars(directors.order_by(Person.name)).unique().all()
    return found or hub_owners(program.hub_id) or queries.runners_of(program.id)


def hub_owners(hub_id: int) -> Sequence[Person]:
    """The owners of the hub, by name."""
    owners = select(Person).join(Staff, Staff.person_id == Person.id)
    chosen = owners.where(Staff.hub_id == hub_id, Staff.role == StaffRole.OWNER)
    return db.session.scalars(chosen.order_by(Person.name)).unique().all()


def lacks_of(program: Program) -> list[Said]:
    """What the trust page of a program lacks; with anything on it the program's dates cannot be published."""
    return trust_lacks(
        owner=bool(owners_of(program)),
        conduct=queries.statement_in_force(program.hub_id, TextKind.CONDUCT) is not None,
        privacy=queries.statement_in_force(program.hub_id, TextKind.PRIVACY) is not None,
        contact=bool(program.contact.strip()),
    )


def may_publish_dates(program: Program) -> None:
    """Refuses to publish a program's first dates while its trust page lacks something, and says what."""
    lacks = lacks_of(program)
    if lacks:
        raise Refused(
            "The dates of %(program)s cannot be published yet, because people could not see whom they trust. %(lacks)s",
            program=program.name,
            lacks=_together(lacks),
        )


def _together(sentences: Sequence[Said]) -> Said:
    """Several sentences as one."""
    first, *rest = sentences
    return Said("%(one)s %(rest)s", {"one": first, "rest": _together(rest)}) if rest else first


def _members() -> Select[int]:
    """The ids of everybody who takes part in a series or has a role in a program."""
    active = select(Enrolment.person_id).where(Enrolment.state == EnrolmentState.ACTIVE)
    return select(Person.id).where(or_(Person.id.in_(active), Person.id.in_(select(Membership.person_id))))


def _acceptance(person_id: int, statement_id: int) -> Select[Acceptance]:
    return select(Acceptance).where(Acceptance.person_id == person_id, Acceptance.statement_id == statement_id)
