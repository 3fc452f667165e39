"""Somebody stands at the door and has no way in yet: one is asked for now, within four seconds, and kept.

Whoever was enrolled late, came as an observer, or comes while the links are still being made, gets in like everybody.
Nothing here runs inside a transaction; what goes wrong is said, and jobs take it from there.
"""

from dataclasses import dataclass, field
from datetime import datetime

from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.meetings import comparing, giving, providers, queries, service
from echo_sessions.meetings.models import Meeting, MeetingLink
from echo_sessions.meetings.rules import MeetingState
from echo_sessions.outside.meetings import Attendee, Converted, LinkState, LostReply, NotThere, PersonalLink, Provider
from echo_sessions.outside.meetings import Meeting as There
from echo_sessions.people.models import Person
from echo_sessions.words import Said, msgid

NOT_YET = Said("The meeting has no room yet. The hub sees it and is at it: try again in a minute or two.")
UNDERWAY = Said("Your own way in is being made this moment. Try again in half a minute.")
PENDING = Said("Your way in waits for somebody at the hub to approve it.")
GONE = Said("The meeting’s room seems to be gone. The hub sees it and is at it: try again in a few minutes.")
SILENT = msgid("%(provider)s does not answer at the moment. Try again in a minute.")
REFUSED = msgid("%(provider)s does not let you in: “%(words)s”. Tell the hub.")


@dataclass(frozen=True)
class Answer:
    """A way in, or why there is none now. The address is secret: for one redirect, and nothing else."""

    url: str = field(default="", repr=False)
    why: Said | None = None


def open_for(meeting: Meeting, person: Person, *, moderates: bool = False, now: datetime) -> Answer:
    """This person's way into the meeting, asked for where there is none. Whether they may enter was decided before."""
    if meeting.state is not MeetingState.MADE:
        return Answer(why=GONE if meeting.state is MeetingState.MISSING else NOT_YET)
    provider = providers.provider(meeting.provider)
    title = Said(provider.title)
    link = queries.link_of(meeting.id, person.id)
    if link is not None and link.url and link.revoked_at is None:
        return Answer(url=link.url)
    if not provider.configured():
        return Answer(why=Said(SILENT, {"provider": title}))
    number, there = meeting.id, comparing.there_of(meeting)
    if provider.capabilities.hosts and service.opens(meeting, person):
        return _as_co_host(provider, there, number, title, now)
    taken = _take(number, person, provider, now)
    if isinstance(taken, Said):
        return Answer(why=taken)
    attendee = Attendee(code=person.code, name=person.name, address=taken[1], moderates=moderates)
    db.session.rollback()
    try:
        got = provider.ensure_link(there, attendee)
    except (TryLater, GaveUp) as fault:
        return Answer(why=_note_fault(number, taken[0], fault, title, now))
    return _note(number, taken[0], got, provider, title, now)


def _as_co_host(provider: Provider, there: There, number: int, title: Said, now: datetime) -> Answer:
    """Whoever may open the meeting goes in by its own address and their own account."""
    db.session.rollback()
    try:
        return Answer(url=provider.co_host_way(there).url)
    except (NotThere, Converted):
        _doubt(number, now)
        return Answer(why=GONE)
    except (TryLater, GaveUp):
        return Answer(why=Said(SILENT, {"provider": title}))


def _take(number: int, person: Person, provider: Provider, now: datetime) -> tuple[int, str] | Said:
    """Note that this person is asked for now: the row and the address to tell; or why they are not."""
    with transaction():
        meeting = queries.held(number)
        if meeting is None or meeting.state is not MeetingState.MADE:
            return NOT_YET
        link = queries.link_of(number, person.id)
        if link is None:
            link = MeetingLink(
                meeting_id=number, person_id=person.id, state=LinkState.WANTED, address=service.address_for(person)
            )
            db.session.add(link)
        said = None if provider.capabilities.fresh_links else _not_now(link, provider, meeting, now)
        if said is not None:
            return said
        if link.state is LinkState.REVOKED:
            link.address, link.registrant = service.address_for(person), None
        if not (provider.capabilities.fresh_links and link.state is LinkState.MADE):
            link.state = LinkState.ASKED
        link.revoked_at, link.asked_at = None, now
        db.session.flush()
        return link.id, link.address


def _not_now(link: MeetingLink, provider: Provider, meeting: Meeting, now: datetime) -> Said | None:
    """Why somebody is not asked for at the door: they were already, and nobody is asked for twice."""
    if link.state in {LinkState.ASKED, LinkState.PENDING}:
        giving.see_to(meeting, now=now)
        return PENDING if link.state is LinkState.PENDING else UNDERWAY
    if link.state is LinkState.REFUSED:
        return Said(REFUSED, {"provider": Said(provider.title), "words": link.words or "–"})
    return None


def _note(number: int, link_id: int, got: PersonalLink, provider: Provider, title: Said, now: datetime) -> Answer:
    with transaction():
        meeting, link = queries.held(number), db.session.get(MeetingLink, link_id, populate_existing=True)
        if link is not None:
            link.registrant = got.registrant or link.registrant
            giving.take_answer(link, got, provider, now=now)
        if meeting is not None:
            giving.say_of_links(meeting, now=now)
    if got.url:
        return Answer(url=got.url)
    if got.state is LinkState.PENDING:
        return Answer(why=PENDING)
    if got.state is LinkState.REFUSED:
        return Answer(why=Said(REFUSED, {"provider": title, "words": got.words or "–"}))
    return Answer(why=UNDERWAY)


def _note_fault(number: int, link_id: int, fault: TryLater | GaveUp, title: Said, now: datetime) -> Said:
    """Jobs go on from here: they look whether the person is known after all, and ask again."""
    with transaction():
        meeting, link = queries.held(number), db.session.get(MeetingLink, link_id, populate_existing=True)
        if meeting is None or link is None:
            return NOT_YET
        if link.state is LinkState.ASKED and not isinstance(fault, LostReply):
            link.state = LinkState.WANTED
        if isinstance(fault, NotThere | Converted):
            service.doubt_meeting(meeting, now=now)
            return GONE
        if isinstance(fault, TryLater):
            giving.see_to(meeting, now=now)
            return UNDERWAY if isinstance(fault, LostReply) else Said(SILENT, {"provider": title})
        return Said(REFUSED, {"provider": title, "words": fault.words})


def _doubt(number: int, now: datetime) -> None:
    with transaction():
        if (meeting := queries.held(number)) is not None:
            service.doubt_meeting(meeting, now=now)
