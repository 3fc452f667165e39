"""iCalendar bytes from values: invitations, cancellations, the feed and the download.

One session is one UID in mail, file and feed, its times are in UTC (so no VTIMEZONE is needed and none can be
wrong), and nothing here knows more than one person: the only ATTENDEE is the one who gets the letter, the only
link that person's own.

The lines are written here and not by a library: the one at hand makes a line break of a backslash before a
capital N, writes a name that ends in a backslash so that it cannot read it itself, and takes three times as long
for a feed of a thousand sessions. It reads ours back in the tests, as other libraries do.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from echo_sessions.sessions.rules import Answer
from echo_sessions.sessions.updates import Method

PRODID = "-//ECHO Sessions//Calendar//EN"
LONGEST_LINE = 75  # octets, without the line break (RFC 5545, 3.1)

# C0 but tab and line feed, DEL and C1 but NEL; then what some readers take for the end of a line, a byte order mark, and
# halves of characters that UTF-8 cannot say.
_DROPPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


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
    """The one person whom a letter is for, and what we know of their answer."""

    email: str
    name: str
    answer: Answer = Answer.NEEDS_ACTION


def request(event: Event, attendee: Attendee, dtstamp: datetime) -> bytes:
    """An invitation or an update. A cancelled session is no request (ValueError): clients would keep it."""
    if event.status is EventStatus.CANCELLED:
        raise ValueError("A cancelled session is told with CANCEL, never with REQUEST.")
    status = [_line("STATUS", event.status.value)]
    return _calendar(Method.REQUEST, [], [*_event(event, dtstamp, event.summary), *status, *_people(event, attendee)])


def cancel(event: Event, attendee: Attendee, dtstamp: datetime, *, whole: bool) -> bytes:
    """Takes the entry out of one calendar. `whole`: the session is cancelled for all; otherwise this person alone
    is un-invited, and then no STATUS may say otherwise (RFC 5546, 3.2.5). `event.sequence` is already the higher one."""
    status = [_line("STATUS", EventStatus.CANCELLED.value)] if whole else []
    return _calendar(Method.CANCEL, [], [*_event(event, dtstamp, event.summary), *status, *_people(event, attendee)])


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
    lines = [*_event(event, event.changed_at, title), _line("STATUS", event.status.value), _organizer(event)]
    return _vevent(lines)


def joined(fragments: Iterable[bytes], name: str, refresh: timedelta) -> bytes:
    """A feed from its VEVENTs, in the order given."""
    pause = f"PT{max(1, refresh // timedelta(minutes=1))}M"
    head = [
        _line("NAME", _text(name)),
        _line("X-WR-CALNAME", _text(name)),
        _line("REFRESH-INTERVAL;VALUE=DURATION", pause),
        _line("X-PUBLISHED-TTL", pause),
    ]
    return _wrapped(head, b"".join(fragments))


def download(events: Iterable[Event]) -> bytes:
    """All dates as one file to import once: a feed's events without its promise of news."""
    return _wrapped([], b"".join(fragment(event) for event in _sorted(events)))


def feed_etag(pairs: Iterable[tuple[str, int]], person_code: str, version: str) -> str:
    """The ETag (without quotes) of a feed: changes with any (session code, revision), the person or the format.

    The order of the pairs does not matter, so a 304 takes one query and no writing.
    """
    told = json.dumps([sorted(pairs), person_code, version])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _sorted(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.starts_at, event.uid))


def _event(event: Event, dtstamp: datetime, title: str) -> list[bytes]:
    lines = [
        _line("UID", _text(event.uid)),
        _line("DTSTAMP", _moment(dtstamp)),
        _line("DTSTART", _moment(event.starts_at)),
        _line("DTEND", _moment(event.ends_at)),
        _line("SEQUENCE", str(event.sequence)),
        _line("SUMMARY", _text(title)),
        _line("DESCRIPTION", _text(_with_link(event.description, event.location_url))),
        _line("CREATED", _moment(event.created_at)),
        _line("LAST-MODIFIED", _moment(event.changed_at)),
        _line("TRANSP", "OPAQUE"),
        _line("X-MICROSOFT-DISALLOW-COUNTER", "TRUE"),
    ]
    if event.location_url:
        lines += [
            _line("LOCATION", _text(event.location_url)),
            _line(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={_parameter(event.summary)}", _uri(event.location_url)),
        ]
    return lines


def _people(event: Event, attendee: Attendee) -> list[bytes]:
    partstat = attendee.answer.value.upper().replace("_", "-")
    name = _one_line(attendee.name) or attendee.email
    parameters = f"CN={_parameter(name)};ROLE=REQ-PARTICIPANT;PARTSTAT={partstat};RSVP=TRUE"
    return [_organizer(event), _line(f"ATTENDEE;{parameters}", _uri(f"mailto:{attendee.email}"))]


def _organizer(event: Event) -> bytes:
    return _line(f"ORGANIZER;CN={_parameter(event.organizer_name)}", _uri(f"mailto:{event.organizer_email}"))


def _calendar(method: Method, head: list[bytes], lines: list[bytes]) -> bytes:
    return _wrapped([_line("METHOD", method.value), *head], _vevent(lines))


def _wrapped(head: list[bytes], body: bytes) -> bytes:
    top = [b"BEGIN:VCALENDAR\r\n", b"VERSION:2.0\r\n", _line("PRODID", PRODID), b"CALSCALE:GREGORIAN\r\n", *head]
    return b"".join(top) + body + b"END:VCALENDAR\r\n"


def _vevent(lines: list[bytes]) -> bytes:
    return b"".join([b"BEGIN:VEVENT\r\n", *lines, b"END:VEVENT\r\n"])


def _with_link(description: str, link: str) -> str:
    if not link or link in description:
        return description
    return f"{description.rstrip()}\n\n{link}".lstrip()


def _clean(text: str) -> str:
    """One kind of line break, no other control characters but tabs."""
    return _DROPPED.sub("", _LINE_ENDS.sub("\n", text))


def _text(text: str) -> str:
    return _clean(text).translate(_ESCAPES)


def _parameter(text: str) -> str:
    """A parameter's value, on one line and always quoted, with apostrophes for quotes.

    A backslash at its end is dropped: some readers take it for the escape of the closing quote and lose the
    address that follows, others do so when there are no quotes. A caret that would mean something is doubled
    (RFC 6868).
    """
    return '"' + re.sub(r"\^(?=[n^'])", "^^", _one_line(text)) + '"'


def _one_line(name: str) -> str:
    return " ".join(_clean(name).split()).replace('"', "'").rstrip("\\ ")


def _uri(text: str) -> str:
    """An address in a line of its own kind. One with blanks or control characters is a fault of the program."""
    if _clean(text) != text or re.search(r'[\s"<>]', text):
        raise ValueError("An address in a calendar holds no blanks, quotes or control characters.")
    return text


def _moment(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("A moment in a calendar is aware.")
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _line(name: str, value: str) -> bytes:
    """A content line, folded between characters so that none is longer than 75 octets."""
    left = f"{name}:{value}".encode()
    lines, room = [], LONGEST_LINE
    while len(left) > room:
        cut = room
        while left[cut] & 0xC0 == 0x80:  # inside a character
            cut -= 1
        lines.append(left[:cut])
        left, room = left[cut:], LONGEST_LINE - 1  # the blank that says "goes on" counts too
    return b"\r\n ".join([*lines, left]) + b"\r\n"
