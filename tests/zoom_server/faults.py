"""Faults by schedule: which calls go wrong, and how. Nothing goes wrong unless it was ordered.

server.faults.lose_reply(every=20)                     every 20th call is carried out, and its answer is not given
server.faults.lose_reply("meetings.create", times=1)   the next one
server.faults.fail_next("meetings.get", 503, 2)        the next two get a page of HTML
server.faults.limit(share=0.05, retry_after="seconds") a twentieth of all calls, by chance (with a seed), is told to wait
"""

import random
from dataclasses import dataclass, field
from fnmatch import fnmatch

HTML = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """One order. It meets a call of its operations every so often, by share, or at once; `times` bounds it, and each time
    it strikes it strikes `burst` calls in a row."""

    kind: str
    operation: str = "*"
    every: int = 0
    share: float = 0.0
    times: int | None = None
    burst: int = 1
    status: int = 0
    code: int | None = None
    message: str = ""
    carried_out: bool = False
    retry_after: str = "iso"
    seconds: float = 1.0
    seen: int = 0
    struck: int = 0
    _left: int = 0

    def strikes(self, operation: str, chance: random.Random) -> bool:
        if not fnmatch(operation, self.operation):
            return False
        if self._left:
            self._left -= 1
            self.struck += 1
            return True
        if self.times is not None and self.struck >= self.times:
            return False
        self.seen += 1
        hit = self.seen % self.every == 0 if self.every else chance.random() < self.share if self.share else True
        if hit:
            self.struck += 1
            self._left = self.burst - 1
        return hit


@dataclass
class Faults:
    """All orders. `struck` counts by kind what was done."""

    seed: int = 7
    orders: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def order(self, fault: Fault) -> Fault:
        if fault.times is None and not fault.every and not fault.share:
            fault.times = 1
        self.orders.append(fault)
        return fault

    def lose_reply(
        self, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None
    ) -> Fault:
        """The request is carried out and the connection is cut without an answer."""
        return self.order(Fault("lost", operation, every, share, times))

    def cut_reply(self, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None) -> Fault:
        """The request is carried out and the connection is cut in the middle of the answer."""
        return self.order(Fault("cut", operation, every, share, times))

    def drop(self, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None) -> Fault:
        """The connection is cut before anything is done."""
        return self.order(Fault("dropped", operation, every, share, times))

    def slow(
        self, seconds: float, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None
    ) -> Fault:
        """The request is carried out at once, and answered only after so many seconds."""
        return self.order(Fault("slow", operation, every, share, times, seconds=seconds))

    def fail(
        self, status: int = 502, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None,
        burst: int = 1, carried_out: bool = False, code: int | None = None, message: str = "",
    ) -> Fault:  # fmt: skip
        """An error of the server: a page of HTML, or JSON if a code is given. `carried_out`: what was asked was done."""
        return self.order(Fault("failed", operation, every, share, times, burst, status, code, message, carried_out))

    def fail_next(
        self, operation: str, status: int, n: int = 1, *, code: int | None = None, message: str = "", carried_out: bool = False
    ) -> Fault:  # fmt: skip
        """The next calls of this operation fail."""
        return self.fail(status, operation, times=n, code=code, message=message, carried_out=carried_out)

    def age_tokens(self, operation: str = "*", *, times: int = 1) -> Fault:
        """The tokens of pages that were given out are too old by the time of the next call that brings one."""
        return self.order(Fault("aged", operation, times=times))

    def limit(
        self, operation: str = "*", *, every: int = 0, share: float = 0.0, times: int | None = None, burst: int = 1,
        retry_after: str = "iso", seconds: float = 1.0,
    ) -> Fault:  # fmt: skip
        """429: too many calls a second. `retry_after` is iso, seconds, http or none."""
        return self.order(
            Fault("limited", operation, every, share, times, burst, 429, retry_after=retry_after, seconds=seconds)
        )

    def meeting(self, operation: str, *, later_page: bool = False) -> Fault | None:
        """The fault that this call meets, if any: the first order that strikes."""
        orders = (fault for fault in self.orders if fault.kind != "aged" or later_page)
        return next((fault for fault in orders if fault.strikes(operation, self._chance)), None)

    def clear(self) -> None:
        """From now on nothing goes wrong."""
        self.orders.clear()

    def struck(self, kind: str) -> int:
        return sum(fault.struck for fault in self.orders if fault.kind == kind)
