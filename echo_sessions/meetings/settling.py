"""Bringing a provider to agree with what is wanted of a meeting: one step at a time, each with one call.

A worker takes the meeting for a while (`Meeting.held_until`), keeps a host's time for it, counts the call, notes that it
is about to be made, and commits. Only then it speaks to the provider, and writes down what came of it in another
transaction. One that dies in between leaves those notes, and whoever comes after it looks what there is before anything
is made again.
"""

import random
from dataclasses import dataclass
from datetime import datetime

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import comparing, hosts, looking, providers, queries, service, steps
from echo_sessions.meetings.holding import returning
from echo_sessions.meetings.models import Host, Meeting
from echo_sessions.meetings.rules import LEASE, MeetingState, TroubleKind
from echo_sessions.meetings.steps import Facts, Step
from echo_sessions.outside.meetings import (
    Converted,
    HostRefused,
    HostSpent,
    LinkState,
    NotConfigured,
    NotThere,
    Provider,
    ScopeMissing,
    Wanted,
)
from echo_sessions.outside.meetings import Meeting as There

PASSING = (
    TroubleKind.NO_HOST, TroubleKind.HOST_SPENT, TroubleKind.HOST_GONE, TroubleKind.SILENT, TroubleKind.REFUSED,
    TroubleKind.SCOPE, TroubleKind.NOT_CONFIGURED,
)  # fmt: skip
"""What stands between us and a meeting as it is wanted: over as soon as it is there."""


@dataclass(frozen=True)
class Errand:
    """One step that was decided, for the meeting `number` in that generation."""

    step: Step
    number: int
    generation: int
    wanted: Wanted
    there: There


def settle(number: int, now: datetime) -> None:
    """Do the next thing that there is to do for the meeting with this id; a job of its own follows where there is more.

    Never fails for good: what a provider refuses becomes a trouble of the meeting, and the time of the next try.
    """
    name = _due_at(number, now)
    if name is None:
        return
    provider = providers.provider(name)
    if not provider.capabilities.creates:
        return
    if not provider.configured():
        _note_fault(number, None, NotConfigured("not configured"), now)
        return
    if provider.capabilities.hosts and not looking.hosts_known(name):
        try:
            looking.fetch_hosts(provider, now)
        except (TryLater, GaveUp) as fault:
            _note_fault(number, None, fault, now)
            return
    errand = _take(number, provider, now)
    if isinstance(errand, int):
        settle(errand, now)
        with transaction():
            jobs.queue("meetings.settle", {"meeting": number}, now=now)
        return
    if errand is None:
        return
    try:
        got = _carry_out(errand, provider)
    except HostRefused as fault:
        _note_refused_host(errand, provider, fault, now)
    except (TryLater, GaveUp) as fault:
        _note_fault(errand.number, errand, fault, now)
    else:
        _note(errand, got, now)


def _due_at(number: int, now: datetime) -> str | None:
    """The provider to speak to; None while it is too early to try again, and where nothing is left to be done."""
    meeting = db.session.get(Meeting, number, populate_existing=True)
    if meeting is None or (meeting.next_try_at is not None and meeting.next_try_at > now):
        return None
    return meeting.provider


# Deciding


def _take(number: int, provider: Provider, now: datetime) -> Errand | int | None:
    """Take the meeting for one step; None when there is nothing to do now. A number is that of a meeting that is left
    behind and has to be looked after first."""
    with transaction():
        if provider.capabilities.hosts:
            hosts.lock(provider.name)
        meeting = queries.held(number)
        if meeting is None or meeting.provider != provider.name:
            return None
        if meeting.held_until is not None and meeting.held_until > now:
            if meeting.next_try_at is not None:
                meeting.next_try_at = meeting.held_until
                jobs.queue("meetings.settle", {"meeting": number}, now=now, at=meeting.held_until)
            return None
        meeting.held_until = None
        if provider.capabilities.hosts:
            comparing.say_who_cannot(meeting, now=now)
        step = steps.next_step(_facts(meeting, provider, now))
        if step is Step.REPLACE:
            return _replace(meeting, now)
        if step in {Step.REST, Step.LET_GO} or not _prepare(meeting, step, provider, now):
            _rest(meeting, step, now)
            return None
        meeting.held_until = meeting.next_try_at = now + LEASE * (3 if step is Step.LOOK_FOR else 1)
        if step in {Step.MAKE, Step.UPDATE, Step.TAKE_AWAY}:
            meeting.tried_at = now
        return Errand(step, meeting.id, meeting.generation, _wanted(meeting, provider), comparing.there_of(meeting))


def _facts(meeting: Meeting, provider: Provider, now: datetime) -> Facts:
    changed = comparing.words_of(_wanted(meeting, provider)) != meeting.asked
    has_hosts = provider.capabilities.hosts and meeting.host is not None
    lost = has_hosts and meeting.host is not None and not hosts.may_host(meeting.host)
    return Facts(
        state=meeting.state, there=meeting.ref is not None, uncertain=meeting.tried_at is not None,
        over=meeting.ends_at <= now, changed=changed, host_lost=lost,
        host_taken=has_hosts and not lost and not hosts.has_slot(meeting) and not _still_free(meeting),
    )  # fmt: skip


def _still_free(meeting: Meeting) -> bool:
    return meeting.host is not None and hosts.is_free_for(meeting, meeting.host)


def _wanted(meeting: Meeting, provider: Provider) -> Wanted:
    co_hosts = comparing.co_hosts_of(meeting) if provider.capabilities.hosts else ()
    return comparing.wanted_of(meeting, hosts_too=co_hosts)


def _prepare(meeting: Meeting, step: Step, provider: Provider, now: datetime) -> bool:
    """Keep what the step needs: a host, its time, one of its calls. False when there is none, or nothing to call for."""
    if step is Step.MAKE:
        return not provider.capabilities.hosts or _give_host(meeting, now)
    if step is Step.UPDATE:
        return _may_update(meeting, provider, now)
    return True


def _give_host(meeting: Meeting, now: datetime) -> bool:
    """Give a host that is free and has calls left; else say which of both is lacking, and when it is tried again."""
    host = meeting.host
    if host is None or not hosts.may_host(host) or not hosts.has_slot(meeting) or not _calls_left(meeting, now):
        host = _free(meeting, now)
        hosts.free_slots(meeting)
        meeting.host = host
        if host is None:
            return _no_host(meeting, now)
        hosts.give(meeting, host, starts_at=meeting.starts_at, minutes=meeting.minutes)
    hosts.count_write(host, now=now)
    return True


def _free(meeting: Meeting, now: datetime | None) -> Host | None:
    return hosts.free_host(
        meeting.provider, meeting.starts_at, meeting.minutes, but=meeting.id, prefer=meeting.hosts_too, now=now
    )


def _calls_left(meeting: Meeting, now: datetime) -> int:
    ref = meeting.host.ref if meeting.host else ""
    return hosts.calls_left(meeting.provider, [ref], now)[ref]


def _no_host(meeting: Meeting, now: datetime) -> bool:
    """Nobody can open it now: all are taken, or those that are free have no calls left today."""
    spent = _free(meeting, None)
    if spent is None:
        service.raise_trouble(meeting, TroubleKind.NO_HOST, now=now)
        _try_at(meeting, now + steps.NO_HOST_DELAY, now)
    else:
        service.end_trouble(meeting, TroubleKind.NO_HOST, now=now)
        service.raise_trouble(meeting, TroubleKind.HOST_SPENT, values={"host": spent.name}, now=now)
        _try_at(meeting, steps.next_day(now, jitter=random.random()), now)
    return False


def _may_update(meeting: Meeting, provider: Provider, now: datetime) -> bool:
    """Keep the new time beside the old one and count the call; without a real difference there is none to be made."""
    wanted = comparing.words_of(_wanted(meeting, provider))
    if not steps.differences(wanted, meeting.made) and not (meeting.made.get("differs") and not meeting.asked):
        meeting.asked = wanted
        hosts.settle_slots(meeting, starts_at=meeting.starts_at, minutes=meeting.minutes)
        comparing.compare(meeting, now=now)
        return False
    if not provider.capabilities.hosts or meeting.host is None:
        return True
    if not _calls_left(meeting, now):
        service.raise_trouble(meeting, TroubleKind.HOST_SPENT, values={"host": meeting.host.name}, now=now)
        _try_at(meeting, steps.next_day(now, jitter=random.random()), now)
        return False
    if not hosts.has_slot(meeting):
        hosts.give(meeting, meeting.host, starts_at=meeting.starts_at, minutes=meeting.minutes)
    hosts.count_write(meeting.host, now=now)
    return True


def _replace(meeting: Meeting, now: datetime) -> int | None:
    """Another host takes over where one is free: the meeting begins anew there, and what is left behind comes first. Until
    then it stays what and when it is."""
    lost = meeting.host if meeting.host is not None and not hosts.may_host(meeting.host) else None
    if lost is not None:
        service.raise_trouble(meeting, TroubleKind.HOST_GONE, values={"host": lost.name}, now=now)
    host = _free(meeting, now)
    if host is None:
        _no_host(meeting, now)
        return None
    before = service.leave_behind(meeting, now=now)
    meeting.host = host
    hosts.give(meeting, host, starts_at=meeting.starts_at, minutes=meeting.minutes)
    meeting.next_try_at = now
    return before.id if before is not None else None


def _rest(meeting: Meeting, step: Step, now: datetime) -> None:
    """Nothing more is to be done, or not now (and then the time of the next try is set already)."""
    if step is Step.LET_GO:
        _removed(meeting, now)
    if step in {Step.REST, Step.LET_GO} or not _waits(meeting, now):
        meeting.next_try_at, meeting.failures = None, 0
        service.end_troubles(meeting, PASSING, now=now)


def _waits(meeting: Meeting, now: datetime) -> bool:
    return meeting.next_try_at is not None and meeting.next_try_at > now


def _removed(meeting: Meeting, now: datetime) -> None:
    """It is taken away: its host is free, nobody has a way in any more."""
    meeting.state, meeting.tried_at, meeting.missing_since, meeting.links_next_at = (
        MeetingState.REMOVED,
        None,
        None,
        None,
    )
    hosts.free_slots(meeting)
    for link in queries.links_of(meeting.id):
        link.state, link.url, link.revoked_at = LinkState.REVOKED, None, link.revoked_at or now


# Speaking


def _carry_out(errand: Errand, provider: Provider) -> There | None:
    """Make the one call of the step; what the provider has afterwards."""
    if errand.step is Step.MAKE:
        return provider.ensure_meeting(errand.wanted)
    if errand.step is Step.UPDATE:
        return provider.update(errand.there, errand.wanted)
    if errand.step is Step.READ:
        return provider.read(errand.there)
    if errand.step is Step.TAKE_AWAY:
        _cancel(provider, errand.there)
        return None
    return _find(provider, errand.wanted)


def _find(provider: Provider, wanted: Wanted) -> There | None:
    """The meeting that an earlier attempt made, if it did; twins of it are taken away."""
    try:
        found = provider.find_by_mark(wanted.mark, wanted.host)
    except (NotThere, HostRefused):
        return None  # the account is gone, and its meetings with it
    for twin in found[1:]:
        _cancel(provider, twin)
    if not found:
        return None
    try:
        return provider.read(found[0])
    except (NotThere, Converted):
        return None


def _cancel(provider: Provider, meeting: There) -> None:
    """Gone, or not ours to take away any more, is as good."""
    try:
        provider.cancel(meeting)
    except (NotThere, Converted, HostRefused):
        return


# Writing down


def _note(errand: Errand, got: There | None, now: datetime) -> None:
    """Write down what came of it, and go on where there is more to do."""
    with returning(errand.number, errand.generation) as meeting:
        meeting.tried_at = None
        if errand.step is Step.TAKE_AWAY:
            _removed(meeting, now)
        elif got is not None:
            _is_there(meeting, errand, got, now)
        provider = providers.provider(meeting.provider)
        meeting.failures, meeting.next_try_at = 0, None
        if steps.next_step(_facts(meeting, provider, now)) is not Step.REST:
            service.settle_soon(meeting, now=now)
        else:
            service.end_troubles(meeting, PASSING, now=now)
    if errand.step in {Step.TAKE_AWAY, Step.UPDATE}:
        with transaction():  # apart, for it holds other meetings
            service.wake_waiting(provider.name, now=now)


def _is_there(meeting: Meeting, errand: Errand, got: There, now: datetime) -> None:
    """The meeting is there: as it was asked for, or as the provider has it otherwise."""
    comparing.keep(meeting, got, now=now)
    wanted = comparing.words_of(errand.wanted)
    if meeting.state is MeetingState.WANTED:
        meeting.state, meeting.made_at = MeetingState.MADE, now
    meeting.missing_since = None
    service.end_troubles(meeting, (TroubleKind.DOUBTED, TroubleKind.MISSING, TroubleKind.CONVERTED), now=now)
    if errand.step in {Step.MAKE, Step.UPDATE}:
        meeting.asked = wanted
    else:  # it was uncertain what had been done: asked for again only where it differs
        meeting.asked = {} if steps.differences(wanted, meeting.made) else wanted
    _keep_time(meeting, wanted, errand)
    comparing.compare(meeting, now=now)
    if meeting.links_next_at is not None and meeting.state is MeetingState.MADE:
        service.give_soon(meeting, now=now)


def _keep_time(meeting: Meeting, wanted: dict[str, object], errand: Errand) -> None:
    """The host is kept for when the meeting is there, and for when it is wanted where it has still to move."""
    if meeting.host is None:
        return
    starts_at = steps.moment_of(meeting.made.get("starts_at")) or errand.wanted.starts_at
    minutes = meeting.made.get("minutes") or errand.wanted.minutes
    hosts.settle_slots(meeting, starts_at=starts_at, minutes=int(minutes))


def _note_refused_host(errand: Errand, provider: Provider, fault: HostRefused, now: datetime) -> None:
    """The host may not open it, says the provider: it is asked who may, before any meeting is given to another host."""
    try:
        looking.fetch_hosts(provider, now)
    except (TryLater, GaveUp) as silent:
        _note_fault(errand.number, errand, silent, now)
        return
    with returning(errand.number, errand.generation) as meeting:
        meeting.tried_at = None
        if meeting.host is not None and hosts.may_host(meeting.host):
            _refused(meeting, fault, now)
        else:
            service.settle_soon(meeting, now=now)


def _note_fault(number: int, errand: Errand | None, fault: TryLater | GaveUp, now: datetime) -> None:
    """Say what is in the way, and when it is tried again."""
    if errand is None:
        with transaction():
            if (meeting := queries.held(number)) is not None:
                _say(meeting, None, fault, now)
        return
    with returning(errand.number, errand.generation) as meeting:
        if isinstance(fault, HostSpent | GaveUp) and errand.step not in {Step.LOOK_FOR, Step.READ}:
            meeting.tried_at = None  # it was certainly not carried out
        _say(meeting, errand, fault, now)


def _say(meeting: Meeting, errand: Errand | None, fault: TryLater | GaveUp, now: datetime) -> None:
    if isinstance(fault, HostSpent):
        _spent(meeting, errand, now)
    elif isinstance(fault, TryLater):
        meeting.failures += 1
        service.raise_trouble(meeting, TroubleKind.SILENT, values={"words": fault.words}, now=now)
        at = steps.try_again_at(meeting.failures, now, after_seconds=fault.after_seconds, jitter=random.random())
        _try_at(meeting, at, now)
    elif isinstance(fault, NotThere | Converted) and meeting.ref is not None:
        service.doubt_meeting(meeting, now=now)
        _try_at(meeting, now + 2 * steps.CONFIRM_AFTER, now)
    else:
        _refused(meeting, fault, now)


def _spent(meeting: Meeting, errand: Errand | None, now: datetime) -> None:
    """The host has no calls left today. A meeting that is not there yet goes to another host, others wait for midnight."""
    if meeting.host is not None:
        hosts.spent(meeting.host, now=now)
    if errand is not None and errand.step is Step.MAKE and meeting.ref is None:
        service.settle_soon(meeting, now=now)
        return
    values = {"host": meeting.host.name if meeting.host else "–"}
    service.raise_trouble(meeting, TroubleKind.HOST_SPENT, values=values, now=now)
    _try_at(meeting, steps.next_day(now, jitter=random.random()), now)


def _refused(meeting: Meeting, fault: GaveUp, now: datetime) -> None:
    """No for the time being: only a person can change it, so it is asked again hours later."""
    meeting.failures += 1
    if isinstance(fault, ScopeMissing):
        values = {"scopes": ", ".join(fault.scopes)}
        service.raise_trouble(meeting, TroubleKind.SCOPE, values=values, now=now)
    elif isinstance(fault, NotConfigured):
        service.raise_trouble(meeting, TroubleKind.NOT_CONFIGURED, now=now)
    else:
        service.raise_trouble(meeting, TroubleKind.REFUSED, values={"words": fault.words}, now=now)
    _try_at(meeting, steps.refused_again_at(meeting.failures, now, jitter=random.random()), now)


def _try_at(meeting: Meeting, at: datetime, now: datetime) -> None:
    meeting.next_try_at = at
    jobs.queue("meetings.settle", {"meeting": meeting.id}, now=now, at=at)
