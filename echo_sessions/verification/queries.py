"""Whether somebody is verified, what waits to be checked, and by whom."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from echo_sessions.database import db
from echo_sessions.people.models import Address, Person, Staff
from echo_sessions.programs import queries as programs
from echo_sessions.programs.models import Enrolment, Membership, Program, Series, Site, SiteLead
from echo_sessions.programs.rules import EnrolmentState, Role
from echo_sessions.verification.models import Verification
from echo_sessions.verification.rules import OPEN, RENEWED_FROM, Check, Standing, VerificationState, Way, standing

GONE = (EnrolmentState.LEFT, EnrolmentState.REMOVED)


def holding(person_id: int, now: datetime) -> Verification | None:
    """The verification that holds now, the longest one if there are several."""
    chosen = select(Verification).where(
        Verification.person_id == person_id,
        Verification.state == VerificationState.VERIFIED,
        Verification.expires_at > now,
    )
    return db.session.scalars(chosen.order_by(Verification.expires_at.desc()).limit(1)).first()


def is_verified(person_id: int, now: datetime) -> bool:
    """Whether somebody is a known health worker (or vouched for) at this moment."""
    return holding(person_id, now) is not None


def by_code(code: str) -> Verification | None:
    """The check with this code."""
    return db.session.scalars(select(Verification).where(Verification.code == code)).one_or_none()


def of_person(person_id: int) -> Sequence[Verification]:
    """All checks of somebody, the oldest first."""
    chosen = select(Verification).where(Verification.person_id == person_id)
    return db.session.scalars(chosen.order_by(Verification.asked_at, Verification.id)).all()


def open_of(person_id: int) -> Verification | None:
    """The check of somebody that is not decided yet."""
    chosen = select(Verification).where(Verification.person_id == person_id, Verification.state.in_(OPEN))
    return db.session.scalars(chosen.order_by(Verification.id.desc()).limit(1)).first()


def stands(checks: Iterable[Verification], now: datetime) -> Standing:
    """How somebody stands, from all their checks as `of_person` gives them."""
    return standing([Check(row.state, row.expires_at) for row in checks], now)


def visible_to(person_id: int) -> ColumnElement[bool]:
    """Which checks somebody may look at: of the people of the programs they run and of the sites they lead; never one's own."""
    others = Verification.person_id != person_id
    if programs.is_staff(person_id):
        return others
    mine = programs.programs_run_by(person_id)
    return and_(
        others,
        or_(
            Verification.program_id.in_(mine),
            Verification.person_id.in_(programs.tied_to(mine)),
            Verification.person_id.in_(people_led_by(person_id)),
        ),
    )


def people_led_by(person_id: int) -> Select[int]:
    """The ids of the people who take part, or are about to, from a site that somebody leads."""
    led = select(SiteLead.site_id).where(SiteLead.person_id == person_id)
    return select(Enrolment.person_id).where(Enrolment.site_id.in_(led), Enrolment.state.not_in(GONE))


def leads_any(person_id: int) -> bool:
    """Whether somebody leads a site."""
    return db.session.scalar(select(SiteLead.id).where(SiteLead.person_id == person_id).limit(1)) is not None


def listed(person_id: int, now: datetime, *, words: str = "", state: str = "") -> Select[Verification]:
    """The checks somebody may look at, what is due first; found by the person's name, address, profession or site.

    `state`: open (when empty), a stored state, `ending` (within 60 days) or `expired`; `all` for every one.
    """
    chosen = (
        select(Verification)
        .join(Person, Person.id == Verification.person_id)
        .where(visible_to(person_id), _in_state(state, now))
        .options(joinedload(Verification.program))
    )
    for word in words.split():
        chosen = chosen.where(
            or_(
                Person.name.icontains(word, autoescape=True),
                Person.profession.icontains(word, autoescape=True),
                Person.id.in_(
                    select(Address.person_id).where(Address.normal.icontains(word.casefold(), autoescape=True))
                ),
                Person.id.in_(
                    select(Enrolment.person_id)
                    .join(Site, Site.id == Enrolment.site_id)
                    .where(Site.name.icontains(word, autoescape=True))
                ),
            )
        )
    first = Verification.expires_at if state in {"ending", "expired", "verified"} else Verification.due_at
    return chosen.order_by(first, Verification.id)


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    if state == "all":
        return Verification.id.is_not(None)
    if state in {"ending", "expired"}:
        edge = Verification.expires_at <= (now if state == "expired" else now + RENEWED_FROM)
        begun = Verification.expires_at > now if state == "ending" else Verification.expires_at.is_not(None)
        return and_(Verification.state == VerificationState.VERIFIED, edge, begun, ~_followed())
    if state == "verified":
        return and_(Verification.state == VerificationState.VERIFIED, Verification.expires_at > now)
    if state in set(VerificationState):
        return Verification.state == VerificationState(state)
    return Verification.state.in_(OPEN)


def _followed() -> ColumnElement[bool]:
    """Whether a later check of the same person holds longer, so that this one's end means nothing."""
    later = aliased(Verification)
    return exists().where(
        later.person_id == Verification.person_id,
        later.state == VerificationState.VERIFIED,
        or_(
            later.expires_at > Verification.expires_at,
            and_(later.expires_at == Verification.expires_at, later.id > Verification.id),
        ),
    )


def ending(now: datetime, *, until: datetime, since: datetime) -> Sequence[Verification]:
    """Checks of people who take part or have a role that end (or ended) between these moments, and that no other follows."""
    takes_part = exists().where(Enrolment.person_id == Verification.person_id, Enrolment.state == EnrolmentState.ACTIVE)
    has_role = exists().where(Membership.person_id == Verification.person_id)
    chosen = select(Verification).where(
        Verification.state == VerificationState.VERIFIED,
        Verification.expires_at > since,
        Verification.expires_at <= until,
        or_(takes_part, has_role),
        ~_followed(),
    )
    return db.session.scalars(chosen.order_by(Verification.expires_at, Verification.id)).all()


def waiting_for(person_id: int) -> tuple[int, Verification | None]:
    """How many checks of others wait that somebody may look at, and the one that is due first."""
    chosen = select(Verification).where(Verification.state == VerificationState.WAITING, visible_to(person_id))
    count = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    first = (
        db.session.scalars(chosen.order_by(Verification.due_at, Verification.id).limit(1)).first() if count else None
    )
    return count, first


def asked_since(since: datetime) -> Sequence[Verification]:
    """What waits and was asked for (or passed on) after this moment."""
    chosen = select(Verification).where(Verification.state == VerificationState.WAITING, Verification.asked_at > since)
    return db.session.scalars(chosen.order_by(Verification.id)).all()


def program_of(person_id: int) -> Program | None:
    """The program in which somebody's check is asked for: of their newest enrolment, else of their newest role."""
    enrolled = (
        select(Program)
        .join(Series, Series.program_id == Program.id)
        .join(Enrolment, Enrolment.series_id == Series.id)
        .where(Enrolment.person_id == person_id, Enrolment.state.not_in(GONE))
        .order_by(Enrolment.since.desc(), Enrolment.id.desc())
    )
    appointed = (
        select(Program)
        .join(Membership, Membership.program_id == Program.id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.since.desc(), Membership.id.desc())
    )
    return db.session.scalars(enrolled.limit(1)).first() or db.session.scalars(appointed.limit(1)).first()


def programs_of(person_id: int) -> Sequence[Program]:
    """The programs in which somebody has a role or takes part, or is about to."""
    enrolled = (
        select(Series.program_id)
        .join(Enrolment, Enrolment.series_id == Series.id)
        .where(Enrolment.person_id == person_id, Enrolment.state.not_in(GONE))
    )
    appointed = select(Membership.program_id).where(Membership.person_id == person_id)
    chosen = select(Program).where(or_(Program.id.in_(enrolled), Program.id.in_(appointed)))
    return db.session.scalars(chosen.order_by(Program.name, Program.id)).all()


def sites_led_by(person_id: int) -> set[int]:
    """The ids of the sites somebody leads."""
    return set(db.session.scalars(select(SiteLead.site_id).where(SiteLead.person_id == person_id)))


def site_leads_of(person_id: int) -> Sequence[Person]:
    """Who leads a site from which somebody takes part, without that person."""
    at = select(Enrolment.site_id).where(Enrolment.person_id == person_id, Enrolment.state.not_in(GONE))
    chosen = (
        select(Person)
        .join(SiteLead, SiteLead.person_id == Person.id)
        .where(SiteLead.site_id.in_(at), Person.id != person_id)
    )
    return db.session.scalars(chosen.order_by(Person.name, Person.id).distinct()).all()


def vouchers_of(program: Program | None, person_id: int) -> Sequence[Person]:
    """Who vouches for a program: its directors; where it has none, whoever else runs it; never the person."""
    if program is None:
        found: Sequence[Person] = staff()
    else:
        directors = (
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(Membership.program_id == program.id, Membership.role == Role.DIRECTOR)
            .order_by(Person.name)
        )
        found = db.session.scalars(directors).unique().all()
        found = [one for one in found if one.id != person_id] or programs.runners_of(program.id)
    return [one for one in found if one.id != person_id] or [one for one in staff() if one.id != person_id]


def checkers_of(row: Verification) -> Sequence[Person]:
    """Who checks this: the site's leads or the director where they vouch, else those who run the program."""
    if row.way is Way.SITE_LEAD:
        return site_leads_of(row.person_id) or vouchers_of(row.program, row.person_id)
    if row.way is Way.DIRECTOR:
        return vouchers_of(row.program, row.person_id)
    run = programs.runners_of(row.program_id) if row.program_id is not None else staff()
    return [one for one in run if one.id != row.person_id] or [one for one in staff() if one.id != row.person_id]


def staff() -> Sequence[Person]:
    """The hub's own people."""
    return (
        db.session.scalars(select(Person).join(Staff, Staff.person_id == Person.id).order_by(Person.id)).unique().all()
    )


def runs_for(person_id: int, row: Verification) -> bool:
    """Whether somebody runs a program that the checked person has a part in, or works for the hub."""
    if programs.is_staff(person_id):
        return True
    mine = programs.programs_run_by(person_id)
    in_mine = Verification.program_id.in_(mine) if row.program_id is not None else false()
    chosen = select(Verification.id).where(
        Verification.id == row.id, or_(in_mine, Verification.person_id.in_(programs.tied_to(mine)))
    )
    return db.session.scalar(chosen) is not None


def leads(person_id: int, other_id: int) -> bool:
    """Whether somebody leads a site from which the other takes part."""
    return db.session.scalar(people_led_by(person_id).where(Enrolment.person_id == other_id).limit(1)) is not None
