"""The accounts that open meetings: which there are, which is free when, and how many calls each has left today.

A host is given under a lock over all hosts of its provider, so two workers never give one time twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select

from echo_sessions import ids
from echo_sessions.database import db, upsert
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import slots
from echo_sessions.meetings.models import Host, HostSlot, Meeting, ProviderAccount, ProviderCall
from echo_sessions.meetings.rules import BUFFER_MINUTES, HOST_CALLS_A_DAY, MeetingState
from echo_sessions.meetings.slots import Candidate, Span
from echo_sessions.outside.meetings import HostAccount
from echo_sessions.people.models import Person
from echo_sessions.people.rules import normal_address

WRITE = "write"
LONGEST = timedelta(hours=12)


@dataclass(frozen=True)
class Taken:
    """A host and the codes of the sessions that have it at that time."""

    host: Host
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Clash:
    """No host is free: who has which. `hosts` is empty where the provider has no host that may hold meetings at all."""

    hosts: tuple[Taken, ...]


def known(provider: str) -> Sequence[Host]:
    """All hosts of a provider that we know of, those that left included."""
    return db.session.scalars(select(Host).where(Host.provider == provider).order_by(Host.name, Host.id)).all()


def by_ref(provider: str, ref: str) -> Host | None:
    """The host with this reference."""
    return db.session.scalars(select(Host).where(Host.provider == provider, Host.ref == ref)).one_or_none()


def may_host(host: Host) -> bool:
    """Whether the account is there and licensed: without a licence nobody can be registered."""
    return host.licensed and host.gone_at is None


def pool(provider: str) -> list[Host]:
    """The hosts that our meetings may be given to."""
    return [host for host in known(provider) if host.in_pool and may_host(host)]


def co_hosts(provider: str) -> dict[str, Host]:
    """Who may be an alternative host: every licensed account that is there, by address."""
    return {normal(host.address): host for host in known(provider) if may_host(host)}


def address_of(person: Person, accounts: Iterable[str]) -> str | None:
    """The proved address of somebody that is one of these accounts, else their first proved one; None without any."""
    proved = [each for each in person.addresses if each.verified_at is not None]
    wanted = set(accounts)
    return next((each.email for each in proved if each.normal in wanted), proved[0].email if proved else None)


def sync(provider: str, accounts: Sequence[HostAccount], *, now: datetime) -> list[Host]:
    """Keep what the provider says of its accounts; returns the hosts that were lost by it. Their coming meetings are given
    to others by jobs. Whether a host is in the pool, and how many meetings it gets at once, stays as a person said."""
    rows = {host.ref: host for host in known(provider)}
    usable = {host.ref for host in rows.values() if may_host(host)}
    for account in accounts:
        host = rows.get(account.ref)
        if host is None:
            host = Host(code=ids.code("H"), provider=provider, ref=account.ref, in_pool=True, at_once=1)
            db.session.add(host)
            rows[account.ref] = host
        host.address, host.name, host.licensed = account.address[:320], account.name[:300], account.licensed
        host.seats, host.seen_at = account.seats, now
        host.gone_at = None if account.active else host.gone_at or now
    listed = {account.ref for account in accounts}
    for ref, host in rows.items():
        if ref not in listed:
            host.gone_at = host.gone_at or now
    db.session.flush()
    lost = [host for ref, host in rows.items() if ref in usable and not may_host(host)]
    _look_at_meetings_of([host.id for host in lost], now)
    if {ref for ref, host in rows.items() if may_host(host)} - usable:
        _look_at_meetings_without_host(provider, now)
    return lost


def lose(provider: str, ref: str, *, now: datetime) -> Host | None:
    """An account has left or may not host any more: its coming meetings are given to others."""
    host = by_ref(provider, ref)
    if host is not None:
        host.gone_at = host.gone_at or now
        db.session.flush()
        _look_at_meetings_of([host.id], now)
    return host


# Times


def buffer_of(provider: str) -> timedelta:
    """What is kept free on a host between two meetings."""
    chosen = select(ProviderAccount.buffer_minutes).where(ProviderAccount.provider == provider)
    minutes = db.session.scalar(chosen)
    return timedelta(minutes=BUFFER_MINUTES if minutes is None else minutes)


def free_host(
    provider: str, starts_at: datetime, minutes: int, *, but: int | None = None, prefer: Iterable[str] = (),
    now: datetime | None = None,
) -> Host | None:  # fmt: skip
    """A host that is free at that time, for planning pages; `but`: the meeting that is asked for, whose own times do not
    count. With `now` only hosts that have calls left today. Nothing is given by this: see `give`."""
    wanted = Span(starts_at, starts_at + timedelta(minutes=minutes))
    hosts = {host.id: host for host in pool(provider)}
    taken = _taken(list(hosts), wanted, but=but)
    left = calls_left(provider, [host.ref for host in hosts.values()], now) if now else {}
    liked = {normal(each) for each in prefer}
    candidates = [
        Candidate(
            id=host.id, at_once=host.at_once, taken=tuple(taken.get(host.id, ())),
            calls_left=left.get(host.ref, HOST_CALLS_A_DAY), preferred=normal(host.address) in liked,
        )
        for host in hosts.values()
    ]  # fmt: skip
    chosen = slots.choose(candidates, wanted, buffer_of(provider))
    return hosts[chosen.id] if chosen else None


def clash(provider: str, starts_at: datetime, minutes: int, *, but: int | None = None) -> Clash | None:
    """Which sessions have the hosts at that time, when none is free; None while there is a host to be given."""
    if free_host(provider, starts_at, minutes, but=but) is not None:
        return None
    wanted = Span(starts_at, starts_at + timedelta(minutes=minutes))
    hosts = pool(provider)
    taken = slots.in_the_way(_taken([host.id for host in hosts], wanted, but=but), wanted, buffer_of(provider))
    return Clash(tuple(Taken(host, taken.get(host.id, ())) for host in hosts))


def lock(provider: str) -> None:
    """Let nobody else give a host of this provider until the transaction ends. Whoever locks a meeting too does so after
    this; rows that point to a host may be written meanwhile."""
    chosen = select(Host.id).where(Host.provider == provider).order_by(Host.id)
    db.session.execute(chosen.with_for_update(key_share=True))


def give(meeting: Meeting, host: Host, *, starts_at: datetime, minutes: int) -> None:
    """Keep the host for the meeting at that time, beside what it has; the hosts are locked."""
    db.session.add(
        HostSlot(
            host_id=host.id, meeting_id=meeting.id, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes)
        )
    )
    db.session.flush()


def is_free_for(meeting: Meeting, host: Host) -> bool:
    """Whether the host can have the meeting at the time that is wanted; the hosts are locked."""
    wanted = Span(meeting.starts_at, meeting.ends_at)
    taken = _taken([host.id], wanted, but=meeting.id).get(host.id, [])
    return slots.is_free(host.at_once, taken, wanted, buffer_of(meeting.provider))


def has_slot(meeting: Meeting) -> bool:
    """Whether the meeting's host is kept for it at the time that is wanted."""
    chosen = select(HostSlot.id).where(
        HostSlot.meeting_id == meeting.id, HostSlot.host_id == meeting.host_id,
        HostSlot.starts_at == meeting.starts_at, HostSlot.ends_at == meeting.ends_at,
    )  # fmt: skip
    return db.session.scalar(chosen.limit(1)) is not None


def settle_slots(meeting: Meeting, *, starts_at: datetime, minutes: int) -> None:
    """The meeting is there, at this time and no other: what else was kept for it is free again."""
    free_slots(meeting)
    if meeting.host is not None:
        give(meeting, meeting.host, starts_at=starts_at, minutes=minutes)


def free_slots(meeting: Meeting) -> None:
    """No host is kept for the meeting any more."""
    db.session.execute(delete(HostSlot).where(HostSlot.meeting_id == meeting.id))


def _taken(host_ids: Sequence[int], wanted: Span, *, but: int | None) -> dict[int, list[Span]]:
    """What these hosts have near that time, by host: in a constant number of queries."""
    near: ColumnElement[bool] = and_(
        HostSlot.starts_at < wanted.ends_at + LONGEST, HostSlot.ends_at > wanted.starts_at - LONGEST
    )
    chosen = (
        select(HostSlot.host_id, HostSlot.starts_at, HostSlot.ends_at, Meeting.code)
        .join(Meeting, Meeting.id == HostSlot.meeting_id)
        .where(HostSlot.host_id.in_(list(host_ids)), near)
    )
    if but is not None:
        chosen = chosen.where(HostSlot.meeting_id != but)
    found: dict[int, list[Span]] = defaultdict(list)
    for number, starts_at, ends_at, code in db.session.execute(chosen):
        found[number].append(Span(starts_at, ends_at, code.partition("/")[0]))
    return found


# Calls


def calls_left(provider: str, refs: Sequence[str], now: datetime) -> dict[str, int]:
    """How many meetings may still be made or changed on each of these hosts today (UTC)."""
    used = calls_used(provider, refs, day=_day(now))
    return {ref: max(0, HOST_CALLS_A_DAY - used.get(ref, 0)) for ref in refs}


def calls_used(provider: str, refs: Sequence[str], *, day: date) -> dict[str, int]:
    """How many such calls each of these hosts had on that day."""
    chosen = select(ProviderCall.host, ProviderCall.count).where(
        ProviderCall.provider == provider, ProviderCall.day == day, ProviderCall.kind == WRITE,
        ProviderCall.host.in_(list(refs)),
    )  # fmt: skip
    return {host: count for host, count in db.session.execute(chosen)}


def count_write(host: Host, *, now: datetime) -> None:
    """One more meeting of this host is about to be made or changed."""
    made = upsert(ProviderCall).values(
        provider=host.provider, day=_day(now), host=host.ref, kind=WRITE, count=1, failed=0, limited=0
    )
    keys = [ProviderCall.provider, ProviderCall.day, ProviderCall.host, ProviderCall.kind]
    db.session.execute(made.on_conflict_do_update(index_elements=keys, set_={"count": ProviderCall.count + 1}))


def spent(host: Host, *, now: datetime) -> None:
    """The provider says that this host's calls of the day are used up, whatever we counted: others call it too."""
    made = upsert(ProviderCall).values(
        provider=host.provider, day=_day(now), host=host.ref, kind=WRITE, count=HOST_CALLS_A_DAY, failed=0, limited=1
    )
    keys = [ProviderCall.provider, ProviderCall.day, ProviderCall.host, ProviderCall.kind]
    changed = {"count": HOST_CALLS_A_DAY, "limited": ProviderCall.limited + 1}
    db.session.execute(made.on_conflict_do_update(index_elements=keys, set_=changed))


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def normal(address: str) -> str:
    """The spelling to compare by; what a provider gives as an address and is none stays as it is."""
    try:
        return normal_address(address)
    except Refused:
        return address


def _look_at_meetings_of(host_ids: Sequence[int], now: datetime) -> None:
    """Have the coming meetings of these hosts looked at."""
    if host_ids:
        _look_at(Meeting.host_id.in_(list(host_ids)), now)


def _look_at_meetings_without_host(provider: str, now: datetime) -> None:
    """Have the meetings looked at that wait for a host, or for a co-host who was not known."""
    _look_at(
        and_(Meeting.provider == provider, or_(Meeting.host_id.is_(None), Meeting.state == MeetingState.MADE)), now
    )


def _look_at(which: ColumnElement[bool], now: datetime) -> None:
    waits = Meeting.state.in_((MeetingState.WANTED, MeetingState.MADE))
    for meeting in db.session.scalars(select(Meeting).where(which, waits, Meeting.starts_at > now)).unique():
        meeting.next_try_at = now
        jobs.queue("meetings.settle", {"meeting": meeting.id}, now=now)
