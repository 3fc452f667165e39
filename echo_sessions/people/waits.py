"""How long to wait after tries to sign in that failed: nothing at first, then twice as long each time, never for ever.

Pure. For one address the waits are long, because one person types it; for one network they are short and begin late,
because a hospital with a thousand people may be one network to us.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network


class Kind(StrEnum):
    """What is tried. Each is counted for itself: who fails at passwords may still ask for a link."""

    LINK = "link"
    CODE = "code"
    PASSWORD = "password"
    SECOND = "second factor"
    RECOVERY = "recovery code"
    LOST = "lost record"


@dataclass(frozen=True)
class Wait:
    """`free` tries without waiting, then `first`, twice that, … up to `most`; all is forgotten after `forget`."""

    free: int
    first: timedelta
    most: timedelta
    forget: timedelta

    def after(self, count: int) -> timedelta:
        """How long the next try has to wait when so many have been counted."""
        if count < self.free:
            return timedelta(0)
        doublings: int = 2 ** min(count - self.free, 20)
        return min(self.first * doublings, self.most)


DAY, HOUR, MINUTE, SECOND = (timedelta(**{unit: 1}) for unit in ("days", "hours", "minutes", "seconds"))
ADDRESS = {
    Kind.LINK: Wait(free=5, first=MINUTE, most=HOUR, forget=DAY),
    Kind.CODE: Wait(free=10, first=DAY, most=DAY, forget=DAY),
    Kind.PASSWORD: Wait(free=5, first=10 * SECOND, most=15 * MINUTE, forget=DAY),
    Kind.SECOND: Wait(free=5, first=15 * SECOND, most=HOUR, forget=DAY),
    Kind.RECOVERY: Wait(free=5, first=15 * SECOND, most=HOUR, forget=DAY),
    Kind.LOST: Wait(free=3, first=10 * MINUTE, most=DAY, forget=DAY),
}
"""Codes by mail are short, so ten wrong ones a day are all that is heard; the letter's link goes on working."""
NETWORK = {kind: Wait(free=100, first=SECOND, most=MINUTE, forget=HOUR) for kind in Kind}


def network_of(address: str | None) -> str:
    """What counts as one network: an IPv4 address, or the /64 of an IPv6 address, which is what one customer gets."""
    try:
        found = ip_address((address or "").split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ip_network((found, 64), strict=False))
    return str(found)
