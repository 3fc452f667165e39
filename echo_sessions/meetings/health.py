"""What the set-up page says of a provider's account: how it is, what was granted, its hosts, and the last days in figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from echo_sessions.database import db
from echo_sessions.meetings.models import Hook, HookDay, Host, Meeting, ProviderAccount, ProviderCall
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.people.models import Person
from echo_sessions.words import Said

DAYS = 7
LATE = timedelta(hours=1)
"""A check-up that was asked for so long ago and brought nothing: nobody is working."""


@dataclass(frozen=True)
class Checked:
    """What the last check-up said; `ok` is None before the first. `waiting`: another one is asked for and not done."""

    ok: bool | None
    at: datetime | None
    faults: tuple[Said, ...]
    warnings: tuple[Said, ...]
    scopes: tuple[str, ...]
    scopes_missing: tuple[str, ...]
    account: str
    waiting: datetime | None


@dataclass(frozen=True)
class Trial:
    """How far a test meeting is: the steps that are done, with the one that failed last, and the sentence to it."""

    asked_at: datetime
    done: tuple[str, ...]
    state: str
    words: Said | None
    host: str


@dataclass
class Day:
    """One UTC day: calls to the provider, those that failed and that it put off, and what it delivered to us."""

    day: date
    calls: int = 0
    failed: int = 0
    limited: int = 0
    received: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    late: int = 0

    @property
    def busy(self) -> bool:
        """Whether there was anything at all."""
        return bool(self.calls or self.received or self.refused or self.late)


def account_of(provider: str) -> ProviderAccount | None:
    """The row of the account; None before anybody has written one."""
    return db.session.scalars(select(ProviderAccount).where(ProviderAccount.provider == provider)).one_or_none()


def unwell() -> list[ProviderAccount]:
    """Accounts that told us to stop, or that stayed bad so long that their owners were told."""
    accounts = db.session.scalars(select(ProviderAccount).order_by(ProviderAccount.id)).all()
    return [each for each in accounts if each.stopped_at is not None or each.checked.get("told")]


def changed_by(account: ProviderAccount | None) -> Person | None:
    """Who set the credentials last."""
    if account is None or account.changed_by_id is None:
        return None
    return db.session.get(Person, account.changed_by_id)


def checked(account: ProviderAccount | None) -> Checked:
    """The last check-up, in sentences."""
    kept: dict[str, Any] = account.checked if account is not None else {}
    return Checked(
        ok=kept.get("ok"), at=account.checked_at if account is not None else None,
        faults=_sentences(kept.get("faults")), warnings=_sentences(kept.get("warnings")),
        scopes=tuple(kept.get("scopes", ())), scopes_missing=tuple(kept.get("scopes_missing", ())),
        account=str(kept.get("account", "")), waiting=_moment(kept.get("asked_at")),
    )  # fmt: skip


def trial(account: ProviderAccount | None) -> Trial | None:
    """The last test meeting, if there was one."""
    kept: dict[str, Any] = (account.checked if account is not None else {}).get("trial") or {}
    asked_at = _moment(kept.get("asked_at"))
    if asked_at is None:
        return None
    said = Said(kept["words"], kept.get("values", {})) if kept.get("words") else None
    return Trial(asked_at, tuple(kept.get("done", ())), kept["state"], said, str(kept.get("host", "")))


def last_hook(provider: str) -> datetime | None:
    """When something was delivered last."""
    return db.session.scalar(select(func.max(Hook.received_at)).where(Hook.provider == provider))


def hosts_listed(provider: str, *, words: str = "", state: str = "") -> Select[Host]:
    """The accounts of a provider, those that may hold meetings first. `state`: pool, unpicked, basic or gone."""
    usable = and_(Host.gone_at.is_(None), Host.licensed)
    rank = case((Host.gone_at.is_not(None), 2), (Host.licensed, 0), else_=1)
    chosen = select(Host).where(Host.provider == provider).order_by(rank, Host.name, Host.id)
    wanted = {
        "pool": and_(usable, Host.in_pool), "unpicked": and_(usable, Host.in_pool.is_(False)),
        "basic": and_(Host.gone_at.is_(None), Host.licensed.is_(False)), "gone": Host.gone_at.is_not(None),
    }  # fmt: skip
    if state in wanted:
        chosen = chosen.where(wanted[state])
    for word in words.split():
        chosen = chosen.where(
            or_(Host.name.icontains(word, autoescape=True), Host.address.icontains(word, autoescape=True))
        )
    return chosen


def host_counts(provider: str) -> dict[str, int]:
    """How many accounts there are: in the pool, taken out of it, without a licence, gone."""
    usable = and_(Host.gone_at.is_(None), Host.licensed)
    kinds = case(
        (Host.gone_at.is_not(None), "gone"), (Host.licensed.is_(False), "basic"), (and_(usable, Host.in_pool), "pool"),
        else_="unpicked",
    )  # fmt: skip
    counted = select(kinds, func.count()).where(Host.provider == provider).group_by(kinds)
    return {"pool": 0, "unpicked": 0, "basic": 0, "gone": 0} | {
        str(kind): count for kind, count in db.session.execute(counted)
    }


def coming_by_host(host_ids: Iterable[int], now: datetime) -> dict[int, int]:
    """How many meetings ahead each of these hosts has."""
    chosen = (
        select(Meeting.host_id, func.count())
        .where(
            Meeting.host_id.in_(list(host_ids)), Meeting.starts_at > now,
            Meeting.state.in_((MeetingState.WANTED, MeetingState.MADE)),
        )
        .group_by(Meeting.host_id)
    )  # fmt: skip
    return {number: count for number, count in db.session.execute(chosen) if number is not None}


def days(provider: str, now: datetime) -> list[Day]:
    """The last week, today first, each day with what there was; in three queries."""
    today = now.astimezone(UTC).date()
    found = {today - timedelta(days=back): Day(today - timedelta(days=back)) for back in range(DAYS)}
    first = min(found)
    sums = (func.sum(ProviderCall.count), func.sum(ProviderCall.failed), func.sum(ProviderCall.limited))
    calls = select(ProviderCall.day, *sums).where(ProviderCall.provider == provider, ProviderCall.day >= first)
    for day, count, failed, limited in db.session.execute(calls.group_by(ProviderCall.day)):
        if day in found:
            found[day].calls, found[day].failed, found[day].limited = count, failed, limited
    refused = select(HookDay).where(HookDay.provider == provider, HookDay.day >= first)
    for row in db.session.scalars(refused):
        if row.day in found:
            found[row.day].refused[row.why] += row.count
    for day, count in _by_day(
        select(Hook.received_at, Hook.times).where(Hook.provider == provider), Hook.received_at, found
    ):
        found[day].received += count
    tries = select(Meeting.starts_at, case((Meeting.report_tries > 1, 1), else_=0))
    for day, count in _by_day(
        tries.where(Meeting.provider == provider, Meeting.starts_at < now), Meeting.starts_at, found
    ):
        found[day].late += count
    return list(found.values())


def _by_day(chosen: Any, moment: Any, found: dict[date, Day]) -> Sequence[tuple[date, int]]:
    """Sums of the second column by UTC day of the first; counted by the database, one column a day, in any dialect."""
    inner = chosen.where(moment >= _midnight(min(found))).subquery()
    at, count = inner.c
    sums = [
        func.coalesce(
            func.sum(case((and_(at >= _midnight(day), at < _midnight(day + timedelta(days=1))), count), else_=0)), 0
        )
        for day in found
    ]
    return list(zip(found, db.session.execute(select(*sums)).one(), strict=True))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _sentences(found: Any) -> tuple[Said, ...]:
    return tuple(Said(words, values) for words, values in found or ())


def _moment(written: Any) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def coming_by_provider(now: datetime) -> dict[str, int]:
    """How many meetings are ahead at each provider."""
    counted: dict[str, int] = defaultdict(int)
    chosen = select(Meeting.provider, func.count()).where(
        Meeting.starts_at > now, Meeting.state.in_((MeetingState.WANTED, MeetingState.MADE))
    )
    for name, count in db.session.execute(chosen.group_by(Meeting.provider)):
        counted[name] = count
    return counted
