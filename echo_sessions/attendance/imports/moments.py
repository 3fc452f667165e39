"""Dates, clocks and lengths of time as reports write them.

A cell is read in two steps. `written` takes it apart without deciding whether 05/03 is the fifth of March; `at` puts
it together once the order of day and month is known for the whole file.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

from ..names import fold

NO_DAY = date(1900, 1, 1)  # Stands in where a file has clocks but no date; always together with a question.
_EXCEL_ZERO = datetime(1899, 12, 30)
_BLANK = frozenset({"", "-", "--", "---", "n/a", "na", "null", "none", "nan", "\u2013", "\u2014"})

_MONTHS = {
    month: number
    for number, words in enumerate(
        (
            "jan ene gen janv styc янв",
            "feb fev fevr févr lut фев",
            "mar mär mrt mrz mars märz marz marzo maart мар",
            "apr abr avr kwi апр",
            "may mai mag mei maj мая май",
            "jun juin giu cze июн",
            "jul juil lug lip июл",
            "aug ago aout août sie авг",
            "sep set sept wrz сен",
            "oct okt out ott paz окт",
            "nov lis ноя",
            "dec dez dic déc gru дек",
        ),
        start=1,
    )
    for month in (fold(word) for word in words.split())
}
_BEFORE_NOON = r"a\.?\s?m\.?|오전|上午|午前|vorm\.?"
_AFTER_NOON = r"p\.?\s?m\.?|오후|下午|午後|nachm\.?"
_CLOCK = re.compile(
    rf"(?:(?P<half1>{_BEFORE_NOON}|{_AFTER_NOON})\s*)?"
    r"(?<![\d.:])(?P<hour>\d{1,2})\s?[:h時时点點]\s?(?P<minute>\d{2})"
    r"(?:\s?[:m分]\s?(?P<second>\d{2})(?:[.,]\d+)?[s秒]?|分)?(?![\d:])"
    rf"(?:\s*(?P<half2>(?:{_BEFORE_NOON}|{_AFTER_NOON})(?![a-z])))?"
    r"(?:\s*(?P<zone>z|(?:gmt|utc)?\s?[+-]\d{1,2}:?\d{2}|(?:gmt|utc)(?:[+-]\d{1,2})?)(?![\w]))?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"^(\d{1,4})\s?([/.\-年])\s?(\d{1,2})\s?[/.\-月]\s?(\d{1,4})\s?\.?日?$")
_WORDED = re.compile(
    r"^(?:[^\W\d_]+\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th|\.|º|er)?[\s\-/]*(?:de\s+)?([^\W\d_]{3,12})\.?,?[\s\-/]*(?:de\s+)?(\d{2,4})$"
)
_WORDED_MONTH_FIRST = re.compile(r"^(?:[^\W\d_]+\.?,?\s+)?([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$")
_WEEKDAY = re.compile(r"^[^\W\d_]{2,12}\.?,?\s+(?=\d)")
_DOTTED_CLOCK = re.compile(r"(?<=\d{4}[ ,])\s?(\d{1,2})\.(\d{2})(?:\.(\d{2}))?(?!\d)")
_LINKING = re.compile(r"\b(?:at|um|uhr|a las|as|alle|om|kl|le)\b\.?|\bà\b|,|\(.*\)$", re.IGNORECASE)
_ZONE_WORD = re.compile(r"\s+(?:[A-Z]{2,5}|[A-Z][a-z]+(?: [A-Z][a-z]+)* Time)$")
_CUT_BY_EXCEL = re.compile(r"^\d{1,2}:\d{2}\.\d$")
_SERIAL = re.compile(r"^\d{5}[.,]\d+$")


@dataclass(frozen=True)
class Written:
    """A moment as written: either a known `day`, or three `numbers` whose order is open, or a clock alone."""

    clock: time | None
    day: date | None = None
    numbers: tuple[int, int, int] | None = None  # first, second, year
    order: str | None = None  # what the writing itself tells
    offset: timedelta | None = None
    zone_word: str = ""
    twelve_hours: bool = False
    short_year: bool = False

    def orders(self) -> set[str]:
        """The orders of day and month under which this is a date; both where it does not matter or cannot be told."""
        if self.numbers is None:
            return {"mdy", "dmy"}
        return {order for order in ("mdy", "dmy") if self.day_by(order) is not None}

    def day_by(self, order: str) -> date | None:
        if self.numbers is None:
            return self.day
        first, second, year = self.numbers
        if order == "ymd":  # Two-digit years in front, only where somebody said so.
            return _date(2000 + first, second, year % 100) if self.short_year else None
        return _date(year, first, second) if order == "mdy" else _date(year, second, first)

    def at(self, order: str, day: date | None = None) -> datetime:
        """The moment under an order; `day` for clocks alone. Aware only where the cell itself carries an offset."""
        found = self.day_by(order) or day or NO_DAY
        moment = datetime.combine(found, self.clock or time())
        return moment if self.offset is None else moment.replace(tzinfo=timezone(self.offset))


def is_blank(text: str) -> bool:
    """Whether a cell is empty in one of the ways in which reports write that."""
    return text.strip().casefold() in _BLANK


def is_cut_by_excel(text: str) -> bool:
    """`45:50.0`: Excel showed minutes and seconds only, and saving lost the day and the hour."""
    return bool(_CUT_BY_EXCEL.match(text.strip()))


def looks_like_moment(text: str) -> bool:
    """Whether a cell holds a date, or a date and a clock."""
    return len(text) < 60 and any(char.isdigit() for char in text) and written(text) is not None


@lru_cache(maxsize=20_000)
def written(text: str) -> Written | None:
    """The cell taken apart, or None where it is no moment at all."""
    text = text.strip()
    if len(text) > 60 or not any(char.isdigit() for char in text):
        return None
    if _SERIAL.match(text):
        return _serial(text)
    spaced = _spaced(text)
    found = _CLOCK.search(spaced)
    if found is None:
        return _with_day(spaced, None, None, twelve=False)
    clock = _clock(found)
    rest = (spaced[: found.start()] + " " + spaced[found.end() :]).strip()
    if clock is None:
        return None
    return _with_day(rest, clock, found["zone"], twelve=bool(found["half1"] or found["half2"]))


def seconds_of(text: str, *, unit: str = "minutes") -> float | None:
    """A length of time: `82`, `1h 42m`, `63 mins`, `59 Min. 0 Sek.`, `1:02:03`, `12,5`; a bare number is in `unit`s."""
    plain = fold(text)
    if is_blank(plain):
        return None
    if re.fullmatch(r"\d+(?:[.,]\d+)?", plain):
        return float(plain.replace(",", ".")) * (60 if unit == "minutes" else 1)
    clock = re.fullmatch(r"(?:(\d+):)?(\d{1,3}):(\d{2})(?:[.,]\d+)?", plain)
    if clock:
        return int(clock[1] or 0) * 3600.0 + int(clock[2]) * 60 + int(clock[3])
    parts = re.findall(r"(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)", plain)
    total = 0.0
    for number, word in parts:
        size = _size(word)
        if size is None:
            return None
        total += float(number.replace(",", ".")) * size
    return total if parts else None


def order_of(moments: Iterable[Written]) -> set[str]:
    """The orders that every one of these moments allows."""
    allowed = {"mdy", "dmy"}
    for moment in moments:
        allowed &= moment.orders()
    return allowed


def _size(word: str) -> int | None:
    if word.startswith(("h", "st", "u", "or", "ч", "god", "sa", "jam", "gio", "時", "小", "시")):
        return 3600
    if word.startswith(("m", "dk", "dak", "м", "phut", "分", "분")):
        return 60
    return 1 if word.startswith(("s", "с", "giay", "det", "秒", "초")) else None


def _spaced(text: str) -> str:
    """`2026-04-15T14:00:00Z` with a space for the T, `14.11.2022 9.30.05` with colons."""
    text = re.sub(r"(?<=\d)T(?=\d)", " ", text)
    return _DOTTED_CLOCK.sub(lambda found: " " + ":".join(part for part in found.groups() if part), text)


def _with_day(rest: str, clock: time | None, zone: str | None, *, twelve: bool) -> Written | None:
    word = _ZONE_WORD.search(rest) if clock is not None else None
    zone_word = word.group().strip() if word and fold(word.group().strip())[:3] not in _MONTHS else ""
    if zone_word:
        rest = rest[: -len(zone_word)]
    elif clock is not None and re.fullmatch(r"[A-Z]{2,5}", rest):
        zone_word, rest = rest, ""
    rest = " ".join(_LINKING.sub(" ", rest).split())
    offset = _offset(zone)
    if not rest:
        return Written(clock, offset=offset, zone_word=zone_word, twelve_hours=twelve) if clock else None
    found = _day(rest) or _day(_WEEKDAY.sub("", rest))
    if found is None:
        return None
    day, numbers, order = found
    short_year = numbers is not None and re.search(r"\d{4}", rest) is None
    return Written(clock, day, numbers, order, offset, zone_word, twelve, short_year)


def _day(text: str) -> tuple[date | None, tuple[int, int, int] | None, str | None] | None:
    numeric = _NUMBERS.match(text)
    if numeric:
        first, separator, second, last = numeric[1], numeric[2], numeric[3], numeric[4]
        if len(first) == 4:
            day = _date(int(first), int(second), int(last)) if len(last) <= 2 else None
            return (day, None, "ymd") if day else (None, (0, 0, 0), "ymd")
        if len(first) == 3 or len(last) not in (2, 4):
            return None
        numbers = (int(first), int(second), int(last) + (2000 if len(last) == 2 else 0))
        return None, numbers, ("dmy" if separator == "." else None)
    for pattern, day_at, month_at, order in ((_WORDED, 1, 2, "dmy"), (_WORDED_MONTH_FIRST, 2, 1, "mdy")):
        worded = pattern.match(text)
        if worded:
            month = _month(worded[month_at])
            year = int(worded[3]) + (2000 if len(worded[3]) == 2 else 0)
            day = _date(year, month, int(worded[day_at])) if month else None
            return (day, None, order) if day else None
    return None


def _month(word: str) -> int | None:
    folded = fold(word)
    return next((_MONTHS[folded[:size]] for size in (5, 4, 3) if folded[:size] in _MONTHS), None)


def _clock(found: re.Match[str]) -> time | None:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    half = found["half1"] or found["half2"]
    if half and hour <= 12:
        after = re.fullmatch(_AFTER_NOON, half, re.IGNORECASE) is not None
        hour = hour % 12 + (12 if after else 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None


def _offset(zone: str | None) -> timedelta | None:
    if not zone:
        return None
    found = re.search(r"([+-])(\d{1,2}):?(\d{2})?$", zone)
    if not found:
        return timedelta()
    size = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return (size if found[1] == "+" else -size) if size < timedelta(hours=24) else None


def _serial(text: str) -> Written | None:
    """A day counted by Excel: 44222.32291 is 26 January 2021, 07:45."""
    moment = _EXCEL_ZERO + timedelta(days=float(text.replace(",", ".")))
    rounded = (moment + timedelta(milliseconds=500)).replace(microsecond=0)
    return Written(rounded.time(), rounded.date())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1990 <= year <= 2200 else None
    except ValueError:
        return None
