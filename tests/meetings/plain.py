"""A provider in memory, for stories about meetings in which the outside plays a part of its own."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from echo_sessions.errors import TryLater
from echo_sessions.outside.meetings import (
    Attendee,
    Capabilities,
    HostAccount,
    LostReply,
    Meeting,
    NotThere,
    PersonalLink,
    Wanted,
)


def _calm(_operation: str) -> str:
    return ""


@dataclass
class PlainProvider:
    """Does what it is asked for, unless `trouble(operation)` says `lost` (done, but not answered), `dropped` (not done) or
    `gone` or `dies` (done, and the worker is no more). Notes in `broken` what must not happen."""

    name: str = "plain"
    title: str = "Plain"
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(creates=True, updates=True, personal_links=True)
    )
    most_links: int = 30
    trouble: Callable[[str], str] = _calm
    accounts: list[HostAccount] = field(default_factory=list)
    meetings: dict[str, tuple[Meeting, Wanted]] = field(default_factory=dict)
    registered: dict[str, dict[str, PersonalLink]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(100))

    def configured(self) -> bool:
        return True

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        def make() -> Meeting:
            if any(other.mark == wanted.mark for _, other in self.meetings.values()):
                self.broken.append(f"two meetings for {wanted.mark}")
            ref = str(next(self._numbers))
            self.meetings[ref] = (self._told(ref, wanted), wanted)
            self._overlaps(wanted)
            return self.meetings[ref][0]

        return self._done("make", make)

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        def change() -> Meeting:
            ref = self._known(meeting)
            self.meetings[ref] = (self._told(ref, wanted), replace(wanted, mark=self.meetings[ref][1].mark))
            self._overlaps(wanted)
            return self.meetings[ref][0]

        return self._done("update", change)

    def read(self, meeting: Meeting) -> Meeting:
        return self._done("read", lambda: self.meetings[self._known(meeting)][0])

    def cancel(self, meeting: Meeting) -> None:
        self._done("cancel", lambda: self.meetings.pop(meeting.ref or "", None))

    def find_by_mark(self, mark: str, host: str) -> list[Meeting]:
        return self._done(
            "find", lambda: [m for m, wanted in self.meetings.values() if wanted.mark == mark and wanted.host == host]
        )

    def ensure_links(self, meeting: Meeting, people: Sequence[Attendee]) -> list[PersonalLink]:
        def register() -> list[PersonalLink]:
            known = self.registered.setdefault(self._known(meeting), {})
            if len(people) > self.most_links:
                self.broken.append("too many at once")
            for person in people:
                if person.address in known:
                    self.broken.append(f"{person.code} is registered twice")
                number = str(next(self._numbers))
                known[person.address] = PersonalLink(person.code, number, f"https://plain.test/{meeting.ref}/{number}")
            return [known[person.address] for person in people]

        return self._done("links", register)

    def ensure_link(self, meeting: Meeting, person: Attendee) -> PersonalLink:
        return self.ensure_links(meeting, [person])[0]

    def known_links(self, meeting: Meeting) -> dict[str, PersonalLink]:
        return self._done("known", lambda: dict(self.registered.get(self._known(meeting), {})))

    def revoke_links(self, meeting: Meeting, people: Sequence[tuple[str, str]]) -> None:
        def revoke() -> None:
            for _registrant, address in people:
                self.registered.get(meeting.ref or "", {}).pop(address, None)

        self._done("revoke", revoke)

    def hosts(self) -> list[HostAccount]:
        return self._done("hosts", lambda: list(self.accounts))

    def _done(self, operation: str, act: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        trouble = self.trouble(operation)
        if trouble == "dropped":
            raise TryLater("Plain is not there.")
        if trouble == "gone":
            raise NotThere("No such meeting.")
        got = act()
        if trouble == "dies":
            raise SystemExit
        if trouble == "lost":
            raise LostReply("Plain said nothing.")
        return got

    def _known(self, meeting: Meeting) -> str:
        if meeting.ref not in self.meetings:
            raise NotThere("No such meeting.")
        return meeting.ref

    def _told(self, ref: str, wanted: Wanted) -> Meeting:
        made = {
            "topic": wanted.topic, "starts_at": wanted.starts_at.isoformat(), "minutes": wanted.minutes,
            "zone": wanted.zone, "hosts_too": list(wanted.hosts_too),
        }  # fmt: skip
        return Meeting(provider=self.name, ref=ref, url=f"https://plain.test/{ref}", host=wanted.host, made=made)

    def _overlaps(self, wanted: Wanted) -> None:
        if not self.capabilities.hosts:
            return
        spans = sorted(
            (other.starts_at, other.minutes) for _, other in self.meetings.values() if other.host == wanted.host
        )
        for (start, minutes), (following, _) in itertools.pairwise(spans):
            if (following - start).total_seconds() < minutes * 60:
                self.broken.append(f"two meetings of {wanted.host} at one time")
