"""Two little calendar programs that read the letters as mail programs do, and the post that brings them."""

from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from typing import Any

import icalendar

from echo_sessions.database import db
from echo_sessions.errors import TryLater
from echo_sessions.jobs import worker


@dataclass
class Entry:
    """What stands in a calendar under one UID."""

    sequence: int
    stamp: datetime
    starts: datetime
    title: str
    partstat: str


@dataclass
class Lenient:
    """Takes an update that is not older, and takes out whatever it is told to."""

    entries: dict[str, Entry] = field(default_factory=dict)
    surprises: list[str] = field(default_factory=list)

    def read(self, method: str, event: Any) -> None:
        uid, entry = str(event["UID"]), _entry(event)
        held = self.entries.get(uid)
        if method == "CANCEL":
            if held is None:
                self.surprises.append(f"a CANCEL for {uid}, which is not here")
            self.entries.pop(uid, None)
        elif held is None or (entry.sequence, entry.stamp) >= (held.sequence, held.stamp):
            self.entries[uid] = entry


@dataclass
class Strict:
    """Never goes back behind a number it has seen, and takes a CANCEL only if its number is higher than the entry's."""

    entries: dict[str, Entry] = field(default_factory=dict)
    seen: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def read(self, method: str, event: Any) -> None:
        uid, entry = str(event["UID"]), _entry(event)
        revision, held = (entry.sequence, entry.stamp), self.entries.get(uid)
        if revision <= self.seen.get(uid, (-1, revision[1])):
            return
        if method == "CANCEL":
            if held is not None and entry.sequence <= held.sequence:
                return
            self.entries.pop(uid, None)
        else:
            self.entries[uid] = entry
        self.seen[uid] = revision


class Post:
    """The mail server: brings letters to calendars, or asks for patience while it is shut."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.shut = False
        self.letters: list[tuple[str, Any]] = []

    def send(self, data: bytes, *, sender: str, to: str) -> str:
        if self.shut:
            raise TryLater("450 come back later")
        self.letters.append((to, message_from_bytes(data, policy=policy.SMTP)))
        return "250 ok"

    def run(self, now: datetime) -> None:
        """Let workers do everything that is due."""
        db.session.rollback()
        worker.work_off(self.app, now=now)
        db.session.rollback()

    def to(self, person: Any) -> list[Any]:
        """The letters that reached somebody, first one first."""
        return [letter for address, letter in self.letters if address == person.address]

    def told(self, person: Any) -> list[tuple[str, int]]:
        """METHOD and SEQUENCE of each calendar letter that reached somebody."""
        return [(method, int(event["SEQUENCE"])) for method, event in map(calendar_part, self.to(person)) if event]

    def calendars(self, person: Any) -> tuple[Lenient, Strict]:
        """Both programs after the person's letters."""
        pair = Lenient(), Strict()
        for letter in self.to(person):
            method, event = calendar_part(letter)
            if event is not None:
                for calendar in pair:
                    calendar.read(method, event)
        return pair


def calendar_part(letter: Any) -> tuple[str, Any]:
    """METHOD and VEVENT of a letter; no event where there is no calendar part."""
    for part in letter.walk():
        if part.get_content_type() == "text/calendar" and not part.get_filename():
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            [event] = calendar.walk("VEVENT")
            assert part.get_param("method") == str(calendar["METHOD"])
            return str(calendar["METHOD"]), event
    return "", None


def plain(letter: Any) -> str:
    """The plain words of a letter."""
    return str(letter.get_body(("plain",)).get_content())


def _entry(event: Any) -> Entry:
    return Entry(
        sequence=int(event["SEQUENCE"]), stamp=event["DTSTAMP"].dt, starts=event["DTSTART"].dt, title=str(event["SUMMARY"]),
        partstat=str(event["ATTENDEE"].params["PARTSTAT"]),
    )  # fmt: skip
