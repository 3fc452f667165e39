"""Who is in the room when a session is held, and what was true: the measure for hooks, reports and files."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.zoom_server.state import Instance, Meeting

if TYPE_CHECKING:
    from tests.zoom_server.hooks import Delivery

Span = tuple[float, float]


@dataclass(frozen=True)
class Present:
    """Somebody in the room. Spans are minutes after the session's start. Whoever has an address that is registered comes by
    the personal link, and bears the registered name; the others are guests: a name, and an address only if `shows`.

    `waiting`: in the waiting room; `breakout`: in a breakout room, during a stay; `phone`: calls in, without a video; `account`: signed in to
    the organisation's own account.
    Two devices of one person are two of these with one address.
    """

    name: str = ""
    email: str = ""
    stays: tuple[Span, ...] = ((0, 90),)
    waiting: tuple[Span, ...] = ()
    breakout: tuple[Span, ...] = ()
    registered: bool = True
    shows: bool = False
    phone: str = ""
    account: str = ""


@dataclass
class Held:
    """One meeting as it was held."""

    meeting: Meeting
    starts_at: datetime
    instances: list[Instance]
    hooks: "list[Delivery]" = field(default_factory=list)
    spans: dict[str, list[Span]] = field(default_factory=dict)

    def at(self, minute: float) -> datetime:
        return self.starts_at + timedelta(minutes=minute)

    def seconds(self, who: str) -> int:
        """How long somebody (by address, else by name) was there in truth: the union of the stays, without waiting."""
        total, until = 0.0, float("-inf")
        for begin, end in sorted(self.spans.get(who.casefold(), [])):
            total += max(0.0, end - max(begin, until))
            until = max(until, end)
        return round(total * 60)

    def minutes(self, who: str) -> float:
        """The same in minutes, not rounded."""
        return self.seconds(who) / 60

    def answers(self, *says: str) -> None:
        """What the next reports say before the right one: `empty`, `zero` (lengths of 0), `none` (404), one each call of
        each instance."""
        for instance in self.instances:
            instance.answers = list(says)

    def hide_instances(self, calls: int) -> None:
        """The list of instances shows these only after so many calls."""
        for instance in self.instances:
            instance.hidden_for = calls
