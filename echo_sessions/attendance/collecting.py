"""Collecting what providers tell about a session that is over: the report, asked for until it is there, and what their hooks
told. Network outside of transactions; any of it may be done twice, by two workers at once, or after a day without the provider.

A report is asked for by whoever moves the row on first (`report_tries`, `report_next_at`): that commits before the call, so
two workers make one call, and a worker that dies leaves the next try standing. Hooks need nobody but us: their snapshot is
made anew whenever there are more of them.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from flask import current_app
from sqlalchemy import func, or_, select

from echo_sessions.attendance import queries, schedule, told
from echo_sessions.attendance.models import Upload
from echo_sessions.attendance.rules import Source
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.files import service as files
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import presences, providers
from echo_sessions.meetings import queries as meeting_queries
from echo_sessions.meetings import service as meetings
from echo_sessions.meetings.models import Hook, Meeting
from echo_sessions.meetings.rules import TroubleKind
from echo_sessions.outside.meetings import Event, EventKind, NotThere, Provider, Report, ScopeMissing
from echo_sessions.outside.meetings import Meeting as TheirMeeting
from echo_sessions.outside.storage import Storage
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import SessionState

log = structlog.get_logger()
JOB = "attendance.collect"
JSON = "application/json"
REPORT = "report"
"""What the trouble of a missing scope is about."""


@dataclass(frozen=True)
class Asked:
    """One try at a report, as it was begun."""

    session_code: str
    meeting_id: int
    provider: str
    meetings: tuple[TheirMeeting, ...]
    since: datetime
    until: datetime
    ended: datetime
    tries: int


def sweep(now: datetime) -> None:
    """Ask for the reports that are due, each by a job of its own, and take snapshots of hooks that are new."""
    for meeting_id, tries in _due_reports(now):
        with transaction():
            jobs.queue(JOB, {"meeting": meeting_id}, now=now, key=f"{JOB}:{meeting_id}:{tries}")
    for meeting_id in _with_new_hooks(now):
        take_hooks(meeting_id, now)


def collect(meeting_id: int, now: datetime, *, asked: bool = False) -> None:
    """Everything the provider of a session's meeting has to tell now. `asked`: somebody wants it now, whatever the schedule says."""
    take_hooks(meeting_id, now)
    ask_report(meeting_id, now, asked=asked)


def ask_soon(session: Session, *, now: datetime) -> bool:
    """A person wants the report now: a job asks for it. False where nobody can be asked."""
    meeting = session.meeting
    if meeting is None or meeting.ref is None or not providers.provider(meeting.provider).capabilities.reports:
        return False
    jobs.queue(JOB, {"meeting": meeting.id, "asked": True}, now=now)
    return True


# Reports


def ask_report(meeting_id: int, now: datetime, *, asked: bool = False) -> None:
    """One try, if one is due or somebody asked for it; what comes of it is written down, a fault too."""
    begun = _begin(meeting_id, now, asked=asked)
    if begun is None:
        return
    try:
        report = _fetch(providers.provider(begun.provider), begun)
    except ScopeMissing as fault:
        _no_scope(begun, fault, now)
        return
    except (TryLater, GaveUp) as fault:
        log.info("report_not_there", session=begun.session_code, kind=type(fault).__name__)
        _not_there(begun, now)
        return
    _write(begun, report, now)


def _due_reports(now: datetime) -> list[tuple[int, int]]:
    """Meetings of sessions that are over, whose report is due, with the number of tries so far."""
    chosen = (
        select(Meeting, Session)
        .join(Session, Session.meeting_id == Meeting.id)
        .where(
            Session.state == SessionState.SCHEDULED, Session.starts_at < now, Meeting.ref.is_not(None),
            Meeting.report_final_at.is_(None),
            or_(Meeting.report_next_at <= now, (Meeting.report_tries == 0) & Meeting.report_next_at.is_(None)),
            Session.starts_at > now - schedule.COLLECTED_FOR * 4,
        )
        .order_by(Session.starts_at)
    )  # fmt: skip
    found = []
    for meeting, session in db.session.execute(chosen).unique():
        due = (
            schedule.next_report_at(meeting.report_tries, session.ends_at, now)
            if meeting.report_next_at is None
            else meeting.report_next_at
        )
        if due is not None and due <= now and _reports(meeting.provider):
            found.append((meeting.id, meeting.report_tries))
    return found


def _reports(name: str) -> bool:
    provider = providers.provider(name)
    return provider.capabilities.reports and provider.configured()


def _begin(meeting_id: int, now: datetime, *, asked: bool) -> Asked | None:
    """Move the row on, so that nobody else makes the same call; None when there is nothing to ask for."""
    before = _session_of(meeting_id)
    if before is None or before.meeting is None or not _reports(before.meeting.provider):
        return None
    with transaction():
        session = _session_of(meeting_id)
        meeting = meeting_queries.held(session.meeting_id) if session is not None and session.meeting_id else None
        if meeting is None or session is None or meeting.ref is None:
            return None
        if session.state is not SessionState.SCHEDULED or now < session.starts_at:
            return None
        due = meeting.report_next_at or schedule.next_report_at(meeting.report_tries, session.ends_at, now)
        if not asked and (meeting.report_final_at is not None or due is None or due > now):
            return None
        own = meeting_queries.all_of(session.code)
        theirs = tuple(_theirs(one) for one in own if one.ref is not None and one.provider == meeting.provider)
        if now >= session.ends_at:
            meeting.report_tries += 1
            meeting.report_next_at = schedule.next_report_at(meeting.report_tries, session.ends_at, now)
        return Asked(
            session.code, meeting.id, meeting.provider, theirs, session.starts_at - told.AROUND, session.ends_at + told.AROUND,
            session.ends_at, meeting.report_tries,
        )  # fmt: skip


def _theirs(meeting: Meeting) -> TheirMeeting:
    host = meeting.host.ref if meeting.host is not None else ""
    return TheirMeeting(provider=meeting.provider, ref=meeting.ref, uuid=meeting.uuid or "", host=host)


def _fetch(provider: Provider, begun: Asked) -> Report:
    """The report of the meeting, and of those it took the place of, where they still answer."""
    first, *rest = begun.meetings
    found = [provider.fetch_intervals(first, begun.since, begun.until)]
    for one in rest:
        try:
            found.append(provider.fetch_intervals(one, begun.since, begun.until))
        except NotThere:
            continue
    if len(found) == 1:
        return found[0]
    whole = found[0]
    for other in found[1:]:  # A former meeting that nobody opened has no report, and never will.
        if other.intervals:
            whole = replace(
                whole, intervals=whole.intervals + other.intervals, instances=whole.instances + other.instances,
                raw=b"[" + whole.raw + b"," + other.raw + b"]", final=other.final and (whole.final or not whole.intervals),
            )  # fmt: skip
    return whole


def _write(begun: Asked, report: Report, now: datetime) -> None:
    """Keep what came. An empty answer is no report: it is asked for again."""
    stored = _storage().put(report.raw, type=JSON) if report.intervals else None
    with transaction():
        meeting, session = meeting_queries.held(begun.meeting_id), _session_of(begun.meeting_id)
        if meeting is None or session is None:
            return
        meetings.end_trouble(meeting, TroubleKind.SCOPE, about=REPORT, now=now)
        if stored is None:
            _said_if_last(meeting, now)
            return
        same = told.made_final(session, begun.provider, stored.sha256) if report.final else False
        final = schedule.is_last_word(report.final, begun.ended, now, same_as_before=same)
        if not same:
            told.take_told(
                session, source=Source.REPORT, provider=begun.provider, file=files.keep(stored, now=now), intervals=report.intervals,
                final=final, now=now,
            )  # fmt: skip
        if final:
            meeting.report_final_at, meeting.report_next_at = now, None
            meetings.end_trouble(meeting, TroubleKind.NO_REPORT, now=now)
        else:
            _said_if_last(meeting, now)


def _not_there(begun: Asked, now: datetime) -> None:
    with transaction():
        meeting = meeting_queries.held(begun.meeting_id)
        if meeting is not None:
            _said_if_last(meeting, now)


def _no_scope(begun: Asked, fault: ScopeMissing, now: datetime) -> None:
    """The administrator has not allowed it: said once, and asked once a day for a few days more."""
    with transaction():
        meeting = meeting_queries.held(begun.meeting_id)
        if meeting is None or meeting.report_final_at is not None:
            return
        meeting.report_next_at = schedule.next_without_scope(begun.tries, now)
        values = {"scopes": ", ".join(fault.scopes), "words": fault.words[:200]}
        meetings.raise_trouble(meeting, TroubleKind.SCOPE, about=REPORT, values=values, now=now)
        _said_if_last(meeting, now)


def _said_if_last(meeting: Meeting, now: datetime) -> None:
    """After the last try without a final report, a person is told."""
    if meeting.report_next_at is None and meeting.report_final_at is None:
        meetings.raise_trouble(meeting, TroubleKind.NO_REPORT, values={"tries": meeting.report_tries}, now=now)


# Hooks


def take_hooks(meeting_id: int, now: datetime) -> bool:
    """A snapshot of what the hooks of a session's meetings told, once it is over; whether there was anything new."""
    session = _session_of(meeting_id)
    meeting = session.meeting if session is not None else None
    if session is None or meeting is None or session.starts_at > now:
        return False
    name, code = meeting.provider, session.code
    heard = _heard(meeting)
    events = [event for _raw, told_there in heard for event in told_there]
    intervals = presences.presences(events)
    if not intervals or not _is_over(session, events, now):
        return False
    raw = snapshot(raw for raw, _told_there in heard)
    newest = next((one.sha256 for one in queries.told(session.id, Source.HOOKS) if one.provider == name), None)
    db.session.rollback()
    if newest == hashlib.sha256(raw).hexdigest():
        return False
    stored = _storage().put(raw, type=JSON)
    with transaction():
        taken = told.take_told(
            _by_code(code), source=Source.HOOKS, provider=name, file=files.keep(stored, now=now), intervals=intervals,
            final=not any(one.left is None or one.assumed for one in intervals), now=now,
        )  # fmt: skip
    return taken.upload is not None


def _heard(meeting: Meeting) -> list[tuple[str, list[Event]]]:
    """The deliveries about a session's meetings that say who was there, as they came, with the events in them."""
    refs = {
        one.ref for one in meeting_queries.all_of(meeting.session_code) if one.ref and one.provider == meeting.provider
    }
    chosen = select(Hook.raw, Hook.received_at).where(Hook.provider == meeting.provider, Hook.meeting_ref.in_(refs))
    reads = providers.provider(meeting.provider).read_event
    found = []
    for raw, at in db.session.execute(chosen.order_by(Hook.id)):
        events = [event for event in reads(raw.encode(), at) if event.kind in presences.PRESENCE]
        found += [(raw, events)] if events else []
    return found


def snapshot(raws: Iterable[str]) -> bytes:
    """Deliveries as one document to keep: each once, as it came, and the same document in whatever order they came."""
    return json.dumps(sorted(set(raws)), ensure_ascii=False, indent=1).encode()


def _is_over(session: Session, events: Sequence[Event], now: datetime) -> bool:
    """Some minutes after its end, or once the meeting was ended and not begun again."""
    if now >= session.ends_at + schedule.HOOKS_AFTER:
        return True
    began = max((event.at for event in events if event.kind is EventKind.STARTED and event.at), default=None)
    ended = max((event.at for event in events if event.kind is EventKind.ENDED and event.at), default=None)
    return ended is not None and ended > session.starts_at and (began is None or ended >= began)


def _with_new_hooks(now: datetime) -> list[int]:
    """Meetings of sessions that have begun, of which hooks came after the last snapshot was taken."""
    newest = (
        select(func.max(Upload.at))
        .where(Upload.session_id == Session.id, Upload.source == Source.HOOKS)
        .correlate(Session)
        .scalar_subquery()
    )
    last = (
        select(func.max(Hook.received_at))
        .join(Meeting, (Meeting.provider == Hook.provider) & (Meeting.ref == Hook.meeting_ref))
        .where(or_(Meeting.code == Session.code, Meeting.code.startswith(Session.code + "/")))
        .correlate(Session)
        .scalar_subquery()
    )
    chosen = (
        select(Session.meeting_id)
        .where(
            Session.state == SessionState.SCHEDULED, Session.meeting_id.is_not(None), Session.starts_at < now,
            Session.starts_at > now - schedule.COLLECTED_FOR, last.is_not(None), or_(newest.is_(None), last >= newest),
        )
        .order_by(Session.starts_at)
    )  # fmt: skip
    return [number for number in db.session.scalars(chosen) if number is not None]


def _session_of(meeting_id: int) -> Session | None:
    """The session that a meeting is for, or was before another one took its place."""
    meeting = db.session.get(Meeting, meeting_id)
    if meeting is None:
        return None
    chosen = select(Session).where(Session.code == meeting.session_code).execution_options(populate_existing=True)
    return db.session.scalars(chosen).unique().one_or_none()


def _by_code(code: str) -> Session:
    return db.session.scalars(select(Session).where(Session.code == code)).unique().one()


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage
