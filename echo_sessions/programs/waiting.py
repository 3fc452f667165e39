"""Places in a series, and the list of those who wait for one.

However many people come at once, never more take part than the series has places: each of these verbs holds the row of
the series first. Whoever waits has confirmed already; the order is that in which they came. A place that frees is the
first one's at once, with a letter; nobody has to remember it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select

from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import is_text
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Person
from echo_sessions.programs import emails, queries, rules
from echo_sessions.programs.models import Enrolment, Series
from echo_sessions.programs.rules import EnrolmentState, Freed


@dataclass(frozen=True)
class Standing:
    """Somebody's place on the waiting list: `position` from 1, of `total`."""

    position: int
    total: int


def hold(series: Series) -> None:
    """Let nobody else give or free a place in this series until the transaction ends.

    On SQLite the transaction itself sees to that. Rows that point to the series may still be added by others, or two who
    have added one each would wait for each other.
    """
    db.session.execute(select(Series.id).where(Series.id == series.id).with_for_update(key_share=True))
    db.session.refresh(series, ["capacity", "by_approval"])


def taken(series_id: int) -> int:
    """How many take part."""
    counted = select(func.count()).select_from(Enrolment)
    return db.session.scalar(counted.where(_in_state(series_id, EnrolmentState.ACTIVE))) or 0


def free_places(series: Series) -> int | None:
    """How many more could take part now; None without a limit. While anybody waits, there are none for those who come."""
    if series.capacity is None:
        return None
    if db.session.scalar(select(Enrolment.id).where(_in_state(series.id, EnrolmentState.WAITING)).limit(1)):
        return 0
    return max(0, series.capacity - taken(series.id))


def state_for_next(series: Series) -> EnrolmentState:
    """Whether whoever comes now takes part or waits. Holds the series."""
    db.session.flush()
    hold(series)
    free = free_places(series)
    return EnrolmentState.ACTIVE if free is None or free > 0 else EnrolmentState.WAITING


def queue_of(series_id: int) -> Sequence[Enrolment]:
    """Who waits, the first first."""
    chosen = select(Enrolment).where(_in_state(series_id, EnrolmentState.WAITING))
    return db.session.scalars(chosen.order_by(Enrolment.queued_at, Enrolment.id)).unique().all()


def standings(series_ids: Iterable[int]) -> dict[int, Standing]:
    """Everybody's place on the waiting lists of these series, by enrolment, in one query."""
    order = func.row_number().over(
        partition_by=Enrolment.series_id, order_by=(Enrolment.queued_at, Enrolment.id)
    )  # fmt: skip
    count = func.count().over(partition_by=Enrolment.series_id)
    chosen = select(Enrolment.id, order, count).where(
        Enrolment.series_id.in_(list(series_ids)), Enrolment.state == EnrolmentState.WAITING
    )
    return {number: Standing(position, total) for number, position, total in db.session.execute(chosen)}


def standing(enrolment: Enrolment) -> Standing | None:
    """Somebody's place on the waiting list; None for who does not wait."""
    return standings([enrolment.series_id]).get(enrolment.id)


def places_before(person_id: int) -> list[tuple[Enrolment, Standing | None]]:
    """Where somebody is invited or waits, each with their place on the waiting list, if that is what they wait on."""
    found = queries.places_before(person_id)
    lined = standings({enrolment.series_id for enrolment in found})
    return [(enrolment, lined.get(enrolment.id)) for enrolment in found]


def give_place(enrolment: Enrolment, *, now: datetime) -> EnrolmentState:
    """Let somebody who is on the way in take part, or wait where the series is full. Holds the series.

    Who has a place, or waits for one, keeps it. Tells whoever has to wait.
    """
    if enrolment.state in rules.IN_PLACE:
        return enrolment.state
    state = state_for_next(enrolment.series)
    enrolment.state, enrolment.since = rules.move(enrolment.state, state), now
    enrolment.queued_at = now if state is EnrolmentState.WAITING else None
    db.session.flush()
    if state is EnrolmentState.WAITING:
        tell_waiting(enrolment, now=now)
    return state


def tell_waiting(enrolment: Enrolment, *, now: datetime) -> None:
    """The letter that says which place on the list somebody has."""
    at = standing(enrolment)
    if at is not None and enrolment.person.address:
        message = emails.waits_for_place(enrolment, at.position, at.total)
        mail.queue(message, now=now, from_name=_hub_name(enrolment), key=_key("waits", enrolment))


def move_up(series: Series, *, now: datetime) -> list[Enrolment]:
    """Give every free place to the first who waits; they are told by letter, and invitations follow."""
    db.session.flush()
    hold(series)
    room = None if series.capacity is None else max(0, series.capacity - taken(series.id))
    up = list(queue_of(series.id)[:room])
    for enrolment in up:
        _take(enrolment, now=now, why=Freed.PLACE_FREE)
        audit.record(
            None, "enrolment moved up", enrolment.code, at=now, series=series.code,
            was=EnrolmentState.WAITING, became=enrolment.state,
        )  # fmt: skip
    if up:
        jobs.queue("sessions.tell_series", {"series": series.id}, now=now)
    return up


def take_in(enrolment: Enrolment, *, reason: str, by: Person, now: datetime) -> None:
    """Take somebody from the waiting list out of turn, for a reason that the audit keeps.

    In a full series this makes one more place, so that the number of places stays true. Refused without a reason.
    """
    if not reason.strip():
        raise Refused("Say why this person does not wait for their turn; the others may ask.")
    if is_text(reason.strip()):
        raise Refused("Say it on one line of at most 80 letters, without an address: it stays in the audit.")
    series = enrolment.series
    hold(series)
    db.session.refresh(enrolment)
    if enrolment.state is not EnrolmentState.WAITING:
        raise Refused("%(name)s is not on the waiting list any more.", name=enrolment.person.name)
    before = series.capacity
    if before is not None and taken(series.id) >= before:
        series.capacity = before + 1
    _take(enrolment, now=now, why=Freed.OUT_OF_TURN)
    audit.record(
        by.id, "taken in out of turn", enrolment.code, at=now, series=series.code, reason=reason.strip(),
        was={"state": EnrolmentState.WAITING, "places": before}, became={"state": enrolment.state, "places": series.capacity},
    )  # fmt: skip
    jobs.queue("sessions.tell_series", {"series": series.id}, now=now)


def change_capacity(series: Series, capacity: int | None, *, by: Person, now: datetime) -> list[Enrolment]:
    """Another number of places, or no limit; returns who moved up. Refused below the number who take part."""
    hold(series)
    there = taken(series.id)
    if capacity is not None and capacity < max(1, there):
        raise Refused(
            "%(there)s people take part, so there cannot be %(places)s places. Remove somebody first, or leave it.",
            there=there, places=capacity,
        )  # fmt: skip
    if capacity == series.capacity:
        return []
    audit.record(by.id, "places changed", series.code, at=now, was=series.capacity, became=capacity)
    series.capacity = capacity
    return move_up(series, now=now)


def _take(enrolment: Enrolment, *, now: datetime, why: Freed) -> None:
    enrolment.state, enrolment.since = rules.move(enrolment.state, EnrolmentState.ACTIVE), now
    enrolment.queued_at = None
    db.session.flush()
    tell_place(enrolment, why=why, now=now)


def tell_place(enrolment: Enrolment, *, why: Freed, now: datetime) -> None:
    """The letter that says that somebody takes part now, and why now."""
    if enrolment.person.address:
        message = emails.place_given(enrolment, why)
        mail.queue(message, now=now, from_name=_hub_name(enrolment), key=_key("place", enrolment))


def _key(about: str, enrolment: Enrolment) -> str:
    """One letter for each time that the state changed."""
    return f"{about}:{enrolment.code}:{int(enrolment.since.timestamp())}"


def _hub_name(enrolment: Enrolment) -> str:
    return enrolment.series.program.hub.name


def _in_state(series_id: int, state: EnrolmentState) -> ColumnElement[bool]:
    return and_(Enrolment.series_id == series_id, Enrolment.state == state)
