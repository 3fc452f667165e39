"""Verbs about meetings at a provider: what a session wants of one, who needs a way in, what was heard about it.

None of them calls a provider. They write what is wanted, and jobs bring the provider to agree with it (`settling`,
`giving`, `looking`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from echo_sessions.audit import service as audit
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import hosts, queries
from echo_sessions.meetings.models import HostSlot, Meeting, MeetingLink, Trouble
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.meetings.steps import CONFIRM_AFTER
from echo_sessions.outside.meetings import LinkState
from echo_sessions.people.models import Person

LONGEST_TOPIC = 200


def want(
    *, code: str, provider: str, topic: str, starts_at: datetime, minutes: int, zone: str,
    hosts_too: Sequence[str] = (), now: datetime,
) -> Meeting:  # fmt: skip
    """The session with this code needs a meeting like this at that provider; a job makes it so. Asked again with the same,
    nothing happens.

    Held elsewhere until now, the former meeting is left behind to be taken away.
    """
    meeting = queries.by_code(code, hold=True)
    given: dict[str, Any] = {
        "topic": topic[:LONGEST_TOPIC], "starts_at": starts_at, "minutes": minutes, "zone": zone,
        "hosts_too": sorted({each.strip() for each in hosts_too if each.strip()}),
    }  # fmt: skip
    if meeting is None:
        meeting = Meeting(code=code, provider=provider, state=MeetingState.WANTED, created_at=now, **given)
        db.session.add(meeting)
        db.session.flush()
        settle_soon(meeting, now=now)
        return meeting
    different = _revive(meeting, provider, now=now)
    for name, value in given.items():
        if getattr(meeting, name) != value:
            setattr(meeting, name, value)
            different = True
    if different:
        settle_soon(meeting, now=now)
    return meeting


def release(meeting: Meeting, *, now: datetime) -> None:
    """The session needs it no more: a job takes it away at the provider, unless its time is past."""
    meeting = queries.held(meeting.id) or meeting
    if meeting.state in {MeetingState.UNWANTED, MeetingState.REMOVED}:
        return
    meeting.state, meeting.missing_since, meeting.links_next_at = MeetingState.UNWANTED, None, None
    end_troubles(meeting, now=now)
    settle_soon(meeting, now=now)


def settle_soon(meeting: Meeting, *, now: datetime) -> None:
    """Do what there is to do for the meeting now, and do not wait for the next try."""
    meeting.next_try_at, meeting.failures = now, 0
    jobs.queue("meetings.settle", {"meeting": meeting.id}, now=now)


def make_again(meeting: Meeting, *, by: Person, now: datetime) -> None:
    """Make another meeting in its place, and take this one away should it still be there. Everybody gets a new way in.

    Refused for a meeting that nobody wants any more or whose time is past.
    """
    meeting = queries.held(meeting.id) or meeting
    if meeting.state in {MeetingState.UNWANTED, MeetingState.REMOVED}:
        raise Refused("The session does not need this meeting any more.")
    if meeting.ends_at <= now:
        raise Refused("The time of this meeting is past, so it is left as it is.")
    audit.record(by.id, "meeting made again", meeting.session_code, at=now, was=meeting.state)
    leave_behind(meeting, now=now)
    end_troubles(meeting, now=now)
    settle_soon(meeting, now=now)


def put_back(meeting: Meeting, *, by: Person, now: datetime) -> None:
    """What somebody changed at the provider is made as it was wanted."""
    meeting = queries.held(meeting.id) or meeting
    if meeting.state is not MeetingState.MADE:
        raise Refused("There is no meeting at the provider that could be put back.")
    if meeting.ends_at <= now:
        raise Refused("The time of this meeting is past, so it is left as it is.")
    audit.record(by.id, "meeting put back", meeting.session_code, at=now)
    meeting.asked = {}
    settle_soon(meeting, now=now)


def look_again(meeting: Meeting, *, by: Person, now: datetime) -> None:
    """Ask the provider once more whether the meeting is there."""
    audit.record(by.id, "meeting looked for", meeting.session_code, at=now)
    look_soon(meeting, now=now)


def look_soon(meeting: Meeting, *, now: datetime, at: datetime | None = None) -> None:
    """Have the provider asked how the meeting stands there."""
    jobs.queue("meetings.look_at", {"meeting": meeting.id}, now=now, at=at)


def give_links(meeting: Meeting, people: Sequence[Person], *, now: datetime) -> None:
    """These people and no others have a way in of their own; jobs ask the provider for what is new and take back the rest.

    Whoever opens the meeting, by their address, cannot be registered for it and needs no link.
    """
    if meeting.state in {MeetingState.UNWANTED, MeetingState.REMOVED} or meeting.ends_at <= now:
        return
    held = {link.person_id: link for link in queries.links_of(meeting.id)}
    may_open = _opening(meeting)
    wanted = {person.id: person for person in people if not may_open & _addresses(person)}
    something = False
    for number, person in wanted.items():
        link = held.get(number)
        if link is None:
            db.session.add(
                MeetingLink(
                    meeting_id=meeting.id, person_id=number, state=LinkState.WANTED, address=address_for(person)
                )
            )
            something = True
        else:
            something |= _comes_back(link, person) or (link.state is LinkState.WANTED and meeting.links_next_at is None)
    for number, link in held.items():
        if number not in wanted:
            something |= _leaves(link, now)
    if something:
        give_soon(meeting, now=now)


def give_soon(meeting: Meeting, *, now: datetime) -> None:
    """Ask for ways in now, and do not wait for the next try. Before the meeting is there, nothing can be asked."""
    meeting.links_next_at, meeting.links_failures = now, 0
    if meeting.state is MeetingState.MADE:
        jobs.queue("meetings.give", {"meeting": meeting.id}, now=now)


def ask_refused_again(meeting: Meeting, *, now: datetime) -> None:
    """Whoever the provider refused is asked for once more: somebody has changed something over there."""
    refused = update(MeetingLink).where(
        MeetingLink.meeting_id == meeting.id, MeetingLink.state == LinkState.REFUSED, MeetingLink.revoked_at.is_(None)
    )
    db.session.execute(refused.values(state=LinkState.WANTED))
    give_soon(meeting, now=now)


def forget_person(person_id: int, *, now: datetime) -> int:
    """Nobody by this record has a way into any meeting that is ahead; returns how many are taken back. What is past is
    only forgotten."""
    chosen = select(MeetingLink).where(MeetingLink.person_id == person_id, MeetingLink.state != LinkState.REVOKED)
    count = 0
    for link in db.session.scalars(chosen):
        if link.meeting.ends_at > now and _leaves(link, now):
            give_soon(link.meeting, now=now)
        link.url = None
        count += 1
    return count


def doubt(meeting_ref: str, provider: str, *, now: datetime) -> Meeting | None:
    """Somebody says that the meeting is gone at the provider. Once is no proof: it is looked for now and again later.

    Our own taking away echoes back too, and then there is nothing to doubt.
    """
    meeting = queries.by_ref(provider, meeting_ref)
    return None if meeting is None else doubt_meeting(meeting, now=now)


def doubt_meeting(meeting: Meeting, *, now: datetime) -> Meeting | None:
    """The same, by the meeting itself."""
    if meeting.state is not MeetingState.MADE or meeting.ends_at <= now:
        return None
    if meeting.missing_since is None:
        meeting.missing_since = now
        raise_trouble(meeting, TroubleKind.DOUBTED, now=now)
        look_soon(meeting, now=now, at=now + CONFIRM_AFTER)
    return meeting


def note_converted(meeting_ref: str, provider: str, *, now: datetime) -> Meeting | None:
    """Somebody says that the meeting was turned into a webinar: looked at again before it is believed."""
    return doubt(meeting_ref, provider, now=now)


def note_recovered(meeting_ref: str, provider: str, *, now: datetime) -> Meeting | None:
    """Somebody says that the meeting is there again."""
    meeting = queries.by_ref(provider, meeting_ref)
    if meeting is not None and meeting.state in {MeetingState.MADE, MeetingState.MISSING}:
        look_soon(meeting, now=now)
    return meeting


def note_changed(meeting_ref: str, provider: str, *, now: datetime) -> Meeting | None:
    """Somebody says that the meeting was changed at the provider, perhaps by us: it is read again."""
    meeting = queries.by_ref(provider, meeting_ref)
    if meeting is not None and meeting.state is MeetingState.MADE:
        look_soon(meeting, now=now)
    return meeting


def host_gone(provider: str, host_ref: str, *, now: datetime) -> None:
    """An account has left: its coming meetings are made anew by other hosts."""
    hosts.lose(provider, host_ref, now=now)


def wake_waiting(provider: str, *, now: datetime) -> None:
    """A host has become free, or there is another one: whoever waits for one tries now."""
    waits = select(Trouble.meeting_id).where(Trouble.kind == TroubleKind.NO_HOST, Trouble.over_at.is_(None))
    chosen = select(Meeting).where(Meeting.provider == provider, Meeting.id.in_(waits), Meeting.starts_at > now)
    for meeting in db.session.scalars(chosen.order_by(Meeting.starts_at, Meeting.id)).unique():
        settle_soon(meeting, now=now)


def raise_trouble(
    meeting: Meeting, kind: TroubleKind, *, about: str = "", values: Mapping[str, Any] | None = None, now: datetime
) -> Trouble:
    """Something is wrong that a person should know: kept once for each kind and thing, from its first moment on."""
    chosen = select(Trouble).where(
        Trouble.meeting_id == meeting.id, Trouble.kind == kind, Trouble.about == about, Trouble.over_at.is_(None)
    )
    trouble = db.session.scalars(chosen).first()
    if trouble is None:
        trouble = Trouble(meeting_id=meeting.id, kind=kind, about=about, since=now, seen_at=now, values={})
        db.session.add(trouble)
    trouble.seen_at, trouble.values = now, dict(values or {})
    db.session.flush()
    return trouble


def end_trouble(meeting: Meeting, kind: TroubleKind, *, about: str | None = None, now: datetime) -> None:
    """This is not so any more; `about` None for all things of the kind."""
    chosen = update(Trouble).where(Trouble.meeting_id == meeting.id, Trouble.kind == kind, Trouble.over_at.is_(None))
    if about is not None:
        chosen = chosen.where(Trouble.about == about)
    db.session.execute(chosen.values(over_at=now))


def end_troubles(meeting: Meeting, kinds: Iterable[TroubleKind] | None = None, *, now: datetime) -> None:
    """None of these (of any kind, when none is given) is so any more."""
    chosen = update(Trouble).where(Trouble.meeting_id == meeting.id, Trouble.over_at.is_(None))
    if kinds is not None:
        chosen = chosen.where(Trouble.kind.in_(list(kinds)))
    db.session.execute(chosen.values(over_at=now))


def address_for(person: Person) -> str:
    """What the provider is told: the person's own address; without one, one that leads to nobody but is theirs alone."""
    settings: Settings = current_app.extensions["settings"]
    return person.address or f"l-{person.code.lower()}@{settings.mail_from.rpartition('@')[2].strip('<> ')}"


def leave_behind(meeting: Meeting, *, now: datetime) -> Meeting | None:
    """Begin anew: the meeting of this row, if there is or may be one, becomes a row of its own that is only taken away,
    with its ways in and the times its host is kept for. Whoever had a way in gets one of the new. Returns that row."""
    before = None
    people = [link.person_id for link in queries.links_of(meeting.id) if link.revoked_at is None]
    if meeting.state is MeetingState.REMOVED:
        meeting.generation += 1
    elif meeting.ref is not None or meeting.tried_at is not None:
        before = _leftover(meeting, now)
        meeting.generation += 1
    hosts.free_slots(meeting)
    meeting.state, meeting.host, meeting.ref, meeting.uuid = MeetingState.WANTED, None, None, None
    meeting.asked, meeting.made, meeting.phones = {}, {}, []
    meeting.tried_at = meeting.made_at = meeting.checked_at = meeting.missing_since = meeting.recording_since = None
    meeting.held_until = None
    db.session.flush()
    if before is not None:
        _want_links(meeting, people, now)
    return before


def _leftover(meeting: Meeting, now: datetime) -> Meeting:
    row = Meeting(
        code=f"{meeting.session_code}/{meeting.generation}", generation=meeting.generation, provider=meeting.provider,
        topic=meeting.topic, starts_at=meeting.starts_at, minutes=meeting.minutes, zone=meeting.zone,
        hosts_too=list(meeting.hosts_too), state=MeetingState.UNWANTED, host_id=meeting.host_id, ref=meeting.ref,
        uuid=meeting.uuid, asked=dict(meeting.asked), made=dict(meeting.made), phones=list(meeting.phones),
        tried_at=meeting.tried_at, made_at=meeting.made_at, held_until=meeting.held_until, created_at=now,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for kind in (HostSlot, MeetingLink):
        moved = update(kind).where(kind.meeting_id == meeting.id).values(meeting_id=row.id)
        db.session.execute(moved.execution_options(synchronize_session="fetch"))
    settle_soon(row, now=now)
    return row


def _want_links(meeting: Meeting, people: Iterable[int], now: datetime) -> None:
    for number in people:
        person = db.session.get_one(Person, number)
        link = MeetingLink(meeting_id=meeting.id, person_id=number, state=LinkState.WANTED, address=address_for(person))
        db.session.add(link)
    meeting.links_next_at = now


def _revive(meeting: Meeting, provider: str, *, now: datetime) -> bool:
    """Make a row wanted (again) at that provider; whether anything had to be done for it."""
    if meeting.provider != provider:
        leave_behind(meeting, now=now)
        end_troubles(meeting, now=now)
        meeting.provider = provider
        return True
    if meeting.state is MeetingState.REMOVED or (meeting.state is MeetingState.UNWANTED and _being_taken(meeting, now)):
        leave_behind(meeting, now=now)
        return True
    if meeting.state is MeetingState.UNWANTED:
        meeting.state = MeetingState.MADE if meeting.ref else MeetingState.WANTED
        return True
    return False


def _being_taken(meeting: Meeting, now: datetime) -> bool:
    """Whether a call to take it away may be under way, or went out without an answer."""
    return meeting.tried_at is not None or (meeting.held_until is not None and meeting.held_until > now)


def _comes_back(link: MeetingLink, person: Person) -> bool:
    """Somebody is to have a way in again; whether there is something to ask for."""
    if link.state is LinkState.REVOKED:
        link.state, link.address, link.revoked_at = LinkState.WANTED, address_for(person), None
        link.registrant = link.url = link.words = link.asked_at = link.made_at = None
        return True
    link.revoked_at = None
    return False


def _leaves(link: MeetingLink, now: datetime) -> bool:
    """Somebody is to have no way in any more; whether the provider must be told."""
    if link.state is LinkState.REVOKED or link.revoked_at is not None:
        return False
    link.revoked_at = now
    if link.state in {LinkState.WANTED, LinkState.REFUSED}:
        link.state, link.url = LinkState.REVOKED, None
        return False
    return True


def opens(meeting: Meeting, person: Person) -> bool:
    """Whether somebody is the host or an alternative host by one of their addresses; such cannot be registered."""
    return bool(_opening(meeting) & _addresses(person))


def _opening(meeting: Meeting) -> set[str]:
    """The addresses of the host and the alternative hosts, to compare by."""
    accounts = hosts.co_hosts(meeting.provider)
    chosen = {hosts.normal(each) for each in meeting.hosts_too} & accounts.keys()
    return chosen | ({hosts.normal(meeting.host.address)} if meeting.host else set())


def _addresses(person: Person) -> set[str]:
    return {each.normal for each in person.addresses}
