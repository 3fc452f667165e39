"""Looking how a meeting stands at its provider, and which accounts there are.

What is gone is believed when it was gone twice, some time apart; what is otherwise than wanted is said. Nothing of ours
is ever deleted by a look.
"""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import comparing, hosts, providers, queries, service, steps
from echo_sessions.meetings.models import Host, Meeting, MeetingLink
from echo_sessions.meetings.rules import LEASE, MeetingState, TroubleKind
from echo_sessions.outside.meetings import Converted, NotThere, Provider
from echo_sessions.outside.meetings import Meeting as There

AHEAD = timedelta(days=14)
APART_SECONDS = 2
LEFT_LYING = timedelta(minutes=2)
"""What is due has a job of its own; when it is later than this, that was lost."""
LOOKED_AT = frozenset({MeetingState.MADE, MeetingState.MISSING})


def hosts_known(provider: str) -> bool:
    """Whether the provider was asked for its accounts before."""
    return db.session.scalar(select(Host.id).where(Host.provider == provider).limit(1)) is not None


def fetch_hosts(provider: Provider, now: datetime) -> None:
    """Ask the provider for its accounts and keep what it says. Raises what the provider raises."""
    db.session.rollback()
    accounts = provider.hosts()
    with transaction():
        hosts.lock(provider.name)
        hosts.sync(provider.name, accounts, now=now)


def look_at_coming(now: datetime) -> None:
    """Queue a look at each meeting of the next two weeks, spread over some minutes."""
    with transaction():
        chosen = select(Meeting).where(
            Meeting.state.in_(LOOKED_AT), Meeting.starts_at > now, Meeting.starts_at <= now + AHEAD
        )
        for place, meeting in enumerate(db.session.scalars(chosen.order_by(Meeting.starts_at, Meeting.id)).unique()):
            service.look_soon(meeting, now=now, at=now + timedelta(seconds=APART_SECONDS * place))


def forget_links(now: datetime) -> None:
    """Where the links of meetings lead that were over a day ago is not kept."""
    past = select(Meeting.id).where(Meeting.starts_at < now - hosts.LONGEST - timedelta(days=1))
    with transaction():
        kept = update(MeetingLink).where(MeetingLink.meeting_id.in_(past), MeetingLink.url.is_not(None))
        db.session.execute(kept.values(url=None).execution_options(synchronize_session=False))


def sweep(now: datetime) -> None:
    """Queue what should have been done already: meetings, ways in, and doubts that nobody has settled."""
    late = now - LEFT_LYING
    with transaction():
        for column, job in ((Meeting.next_try_at, "meetings.settle"), (Meeting.links_next_at, "meetings.give")):
            for number in db.session.scalars(select(Meeting.id).where(column <= late).order_by(Meeting.id)):
                jobs.queue(job, {"meeting": number}, now=now)
        doubted = select(Meeting).where(
            Meeting.state == MeetingState.MADE,
            Meeting.missing_since <= late - steps.CONFIRM_AFTER,
            Meeting.starts_at > now,
        )
        for meeting in db.session.scalars(doubted).unique():
            service.look_soon(meeting, now=now)


def look_at(number: int, now: datetime) -> None:
    """Read the meeting with this id at its provider, and say what is otherwise. A provider that is silent proves nothing;
    the next look comes by itself."""
    taken = _take(number, now)
    if taken is None:
        return
    provider, there, generation = taken
    try:
        got: There | None = provider.read(there)
        gone: NotThere | Converted | None = None
    except (NotThere, Converted) as fault:
        got, gone = None, fault
    except (TryLater, GaveUp) as fault:
        _let_go(number, generation, now, again=fault)
        return
    _note(number, generation, got, gone, now)


def _take(number: int, now: datetime) -> tuple[Provider, There, int] | None:
    """Take the meeting for one look; None when there is nothing to look at, or somebody else has it."""
    with transaction():
        meeting = queries.held(number)
        if meeting is None or meeting.ref is None or meeting.state not in LOOKED_AT or meeting.ends_at <= now:
            return None
        if meeting.held_until is not None and meeting.held_until > now:
            service.look_soon(meeting, now=now, at=meeting.held_until)
            return None
        there, generation, name = comparing.there_of(meeting), meeting.generation, meeting.provider
        meeting.held_until = now + LEASE
    provider = providers.provider(name)
    if not provider.configured():
        _let_go(number, generation, now)
        return None
    db.session.rollback()
    return provider, there, generation


def _let_go(number: int, generation: int, now: datetime, *, again: TryLater | GaveUp | None = None) -> None:
    """The provider said nothing of the meeting. One that is in doubt is looked at again soon."""
    with transaction():
        meeting = queries.held(number)
        if meeting is None or meeting.generation != generation:
            return
        meeting.held_until = None
        if again is not None and meeting.missing_since is not None and meeting.state is MeetingState.MADE:
            after = again.after_seconds if isinstance(again, TryLater) else None
            service.look_soon(meeting, now=now, at=steps.try_again_at(3, now, after_seconds=after))


def _note(number: int, generation: int, got: There | None, gone: NotThere | Converted | None, now: datetime) -> None:
    with transaction():
        meeting = queries.held(number)
        if meeting is None or meeting.generation != generation:
            return
        meeting.held_until = None
        if got is not None:
            _is_there(meeting, got, now)
        elif gone is not None:
            _is_gone(meeting, isinstance(gone, Converted), now)


def _is_there(meeting: Meeting, got: There, now: datetime) -> None:
    """It is there (again): what was said of its absence is over."""
    comparing.keep(meeting, got, now=now)
    doubted = meeting.missing_since is not None
    if meeting.state is MeetingState.MISSING:
        meeting.state = MeetingState.MADE
    meeting.missing_since = None
    service.end_troubles(meeting, (TroubleKind.DOUBTED, TroubleKind.MISSING, TroubleKind.CONVERTED), now=now)
    comparing.compare(meeting, now=now)
    if doubted or meeting.next_try_at is not None:
        service.settle_soon(meeting, now=now)


def _is_gone(meeting: Meeting, converted: bool, now: datetime) -> None:
    """Once is a doubt, twice some time apart is believed: then a person says what now."""
    meeting.checked_at = now
    if meeting.state is MeetingState.MISSING:
        return
    if meeting.missing_since is None:
        service.doubt_meeting(meeting, now=now)
    elif steps.confirmed(meeting.missing_since, now):
        meeting.state, meeting.next_try_at = MeetingState.MISSING, None
        service.end_trouble(meeting, TroubleKind.DOUBTED, now=now)
        kind = TroubleKind.CONVERTED if converted else TroubleKind.MISSING
        service.raise_trouble(meeting, kind, now=now)
    else:
        service.look_soon(meeting, now=now, at=meeting.missing_since + steps.CONFIRM_AFTER)
