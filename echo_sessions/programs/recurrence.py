"""When the sessions of a series are: a rule in local time, worked out to moments.

The rule keeps the hands of the wall clock: "Wednesdays 12:30, America/Denver" stays 12:30 there when the clocks
change, and its moment in UTC moves instead. What the change of clocks does to a date is said in its note.

Given dates can be left out. With a count they are made up for at the end: twelve sessions remain twelve. With
an end date they are not: it says when people are free again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import count as numbers
from itertools import takewhile
from zoneinfo import ZoneInfo, available_timezones

from echo_sessions.errors import BadInput, Refused
from echo_sessions.words import Said, msgid

MOST_SESSIONS = 200
LONGEST_YEARS = 3
SHORTEST_MINUTES, LONGEST_MINUTES = 5, 720

WEEKDAYS = (
    msgid("Monday"),
    msgid("Tuesday"),
    msgid("Wednesday"),
    msgid("Thursday"),
    msgid("Friday"),
    msgid("Saturday"),
    msgid("Sunday"),
)
NTHS = {1: msgid("first"), 2: msgid("second"), 3: msgid("third"), 4: msgid("fourth"), -1: msgid("last")}


class Kind(StrEnum):
    """Every so many weeks on given weekdays, or every so many months on one (the second Tuesday)."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True)
class Rule:
    """How a series repeats. One that cannot be is refused when it is made.

    `weekdays`: 0 is Monday; a monthly rule has one, and `nth` of 1 to 4 or -1 for the last. `first` is the
    earliest date; if it is no date of the rule, the next one is the first, and `remarks` says so. Weeks begin on
    Monday, and intervals are counted from the week or month of the first session.
    """

    kind: Kind
    interval: int
    weekdays: tuple[int, ...]
    start: time
    minutes: int
    zone: str
    first: date
    count: int | None = None
    until: date | None = None
    nth: int | None = None
    skipped: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        _check_pattern(self)
        _check_times(self)
        _check_end(self)


@dataclass(frozen=True)
class Occurrence:
    """One date of a series: the local date it is called by, the moments, and what is odd about it."""

    date: date
    starts_at: datetime
    ends_at: datetime
    note: Said | None = None


def dates(rule: Rule) -> list[Occurrence]:
    """All sessions of a series, in order.

    Refuses a rule without any date, and one that reaches more than three years or makes more than 200 sessions:
    a series is one run of a program, and a slip of the hand should not fill the calendar.
    """
    horizon = _years_later(rule.first, LONGEST_YEARS)
    found: list[Occurrence] = []
    for day in _candidates(rule):
        if rule.until is not None and day > rule.until:
            break
        if day > horizon:
            raise Refused(
                "The series would go on after %(horizon)s, more than %(years)s years after its first date; "
                "make it shorter, and start another series later.",
                horizon=horizon.isoformat(),
                years=LONGEST_YEARS,
            )
        if day in rule.skipped:
            continue
        if len(found) == MOST_SESSIONS:
            raise Refused("The series would have more than %(most)s sessions; end it earlier.", most=MOST_SESSIONS)
        found.append(_occurrence(rule, day))
        if len(found) == rule.count:
            break
    if not found:
        raise Refused("There is no session between the first date and the last one; change the dates.")
    return found


def remarks(rule: Rule) -> list[Said]:
    """What somebody should know before saving: a first date that moved, left-out dates that leave nothing out."""
    met = next(_candidates(rule))
    said = []
    if met != rule.first:
        values: dict[str, object] = {"given": rule.first.isoformat(), "day": _day(rule.first), "met": met.isoformat()}
        said.append(Said("%(given)s is a %(day)s; the series begins on %(met)s, its first matching date.", values))
    last = dates(rule)[-1].date
    possible = takewhile(lambda day: day <= last, _candidates(rule))
    idle = sorted(day.isoformat() for day in rule.skipped - set(possible))
    if idle:
        said.append(
            Said("No session falls on these dates, so nothing is left out: %(dates)s.", {"dates": ", ".join(idle)})
        )
    return said


def in_words(rule: Rule) -> Said:
    """The rule as a sentence: "Every second Wednesday, 12:30-14:00, America/Denver, 12 sessions"."""
    ends = (datetime.combine(rule.first, rule.start) + timedelta(minutes=rule.minutes)).time()
    values: dict[str, object] = {
        "pattern": _pattern(rule),
        "starts": rule.start.strftime("%H:%M"),
        "ends": ends.strftime("%H:%M"),
        "zone": rule.zone,
    }
    if rule.count == 1:
        return Said("%(pattern)s, %(starts)s-%(ends)s, %(zone)s, one session", values)
    if rule.count is not None:
        return Said("%(pattern)s, %(starts)s-%(ends)s, %(zone)s, %(count)s sessions", values | {"count": rule.count})
    until = rule.until.isoformat() if rule.until else ""
    return Said("%(pattern)s, %(starts)s-%(ends)s, %(zone)s, until %(until)s", values | {"until": until})


def read_dates(text: str) -> frozenset[date]:
    """Dates as people type them: ISO (2026-12-25), one a line or with commas, semicolons or blanks between.

    Refuses with the names of all that are none.
    """
    good, bad = set(), []
    for word in filter(None, re.split(r"[\s,;]+", text)):
        try:
            good.add(_date(word))
        except ValueError:
            bad.append(word[:40])
    if bad:
        raise BadInput(
            "These are not dates: %(bad)s. Write year, month and day, such as 2026-12-25.", bad=", ".join(bad[:10])
        )
    return frozenset(good)


# Which days


def _candidates(rule: Rule) -> Iterator[date]:
    """The days of the rule from its first date on, without end, before any is left out."""
    return _weekly(rule) if rule.kind is Kind.WEEKLY else _monthly(rule)


def _weekly(rule: Rule) -> Iterator[date]:
    weekdays = sorted(rule.weekdays)
    monday = _monday(min(rule.first + timedelta(days=(day - rule.first.weekday()) % 7) for day in weekdays))
    while True:
        for weekday in weekdays:
            day = monday + timedelta(days=weekday)
            if day >= rule.first:
                yield day
        monday += timedelta(weeks=rule.interval)


def _monthly(rule: Rule) -> Iterator[date]:
    assert rule.nth is not None  # checked when the rule was made
    month = rule.first.year * 12 + rule.first.month - 1
    if _nth_of(month, rule.weekdays[0], rule.nth) < rule.first:
        month += 1
    for number in numbers():
        yield _nth_of(month + number * rule.interval, rule.weekdays[0], rule.nth)


def _nth_of(month: int, weekday: int, nth: int) -> date:
    """The nth weekday of a month that is counted from the year 0."""
    if nth > 0:
        begins = date(month // 12, month % 12 + 1, 1)
        return begins + timedelta(days=(weekday - begins.weekday()) % 7 + 7 * (nth - 1))
    ends = date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    return ends - timedelta(days=(ends.weekday() - weekday) % 7)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


# Which moments


def _occurrence(rule: Rule, day: date) -> Occurrence:
    """A day's moments. A time that the clocks leap over is shifted forward by as much as they leap; of a time
    that comes twice the first is meant (both as RFC 5545 says)."""
    zone = ZoneInfo(rule.zone)
    wall = datetime.combine(day, rule.start, zone)
    starts_at = wall.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=rule.minutes)
    return Occurrence(day, starts_at, ends_at, _note(wall, starts_at.astimezone(zone), ends_at.astimezone(zone), rule))


def _note(wall: datetime, starts: datetime, ends: datetime, rule: Rule) -> Said | None:
    values: dict[str, object] = {
        "time": rule.start.strftime("%H:%M"),
        "date": wall.date().isoformat(),
        "zone": rule.zone,
        "starts": starts.strftime("%H:%M"),
        "ends": ends.strftime("%H:%M"),
    }
    if starts.replace(tzinfo=None) != wall.replace(tzinfo=None):
        return Said("The clocks in %(zone)s leap over %(time)s on %(date)s; this session starts at %(starts)s.", values)
    if wall.replace(fold=1).utcoffset() != wall.utcoffset():
        return Said("%(time)s comes twice on %(date)s in %(zone)s; the first is meant.", values)
    if starts.utcoffset() != ends.utcoffset():
        return Said("The clocks in %(zone)s change during this session; it ends at %(ends)s.", values)
    return None


# How it is said


def _pattern(rule: Rule) -> Said:
    if rule.kind is Kind.MONTHLY:
        return _monthly_pattern(rule)
    values: dict[str, object] = {"days": _days(sorted(rule.weekdays)), "interval": rule.interval}
    if rule.interval == 1:
        return Said("Every %(days)s", values)
    if rule.interval == 2 and len(rule.weekdays) == 1:
        return Said("Every second %(days)s", values)
    return Said("Every %(interval)s weeks on %(days)s", values)


def _monthly_pattern(rule: Rule) -> Said:
    assert rule.nth is not None  # checked when the rule was made
    values: dict[str, object] = {
        "nth": Said(NTHS[rule.nth]),
        "day": Said(WEEKDAYS[rule.weekdays[0]]),
        "interval": rule.interval,
    }
    if rule.interval == 1:
        return Said("The %(nth)s %(day)s of every month", values)
    if rule.interval == 2:
        return Said("The %(nth)s %(day)s of every second month", values)
    return Said("The %(nth)s %(day)s of every %(interval)s months", values)


def _day(day: date) -> Said:
    return Said(WEEKDAYS[day.weekday()])


def _days(weekdays: list[int]) -> Said:
    said = Said(WEEKDAYS[weekdays[-1]])
    if len(weekdays) == 1:
        return said
    before = Said(WEEKDAYS[weekdays[0]])
    for weekday in weekdays[1:-1]:
        before = Said("%(these)s, %(next)s", {"these": before, "next": Said(WEEKDAYS[weekday])})
    return Said("%(these)s and %(last)s", {"these": before, "last": said})


# What is refused


def _check_pattern(rule: Rule) -> None:
    days = rule.weekdays
    if not days or len(set(days)) != len(days) or not all(0 <= day <= 6 for day in days):
        raise Refused("Choose the day of the week.")
    if not 1 <= rule.interval <= 12:
        raise Refused("A series repeats every 1 to 12 weeks or months.")
    if rule.kind is Kind.MONTHLY and (len(days) != 1 or rule.nth not in NTHS):
        raise Refused("A monthly series is on one day: the first, second, third, fourth or last of its weekday.")
    if rule.kind is Kind.WEEKLY and rule.nth is not None:
        raise Refused("A weekly series has no first or last weekday of a month; make it monthly.")


def _check_times(rule: Rule) -> None:
    if not SHORTEST_MINUTES <= rule.minutes <= LONGEST_MINUTES:
        raise Refused(
            "A session lasts %(shortest)s to %(longest)s minutes.", shortest=SHORTEST_MINUTES, longest=LONGEST_MINUTES
        )
    if rule.zone not in _zones():
        raise Refused("%(zone)s is no time zone; choose one such as America/Denver.", zone=rule.zone[:80])
    if not 1900 <= rule.first.year <= 2200:
        raise Refused("The first date %(date)s is not of this time.", date=rule.first.isoformat())


def _check_end(rule: Rule) -> None:
    if (rule.count is None) == (rule.until is None):
        raise Refused("Say either how many sessions there are or on which date the series ends.")
    if rule.count is not None and not 1 <= rule.count <= MOST_SESSIONS:
        raise Refused("A series has 1 to %(most)s sessions.", most=MOST_SESSIONS)
    if rule.until is not None and rule.until < rule.first:
        raise Refused("The series ends on %(until)s, before it begins.", until=rule.until.isoformat())


@cache
def _zones() -> frozenset[str]:
    """Those that mean the same on every machine."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _date(word: str) -> date:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", word)
    if found is None:
        raise ValueError(word)
    year, month, day = (int(part) for part in found.groups())
    return date(year, month, day)
