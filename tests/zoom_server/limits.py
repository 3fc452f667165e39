"""How much may be asked: so many calls a second of each class, and 100 made or changed meetings a host and day."""

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

from tests.zoom_server.answers import Refusal

A_SECOND = {
    "free": {"light": 4, "medium": 2, "heavy": 1},
    "pro": {"light": 30, "medium": 20, "heavy": 10},
    "business": {"light": 80, "medium": 60, "heavy": 40},
}
CATEGORY = {"light": "Light", "medium": "Medium", "heavy": "Heavy"}


def retry_after(form: str, until: datetime, seconds: float) -> dict[str, str]:
    """The header in the form asked for; Zoom's own is an ISO moment."""
    if form == "none":
        return {}
    whole = until.replace(microsecond=0) + timedelta(seconds=1 if until.microsecond else 0)
    value = {
        "iso": whole.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "http": format_datetime(whole, usegmt=True),
        "seconds": str(max(1, round(seconds))),
    }[form]
    return {"Retry-After": value}


@dataclass
class Limits:
    """Counters. `on` switches the limit a second off, for tests that are about something else."""

    on: bool = True
    plan: str = "business"
    a_second: dict[str, int] | None = None
    writes_a_day: int = 100
    adds_a_day: int = 3
    statuses_a_day: int = 10
    most_registrants: int = 4999
    writes: Counter[tuple[str, date]] = field(default_factory=Counter)
    adds: Counter[tuple[int, str, date]] = field(default_factory=Counter)
    statuses: Counter[tuple[int, str, date]] = field(default_factory=Counter)
    told_spent: Counter[tuple[str, date]] = field(default_factory=Counter)
    _recent: dict[str, deque[float]] = field(default_factory=dict)

    def a_call(self, label: str, now: datetime) -> None:
        """Count one call of this class. Raises 429 when there are too many within a second."""
        if not self.on or not label:
            return
        most = (self.a_second or A_SECOND[self.plan])[label]
        recent, moment = self._recent.setdefault(label, deque()), time.monotonic()
        while recent and recent[0] <= moment - 1:
            recent.popleft()
        if len(recent) >= most:
            raise too_many(label, most, now + timedelta(seconds=1))
        recent.append(moment)

    def a_write(self, host: str, now: datetime) -> None:
        """Count a made or changed meeting of this host. The refusal has counters of another limit and no Retry-After."""
        key = (host, now.astimezone(UTC).date())
        if self.writes[key] >= self.writes_a_day:
            self.told_spent[key] += 1
            raise Refusal(
                429,
                429,
                "You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted for this"
                " particular user. You may resume these requests at GMT 00:00:00.",
                headers={
                    "x-ratelimit-category": "Medium",
                    "x-ratelimit-limit": "6000",
                    "x-ratelimit-remaining": "5893",
                },
                violation="told twice: this host's calls of the day are spent, and it was asked again"
                if self.told_spent[key] > 2
                else "",
            )
        self.writes[key] += 1

    def an_add(self, meeting: int, address: str, now: datetime) -> None:
        key = (meeting, address, now.astimezone(UTC).date())
        if self.adds[key] >= self.adds_a_day:
            raise Refusal(
                429, 429, "You have exceeded the daily rate limit (3) of Add meeting registrant API requests permitted"
                " for this particular registrant. You may resume these requests at GMT 00:00:00.",
            )  # fmt: skip
        self.adds[key] += 1

    def a_status(self, meeting: int, registrant: str, now: datetime) -> None:
        key = (meeting, registrant, now.astimezone(UTC).date())
        if self.statuses[key] >= self.statuses_a_day:
            raise Refusal(
                429, 429, "You have exceeded the daily rate limit (10) of Update meeting registrant status API requests"
                " permitted for this particular registrant. You may resume these requests at GMT 00:00:00.",
            )  # fmt: skip
        self.statuses[key] += 1


def too_many(label: str, most: int, until: datetime, form: str = "iso", seconds: float = 1.0) -> Refusal:
    """429 for calls a second."""
    category = CATEGORY.get(label, "Light")
    headers = {
        "X-RateLimit-Category": category, "X-RateLimit-Type": "QPS", "X-RateLimit-Limit": str(most),
        "X-RateLimit-Remaining": "0", **retry_after(form, until, seconds),
    }  # fmt: skip
    words = "You have reached the maximum per-second rate limit for this API. Try again later."
    return Refusal(429, 429, words, headers=headers)
