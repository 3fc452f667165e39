"""Reading everybody for `duplicates`: five queries, whatever their number."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from echo_sessions.database import db
from echo_sessions.merging.duplicates import Known, Pair, pairs
from echo_sessions.merging.models import NotSame
from echo_sessions.people.models import Address, Person, WantedAddress
from echo_sessions.programs.models import Enrolment


def pairs_within(within: Select[int] | None, *, about: Collection[int] | None = None) -> list[Pair]:
    """Pairs among these people (None: everybody), likeliest first. Merged and erased records are in none."""
    chosen = select(Person.id, Person.name, Person.registration_body, Person.registration, Person.profession).where(
        Person.merged_into_id.is_(None), Person.erased_at.is_(None)
    )
    if within is not None:
        chosen = chosen.where(Person.id.in_(within))
    addresses: dict[int, list[str]] = defaultdict(list)
    for number, normal in db.session.execute(select(Address.person_id, Address.normal)):
        addresses[number].append(normal)
    sites: dict[int, set[int]] = defaultdict(set)
    for number, site in db.session.execute(
        select(Enrolment.person_id, Enrolment.site_id).where(Enrolment.site_id.is_not(None))
    ):
        sites[number].add(site or 0)
    wanted: dict[int, list[str]] = defaultdict(list)
    for number, normal in db.session.execute(select(WantedAddress.person_id, WantedAddress.normal)):
        wanted[number].append(normal)
    people = [
        Known(
            number, name, tuple(addresses[number]), (body, licence) if licence else None, profession, frozenset(sites[number]),
            tuple(wanted[number]),
        )
        for number, name, body, licence, profession in db.session.execute(chosen)
    ]  # fmt: skip
    not_same = {(one, other) for one, other in db.session.execute(select(NotSame.one_id, NotSame.other_id))}
    return pairs(people, not_same, about=about)


def people_by_id(numbers: Collection[int]) -> dict[int, Person]:
    """These people with their addresses."""
    chosen = select(Person).where(Person.id.in_(set(numbers))).options(selectinload(Person.addresses))
    return {person.id: person for person in db.session.scalars(chosen).unique()}


def names_of(numbers: Collection[int]) -> dict[int, str]:
    """Names and addresses of these people, to search in; in batches, since a statement takes only so many numbers."""
    found: dict[int, str] = {}
    wanted = sorted(numbers)
    for at in range(0, len(wanted), 500):
        for number, name in db.session.execute(
            select(Person.id, Person.name).where(Person.id.in_(wanted[at : at + 500]))
        ):
            found[number] = name
    return found


def added_at(moment: datetime) -> set[int]:
    """The people who were added in one go, at this moment."""
    return set(db.session.scalars(select(Person.id).where(Person.created_at == moment)))
