"""Where meetings are held: one interface for every provider, so that a session knows none of them.

Whoever offers more than a link says so in its capabilities; the others are never asked for it. Moments are aware and
in UTC, lengths are minutes, people are codes. Calls that go out have a time limit, run outside of transactions, and
raise one of the faults below with the provider's words in them; passcodes and start links never stand in any of them.

What a provider's attendance files look like is not here: `attendance/imports` reads the files of everybody, also of
those whose interface we do not speak.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from echo_sessions.errors import GaveUp, TryLater


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do beyond being somewhere. `fresh_links`: a personal way in is made at each press and is good
    for that one time, so it is never kept."""

    creates: bool = False
    updates: bool = False
    personal_links: bool = False
    hooks: bool = False
    reports: bool = False
    recordings: bool = False
    hosts: bool = False
    fresh_links: bool = False


# What a session wants, and what it got


@dataclass(frozen=True)
class Wanted:
    """The meeting a session needs. `mark` is the session's code, by which a meeting is found again after a lost answer.

    `host` is the provider's reference of the account that opens it; `hosts_too` are addresses of others who may.
    `uncertain`: an attempt to make it was begun before and nobody knows whether it got through. `pasted` is the
    address a coordinator gave, where the provider makes none itself.
    """

    mark: str
    topic: str
    starts_at: datetime
    minutes: int
    zone: str
    host: str = ""
    hosts_too: tuple[str, ...] = ()
    uncertain: bool = False
    pasted: str = ""


@dataclass(frozen=True)
class Meeting:
    """A meeting as the provider has it: `ref` is its number there, as text. `made` is what it said of it, in the words of
    `Wanted` (topic, starts_at, minutes, zone, hosts_too) and of its own settings; no passcode, no start link, no address
    with either. `phones` are numbers to dial: {"country", "city", "number"}."""

    provider: str
    ref: str | None = None
    url: str = ""
    uuid: str = ""
    host: str = ""
    made: Mapping[str, Any] = field(default_factory=dict)
    phones: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class Attendee:
    """Somebody who needs a way in: our code, the name shown in the room, and an address the provider may know them by."""

    code: str
    name: str
    address: str
    moderates: bool = False


class LinkState(StrEnum):
    """`wanted`: nobody has asked the provider; `asked`: it was asked, and the answer is not known; `pending`: the account
    wants a person to approve it; `refused`: the provider will not have them."""

    WANTED = "wanted"
    ASKED = "asked"
    MADE = "made"
    PENDING = "pending"
    REFUSED = "refused"
    REVOKED = "revoked"


@dataclass(frozen=True)
class PersonalLink:
    """One person's own way in. `registrant` is the provider's id of it. `url` is secret: sealed where it is kept."""

    code: str
    registrant: str = ""
    url: str = ""
    state: LinkState = LinkState.MADE
    words: str = ""


@dataclass(frozen=True)
class HostAccount:
    """An account that can open meetings. `licensed`: it may register people. `at_once`: how many meetings its plan runs."""

    ref: str
    address: str
    name: str
    licensed: bool
    active: bool = True
    at_once: int = 1
    seats: int | None = None


# What happened


class EventKind(StrEnum):
    """What a hook tells. `other` is kept and not acted upon."""

    CHALLENGE = "challenge"
    STARTED = "started"
    ENDED = "ended"
    JOINED = "joined"
    LEFT = "left"
    WAITING_JOINED = "waiting_joined"
    WAITING_LEFT = "waiting_left"
    BREAKOUT_JOINED = "breakout_joined"
    BREAKOUT_LEFT = "breakout_left"
    BOUND = "bound"
    MEETING_UPDATED = "meeting_updated"
    MEETING_DELETED = "meeting_deleted"
    MEETING_RECOVERED = "meeting_recovered"
    MEETING_CONVERTED = "meeting_converted"
    REGISTRANT_CANCELLED = "registrant_cancelled"
    REGISTRANT_APPROVED = "registrant_approved"
    RECORDING_STARTED = "recording_started"
    RECORDING_STOPPED = "recording_stopped"
    RECORDING_READY = "recording_ready"
    HOST_GONE = "host_gone"
    DEAUTHORISED = "deauthorised"
    OTHER = "other"


@dataclass(frozen=True)
class Event:
    """One hook, verified and in our words. `at` is when it happened, not when it arrived.

    `who` is the provider's id of one presence in the room (a rejoin is another), `person` its id of somebody over
    rejoins; `registrant`, `email`, `name`, `phone` are what it says of them, often nothing. `answer` is what a challenge
    wants to hear. `about` is the host's reference where the hook is about an account. `parent`: in a breakout room, `who`
    of the same person in the main room, where the provider counts both as presences.
    """

    kind: EventKind
    meeting: str = ""
    instance: str = ""
    at: datetime | None = None
    who: str = ""
    person: str = ""
    registrant: str = ""
    email: str = ""
    name: str = ""
    phone: str = ""
    about: str = ""
    parent: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)


class Room(StrEnum):
    """Where somebody was. Only the room itself and its breakout rooms count as presence."""

    MEETING = "meeting"
    WAITING = "waiting"
    BREAKOUT = "breakout"


@dataclass(frozen=True)
class Interval:
    """One unbroken presence as the provider tells it. `left` is None where it does not say. `assumed`: nobody said when
    it ended, and the end of the meeting was taken."""

    instance: str
    joined: datetime
    left: datetime | None
    who: str = ""
    registrant: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    room: Room = Room.MEETING
    assumed: bool = False


@dataclass(frozen=True)
class Report:
    """What a provider says about who was there, over all instances of the meeting. `raw` is every answer as it came, one
    JSON document. `final` is false while it still works it out (an answer that is empty, or has lengths of zero)."""

    intervals: tuple[Interval, ...]
    raw: bytes
    instances: tuple[str, ...]
    final: bool
    why: str = ""


@dataclass(frozen=True)
class RecordingFile:
    """One file of a recording. `kind` is the provider's word for what is in it (shared screen, audio, chat, transcript)."""

    ref: str
    instance: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    bytes: int = 0
    ready: bool = True


@dataclass(frozen=True)
class Way:
    """How to get at something for the moment: never kept, never logged."""

    url: str
    passcode: str = ""

    def __repr__(self) -> str:
        return "Way(…)"


@dataclass(frozen=True)
class Health:
    """How a provider is. `faults` keep it from working, `warnings` are what a careful hub would change; both msgids as
    `(message, values)`. `scopes_missing` are in the provider's own names."""

    ok: bool
    faults: tuple[tuple[str, Mapping[str, object]], ...] = ()
    warnings: tuple[tuple[str, Mapping[str, object]], ...] = ()
    scopes_missing: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    account: str = ""


# Faults, beside TryLater (ask again) and GaveUp (the provider said no for good)


class LostReply(TryLater):
    """The call went out and no answer came: it may have been carried out."""


class HostSpent(TryLater):
    """This host's calls of the day are used up; other hosts are not concerned."""


class NotThere(GaveUp):
    """The provider has no such meeting: not yet a proof that it was deleted."""


class Converted(GaveUp):
    """The meeting was turned into something else (a webinar) on the provider's side."""


class HostRefused(GaveUp):
    """This account cannot open meetings: it has left, or has no licence."""


class ScopeMissing(GaveUp):
    """The administrator did not grant this. `scopes` in the provider's own names."""

    def __init__(self, words: str, scopes: Sequence[str] = ()) -> None:
        super().__init__(words)
        self.scopes = tuple(scopes)


class NotConfigured(GaveUp):
    """Nobody has told us how to speak to this provider, or it has told us to stop."""


class Forged(Exception):
    """A hook that the provider did not send, or that is too old. The words say which; never what was in it."""


class Provider(Protocol):
    """A meeting provider. What it cannot do, by its capabilities, is not called."""

    name: str
    title: str
    capabilities: Capabilities

    def configured(self) -> bool:
        """Whether it can be used at all."""

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        """The meeting for this session; asked twice, the same one. With `uncertain` it is looked for before it is made."""

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        """The meeting after the session was moved or renamed, as the provider has it afterwards. No call without a change."""

    def read(self, meeting: Meeting) -> Meeting:
        """The meeting as it is there now. Raises NotThere or Converted."""

    def cancel(self, meeting: Meeting) -> None:
        """The session does not take place. A meeting that is gone already is as good."""

    def find_by_mark(self, mark: str, host: str) -> list[Meeting]:
        """The meetings of this host that bear a session's code; more than one are twins."""

    def ensure_links(self, meeting: Meeting, people: Sequence[Attendee]) -> list[PersonalLink]:
        """Their ways in, in their order; asked twice, the same ones. Takes as many at once as `most_links` says."""

    def ensure_link(self, meeting: Meeting, person: Attendee) -> PersonalLink:
        """One person's way in, for somebody who stands at the door: quickly or not at all."""

    def known_links(self, meeting: Meeting) -> dict[str, PersonalLink]:
        """The ways in that the provider knows of, by address in small letters: what a lost answer had made."""

    def revoke_links(self, meeting: Meeting, people: Sequence[tuple[str, str]]) -> None:
        """These (registrant, address) no longer have a way in."""

    def host_start_link(self, meeting: Meeting) -> Way:
        """The link that opens the meeting as its host: fetched now, for the host only, good for a short time."""

    def co_host_way(self, meeting: Meeting) -> Way:
        """The way in of those who cannot be registered because they may open the meeting, by their own account: fetched
        while they stand at the door."""

    def parse_event(self, headers: Mapping[str, str], raw: bytes, now: datetime) -> list[Event]:
        """The events in a hook that the provider signed. Raises Forged."""

    def read_event(self, raw: bytes, at: datetime) -> list[Event]:
        """The events of a hook that was believed when it came at that moment: read once more, without its signature."""

    def fetch_intervals(self, meeting: Meeting, since: datetime, until: datetime) -> Report:
        """Who was there in all instances of the meeting that began between these moments."""

    def recordings(self, meeting: Meeting, instances: Sequence[str]) -> list[RecordingFile]:
        """The files that were recorded."""

    def recording_way(self, meeting: Meeting, file: RecordingFile) -> Way:
        """How to look at one file now."""

    def remove_recording(self, meeting: Meeting, file: RecordingFile) -> None:
        """Take a file away at the provider. One that is gone already is as good."""

    def hosts(self) -> list[HostAccount]:
        """The accounts that could open meetings, active or not."""

    def health(self) -> Health:
        """How it is: sign-in, scopes, settings of the account that a careful hub would not have."""
