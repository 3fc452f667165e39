"""iCalendar bytes from values: invitations, cancellations, the feed and the download.

One session is one UID in mail, file and feed, its times are in UTC (so no VTIMEZONE is needed and none can be
wrong), and nothing here knows more than one person: the only ATTENDEE is the one who gets the letter, the only
link that person's own.

The lines are written by icalendar; its faults are worked around in `_Text` and `_one_line`. Its folding is slow but
careful (never inside a character nor an escape) and stays. One thing is done by hand: kept VEVENTs are put into a
calendar as bytes, because the library holds them only as objects and would write every one again.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Self

import icalendar
from icalendar import vCalAddress, vDatetime, vDuration, vInt, vText, vUri

from echo_sessions.sessions.rules import Answer
from echo_sessions.sessions.updates import Method

PRODID = "-//ECHO Sessions//Calendar//EN"

# C0 but tab and line feed, DEL and C1 but NEL; then what some readers take for the end of a line, a byte order mark, and
# halves of characters that UTF-8 cannot say.
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


class EventStatus(StrEnum):
    """What the calendar is told of the session itself."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Event:
    """A session as one person's calendar shows it.

    `location_url` is that person's own way in (or empty); it is added to the description if it is not there,
    because many programs show nothing else. `organizer_email` never changes for a UID. Moments are aware; a
    fraction of a second is dropped. `changed_at` is the last change that calendars show.
    """

    uid: str
    sequence: int
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    location_url: str
    organizer_email: str
    organizer_name: str
    created_at: datetime
    changed_at: datetime
    status: EventStatus = EventStatus.CONFIRMED

    def __post_init__(self) -> None:
        if self.starts_at >= self.ends_at:
            raise ValueError("An event ends after it starts.")
        if not self.uid or self.sequence < 0:
            raise ValueError("An event has a UID and a SEQUENCE of 0 or more.")


@dataclass(frozen=True)
class Attendee:
    """The one person whom a letter is for, and what we know of their answer.

    `copied`: it is for their information, since they keep somebody's diary; nobody waits for their answer. They are an
    optional participant then: the standard's NON-PARTICIPANT is shown as a room or a thing by some calendars.
    """

    email: str
    name: str
    answer: Answer = Answer.NEEDS_ACTION
    copied: bool = False


def request(event: Event, attendee: Attendee, dtstamp: datetime) -> bytes:
    """An invitation or an update. A cancelled session is no request (ValueError): clients would keep it."""
    if event.status is EventStatus.CANCELLED:
        raise ValueError("A cancelled session is told with CANCEL, never with REQUEST.")
    entry = _entry(event, dtstamp, event.summary)
    entry["STATUS"] = vText(event.status.value)
    return _letter(Method.REQUEST, entry, event, attendee)


def cancel(event: Event, attendee: Attendee, dtstamp: datetime, *, whole: bool) -> bytes:
    """Takes the entry out of one calendar. `whole`: the session is cancelled for all; otherwise this person alone
    is un-invited, and then no STATUS may say otherwise (RFC 5546, 3.2.5). `event.sequence` is already the higher one."""
    entry = _entry(event, dtstamp, event.summary)
    if whole:
        entry["STATUS"] = vText(EventStatus.CANCELLED.value)
    return _letter(Method.CANCEL, entry, event, attendee)


def feed(
    events: Iterable[Event],
    *,
    name: str,
    refresh: timedelta = timedelta(hours=1),
    cancelled_title: str = "Cancelled: %(title)s",
) -> bytes:
    """One person's subscription. Without change two fetches are the same bytes, so DTSTAMP is the last change.

    `refresh` is the wished pause between two fetches, at least a minute. `cancelled_title` is in the person's
    language: programs that do not look at STATUS still tell the truth that way.
    """
    return joined([fragment(event, cancelled_title=cancelled_title) for event in _sorted(events)], name, refresh)


def fragment(event: Event, *, cancelled_title: str = "Cancelled: %(title)s") -> bytes:
    """One VEVENT of a feed. It depends on nothing but its arguments and may be kept until one of them changes."""
    cancelled = event.status is EventStatus.CANCELLED
    title = cancelled_title % {"title": event.summary} if cancelled else event.summary
    entry = _entry(event, event.changed_at, title)
    entry["STATUS"] = vText(event.status.value)
    entry["ORGANIZER"] = _organizer(event)
    return _written(entry)


def joined(fragments: Iterable[bytes], name: str, refresh: timedelta) -> bytes:
    """A feed from its VEVENTs, in the order given."""
    pause = timedelta(minutes=max(1, refresh // timedelta(minutes=1)))
    calendar = _calendar()
    calendar["NAME"] = calendar["X-WR-CALNAME"] = _Text(name)
    calendar["REFRESH-INTERVAL"] = vDuration(pause, params={"VALUE": "DURATION"})
    calendar["X-PUBLISHED-TTL"] = vDuration(pause)
    return _around(calendar, fragments)


def download(events: Iterable[Event]) -> bytes:
    """All dates as one file to import once: a feed's events without its promise of news."""
    return _around(_calendar(), [fragment(event) for event in _sorted(events)])


def feed_etag(pairs: Iterable[tuple[str, int]], person_code: str, version: str) -> str:
    """The ETag (without quotes) of a feed: changes with any (session code, revision), the person or the format.

    The order of the pairs does not matter, so a 304 takes one query and no writing.
    """
    told = json.dumps([sorted(pairs), person_code, version])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _sorted(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.starts_at, event.uid))


class _Text(vText):
    r"""Text without control characters.

    A fault of icalendar: it takes a backslash before a capital N for a line break, so `C:\New` would be two lines.
    Another: it writes a calendar's NAME and X-WR-CALNAME as they are, so they too are given to it as this.
    """

    def __new__(cls, value: str) -> Self:
        return super().__new__(cls, _clean(value))

    def to_ical(self) -> bytes:
        return rb"\\N".join(vText(part).to_ical() for part in self.split(r"\N"))


def _entry(event: Event, dtstamp: datetime, title: str) -> icalendar.Event:
    entry = icalendar.Event()
    entry["UID"] = _Text(event.uid)
    entry["DTSTAMP"] = _moment(dtstamp)
    entry["DTSTART"] = _moment(event.starts_at)
    entry["DTEND"] = _moment(event.ends_at)
    entry["SEQUENCE"] = vInt(event.sequence)
    entry["SUMMARY"] = _Text(title)
    entry["DESCRIPTION"] = _Text(_with_link(event.description, event.location_url))
    entry["CREATED"] = _moment(event.created_at)
    entry["LAST-MODIFIED"] = _moment(event.changed_at)
    entry["TRANSP"] = vText("OPAQUE")
    entry["X-MICROSOFT-DISALLOW-COUNTER"] = vText("TRUE")
    if event.location_url:
        entry["LOCATION"] = _Text(event.location_url)
        way = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": _one_line(event.summary)}
        entry["CONFERENCE"] = vUri(_address(event.location_url), params=way)
    return entry


def _letter(method: Method, entry: icalendar.Event, event: Event, attendee: Attendee) -> bytes:
    entry["ORGANIZER"] = _organizer(event)
    parameters = {
        "CN": _one_line(attendee.name) or attendee.email,
        "ROLE": "OPT-PARTICIPANT" if attendee.copied else "REQ-PARTICIPANT",
        "PARTSTAT": attendee.answer.value.upper().replace("_", "-"),
        "RSVP": "FALSE" if attendee.copied else "TRUE",
    }
    entry["ATTENDEE"] = vCalAddress(_address(f"mailto:{attendee.email}"), params=parameters)
    calendar = _calendar()
    calendar["METHOD"] = vText(method.value)
    calendar.add_component(entry)
    return _written(calendar)


def _organizer(event: Event) -> vCalAddress:
    return vCalAddress(_address(f"mailto:{event.organizer_email}"), params={"CN": _one_line(event.organizer_name)})


def _calendar() -> icalendar.Calendar:
    return icalendar.Calendar(VERSION=vText("2.0"), PRODID=vText(PRODID), CALSCALE=vText("GREGORIAN"))


def _written(component: icalendar.Component) -> bytes:
    """The component in the order in which it was filled, so that the same values are always the same bytes."""
    return bytes(component.to_ical(sorted=False))


def _around(calendar: icalendar.Calendar, fragments: Iterable[bytes]) -> bytes:
    """A calendar with VEVENTs that are written already."""
    end = b"END:VCALENDAR\r\n"
    return b"".join([_written(calendar).removesuffix(end), *fragments, end])


def _with_link(description: str, link: str) -> str:
    if not link or link in description:
        return description
    return f"{description.rstrip()}\n\n{link}".lstrip()


def _clean(text: str) -> str:
    """One kind of line break, no other control characters but tabs."""
    return _DROPPED.sub("", _LINE_ENDS.sub("\n", text))


def _one_line(name: str) -> str:
    """A name for a parameter, on one line, with apostrophes for quotes.

    A fault of icalendar, and of some readers the other way round: a backslash at the end of a name takes what follows
    into it, without quotes the next parameter, with quotes the address. So it is dropped.
    """
    return " ".join(_clean(name).split()).replace('"', "'").rstrip("\\ ")


def _address(text: str) -> str:
    """An address in a line of its own kind. One with blanks or control characters is a fault of the program."""
    if _clean(text) != text or re.search(r'[\s"<>]', text):
        raise ValueError("An address in a calendar holds no blanks, quotes or control characters.")
    return text


def _moment(moment: datetime) -> vDatetime:
    if moment.tzinfo is None:
        raise ValueError("A moment in a calendar is aware.")
    return vDatetime(moment.astimezone(UTC))
