"""Ways in: each person is registered once for each meeting, and has a link that Zoom knows them by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import Attendee, LinkState, Meeting, NotThere, PersonalLink
from echo_sessions.outside.meetings.zoom import operations as op
from echo_sessions.outside.meetings.zoom.refusals import FULL, OVER, Refusal
from echo_sessions.outside.meetings.zoom.talking import Deadline, RegistrantSpent, Talker
from echo_sessions.outside.meetings.zoom.values import listed, mapping, text

MOST = 30
"""So many are registered, or lose their link, by one call."""
NAME = 64
HOST_HAS_ONE = "The host of a meeting cannot be registered for it; they open it by their own link."
NO_ROOM = "The meeting takes no more people."
NOT_TOLD = "Zoom did not say what became of this registration."
SAME_ADDRESS = "Somebody else in this session has the same address."


def ensure_many(talker: Talker, meeting: Meeting, people: Sequence[Attendee]) -> list[PersonalLink]:
    """Their ways in, in their order, by one call. Where Zoom refuses all for the sake of one, each is asked for alone."""
    if len(people) > MOST:
        raise ValueError(f"at most {MOST} people can be registered at once")
    known = {person.code: refused for person in people if (refused := _refused_by_us(meeting, person, people))}
    asked = [person for person in people if person.code not in known]
    if asked:
        known |= {link.code: link for link in _batch(talker, meeting, asked)}
    return [known[person.code] for person in people]


def ensure_one(talker: Talker, meeting: Meeting, person: Attendee, *, within: Deadline | None = None) -> PersonalLink:
    """One person's way in. Somebody whom Zoom refuses is told so by the state; what concerns everybody is raised."""
    refused = _refused_by_us(meeting, person, [person])
    if refused is not None:
        return refused
    try:
        told = talker.ask(
            op.REGISTER, meeting.ref or "", body={**_registrant(person), "auto_approve": True}, within=within
        )
    except Refusal as fault:
        if fault.code in {OVER, FULL}:
            raise
        return _refused(person, fault)
    return _link(person.code, told)


def known(talker: Talker, meeting: Meeting, *, within: Deadline | None = None) -> dict[str, PersonalLink]:
    """The registrations that Zoom has, by address in small letters."""
    within = within or Deadline.errand()
    found: dict[str, PersonalLink] = {}
    for status in ("pending", "approved"):
        for page in talker.pages(op.REGISTERED, meeting.ref or "", params={"status": status}, within=within):
            for row in listed(page.get("registrants")):
                found[text(row.get("email")).strip().lower()] = _link("", row)
    return {address: link for address, link in found.items() if address}


def revoke(talker: Talker, meeting: Meeting, people: Sequence[tuple[str, str]]) -> None:
    """These (registrant, address) have no way in any more. One whom Zoom does not know has none, and with a meeting that is
    gone nobody has."""
    within = Deadline.errand()
    for first in range(0, len(people), MOST):
        some = people[first : first + MOST]
        try:
            _cancel(talker, meeting, some, within)
        except NotThere:
            return
        except Refusal as fault:
            if not fault.about_registrants:
                raise
            if len(some) > 1:
                for one in some:
                    revoke(talker, meeting, [one])


def split(name: str) -> tuple[str, str]:
    """A name in Zoom's two fields of 64 letters each: whole in the first where it fits, else parted between words."""
    whole = " ".join(name.split())
    if len(whole) <= NAME:
        return whole, ""
    cut = whole.rfind(" ", 1, NAME + 1)
    first, last = (whole[:cut], whole[cut + 1 :]) if cut > 0 else (whole[:NAME], whole[NAME:])
    return first, last[:NAME].strip()


def _cancel(talker: Talker, meeting: Meeting, people: Sequence[tuple[str, str]], within: Deadline) -> None:
    some = [{"id": registrant} | ({"email": address} if address else {}) for registrant, address in people]
    body = {"action": "cancel", "registrants": some}
    talker.ask(op.CANCEL_REGISTRANTS, meeting.ref or "", body=body, within=within)


def _batch(talker: Talker, meeting: Meeting, people: Sequence[Attendee]) -> list[PersonalLink]:
    body, within = {"auto_approve": True, "registrants": [_registrant(person) for person in people]}, Deadline.errand()
    try:
        told = talker.ask(op.REGISTER_MANY, meeting.ref or "", body=body, within=within)
    except RegistrantSpent:
        return _each_alone(talker, meeting, people, None, within)
    except Refusal as fault:
        if fault.code == OVER:
            raise
        return _each_alone(talker, meeting, people, fault, within)
    rows = {text(row.get("email")).strip().lower(): row for row in listed(told.get("registrants"))}
    return [_from_batch(person, rows) for person in people]


def _each_alone(
    talker: Talker, meeting: Meeting, people: Sequence[Attendee], why: Refusal | None, within: Deadline
) -> list[PersonalLink]:
    """Zoom said no to all for the sake of one of them, or because the meeting takes none in batches. Whom it knows is not
    added again. Raises only while nobody was added: afterwards, what is not known of somebody is said of that one."""
    there = known(talker, meeting, within=within)
    links: list[PersonalLink] = []
    for person in people:
        if (link := there.get(person.address.strip().lower())) is not None:
            links.append(replace(link, code=person.code))
            continue
        try:
            links.append(_alone(talker, meeting, person, links, within))
        except (GaveUp, TryLater):
            if not any(link.registrant for link in links):
                raise
            links.append(PersonalLink(code=person.code, state=LinkState.ASKED, words=NOT_TOLD))
        if why is not None and not why.about_one and _all_refused(links, why):
            raise why
    return links


def _alone(
    talker: Talker, meeting: Meeting, person: Attendee, before: Sequence[PersonalLink], within: Deadline
) -> PersonalLink:
    full = next((link.words for link in before if link.words.startswith(NO_ROOM)), "")
    if full:
        return PersonalLink(code=person.code, state=LinkState.REFUSED, words=full)
    try:
        return ensure_one(talker, meeting, person, within=within)
    except RegistrantSpent:
        return PersonalLink(code=person.code, state=LinkState.ASKED, words=NOT_TOLD)
    except Refusal as fault:
        if fault.code != FULL:
            raise
        return PersonalLink(code=person.code, state=LinkState.REFUSED, words=f"{NO_ROOM} {fault.words}")


def _all_refused(links: Sequence[PersonalLink], why: Refusal) -> bool:
    """Whether it is the meeting that nobody can be registered for: two were refused in the same words as all."""
    return len(links) == 2 and all(link.state is LinkState.REFUSED and link.words == why.words for link in links)


def _refused(person: Attendee, fault: Refusal) -> PersonalLink:
    return PersonalLink(code=person.code, state=LinkState.REFUSED, words=fault.words)


def _from_batch(person: Attendee, rows: dict[str, Any]) -> PersonalLink:
    """Matched by address, whatever their order. One that the answer leaves out may have been registered all the same."""
    row = rows.get(person.address.strip().lower())
    if row is None:
        return PersonalLink(code=person.code, state=LinkState.ASKED, words=NOT_TOLD)
    return _link(person.code, row)


def _link(code: str, row: Any) -> PersonalLink:
    """Under manual approval there is no address until somebody at Zoom approves."""
    told = mapping(row)
    registrant, url = text(told.get("registrant_id")) or text(told.get("id")), text(told.get("join_url"))
    state = LinkState.MADE if url.startswith(("https://", "http://")) else LinkState.PENDING
    return PersonalLink(code=code, registrant=registrant, url=url if state is LinkState.MADE else "", state=state)


def _registrant(person: Attendee) -> dict[str, str]:
    first, last = split(person.name)
    told = {"email": person.address, "first_name": first or person.code}
    return told | ({"last_name": last} if last else {})


def _refused_by_us(meeting: Meeting, person: Attendee, others: Sequence[Attendee]) -> PersonalLink | None:
    """What Zoom would refuse, with everybody else in the batch."""
    address = person.address.strip().lower()
    hosts = {
        text(meeting.made.get("host_address")).lower(),
        *(text(each).lower() for each in meeting.made.get("hosts_too") or ()),
    }
    if address and address in hosts:
        return PersonalLink(code=person.code, state=LinkState.REFUSED, words=HOST_HAS_ONE)
    first = next(other for other in others if other.address.strip().lower() == address)
    if first.code != person.code:
        return PersonalLink(code=person.code, state=LinkState.REFUSED, words=SAME_ADDRESS)
    return None
