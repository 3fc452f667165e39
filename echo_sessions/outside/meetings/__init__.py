"""Where meetings are held: one interface for every provider, so that a session knows none of them.

Whoever offers more than a link says so in its capabilities; the others are never asked for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do beyond being somewhere."""

    creates: bool = False
    updates: bool = False
    personal_links: bool = False
    hooks: bool = False
    reports: bool = False
    recordings: bool = False
    hosts: bool = False


@dataclass(frozen=True)
class Wanted:
    """The meeting a session needs. `mark` is the session's code, by which a meeting is found again after a lost
    answer; `pasted` is the address a coordinator gave, where the provider makes none itself."""

    mark: str
    topic: str
    starts_at: datetime
    minutes: int
    zone: str
    pasted: str = ""


@dataclass(frozen=True)
class Meeting:
    """A meeting as it is kept on the session: whose it is, by which reference, and where."""

    provider: str
    url: str
    ref: str | None = None


class Provider(Protocol):
    """A meeting provider. Calls that go out have a time limit, run outside of transactions, and raise `TryLater`
    or `GaveUp` with the provider's words; what a coordinator typed wrongly is `Refused`."""

    name: str
    capabilities: Capabilities

    def ensure_meeting(self, wanted: Wanted) -> Meeting:
        """The meeting for this session; asked twice, the same one."""

    def update(self, meeting: Meeting, wanted: Wanted) -> Meeting:
        """The meeting after the session was moved or renamed."""

    def cancel(self, meeting: Meeting) -> None:
        """The session does not take place."""

    def find_by_mark(self, mark: str) -> Meeting | None:
        """The meeting that bears a session's code, if the provider can tell."""

    def ensure_link(self, meeting: Meeting, person_code: str) -> str:
        """The address through which this person goes in; it is shown to nobody else and only while the door is open."""

    def revoke_link(self, meeting: Meeting, person_code: str) -> None:
        """This person no longer has a way in."""

    def health(self) -> list[str]:
        """What keeps the provider from working, in sentences; empty when all is well."""
