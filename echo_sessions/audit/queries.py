"""Reading the audit and the looks."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select

from echo_sessions.audit.models import Entry, Look
from echo_sessions.audit.rules import Seen
from echo_sessions.database import db


def listed(
    *, thing: str = "", person_ids: Collection[int] | Select[int] | None = None, deed: str = "",
    since: datetime | None = None, until: datetime | None = None, within: ColumnElement[bool] | None = None,
) -> Select[Entry]:  # fmt: skip
    """Deeds, last first: to things whose code begins so, by these people, whose words hold `deed`, from a moment on and
    before another; `within` limits them further, as for an auditor of one program."""
    chosen = select(Entry).order_by(Entry.seq.desc())
    if thing:
        chosen = chosen.where(Entry.thing.istartswith(thing, autoescape=True))
    if person_ids is not None:
        chosen = chosen.where(Entry.person_id.in_(person_ids))
    if deed:
        chosen = chosen.where(Entry.deed.icontains(deed, autoescape=True))
    if since is not None:
        chosen = chosen.where(Entry.at >= since)
    if until is not None:
        chosen = chosen.where(Entry.at < until)
    return chosen if within is None else chosen.where(within)


def looks_at(thing: str, what: str | None = None) -> Select[Look]:
    """Who looked at this thing, the newest first; `what`: only as this (a `rules.Seen`)."""
    chosen = select(Look).where(Look.thing == thing).order_by(Look.last_at.desc(), Look.id.desc())
    return chosen if what is None else chosen.where(Look.what == what)


def looks_by(person_id: int, since: datetime) -> Select[Look]:
    """What somebody looked at since then, the newest first."""
    chosen = select(Look).where(Look.person_id == person_id, Look.last_at >= since)
    return chosen.order_by(Look.last_at.desc(), Look.id.desc())


def cases_opened(person_id: int, since: datetime, *, after_hour: datetime | None = None) -> int:
    """How many cases of others somebody has opened since then, in whatever way; not counting the hour of the clock in
    which `after_hour` lies, nor any before."""
    chosen = select(func.count(Look.thing.distinct())).where(*_lately(person_id, since, after_hour))
    return db.session.scalar(chosen.where(Look.what.in_((Seen.CASE, Seen.RECOMMENDATIONS)))) or 0


def taken_away(person_id: int, since: datetime, *, after_hour: datetime | None = None) -> tuple[int, int]:
    """How many lists somebody has exported since then, and how many rows they had together; hours as above."""
    sums = (func.coalesce(func.sum(Look.count), 0), func.coalesce(func.sum(Look.rows), 0))
    chosen = select(*sums).where(*_lately(person_id, since, after_hour), Look.what == Seen.EXPORT)
    count, rows = db.session.execute(chosen).one()
    return int(count), int(rows)


def _lately(person_id: int, since: datetime, after_hour: datetime | None) -> list[ColumnElement[bool]]:
    found = [Look.person_id == person_id, Look.last_at >= since]
    return found if after_hour is None else [*found, Look.hour > after_hour]
