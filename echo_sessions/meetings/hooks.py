"""Reading what providers delivered: what each delivery means for a meeting, later and in peace.

That somebody came or went is only noted: who was there is worked out from all deliveries whenever it is asked
(`events_of`, `presences`). Reading twice does nothing twice. A delivery about a meeting that is not ours, or of a kind
that we do not act upon, is kept and passed over.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from echo_sessions.database import db, transaction
from echo_sessions.errors import Stale
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import queries, service, setup
from echo_sessions.meetings.models import Hook, Meeting, MeetingLink
from echo_sessions.meetings.presences import PRESENCE
from echo_sessions.meetings.providers import provider
from echo_sessions.outside.meetings import Event, EventKind, LinkState

log = structlog.get_logger()
AT_ONCE = 200
GIVE_UP_AFTER = timedelta(days=1)
"""A delivery on which our own reading fails is tried again for so long; then it is passed over."""
COLLECT_SLOT = timedelta(minutes=2)
RECORDED = frozenset({EventKind.RECORDING_STARTED, EventKind.RECORDING_STOPPED, EventKind.ENDED})
CANCELLED = "This registration was cancelled at the provider."
Act = Callable[[str, Event, datetime], object]


def events_of(meeting: Meeting) -> list[Event]:
    """All that was delivered about the meeting of a session, also about the ones that were replaced by this one; in no
    order, and some of it perhaps twice."""
    refs = {each.ref for each in queries.all_of(meeting.session_code) if each.ref and each.provider == meeting.provider}
    chosen = select(Hook.raw, Hook.received_at).where(Hook.provider == meeting.provider, Hook.meeting_ref.in_(refs))
    reads = provider(meeting.provider).read_event
    return [event for raw, at in db.session.execute(chosen.order_by(Hook.id)) for event in reads(raw.encode(), at)]


def raws_of(meeting: Meeting) -> list[str]:
    """The same as they came, for whoever keeps them as evidence."""
    refs = {each.ref for each in queries.all_of(meeting.session_code) if each.ref and each.provider == meeting.provider}
    chosen = select(Hook.raw).where(Hook.provider == meeting.provider, Hook.meeting_ref.in_(refs))
    return list(db.session.scalars(chosen.order_by(Hook.id)))


def read_new(now: datetime) -> int:
    """Read every delivery that nobody has read; returns how many. One that fails stays for the next time."""
    count, failed = 0, set[int]()
    while True:
        chosen = select(Hook.id).where(Hook.read_at.is_(None), Hook.id.not_in(failed)).order_by(Hook.id)
        numbers = list(db.session.scalars(chosen.limit(AT_ONCE)))
        db.session.rollback()
        if not numbers:
            return count
        count += len(numbers)
        failed |= _read(numbers, now)


def _read(numbers: Sequence[int], now: datetime) -> set[int]:
    """Read these; which of them failed. Comings and goings are noted together, everything else one by one."""
    hooks = [(hook, _events(hook)) for hook in db.session.scalars(select(Hook).where(Hook.id.in_(numbers)))]
    noted = [hook.id for hook, events in hooks if not any(event.kind in ACTS for event in events)]
    heard = {(hook.provider, event.meeting) for hook, events in hooks for event in events if event.kind in PRESENCE}
    ended = {
        (hook.provider, event.meeting) for hook, events in hooks for event in events if event.kind is EventKind.ENDED
    }
    acting = [(hook.id, hook.provider, events) for hook, events in hooks if hook.id not in set(noted)]
    with transaction():
        for name, ref in sorted(heard):
            _collect(name, ref, ended=(name, ref) in ended, now=now)
        _mark(noted, now)
    return {number for number, name, events in acting if not _acted(number, name, events, now)}


def _events(hook: Hook) -> list[Event]:
    return provider(hook.provider).read_event(hook.raw.encode(), hook.received_at)


def _acted(number: int, name: str, events: Sequence[Event], now: datetime) -> bool:
    """Do what this delivery asks for, in a transaction of its own; False when that failed."""
    try:
        with transaction():
            for event in events:
                if event.kind in ACTS:
                    ACTS[event.kind](name, event, now)
            _mark([number], now)
    except Stale:  # somebody else has the meeting at this moment
        return False
    except Exception as fault:  # whatever it is, the other deliveries are read; this one is tried again
        log.error("hook_failed", hook=number, exc_info=fault)
        with transaction():
            too_old = Hook.received_at < now - GIVE_UP_AFTER
            db.session.execute(update(Hook).where(Hook.id == number, too_old).values(read_at=now))
        return False
    return True


def _mark(numbers: Sequence[int], now: datetime) -> None:
    db.session.execute(update(Hook).where(Hook.id.in_(numbers)).values(read_at=now))


def _collect(name: str, ref: str, *, ended: bool, now: datetime) -> None:
    """Once a meeting is over, attendance is asked to look at what was told: once for each slot, after it."""
    meeting = queries.by_ref(name, ref)
    if meeting is None or not (ended or meeting.ends_at <= now or _has_ended(name, ref)):
        return
    slot = int(now.timestamp() // COLLECT_SLOT.total_seconds())
    at = datetime.fromtimestamp((slot + 1) * COLLECT_SLOT.total_seconds(), now.tzinfo)
    key = f"attendance.collect:{meeting.code}:{slot}"
    jobs.queue("attendance.collect", {"meeting": meeting.id}, now=now, at=at, key=key)


def _has_ended(name: str, ref: str) -> bool:
    word = EventKind.ENDED.value
    ended = (Hook.name == word) | Hook.name.startswith(f"{word}+") | Hook.name.contains(f"+{word}")
    chosen = select(Hook.id).where(Hook.provider == name, Hook.meeting_ref == ref, ended)
    return db.session.scalar(chosen.limit(1)) is not None


# What is done


def _deleted(name: str, event: Event, now: datetime) -> None:
    service.doubt(event.meeting, name, now=now)


def _converted(name: str, event: Event, now: datetime) -> None:
    service.note_converted(event.meeting, name, now=now)


def _recovered(name: str, event: Event, now: datetime) -> None:
    service.note_recovered(event.meeting, name, now=now)


def _updated(name: str, event: Event, now: datetime) -> None:
    """Read again what the provider has, unless that was done since: our own changes echo back and say nothing new."""
    meeting = queries.by_ref(name, event.meeting)
    read = meeting.checked_at if meeting is not None else None
    if read is None or event.at is None or read < event.at:
        service.note_changed(event.meeting, name, now=now)


def _cancelled(name: str, event: Event, now: datetime) -> None:
    """Somebody's registration was cancelled or denied over there. What we took back ourselves echoes as well."""
    link = _link(name, event)
    if link is not None and link.state in {LinkState.MADE, LinkState.PENDING}:
        link.state, link.url, link.words = LinkState.REFUSED, None, CANCELLED
        service.give_soon(link.meeting, now=now)


def _approved(name: str, event: Event, now: datetime) -> None:
    """Somebody's registration was approved: their way in can be asked for."""
    link = _link(name, event)
    if link is not None and link.state is LinkState.PENDING:
        link.state = LinkState.ASKED
        service.give_soon(link.meeting, now=now)


def _recorded(name: str, event: Event, now: datetime) -> None:
    """Whether it is recorded now: by all that was told of it, since a start may be delivered after its stop."""
    meeting = queries.by_ref(name, event.meeting)
    if meeting is not None:
        meeting.recording_since = _recording_since(events_of(meeting))


def _recording_since(events: Sequence[Event]) -> datetime | None:
    """When the recording that still runs began. Of a start and a stop in one second the start is believed."""
    told = [
        (event.at, event.kind is EventKind.RECORDING_STARTED) for event in events if event.at and event.kind in RECORDED
    ]
    at, started = max(told, default=(None, False))
    return at if started else None


def _ready(name: str, event: Event, now: datetime) -> None:
    meeting = queries.by_ref(name, event.meeting)
    if meeting is not None:
        key = f"meetings.find_recordings:{meeting.code}:{int(now.timestamp()) // 60}"
        jobs.queue("meetings.find_recordings", {"meeting": meeting.id}, now=now, key=key)


def _host_gone(name: str, event: Event, now: datetime) -> None:
    service.host_gone(name, event.about, now=now)


def _deauthorised(name: str, event: Event, now: datetime) -> None:
    setup.deauthorised(name, account_ref=event.about, now=now)


def _link(name: str, event: Event) -> MeetingLink | None:
    """The way in that an event about a registration means: by its id, else by the address."""
    meeting = queries.by_ref(name, event.meeting)
    if meeting is None:
        return None
    links = queries.links_of(meeting.id)
    by_id = [link for link in links if event.registrant and link.registrant == event.registrant]
    by_address = [link for link in links if event.email and link.address.lower() == event.email.lower()]
    return next(iter(by_id or by_address), None)


ACTS: Mapping[EventKind, Act] = {
    EventKind.MEETING_DELETED: _deleted,
    EventKind.MEETING_CONVERTED: _converted,
    EventKind.MEETING_RECOVERED: _recovered,
    EventKind.MEETING_UPDATED: _updated,
    EventKind.REGISTRANT_CANCELLED: _cancelled,
    EventKind.REGISTRANT_APPROVED: _approved,
    EventKind.RECORDING_STARTED: _recorded,
    EventKind.RECORDING_STOPPED: _recorded,
    EventKind.ENDED: _recorded,
    EventKind.RECORDING_READY: _ready,
    EventKind.HOST_GONE: _host_gone,
    EventKind.DEAUTHORISED: _deauthorised,
}
"""What is done about each kind of event; of every other kind it is enough that it is kept."""
