"""Who the people of a session may be: candidates and remembered names gathered for `matching`, which decides nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select

from echo_sessions.attendance import matching, queries
from echo_sessions.attendance.matching import Candidate, Match, Queued, alias_key
from echo_sessions.attendance.models import Alias
from echo_sessions.attendance.presence import Seen
from echo_sessions.attendance.rules import Identity
from echo_sessions.database import db
from echo_sessions.meetings.models import MeetingLink
from echo_sessions.people.models import Address, Person, Staff
from echo_sessions.programs.models import Enrolment, Membership, Site
from echo_sessions.programs.rules import EnrolmentState
from echo_sessions.sessions.models import Duty, Session
from echo_sessions.sessions.rules import DutyState
from echo_sessions.words import Said, msgid

REGISTRANT = "registrant "
"""Begins the keys of remembered registrations: a series with one Zoom registration keeps them from session to session."""


@dataclass(frozen=True)
class Waiting:
    """An identity that only a person can settle: why, whom it may be, and what it was called last time. `alone`: it bears
    the very name of one expected person and of nobody else."""

    seen: Seen
    why: Said
    suggestions: tuple[matching.Suggestion, ...] = ()
    dismissed_before: bool = False
    alone: bool = False


def proposals(session: Session, identities: Sequence[Identity]) -> list[Match | Queued]:
    """One proposal for each identity, in their order, from everybody who may have been in this session.

    That is whoever belongs to it (participants of the series, duties in it, the program's members, the hub's staff),
    whoever once did, whoever had a way in of their own, and anybody known by an address or by a name remembered from
    another session. A registration and an address that the provider was given for somebody's way in are theirs.
    """
    texts = {text for identity in identities for text in texts_of(identity)}
    keys = {alias_key(text): text for text in texts}
    registrants = {identity.registrant for identity in identities if identity.registrant}
    remembered = _remembered([*keys, *(REGISTRANT + number for number in registrants)])
    aliases = [matching.Alias(keys[key], person) for key, person in remembered if key in keys]
    numbers: dict[int, list[str]] = defaultdict(list)
    for key, person in remembered:
        if key.startswith(REGISTRANT):
            numbers[person].append(key.removeprefix(REGISTRANT))
    given: dict[int, list[str]] = defaultdict(list)
    for person, registrant, address in _links(session):
        numbers[person] += [registrant] if registrant else []
        given[person].append(address)
    emails = {identity.email for identity in identities if identity.email}
    return matching.propose(identities, _candidates(session, emails, remembered, numbers, given), aliases)


def texts_of(identity: Identity) -> list[str]:
    """Every mark of an identity by which it can be known again, but for its registration."""
    marks = [*identity.written, *identity.names, identity.email, identity.phone]
    return [text for text in dict.fromkeys(marks) if text]


def identity_of(seen: Seen) -> Identity:
    """What `matching` needs of an identity of a session."""
    return Identity(
        key=seen.key, written=seen.written, names=seen.names, email=seen.email, registrant=seen.registrant,
        phone=seen.phone, stays=seen.stays, seconds=None, claimed_minutes=None,
    )  # fmt: skip


def waiting(session: Session, seen: Sequence[Seen], decided: Iterable[str]) -> list[Waiting]:
    """The identities that wait, those with the likeliest suggestion first, then by name.

    Proposals are made for the whole session at once: whether a name stands twice can only be seen so.
    """
    settled = set(decided)
    left = {one.key: one for one in seen if one.key not in settled and one.touches}
    if not left:
        return []
    told = proposals(session, [identity_of(one) for one in seen])
    before = queries.dismissed_before(session, list(left))
    found = [_waiting(left[one.key], one, one.key in before) for one in told if one.key in left]
    return sorted(found, key=lambda one: (-_best(one), one.seen.name.casefold()))


def _waiting(seen: Seen, proposal: Match | Queued, before: bool) -> Waiting:
    if isinstance(proposal, Queued):
        return Waiting(seen, proposal.why, proposal.suggestions, before)
    why = Said(msgid("Found by %(how)s; nobody has accepted it."), {"how": Said(_FOUND_BY[proposal.how])})
    reason = why
    if proposal.alone:
        reason = Said(msgid("Only one expected person bears this name. A name alone proves nothing: you decide."))
    elif not proposal.sure:
        reason = Said(msgid("The name is theirs, but something speaks against it."))
    suggestion = matching.Suggestion(proposal.person_id, 0.97 if proposal.alone else 0.95, reason)
    return Waiting(seen, reason, (suggestion,), before, alone=proposal.alone and not before)


_FOUND_BY = {
    matching.How.REGISTRANT: msgid("registration"),
    matching.How.EMAIL: msgid("e-mail address"),
    matching.How.ALIAS: msgid("a remembered name"),
    matching.How.NAME: msgid("name"),
}


def _best(one: Waiting) -> float:
    return max((suggestion.score for suggestion in one.suggestions), default=0.0)


def _links(session: Session) -> Sequence[Any]:
    """Everybody's own ways in, also those taken back since: who, by which registration, under which address."""
    if session.meeting_id is None:
        return ()
    chosen = select(MeetingLink.person_id, MeetingLink.registrant, func.lower(MeetingLink.address))
    return db.session.execute(chosen.where(MeetingLink.meeting_id == session.meeting_id).order_by(MeetingLink.id)).all()


def _remembered(keys: Sequence[str]) -> list[tuple[str, int]]:
    chosen = select(Alias.key, Alias.person_id).where(Alias.key.in_(keys)).order_by(Alias.id)
    return [(key, person) for key, person in db.session.execute(chosen)]


def _candidates(
    session: Session, emails: set[str], remembered: list[tuple[str, int]], numbers: dict[int, list[str]],
    given: dict[int, list[str]],
) -> list[Candidate]:  # fmt: skip
    """In a constant number of queries, whatever the size of the series."""
    belongs, sites = _belonging(session)
    known = set(belongs) | {person for _, person in remembered} | set(given)
    known |= set(db.session.scalars(select(Address.person_id).where(Address.normal.in_(emails))))
    addresses: dict[int, list[str]] = defaultdict(list)
    for person_id, normal in db.session.execute(
        select(Address.person_id, Address.normal).where(Address.person_id.in_(known))
    ):
        addresses[person_id].append(normal)
    people = select(Person.id, Person.name, Person.printed_name).where(Person.id.in_(known)).order_by(Person.id)
    return [
        Candidate(
            person_id=number, names=tuple(text for text in (name, printed) if text),
            emails=tuple(dict.fromkeys([*addresses[number], *given.get(number, ())])),
            site=sites.get(number), enrolled=belongs.get(number, False), registrants=tuple(numbers.get(number, ())),
        )
        for number, name, printed in db.session.execute(people)
    ]  # fmt: skip


def _belonging(session: Session) -> tuple[dict[int, bool], dict[int, str]]:
    """Who belongs to the session now (True) or once did, and from which site they take part."""
    belongs: dict[int, bool] = {}
    sites: dict[int, str] = {}
    enrolled = select(Enrolment.person_id, Enrolment.state, Site.name).outerjoin(Site, Site.id == Enrolment.site_id)
    for person, state, site in db.session.execute(enrolled.where(Enrolment.series_id == session.series_id)):
        belongs[person] = state is EnrolmentState.ACTIVE
        if site:
            sites[person] = site
    for person, duty in db.session.execute(select(Duty.person_id, Duty.state).where(Duty.session_id == session.id)):
        belongs[person] = belongs.get(person, False) or duty is DutyState.ACCEPTED
    members = select(Membership.person_id).where(Membership.program_id == session.series.program_id)
    staff = select(Staff.person_id).where(Staff.hub_id == session.series.program.hub_id)
    belongs |= dict.fromkeys(db.session.scalars(members.union(staff)), True)
    return belongs, sites


def findable(session: Session, words: str, *, most: int = 60) -> Sequence[Person]:
    """People by name or address for whoever looks for somebody: those of the program first, then all others."""
    belongs, _ = _belonging(session)
    chosen = select(Person).where(Person.merged_into_id.is_(None))
    for word in words.split():
        has = Person.id.in_(select(Address.person_id).where(Address.normal.icontains(word, autoescape=True)))
        chosen = chosen.where(or_(Person.name.icontains(word, autoescape=True), has))
    near = (
        db.session.scalars(chosen.where(Person.id.in_(belongs)).order_by(Person.name, Person.id).limit(most))
        .unique()
        .all()
    )
    if len(near) == most or not words.strip():
        return near
    far = chosen.where(Person.id.not_in(belongs)).order_by(Person.name, Person.id).limit(most - len(near))
    return [*near, *db.session.scalars(far).unique()]
