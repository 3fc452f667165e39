"""What the Zoom client needs remembered between calls, by all workers and all processes together: a small promise that
`meetings/memory.py` keeps with the database, and that a test may keep with a dictionary."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True)
class Credentials:
    """A server-to-server app of one account, as its administrator made it at Zoom."""

    account: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def mark(self) -> str:
        """Tells one set of credentials from another without being one: a token belongs to those that it was asked for with."""
        told = "\n".join((self.account, self.client_id, self.client_secret))
        return sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Fresh:
    """A token as the sign-in just gave it. `scopes` are None where it did not say what was granted."""

    value: str = field(repr=False)
    lives: timedelta
    api_url: str = ""
    scopes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Token:
    """The token of the moment. `serial` rises with each; `until` is when it ends."""

    value: str = field(repr=False)
    serial: int
    until: datetime
    api_url: str = ""
    scopes: tuple[str, ...] | None = None


class Memory(Protocol):
    """What is shared. Keys of pauses are words of the client: `light`, `heavy`, `host:<reference>`, `token:<mark>`."""

    def credentials(self) -> Credentials | None:
        """Those to use; None when there are none, or when Zoom has told us to stop."""

    def hook_secrets(self) -> tuple[str, ...]:
        """The secrets that hooks may be signed with, also while everything else is stopped."""

    def token(self, mark: str) -> Token | None:
        """The token asked for with the credentials of this mark, however old."""

    def renew(self, mark: str, serial: int, fetch: Callable[[], Fresh], *, wait: float) -> Token:
        """A token newer than `serial` (0: none is known): fetched by us, or by whoever is at it already.

        Of all that ask at once, in all processes, one fetches. The others wait for so many seconds at most. Raises what
        `fetch` raised, and TryLater in those who waited in vain.
        """

    def until(self, *keys: str) -> datetime | None:
        """The latest moment until which any of these is paused; None when none is."""

    def pause(self, key: str, until: datetime) -> None:
        """Nobody makes such calls before that moment; an earlier moment never shortens a longer pause."""

    def count(self, kind: str, host: str = "", *, failed: bool = False, limited: bool = False) -> None:
        """One more call of this kind today. `host` is empty for those that count for the whole account."""
