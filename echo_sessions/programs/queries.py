"""Finding programs, series, sites and who takes part."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from echo_sessions.database import db
from echo_sessions.people import queries as people_queries
from echo_sessions.people.models import Address, Hub, Person, Staff
from echo_sessions.programs.models import (
    Acceptance,
    Enrolment,
    Membership,
    ObserverRequest,
    Program,
    Series,
    Site,
    SiteLead,
    Statement,
)
from echo_sessions.programs.rules import (
    ACCEPTED_KINDS,
    BEFORE,
    ENDS,
    NEEDS_SECOND_FACTOR,
    PREPARES,
    RUNS,
    TAKES_PART,
    EnrolmentState,
    Role,
    TextKind,
    site_as_compared,
)


def program_by_code(code: str) -> Program | None:
    """The program with this code."""
    return db.session.scalars(select(Program).where(Program.code == code)).one_or_none()


def series_by_code(code: str) -> Series | None:
    """The series with this code."""
    return db.session.scalars(select(Series).where(Series.code == code)).one_or_none()


def is_staff(person_id: int) -> bool:
    """Whether somebody works for the hub as a whole: its staff may run every program."""
    return db.session.scalar(select(Staff.id).where(Staff.person_id == person_id)) is not None


def roles_in(program_id: int, person_id: int) -> frozenset[Role]:
    """Somebody's roles in one program that stand until they are taken back; an auditor's ends: see `audits`."""
    chosen = select(Membership.role).where(
        Membership.program_id == program_id, Membership.person_id == person_id, Membership.role.not_in(ENDS)
    )
    return frozenset(db.session.scalars(chosen))


def audits(program_id: int, person_id: int, now: datetime) -> bool:
    """Whether somebody may look at everything in this program as its auditor, at this moment."""
    return db.session.scalar(programs_audited_by(person_id, now).where(Membership.program_id == program_id)) is not None


def programs_audited_by(person_id: int, now: datetime) -> Select[int]:
    """The ids of the programs somebody audits at this moment; an end that has come, or that is missing, ends it."""
    return select(Membership.program_id).where(
        Membership.person_id == person_id, Membership.role == Role.AUDITOR, Membership.ends_at > now
    )


def audits_anything(person_id: int, now: datetime) -> bool:
    """Whether somebody is an auditor anywhere at this moment."""
    return db.session.scalar(programs_audited_by(person_id, now).limit(1)) is not None


def leads_in(program_id: int, person_id: int) -> bool:
    """Whether somebody answers for a site from which people take or took part in this program."""
    chosen = (
        select(SiteLead.id)
        .join(Enrolment, Enrolment.site_id == SiteLead.site_id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(SiteLead.person_id == person_id, Series.program_id == program_id)
    )
    return db.session.scalar(chosen.limit(1)) is not None


def hold_roles(person_id: int) -> None:
    """Let nobody take a role from this person until the transaction ends (on SQLite nobody else writes anyway)."""
    for table in (Membership, Staff):
        db.session.execute(select(table.id).where(table.person_id == person_id).with_for_update(read=True)).all()


def runs(program_id: int, person_id: int) -> bool:
    """Whether somebody runs this program: staff of the hub, its directors and its coordinators."""
    return bool(roles_in(program_id, person_id) & RUNS) or is_staff(person_id)


def needs_second_factor(person_id: int) -> bool:
    """Whether somebody holds a role, in a program or for the hub, that asks for a second factor."""
    chosen = select(Membership.id).where(Membership.person_id == person_id, Membership.role.in_(NEEDS_SECOND_FACTOR))
    return is_staff(person_id) or db.session.scalar(chosen.limit(1)) is not None


def runs_anything(person_id: int) -> bool:
    """Whether somebody runs any program, or works for the hub as a whole."""
    chosen = select(Membership.id).where(Membership.person_id == person_id, Membership.role.in_(RUNS)).limit(1)
    return is_staff(person_id) or db.session.scalar(chosen) is not None


def programs_run_by(person_id: int) -> Select[int]:
    """The ids of the programs somebody runs, for use inside other selects."""
    if is_staff(person_id):
        return select(Program.id)
    return select(Membership.program_id).where(Membership.person_id == person_id, Membership.role.in_(RUNS))


def programs_looked_at_by(person_id: int, now: datetime) -> Select[int]:
    """The ids of the programs whose records somebody may read: those they run, and those they audit now."""
    run = programs_run_by(person_id)
    return select(Program.id).where(or_(Program.id.in_(run), Program.id.in_(programs_audited_by(person_id, now))))


def programs_with_role(person_id: int, roles: Iterable[Role]) -> Select[int]:
    """The ids of the programs in which somebody has one of these roles, which end by being taken back only."""
    return select(Membership.program_id).where(
        Membership.person_id == person_id, Membership.role.in_(set(roles) - ENDS)
    )


def programs_read_by(person_id: int, now: datetime) -> Select[int]:
    """The ids of the programs whose series and sessions somebody reads: enrolled, in a role that takes part, or looking."""
    if is_staff(person_id):
        return select(Program.id)
    ways = (programs_with_role(person_id, TAKES_PART), programs_audited_by(person_id, now), _enrolled_in(person_id))
    return select(Program.id).where(or_(*(Program.id.in_(way) for way in ways)))


def programs_known_to(person_id: int, now: datetime | None = None) -> Select[int]:
    """The ids of the programs somebody has a role in or is enrolled in; with `now` those they audit at that moment too."""
    if is_staff(person_id):
        return select(Program.id)
    ends = or_(Membership.role.not_in(ENDS), Membership.ends_at > now) if now else Membership.role.not_in(ENDS)
    member = select(Membership.program_id).where(Membership.person_id == person_id, ends)
    return select(Program.id).where(or_(Program.id.in_(member), Program.id.in_(_enrolled_in(person_id))))


def _enrolled_in(person_id: int) -> Select[int]:
    return (
        select(Series.program_id)
        .join(Enrolment, Enrolment.series_id == Series.id)
        .where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE)
    )


def submittable(person_id: int) -> Sequence[Program]:
    """The programs somebody may bring a case to, by name: those they take part in, run, or are an expert or facilitator
    of. Observers, evaluators, sponsors and auditors bring none."""
    member = programs_with_role(person_id, PREPARES)
    chosen = select(Program).where(or_(Program.id.in_(member), Program.id.in_(_enrolled_in(person_id))))
    return db.session.scalars(chosen.order_by(Program.name, Program.id)).unique().all()


def enrolment_of(series_id: int, person_id: int) -> Enrolment | None:
    """Somebody's enrolment in a series, in whatever state."""
    chosen = select(Enrolment).where(Enrolment.series_id == series_id, Enrolment.person_id == person_id)
    return db.session.scalars(chosen).one_or_none()


def is_enrolled(series_id: int, person_id: int) -> bool:
    """Whether somebody is an active participant of a series."""
    enrolment = enrolment_of(series_id, person_id)
    return enrolment is not None and enrolment.state is EnrolmentState.ACTIVE


def active_enrolments(series_id: int) -> Sequence[Enrolment]:
    """All active participants of a series, by name."""
    chosen = select(Enrolment).join(Person, Person.id == Enrolment.person_id).where(
        Enrolment.series_id == series_id, Enrolment.state == EnrolmentState.ACTIVE
    )  # fmt: skip
    return db.session.scalars(chosen.order_by(Person.name)).unique().all()


def runners_of(program_id: int) -> Sequence[Person]:
    """Who is told when a program needs somebody: its coordinators and directors, else the hub's staff."""
    chosen = select(Person).join(Membership).where(Membership.program_id == program_id, Membership.role.in_(RUNS))
    people = db.session.scalars(chosen.order_by(Person.id)).unique().all()
    return people or db.session.scalars(select(Person).join(Staff).order_by(Person.id)).unique().all()


def to_tell(program_id: int, now: datetime) -> Sequence[Person]:
    """Who gets a letter when a program needs somebody: those of `runners_of`, with their deputies in place of whoever is
    away (as long as a deputy may still run it); nobody twice."""
    people = runners_of(program_id)
    deputies = people_queries.deputies([person.id for person in people], now)
    standing = {number: deputy for number, deputy in deputies.items() if runs(program_id, deputy.id)}
    return list({one.id: one for one in (standing.get(person.id, person) for person in people)}.values())


def experts_of(program_id: int) -> Sequence[Membership]:
    """The program's experts, by name."""
    chosen = select(Membership).join(Person).where(Membership.program_id == program_id, Membership.role == Role.EXPERT)
    return db.session.scalars(chosen.order_by(Person.name)).all()


def statement_in_force(hub_id: int, kind: TextKind = TextKind.COLLABORATION) -> Statement | None:
    """The newest version of a text of the hub."""
    return db.session.scalars(_versions(hub_id, kind)).first()


def statements_of(hub_id: int, kind: TextKind = TextKind.COLLABORATION) -> Sequence[Statement]:
    """All versions of a text of the hub, the newest first."""
    return db.session.scalars(_versions(hub_id, kind)).all()


def to_accept(person_id: int, hub_id: int) -> list[Statement]:
    """The texts in force that a member has not accepted; none for who takes part in nothing and has no role."""
    accepted = exists().where(Acceptance.statement_id == Statement.id, Acceptance.person_id == person_id)
    takes_part = exists().where(Enrolment.person_id == person_id, Enrolment.state == EnrolmentState.ACTIVE)
    has_role = exists().where(Membership.person_id == person_id)
    chosen = select(Statement).where(
        Statement.hub_id == hub_id,
        Statement.kind.in_(ACCEPTED_KINDS),
        is_newest(),
        ~accepted,
        or_(takes_part, has_role),
    )
    order = list(ACCEPTED_KINDS)
    return sorted(db.session.scalars(chosen), key=lambda statement: order.index(statement.kind))


def is_newest() -> ColumnElement[bool]:
    """Whether a text is the newest of its kind, so that it is in force."""
    later = aliased(Statement)
    return ~exists().where(
        later.hub_id == Statement.hub_id, later.kind == Statement.kind, later.number > Statement.number
    )


def statement_by_number(hub_id: int, kind: TextKind, number: int) -> Statement | None:
    """One version of a text of the hub."""
    return db.session.scalars(_versions(hub_id, kind).where(Statement.number == number)).one_or_none()


def _versions(hub_id: int, kind: TextKind) -> Select[Statement]:
    chosen = select(Statement).where(Statement.hub_id == hub_id, Statement.kind == kind)
    return chosen.order_by(Statement.number.desc())


def statement_of(enrolment: Enrolment) -> Statement | None:
    """The version of the statement that somebody enrolled under."""
    return db.session.get(Statement, enrolment.statement_id) if enrolment.statement_id else None


def membership_of(program_id: int, person_id: int, role: Role) -> Membership | None:
    """Somebody's membership in one role."""
    chosen = select(Membership).where(
        Membership.program_id == program_id, Membership.person_id == person_id, Membership.role == role
    )
    return db.session.scalars(chosen).one_or_none()


def team_of(program_id: int) -> Sequence[Membership]:
    """Everybody with a role in the program, by role and name."""
    chosen = (
        select(Membership).join(Person, Person.id == Membership.person_id).where(Membership.program_id == program_id)
    )
    found = db.session.scalars(chosen.options(joinedload(Membership.person)).order_by(Person.name)).unique().all()
    return sorted(found, key=lambda membership: list(Role).index(membership.role))


def enrolment_by_code(code: str) -> Enrolment | None:
    """The enrolment with this code."""
    return db.session.scalars(select(Enrolment).where(Enrolment.code == code)).unique().one_or_none()


def site_by_name(hub_id: int, name: str) -> Site | None:
    """The hub's site of this name, however it is spelt."""
    chosen = select(Site).where(Site.hub_id == hub_id, Site.normal == site_as_compared(name))
    return db.session.scalars(chosen).one_or_none()


def site_names(hub_id: int, *, most: int = 500) -> Sequence[str]:
    """Names of the hub's sites, to choose from while typing; not those that only a stranger has named."""
    chosen = select(Site.name).where(Site.hub_id == hub_id, Site.proposed.is_(False))
    return db.session.scalars(chosen.order_by(Site.name).limit(most)).all()


def site_by_code(code: str) -> Site | None:
    """The site with this code."""
    return db.session.scalars(select(Site).where(Site.code == code)).one_or_none()


def hub_of(site: Site) -> Hub:
    """The hub that a site belongs to."""
    return db.session.scalars(select(Hub).where(Hub.id == site.hub_id)).one()


def leads_of(site_id: int) -> Sequence[Person]:
    """Who answers for a site, by name."""
    chosen = select(Person).join(SiteLead, SiteLead.person_id == Person.id).where(SiteLead.site_id == site_id)
    return db.session.scalars(chosen.order_by(Person.name, Person.id)).unique().all()


def sites_led_by(person_id: int) -> Sequence[Site]:
    """The sites somebody answers for, by name."""
    chosen = select(Site).join(SiteLead, SiteLead.site_id == Site.id).where(SiteLead.person_id == person_id)
    return db.session.scalars(chosen.order_by(Site.name)).unique().all()


def observer_request(code: str) -> ObserverRequest | None:
    """The wish to look on with this code."""
    return db.session.scalars(select(ObserverRequest).where(ObserverRequest.code == code)).unique().one_or_none()


def observer_request_of(program_id: int, person_id: int) -> ObserverRequest | None:
    """Somebody's wish to look on at a program, in whatever state."""
    chosen = select(ObserverRequest).where(
        ObserverRequest.program_id == program_id, ObserverRequest.person_id == person_id
    )
    return db.session.scalars(chosen).unique().one_or_none()


def places_before(person_id: int) -> Sequence[Enrolment]:
    """Where somebody is invited, or waits for an approval or a place, the newest first."""
    return [e for e in enrolments_of([person_id]) if e.state in BEFORE]


def sites_in_use(hub_id: int, *, most: int) -> Sequence[str]:
    """Names of sites that somebody takes part from: what strangers typed and never confirmed is shown to nobody."""
    chosen = select(Site.name).join(Enrolment, Enrolment.site_id == Site.id)
    active = chosen.where(Site.hub_id == hub_id, Enrolment.state == EnrolmentState.ACTIVE)
    return db.session.scalars(active.distinct().order_by(Site.name).limit(most)).all()


def programs(within: Select[int], words: str) -> Select[Program]:
    """These programs whose name, label or aim has the words, by name, with their series."""
    chosen = select(Program).where(Program.id.in_(within)).options(selectinload(Program.series))
    for word in words.split():
        chosen = chosen.where(or_(_has(Program.name, word), _has(Program.label, word), _has(Program.aim, word)))
    return chosen.order_by(Program.name, Program.id)


def counts_by_series(series_ids: Sequence[int]) -> dict[int, int]:
    """How many take part in each of these series."""
    counted = (
        select(Enrolment.series_id, func.count())
        .where(Enrolment.series_id.in_(series_ids), Enrolment.state == EnrolmentState.ACTIVE)
        .group_by(Enrolment.series_id)
    )
    return {series_id: count for series_id, count in db.session.execute(counted)}


def counts_by_state(series_id: int) -> dict[EnrolmentState, int]:
    """How many enrolments of a series are in each state."""
    counted = select(Enrolment.state, func.count()).where(Enrolment.series_id == series_id).group_by(Enrolment.state)
    return {state: count for state, count in db.session.execute(counted)}


def enrolments(series_id: int, words: str = "", state: EnrolmentState | None = None) -> Select[Enrolment]:
    """The series' enrolments by name of the person, found by name, address, profession or site."""
    chosen = (
        select(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Site, Site.id == Enrolment.site_id)
        .where(Enrolment.series_id == series_id)
    )
    if state is not None:
        chosen = chosen.where(Enrolment.state == state)
    for word in words.split():
        chosen = chosen.where(
            or_(
                _has(Person.name, word),
                _has(Person.profession, word),
                _has(Site.name, word),
                Person.id.in_(_by_address(word)),
            )
        )
    return chosen.order_by(Person.name, Enrolment.id)


def people(within: Select[int] | None, words: str) -> Select[Person]:
    """People by name, found by name, address, profession or site; `within`: only those tied to these programs."""
    chosen = select(Person).where(Person.merged_into_id.is_(None)).options(selectinload(Person.addresses))
    if within is not None:
        chosen = chosen.where(Person.id.in_(tied_to(within)))
    for word in words.split():
        at_site = select(Enrolment.person_id).join(Site, Site.id == Enrolment.site_id).where(_has(Site.name, word))
        chosen = chosen.where(
            or_(
                _has(Person.name, word),
                _has(Person.profession, word),
                Person.id.in_(_by_address(word)),
                Person.id.in_(at_site),
            )
        )
    return chosen.order_by(Person.name, Person.id)


def tied_to(program_ids: Select[int]) -> Select[int]:
    """The ids of the people who have a role in these programs or are or were enrolled in one of their series."""
    members = select(Membership.person_id).where(Membership.program_id.in_(program_ids))
    enrolled = (
        select(Enrolment.person_id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Series.program_id.in_(program_ids))
    )
    return select(Person.id).where(or_(Person.id.in_(members), Person.id.in_(enrolled)))


def runs_any(person_id: int) -> bool:
    """Whether somebody has a role that runs a program."""
    chosen = select(Membership.id).where(Membership.person_id == person_id, Membership.role.in_(RUNS)).limit(1)
    return db.session.scalar(chosen) is not None


def is_tied(person_id: int, program_ids: Select[int]) -> bool:
    """Whether somebody has or had a part in one of these programs."""
    return db.session.scalar(tied_to(program_ids).where(Person.id == person_id)) is not None


def takes_part_in(person_id: int, program_ids: Select[int]) -> bool:
    """Whether somebody is enrolled now, is on the way to be, or has a role in one of these programs."""
    here = (*BEFORE, EnrolmentState.ACTIVE)
    enrolled = (
        select(Enrolment.id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Enrolment.person_id == person_id, Enrolment.state.in_(here), Series.program_id.in_(program_ids))
    )
    member = select(Membership.id).where(Membership.person_id == person_id, Membership.program_id.in_(program_ids))
    return any(db.session.scalar(chosen.limit(1)) is not None for chosen in (enrolled, member))


def takes_part_from(site_id: int, program_ids: Select[int]) -> bool:
    """Whether anybody of this site takes part in one of these programs."""
    chosen = (
        select(Enrolment.id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(
            Enrolment.site_id == site_id, Enrolment.state == EnrolmentState.ACTIVE, Series.program_id.in_(program_ids)
        )
    )
    return db.session.scalar(chosen.limit(1)) is not None


def enrolments_of(person_ids: Sequence[int]) -> Sequence[Enrolment]:
    """All enrolments of these people, the newest first."""
    chosen = (
        select(Enrolment)
        .where(Enrolment.person_id.in_(person_ids))
        .order_by(Enrolment.since.desc(), Enrolment.id.desc())
    )
    return db.session.scalars(chosen).unique().all()


def memberships_of(person_ids: Sequence[int]) -> Sequence[Membership]:
    """All roles of these people, with their programs."""
    chosen = select(Membership).where(Membership.person_id.in_(person_ids)).options(joinedload(Membership.program))
    return db.session.scalars(chosen.order_by(Membership.since.desc(), Membership.id)).unique().all()


def _by_address(word: str) -> Select[int]:
    return select(Address.person_id).where(_has(Address.normal, word.casefold()))


def _has(column: Any, word: str) -> Any:
    """Whether a column has the word somewhere, whatever its case."""
    return column.icontains(word, autoescape=True)
