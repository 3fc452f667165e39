"""Who has rights in a program, and from which rows: read for many people at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, union
from sqlalchemy.orm import joinedload

from echo_sessions.audit.models import Entry
from echo_sessions.cases.models import Case
from echo_sessions.database import db
from echo_sessions.oversight.rights import (
    DUTY_GROUNDS,
    ENROLLED,
    LEADS_SITE,
    ROLE_GROUNDS,
    STAFF_GROUNDS,
    Ground,
    Right,
)
from echo_sessions.people.models import Person, Staff
from echo_sessions.programs.models import Enrolment, Membership, Program, Series, SiteLead
from echo_sessions.programs.rules import ENDS, EnrolmentState
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyState
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import VerificationState

STANDING = (DutyState.OFFERED, DutyState.ACCEPTED)


@dataclass(frozen=True)
class Because:
    """One row from which somebody has rights: what it is, where, since when and by whom, until when; and the rights."""

    ground: Ground
    since: datetime
    place: str | None = None
    link: tuple[str, str] | None = None
    """The endpoint that shows the row, and its code."""
    by: str | None = None
    until: datetime | None = None
    only_offered: bool = False


def holders(program: Program, now: datetime, words: str = "", right: Right | None = None) -> Select[Person]:
    """Everybody who has any right in this program, or this one, by name."""
    sources = union(
        *(chosen.order_by(None) for grounds, chosen in _sources(program, now) if right is None or right in grounds)
    )
    chosen = select(Person).where(Person.id.in_(select(sources.subquery().c[0])))
    for word in words.split():
        chosen = chosen.where(Person.name.icontains(word, autoescape=True))
    return chosen.order_by(Person.name, Person.id)


def reasons(program: Program, people: Iterable[int], now: datetime) -> dict[int, list[Because]]:
    """Why each of these people has rights in the program, the widest first; in a constant number of queries."""
    ids = list(people)
    found: dict[int, list[Because]] = defaultdict(list)
    by = _appointed_by(program)
    for staff in db.session.scalars(select(Staff).where(Staff.person_id.in_(ids))):
        found[staff.person_id].append(Because(STAFF_GROUNDS[staff.role], staff.since))
    for member in db.session.scalars(_members(program, now).where(Membership.person_id.in_(ids))).unique():
        name = by.get((member.person.code, member.role.value))
        found[member.person_id].append(Because(ROLE_GROUNDS[member.role], member.since, by=name, until=member.ends_at))
    for enrolment in db.session.scalars(_enrolled(program).where(Enrolment.person_id.in_(ids))).unique():
        place = ("programs.show_series", enrolment.series.code)
        found[enrolment.person_id].append(Because(ENROLLED, enrolment.since, enrolment.series.name, place))
    for duty in db.session.scalars(_duties(program).where(Duty.person_id.in_(ids))).unique():
        found[duty.person_id].append(_because_of(duty))
    for lead in db.session.scalars(_leads(program).where(SiteLead.person_id.in_(ids))).unique():
        found[lead.person_id].append(Because(LEADS_SITE, lead.since, lead.site.name))
    return found


def verified_until(people: Iterable[int], now: datetime) -> dict[int, datetime]:
    """Until when each of these people is verified; who is not, is missing."""
    chosen = select(Verification.person_id, Verification.expires_at).where(
        Verification.person_id.in_(list(people)), Verification.state == VerificationState.VERIFIED, Verification.expires_at > now
    )  # fmt: skip
    ends: dict[int, datetime] = {}
    for number, expires_at in db.session.execute(chosen.order_by(Verification.expires_at)):
        if expires_at is not None:
            ends[number] = expires_at
    return ends


def readers(case: Case) -> Select[Person]:
    """Everybody who could ever read this case as things stand: its author, who runs the program, its room."""
    program_id = case.program_id
    ways: list[Select[Any]] = [
        select(Case.author_id).where(Case.id == case.id),
        select(Staff.person_id),
        select(Membership.person_id).where(
            Membership.program_id == program_id,
            Membership.role.in_([role for role, ground in ROLE_GROUNDS.items() if Right.CASES in ground.rights]),
        ),
    ]
    if case.session_id is not None:
        in_room = select(Series.id).join(Session, Session.series_id == Series.id).where(Session.id == case.session_id)
        ways.append(select(Duty.person_id).where(Duty.session_id == case.session_id, Duty.state == DutyState.ACCEPTED))
        ways.append(
            select(Enrolment.person_id).where(
                Enrolment.series_id.in_(in_room), Enrolment.state == EnrolmentState.ACTIVE
            )
        )
    return select(Person).where(Person.id.in_(select(union(*ways).subquery().c[0]))).order_by(Person.name, Person.id)


def _sources(program: Program, now: datetime) -> list[tuple[Mapping[Right, str | None], Select[Any]]]:
    """The people of each ground, with the rights that it gives."""
    found: list[tuple[Mapping[Right, str | None], Select[Any]]] = [
        (ground.rights, select(Staff.person_id).where(Staff.role == role)) for role, ground in STAFF_GROUNDS.items()
    ]
    for role, ground in ROLE_GROUNDS.items():
        members = _members(program, now).where(Membership.role == role)
        found.append((ground.rights, members.with_only_columns(Membership.person_id)))
    found.append((ENROLLED.rights, _enrolled(program).with_only_columns(Enrolment.person_id)))
    for part, ground in DUTY_GROUNDS.items():
        found.append((ground.rights, _duties(program).where(Duty.role == part).with_only_columns(Duty.person_id)))
    found.append((LEADS_SITE.rights, _leads(program).with_only_columns(SiteLead.person_id)))
    return found


def _members(program: Program, now: datetime) -> Select[Membership]:
    """Roles that hold at this moment."""
    holds = or_(Membership.role.not_in(ENDS), Membership.ends_at > now)
    return (
        select(Membership)
        .where(Membership.program_id == program.id, holds)
        .options(joinedload(Membership.person))
        .order_by(Membership.since, Membership.id)
    )


def _enrolled(program: Program) -> Select[Enrolment]:
    chosen = select(Enrolment).join(Series, Series.id == Enrolment.series_id)
    return chosen.where(Series.program_id == program.id, Enrolment.state == EnrolmentState.ACTIVE)


def _duties(program: Program) -> Select[Duty]:
    chosen = select(Duty).join(Session, Session.id == Duty.session_id).join(Series, Series.id == Session.series_id)
    return (
        chosen.where(Series.program_id == program.id, Duty.state.in_(STANDING))
        .options(joinedload(Duty.session))
        .order_by(Session.starts_at.desc())
    )


def _leads(program: Program) -> Select[SiteLead]:
    taking_part = (
        select(Enrolment.site_id).join(Series, Series.id == Enrolment.series_id).where(Series.program_id == program.id)
    )
    return select(SiteLead).where(SiteLead.site_id.in_(taking_part))


def _because_of(duty: Duty) -> Because:
    session = duty.session
    return Because(
        DUTY_GROUNDS[duty.role], duty.asked_at, session.title or session.code if session else None,
        ("sessions.show", session.code) if session else None, only_offered=duty.state is DutyState.OFFERED,
    )  # fmt: skip


def _appointed_by(program: Program) -> dict[tuple[str, str], str]:
    """Who gave which role to whom, by the code of the person and the role, as the audit knows it."""
    chosen = (
        select(Entry, Person.name)
        .join(Person, Person.id == Entry.person_id)
        .where(and_(Entry.thing == program.code, Entry.deed.endswith(" appointed")))
        .order_by(Entry.at)
    )
    return {
        (str(entry.facts.get("person")), entry.deed.removesuffix(" appointed")): name
        for entry, name in db.session.execute(chosen)
    }


def staff_of(hub_id: int) -> Sequence[Staff]:
    """Who works for the hub as a whole, owners first, by name."""
    chosen = select(Staff).join(Person, Person.id == Staff.person_id).where(Staff.hub_id == hub_id)
    found = db.session.scalars(chosen.options(joinedload(Staff.person)).order_by(Person.name)).unique().all()
    return sorted(found, key=lambda staff: list(STAFF_GROUNDS).index(staff.role))
