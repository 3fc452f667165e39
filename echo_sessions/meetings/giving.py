"""Asking a provider for people's own ways into a meeting: in batches, each person once, nobody twice.

A link is noted as asked for before the call goes out. Whoever comes back without an answer asks the provider whom it
knows, before anybody is asked for again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import comparing, providers, queries, service, steps
from echo_sessions.meetings.holding import returning
from echo_sessions.meetings.models import Meeting, MeetingLink
from echo_sessions.meetings.rules import LEASE, MeetingState, TroubleKind
from echo_sessions.meetings.wording import LINKS
from echo_sessions.outside.meetings import (
    Attendee,
    Converted,
    LinkState,
    NotConfigured,
    NotThere,
    PersonalLink,
    Provider,
    ScopeMissing,
)
from echo_sessions.outside.meetings import Meeting as There

UNDERWAY = timedelta(seconds=20)
"""Longer than somebody at the door is made to wait: a link that was asked for earlier than this has no answer coming."""
PENDING_AGAIN, PENDING_NEAR = timedelta(hours=6), timedelta(minutes=15)
NEAR = timedelta(hours=24)
USUAL_BATCH = 30


class Deed(StrEnum):
    """`clear_up`: ask whom the provider knows."""

    CLEAR_UP = "clear_up"
    ASK = "ask"
    REVOKE = "revoke"


@dataclass(frozen=True)
class Task:
    """One call for the ways into the meeting `number` in that generation; `links` are rows."""

    deed: Deed
    number: int
    generation: int
    there: There
    links: tuple[int, ...]
    people: tuple[Attendee, ...] = ()
    registered: tuple[tuple[str, str], ...] = ()


def give(number: int, now: datetime) -> None:
    """Do the next thing there is to do for the ways into this meeting; a job of its own follows where there is more."""
    meeting = db.session.get(Meeting, number, populate_existing=True)
    if meeting is None or (meeting.links_next_at is not None and meeting.links_next_at > now):
        return
    provider = providers.provider(meeting.provider)
    if not provider.capabilities.personal_links or not provider.configured():
        return
    task = _take(number, provider, now)
    if task is None:
        return
    try:
        got = _carry_out(task, provider)
    except (TryLater, GaveUp) as fault:
        _note_fault(task, fault, now)
    else:
        _note(task, got, provider, now)


def _take(number: int, provider: Provider, now: datetime) -> Task | None:
    with transaction():
        meeting = queries.held(number)
        if meeting is None or meeting.provider != provider.name or meeting.state is not MeetingState.MADE:
            return None
        if meeting.ends_at <= now:
            meeting.links_next_at = None
            return None
        if meeting.held_until is not None and meeting.held_until > now:
            _again_at(meeting, meeting.held_until, now)
            return None
        task = _next(meeting, provider, now)
        if task is None:
            _rest(meeting, now)
            return None
        meeting.held_until = meeting.links_next_at = now + LEASE
        return task


def _next(meeting: Meeting, provider: Provider, now: datetime) -> Task | None:
    """What is unknown is cleared up first; then whoever leaves; then whoever waits, as many as one call takes."""
    links = queries.links_of(meeting.id)
    most = getattr(provider, "most_links", USUAL_BATCH)
    common = {"number": meeting.id, "generation": meeting.generation, "there": comparing.there_of(meeting)}
    unknown = [link for link in links if _is_unknown(link, now)]
    if unknown:
        for link in unknown:
            link.asked_at = now
        return Task(Deed.CLEAR_UP, links=tuple(link.id for link in unknown), **common)  # type: ignore[arg-type]  # one dict for all three
    leaving = [link for link in links if link.revoked_at is not None and _is_known(link)][:most]
    if leaving:
        told = tuple((link.registrant or "", link.address) for link in leaving)
        return Task(Deed.REVOKE, links=tuple(link.id for link in leaving), registered=told, **common)  # type: ignore[arg-type]  # as above
    waiting = [link for link in links if link.state is LinkState.WANTED and link.revoked_at is None][:most]
    if waiting:
        for link in waiting:
            link.state, link.asked_at = LinkState.ASKED, now
        asked = tuple(link.id for link in waiting)
        return Task(Deed.ASK, links=asked, people=_attendees(queries.links_with_people(asked)), **common)  # type: ignore[arg-type]  # as above
    return None


def _is_unknown(link: MeetingLink, now: datetime) -> bool:
    """Asked for without an answer, or waiting for somebody's approval at the provider and not looked at for a while."""
    asked = link.asked_at or now
    if link.state is LinkState.PENDING:
        return asked <= now - PENDING_NEAR
    return link.state is LinkState.ASKED and asked <= now - UNDERWAY


def _is_known(link: MeetingLink) -> bool:
    return link.state in {LinkState.MADE, LinkState.PENDING} and bool(link.registrant)


def _attendees(links: Sequence[MeetingLink]) -> tuple[Attendee, ...]:
    return tuple(Attendee(code=link.person.code, name=link.person.name, address=link.address) for link in links)


def _rest(meeting: Meeting, now: datetime) -> None:
    """Nothing to ask for now; what is under way at the door or waits for approval is looked at later."""
    states = queries.links_by_state(meeting.id)
    meeting.links_next_at, meeting.links_failures = None, 0
    if states.get(LinkState.ASKED):
        _again_at(meeting, now + UNDERWAY, now)
    elif states.get(LinkState.PENDING):
        near = meeting.starts_at - now < NEAR
        _again_at(meeting, now + (PENDING_NEAR if near else PENDING_AGAIN), now)


def _carry_out(task: Task, provider: Provider) -> dict[str, PersonalLink]:
    """Make the one call; what is known of people afterwards, by code or by address."""
    if task.deed is Deed.CLEAR_UP:
        return provider.known_links(task.there)
    if task.deed is Deed.REVOKE:
        provider.revoke_links(task.there, task.registered)
        return {}
    return {link.code: link for link in provider.ensure_links(task.there, task.people)}


def _note(task: Task, got: dict[str, PersonalLink], provider: Provider, now: datetime) -> None:
    with returning(task.number, task.generation) as meeting:
        for link in queries.links_with_people(task.links):
            if task.deed is Deed.REVOKE:
                _revoked(link, now)
            elif task.deed is Deed.ASK:
                take_answer(link, got.get(link.person.code), provider, now=now)
            else:
                _cleared_up(link, got.get(link.address.casefold()), provider, now)
        say_of_links(meeting, now=now)
        for kind in (TroubleKind.SILENT, TroubleKind.REFUSED, TroubleKind.SCOPE):
            service.end_trouble(meeting, kind, about=LINKS, now=now)
        if meeting.state is MeetingState.MADE:
            service.give_soon(meeting, now=now)


def take_answer(link: MeetingLink, answer: PersonalLink | None, provider: Provider, *, now: datetime) -> None:
    """What the provider said of one person it was asked for. Where it said nothing, it is asked whom it knows."""
    if link.state is not LinkState.ASKED or answer is None or answer.state is LinkState.ASKED:
        return
    link.state, link.registrant = answer.state, answer.registrant or link.registrant
    link.url = answer.url or None if not provider.capabilities.fresh_links else None
    link.words = answer.words[:400] or None
    if answer.state is LinkState.MADE:
        link.made_at = now


def _cleared_up(link: MeetingLink, known: PersonalLink | None, provider: Provider, now: datetime) -> None:
    """Whom the provider knows has a way in; whom it does not know is asked for anew, or was refused while they waited."""
    if link.state not in {LinkState.ASKED, LinkState.PENDING}:
        return
    if known is not None:
        link.state = LinkState.ASKED
        take_answer(link, known, provider, now=now)
    elif link.state is LinkState.PENDING:
        link.state, link.words = LinkState.REFUSED, None
    else:
        link.state = LinkState.WANTED if link.revoked_at is None else LinkState.REVOKED


def _revoked(link: MeetingLink, now: datetime) -> None:
    """Taken back; somebody who came back meanwhile is asked for anew."""
    back = link.revoked_at is None
    link.state, link.url = (LinkState.WANTED if back else LinkState.REVOKED), None
    link.asked_at = None


def say_of_links(meeting: Meeting, *, now: datetime) -> None:
    """How many wait for approval, and how many were refused, as troubles of the meeting."""
    db.session.flush()
    states = queries.links_by_state(meeting.id)
    for kind, state in (
        (TroubleKind.LINKS_PENDING, LinkState.PENDING),
        (TroubleKind.LINKS_REFUSED, LinkState.REFUSED),
    ):
        if count := states.get(state, 0):
            values = {"count": count} | ({"words": queries.refusal(meeting.id)} if state is LinkState.REFUSED else {})
            service.raise_trouble(meeting, kind, values=values, now=now)
        else:
            service.end_trouble(meeting, kind, now=now)


def see_to(meeting: Meeting, *, now: datetime) -> None:
    """Have the ways in looked at in a moment, unless that is going to happen anyway: whoever presses often hurries nobody."""
    if meeting.links_next_at is None:
        _again_at(meeting, now + UNDERWAY, now)


def _note_fault(task: Task, fault: TryLater | GaveUp, now: datetime) -> None:
    """Say what is in the way, and when it is tried again. Whoever was asked for without an answer stays so."""
    with returning(task.number, task.generation) as meeting:
        if isinstance(fault, GaveUp) and task.deed is Deed.ASK:
            _not_asked(task)
        meeting.links_failures += 1
        failures, jitter = meeting.links_failures, random.random()
        if isinstance(fault, TryLater):
            service.raise_trouble(meeting, TroubleKind.SILENT, about=LINKS, values={"words": fault.words}, now=now)
            after = fault.after_seconds
            _again_at(meeting, steps.try_again_at(failures, now, after_seconds=after, jitter=jitter), now)
        elif isinstance(fault, NotThere | Converted):
            service.doubt_meeting(meeting, now=now)
            _again_at(meeting, now + 2 * steps.CONFIRM_AFTER, now)
        else:
            _say_refused(meeting, fault, now)
            _again_at(meeting, steps.refused_again_at(failures, now, jitter=jitter), now)


def _not_asked(task: Task) -> None:
    """The provider said no to the whole call, so nobody was registered by it."""
    for number in task.links:
        link = db.session.get_one(MeetingLink, number, populate_existing=True)
        if link.state is LinkState.ASKED:
            link.state = LinkState.WANTED if link.revoked_at is None else LinkState.REVOKED


def _say_refused(meeting: Meeting, fault: GaveUp, now: datetime) -> None:
    if isinstance(fault, ScopeMissing):
        values = {"scopes": ", ".join(fault.scopes)}
        service.raise_trouble(meeting, TroubleKind.SCOPE, about=LINKS, values=values, now=now)
    elif isinstance(fault, NotConfigured):
        service.raise_trouble(meeting, TroubleKind.NOT_CONFIGURED, now=now)
    else:
        service.raise_trouble(meeting, TroubleKind.REFUSED, about=LINKS, values={"words": fault.words}, now=now)


def _again_at(meeting: Meeting, at: datetime, now: datetime) -> None:
    meeting.links_next_at = at
    jobs.queue("meetings.give", {"meeting": meeting.id}, now=now, at=at)
