"""Finding sites and who learns there."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select

from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.programs.models import Enrolment, ObserverRequest, Program, Series, Site, SiteLead
from echo_sessions.programs.rules import EnrolmentState, ObserverState


def sites(hub_id: int, words: str = "") -> Select[Site]:
    """The hub's sites by name, found by name, place, county, region or country; not those a stranger only typed."""
    chosen = select(Site).where(Site.hub_id == hub_id, Site.proposed.is_(False))
    for word in words.split():
        columns = (Site.name, Site.place, Site.county, Site.region, Site.country)
        chosen = chosen.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    return chosen.order_by(Site.name, Site.id)


def people_at(site_ids: Sequence[int]) -> dict[int, int]:
    """How many people take part from each of these sites."""
    counted = (
        select(Enrolment.site_id, func.count(func.distinct(Enrolment.person_id)))
        .where(Enrolment.site_id.in_(site_ids), Enrolment.state == EnrolmentState.ACTIVE)
        .group_by(Enrolment.site_id)
    )
    return {site_id: count for site_id, count in db.session.execute(counted) if site_id is not None}


def leads_by_site(site_ids: Sequence[int]) -> dict[int, list[Person]]:
    """Who answers for each of these sites, by name."""
    chosen = select(SiteLead.site_id, Person).join(Person, Person.id == SiteLead.person_id)
    found: dict[int, list[Person]] = {}
    for site_id, person in db.session.execute(chosen.where(SiteLead.site_id.in_(site_ids)).order_by(Person.name)):
        found.setdefault(site_id, []).append(person)
    return found


def people_by_series(site_id: int, within: Select[int] | None) -> Sequence[tuple[Series, int]]:
    """How many take part from this site in each series (`within`: of these programs only), the newest first."""
    chosen = (
        select(Series, func.count(Enrolment.id))
        .join(Enrolment, Enrolment.series_id == Series.id)
        .join(Program, Program.id == Series.program_id)
        .where(Enrolment.site_id == site_id, Enrolment.state == EnrolmentState.ACTIVE)
        .group_by(Series.id, Program.id)
        .order_by(Series.first_date.desc(), Series.id)
    )
    if within is not None:
        chosen = chosen.where(Series.program_id.in_(within))
    return [(series, count) for series, count in db.session.execute(chosen).unique()]


def room_of(site_id: int, within: Select[int] | None) -> dict[int, list[Person]]:
    """Who takes part from this site, by series and name (`within`: in these programs only)."""
    chosen = (
        select(Enrolment.series_id, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Enrolment.site_id == site_id, Enrolment.state == EnrolmentState.ACTIVE)
    )
    if within is not None:
        chosen = chosen.where(Series.program_id.in_(within))
    found: dict[int, list[Person]] = {}
    for series_id, person in db.session.execute(chosen.order_by(Person.name, Person.id)).unique():
        found.setdefault(series_id, []).append(person)
    return found


def last_site_of(person_id: int) -> Site | None:
    """Where somebody said last that they work."""
    chosen = (
        select(Site)
        .join(Enrolment, Enrolment.site_id == Site.id)
        .where(Enrolment.person_id == person_id, Enrolment.state != EnrolmentState.ASKED)
        .order_by(Enrolment.since.desc(), Enrolment.id.desc())
    )
    return db.session.scalars(chosen.limit(1)).first()


def waiting_for_approval(program_id: int) -> Select[Enrolment]:
    """Who has asked to take part in the program and waits for a yes or no, the first first."""
    return (
        select(Enrolment)
        .join(Series, Series.id == Enrolment.series_id)
        .where(Series.program_id == program_id, Enrolment.state == EnrolmentState.APPROVAL)
        .order_by(Enrolment.since, Enrolment.id)
    )


def observers_waiting(program_id: int) -> Sequence[ObserverRequest]:
    """Who has asked to look on and waits for a yes or no, the first first."""
    chosen = select(ObserverRequest).where(
        ObserverRequest.program_id == program_id, ObserverRequest.state == ObserverState.WAITING
    )
    return db.session.scalars(chosen.order_by(ObserverRequest.asked_at, ObserverRequest.id)).unique().all()


def approvals_waiting(program_ids: Select[int]) -> dict[int, tuple[int, datetime]]:
    """In which of these programs somebody waits for an approval: how many, and since when the first."""
    asked = (
        select(Series.program_id, func.count(Enrolment.id), func.min(Enrolment.since))
        .join(Series, Series.id == Enrolment.series_id)
        .where(Series.program_id.in_(program_ids), Enrolment.state == EnrolmentState.APPROVAL)
        .group_by(Series.program_id)
    )
    looking = (
        select(ObserverRequest.program_id, func.count(ObserverRequest.id), func.min(ObserverRequest.asked_at))
        .where(ObserverRequest.program_id.in_(program_ids), ObserverRequest.state == ObserverState.WAITING)
        .group_by(ObserverRequest.program_id)
    )
    found: dict[int, tuple[int, datetime]] = {}
    for chosen in (asked, looking):
        for program_id, count, first in db.session.execute(chosen):
            before = found.get(program_id)
            found[program_id] = (count + before[0], min(first, before[1])) if before else (count, first)
    return found
