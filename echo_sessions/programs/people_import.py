"""What a file of people would change, row by row, and changing it: all of it or nothing.

Nothing that is known about a person is overwritten, so a file imported twice changes nothing the second time. The
number of queries does not grow with the rows.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import Model, db
from echo_sessions.errors import Refused, Stale
from echo_sessions.people.models import Address, Hub, Person
from echo_sessions.programs import people_doubts, queries, rules, waiting
from echo_sessions.programs.models import Enrolment, Membership, Series, Site
from echo_sessions.programs.people_file import NAME_NEEDED, PARTICIPANT, Fault, Row, Table
from echo_sessions.programs.rules import EnrolmentState, How, Role, site_as_compared
from echo_sessions.words import Said, msgid

AT_ONCE = 5000
"""How many values go into one query."""


class Fate(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    JOINS = "joins"
    NOTHING = "nothing"


ON_THE_WAY = frozenset({EnrolmentState.ASKED, EnrolmentState.INVITED, EnrolmentState.APPROVAL})
SENTENCES = {
    "new": msgid("New person"),
    "new and enrolled": msgid("New person, enrolled"),
    "new with a role": msgid("New person, gets the role %(role)s"),
    "enrolled": msgid("Known person, newly enrolled"),
    "confirmed": msgid("Asked to take part before; enrolled now"),
    "gets a role": msgid("Known person, gets the role %(role)s"),
    "new and waits": msgid("New person, goes on the waiting list: all places are taken"),
    "waits": msgid("Known person, goes on the waiting list: all places are taken"),
    "active": msgid("Enrolled already: nothing to do"),
    "waiting": msgid("On the waiting list already: nothing to do"),
    "declined": msgid("Was declined for this series; a file does not bring them in, their page can"),
    "left": msgid("Left this series; a file does not bring them back, their page can"),
    "removed": msgid("Was removed from this series; a file does not bring them back, their page can"),
    "has the role": msgid("Has the role %(role)s already: nothing to do"),
    "known": msgid("Known already: nothing to do"),
    "twice": msgid("The same as row %(row)s: nothing to do"),
}


@dataclass(frozen=True)
class Line:
    """One row with its fate. `person_id` is of somebody known; `series` is where the row leads, if anywhere.

    `waiting`: the enrolment on the way in that becomes one. `full`: no place is left, so the row ends on the waiting list.
    `remark` and `doubt` are for whoever looks at the preview.
    """

    row: Row
    fate: Fate
    said: Said
    person_id: int | None = None
    series: Series | None = None
    waiting: int | None = None
    remark: Said | None = None
    doubt: Said | None = None
    full: bool = False


@dataclass(frozen=True)
class Plan:
    """What a file would do: lines, and faults, any of which stops all of it."""

    lines: list[Line]
    faults: list[Fault]
    new_sites: int = 0
    counts: dict[Fate, int] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether anything would change, or is wrong."""
        return bool(self.faults) or any(line.fate is not Fate.NOTHING for line in self.lines)

    @property
    def digest(self) -> str:
        """Changes when the file or what it would do has changed."""
        told = [(line.row, line.fate, str(line.said), line.person_id, line.full) for line in self.lines]
        return hashlib.sha256(repr((told, self.faults, self.new_sites)).encode()).hexdigest()


@dataclass
class _Known:
    """What the database knows of the people, series and sites in a file."""

    people: dict[str, tuple[int, str]]
    series: dict[str, Series]
    enrolments: dict[tuple[int, int], tuple[int, EnrolmentState]]
    roles: set[tuple[int, int, Role]]
    sites: set[str]
    free: dict[int, int | None]


def plan(table: Table, *, hub: Hub, series: Series | None, only: bool) -> Plan:
    """The fate of every row. `series` is meant where a row names none; with `only`, no row may name another."""
    known, faults, lines = _look_up(table.rows, hub, series), list(table.faults), []
    seen: dict[tuple[Any, ...], int] = {}
    made: set[str] = set()
    for row in table.rows:
        target = known.series.get(row.series.upper()) if row.series else series
        person = known.people.get(row.normal)
        fault = _fault(row, target, series if only else None, named=bool(person or row.name or row.normal in made))
        if fault is not None:
            faults.append(fault)
            continue
        key = (person[0] if person else row.normal, target.id if target else None, row.role)
        lines.append(_seated(_line(row, target, person, known, made, twin=seen.get(key)), known.free))
        seen.setdefault(key, row.number)
        made.add(row.normal)
    counts = {fate: sum(line.fate is fate for line in lines) for fate in Fate}
    named = {site_as_compared(line.row.site) for line in lines if line.row.site and line.fate is not Fate.NOTHING}
    return Plan(_doubted(lines, hub), sorted(faults, key=lambda fault: fault.row), len(named - known.sites), counts)


def carry_out(plan: Plan, *, hub: Hub, by: Person | None, now: datetime) -> list[Series]:
    """Do what the plan says; the series in which somebody was enrolled. Refused as a whole when a row is wrong.

    The audit has one entry for all of it, with the codes of everything that was made.
    """
    if plan.faults:
        raise Refused("%(count)s cells of this file are wrong, so nothing was imported.", count=len(plan.faults))
    doing = [line for line in plan.lines if line.fate is not Fate.NOTHING]
    _hold_places(doing)
    sites = _sites(doing, hub)
    people, new_people = _people(doing, sites, hub, now)
    made = _places(doing, people, sites, now)
    done = {str(fate): count for fate, count in plan.counts.items()}
    audit.record(by.id if by else None, "people imported", hub.code, at=now, **done, people=new_people, enrolments=made)
    touched = {line.series.id: line.series for line in doing if line.series and line.row.role == PARTICIPANT}
    return list(touched.values())


# Looking


def _look_up(rows: Sequence[Row], hub: Hub, series: Series | None) -> _Known:
    addresses = select(Address.normal, Person.id, Person.name).join(Person, Person.id == Address.person_id)
    people = {
        normal: (number, name)
        for normal, number, name in _in_batches(addresses, Address.normal, {row.normal for row in rows})
    }
    codes = {row.series.upper() for row in rows if row.series}
    found = {each.code: each for (each,) in _in_batches(select(Series), Series.code, codes)}
    every = {each.id: each for each in [*found.values(), *([series] if series else [])]}
    chosen = select(Enrolment.series_id, Enrolment.person_id, Enrolment.id, Enrolment.state)
    roles = select(Membership.program_id, Membership.person_id, Membership.role)
    names = {site_as_compared(row.site) for row in rows if row.site}
    sites = select(Site.normal).where(Site.hub_id == hub.id)
    return _Known(
        people=people,
        series=found,
        enrolments={(s, p): (number, state) for s, p, number, state in _in_batches(chosen, Enrolment.series_id, every)},
        roles={
            (g, p, role)
            for g, p, role in _in_batches(roles, Membership.program_id, {s.program_id for s in every.values()})
        },
        sites={normal for (normal,) in _in_batches(sites, Site.normal, names)},
        free={each.id: waiting.free_places(each) for each in every.values()},
    )


def _seated(line: Line, free: dict[int, int | None]) -> Line:
    """The line with its place taken from those that are left; without one it ends on the waiting list."""
    if line.fate is Fate.NOTHING or line.series is None or line.row.role != PARTICIPANT:
        return line
    left = free[line.series.id]
    if left is None:
        return line
    if left > 0:
        free[line.series.id] = left - 1
        return line
    return replace(line, full=True, said=Said(SENTENCES["new and waits" if line.fate is Fate.NEW else "waits"]))


def _doubted(lines: list[Line], hub: Hub) -> list[Line]:
    """The lines with what somebody should look at before they are carried out."""
    doing = [line.row for line in lines if line.fate is not Fate.NOTHING]
    doubts = people_doubts.about_sites(doing, queries.site_names(hub.id, most=people_doubts.AT_ONCE))
    doubts |= people_doubts.about_addresses([line.row for line in lines if line.person_id is None])
    return [replace(line, doubt=doubts.get(line.row.number)) if line.row.number in doubts else line for line in lines]


def _hold_places(lines: Sequence[Line]) -> None:
    """Hold every series that gets people, and refuse when places were taken since the plan was made."""
    for series in {line.series.id: line.series for line in lines if line.series}.values():
        waiting.hold(series)
        free = waiting.free_places(series)
        given = sum(
            line.row.role == PARTICIPANT and line.series is series and not line.full for line in lines
        )  # fmt: skip
        if free is not None and given > free:
            raise Stale("What this file would do has changed since you looked at it. Go back and look again.")


def _fault(row: Row, target: Series | None, only: Series | None, *, named: bool) -> Fault | None:
    if row.series and target is None:
        return Fault(row.number, "series", Said("There is no series with the code %(code)s.", {"code": row.series}))
    if only is not None and target is not None and target.id != only.id:
        return Fault(row.number, "series", Said("This row is for another series. Import it there."))
    if row.role != PARTICIPANT and target is None:
        return Fault(row.number, "role", Said("A role is one in a program, so the row must name a series of it."))
    return None if named else Fault(row.number, "name", NAME_NEEDED)


def _line(
    row: Row, target: Series | None, person: tuple[int, str] | None, known: _Known, made: set[str], *, twin: int | None
) -> Line:
    number, name = person or (None, row.name)
    remark = None
    if person and row.name and site_as_compared(name) != site_as_compared(row.name):
        remark = Said("Known as %(name)s; the name in the file is not taken.", {"name": name})
    fate, words, on_the_way = _fate(row, target, number, known, twin=twin, made=row.normal in made)
    said = Said(SENTENCES[words], _values(words, row, twin))
    return Line(row, fate, said, person_id=number, series=target, waiting=on_the_way, remark=remark)


def _values(words: str, row: Row, twin: int | None) -> dict[str, object]:
    if words == "twice":
        return {"row": twin}
    return {"role": Said(rules.ROLE_WORDS[Role(row.role)])} if "role" in words else {}


def _fate(
    row: Row, target: Series | None, person: int | None, known: _Known, *, twin: int | None, made: bool
) -> tuple[Fate, str, int | None]:
    """What becomes of a row, which sentence says so, and the enrolment that waits for it, if one does."""
    if twin is not None:
        return Fate.NOTHING, "twice", None
    if person is None:
        return Fate.JOINS if made else Fate.NEW, _new_words(row, target, made=made), None
    if target is None:
        return Fate.NOTHING, "known", None
    if row.role != PARTICIPANT:
        has = (target.program_id, person, Role(row.role)) in known.roles
        return (Fate.NOTHING, "has the role", None) if has else (Fate.JOINS, "gets a role", None)
    number, state = known.enrolments.get((target.id, person), (None, None))
    if state is None:
        return Fate.JOINS, "enrolled", None
    return (Fate.JOINS, "confirmed", number) if state in ON_THE_WAY else (Fate.NOTHING, str(state), None)


def _new_words(row: Row, target: Series | None, *, made: bool) -> str:
    if row.role != PARTICIPANT:
        return "gets a role" if made else "new with a role"
    if target is None:
        return "new"
    return "enrolled" if made else "new and enrolled"


# Doing: many rows a statement, since the ORM would send one each


def _sites(lines: Sequence[Line], hub: Hub) -> dict[str, tuple[int, str | None]]:
    """Id and zone of every site of these rows by its name as compared; new ones take country and zone from the first row."""
    first = {site_as_compared(line.row.site): line.row for line in reversed(lines) if line.row.site}
    chosen = select(Site.normal, Site.id, Site.zone).where(Site.hub_id == hub.id)
    known = {normal for normal, _, _ in _in_batches(chosen, Site.normal, first)}
    _insert(
        Site,
        [
            {"code": ids.code("SITE", 6), "hub_id": hub.id, "name": row.site, "normal": normal, "country": row.country, "zone": row.zone,
             "county": row.county or None, "region": row.region or None}
            for normal, row in first.items() if normal not in known
        ],
    )  # fmt: skip
    found = {normal: (number, zone) for normal, number, zone in _in_batches(chosen, Site.normal, first)}
    for some in _batches(number for number, _ in found.values()):
        db.session.execute(update(Site).where(Site.id.in_(some), Site.proposed).values(proposed=False))
    return found


def _people(
    lines: Sequence[Line], sites: Mapping[str, tuple[int, str | None]], hub: Hub, now: datetime
) -> tuple[dict[str, int], list[str]]:
    """The id of everybody in these rows by address, and the codes of who is new; addresses are not proved yet."""
    new = {line.row.normal: _person(line, sites, hub, now) for line in lines if line.fate is Fate.NEW}
    _insert(Person, list(new.values()))
    codes = [str(values["code"]) for values in new.values()]
    numbers = {code: number for code, number in _in_batches(select(Person.code, Person.id), Person.code, codes)}
    made = {normal: numbers[values["code"]] for normal, values in new.items()}
    written = {line.row.normal: line.row.email for line in lines}
    _insert(
        Address,
        [
            {"person_id": number, "email": written[normal], "normal": normal, "primary": True, "created_at": now}
            for normal, number in made.items()
        ],
    )
    known = {line.row.normal: line.person_id for line in lines if line.person_id is not None}
    return known | made, codes


def _person(line: Line, sites: Mapping[str, tuple[int, str | None]], hub: Hub, now: datetime) -> dict[str, Any]:
    row = line.row
    site_zone = sites[site_as_compared(row.site)][1] if row.site else None
    zone = row.zone or site_zone or (line.series.zone if line.series else hub.zone)
    return {
        "code": ids.code("P"), "name": row.name, "profession": row.profession or None, "zone": zone, "created_at": now,
        "registration": row.registration or None, "language": row.language or "en", "credentials": row.credentials or None,
        "prescriber": row.prescriber, "registration_body": row.registration_body or None, "country": row.country,
        "practising_since": row.practising_since, "county": row.county or row.region or None, "how_heard": row.how_heard or None,
        "interests": row.interests or None, "access_needs": row.access_needs or None,
    }  # fmt: skip


def _places(
    lines: Sequence[Line], people: Mapping[str, int], sites: Mapping[str, tuple[int, str | None]], now: datetime
) -> list[str]:
    """Enrolments and roles. Who is enrolled by a file has accepted no statement, and their row names none."""
    on_the_way = {line.waiting: _state(line) for line in lines if line.waiting is not None}
    for (enrolment,) in _in_batches(select(Enrolment), Enrolment.id, on_the_way):
        enrolment.state, enrolment.since = rules.move(enrolment.state, on_the_way[enrolment.id]), now
        enrolment.queued_at = now if enrolment.state is EnrolmentState.WAITING else None
    enrolments, roles = [], []
    for line in lines:
        if line.series is None or line.waiting is not None:
            continue
        person_id = people[line.row.normal]
        if line.row.role == PARTICIPANT:
            site_id = sites[site_as_compared(line.row.site)][0] if line.row.site else None
            enrolments.append(
                {"code": ids.code("E"), "series_id": line.series.id, "person_id": person_id, "site_id": site_id,
                 "state": _state(line), "since": now, "how": How.FILE, "queued_at": now if line.full else None}
            )  # fmt: skip
        else:
            roles.append(
                {"program_id": line.series.program_id, "person_id": person_id, "role": Role(line.row.role),
                 "specialty": line.row.profession or None, "since": now}
            )  # fmt: skip
    _insert(Enrolment, enrolments)
    _insert(Membership, roles)
    _tell_waiting({line.series.id for line in lines if line.series and line.full}, now)
    return [str(values["code"]) for values in enrolments]


def _state(line: Line) -> EnrolmentState:
    return EnrolmentState.WAITING if line.full else EnrolmentState.ACTIVE


def _tell_waiting(series_ids: set[int], now: datetime) -> None:
    """Who came onto a waiting list just now gets the letter that says so."""
    for series_id in series_ids:
        for enrolment in waiting.queue_of(series_id):
            if enrolment.queued_at == now:
                waiting.tell_waiting(enrolment, now=now)


def _insert(kind: type[Model], rows: list[dict[str, Any]]) -> None:
    """All rows of one kind in one statement."""
    if rows:
        db.session.execute(insert(kind), rows)


def _in_batches(chosen: Any, column: Any, values: Iterable[Any]) -> Iterable[Any]:
    """All rows whose column is one of many values, so many at a time that any database takes them."""
    for some in _batches(values):
        yield from db.session.execute(chosen.where(column.in_(some))).unique()


def _batches(values: Iterable[Any]) -> Iterable[list[Any]]:
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some
