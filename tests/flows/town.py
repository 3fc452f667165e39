"""The town in which stories happen: one clock, one post office, one worker, and the letters people find in their mailbox."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import icalendar
from flask import Flask

from echo_sessions.database import db
from echo_sessions.jobs import schedule, worker
from tests.client import BASE
from tests.smtp_server import MailServer

OURS = rf"(?:{re.escape(BASE)}|http://127\.0\.0\.1:\d+)"
"""Where our pages are: for clients within the process, and for real browsers."""


@dataclass
class Clock:
    """The one clock; it stands still until it is moved."""

    moment: datetime

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class Town:
    """Where everybody lives. `until` lets time pass: at each stop the worker does what is due, as it would on its own."""

    app: Flask
    clock: Clock
    post: MailServer
    keys: dict[str, str] = field(default_factory=dict)
    """What people's authenticator apps hold, by address."""

    def until(self, moment: datetime, *, step: timedelta = timedelta(days=1)) -> None:
        """Let time pass in steps, and work off what is due at each."""
        assert moment >= self.clock.moment, "time does not run backwards"
        while self.clock.moment < moment:
            self.clock.moment = min(self.clock.moment + step, moment)
            self.work()

    def work(self) -> None:
        """Let the worker do everything that is due at this moment."""
        with self.app.app_context():
            schedule.ask_for(self.clock.moment)
        db.session.rollback()
        worker.work_off(self.app, now=self.clock.moment)
        db.session.rollback()


@dataclass
class Mailbox:
    """What the mail server delivered to one address."""

    town: Town
    address: str

    def letters(self, subject: str = "") -> list[EmailMessage]:
        """The letters delivered so far whose subject holds these words, oldest first."""
        return [letter for letter in self.town.post.delivered(self.address) if subject in str(letter["Subject"])]

    def fetched(self) -> list[EmailMessage]:
        """All letters so far, once the worker has done what is due."""
        self.town.work()
        return self.letters()

    def letter(self, subject: str = "") -> EmailMessage:
        """The newest with these words, once the worker has done what is due."""
        self.town.work()
        found, all_ = self.letters(subject), [str(each["Subject"]) for each in self.letters()]
        assert found, f"{self.address} has no letter “{subject}”, only {all_}"
        return found[-1]


def words_of(letter: EmailMessage) -> str:
    """The plain words of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None, "a letter without plain words"
    return str(body.get_content())


def link_in(letter: EmailMessage, path: str = "") -> str:
    """The first address of ours in a letter, of those whose path begins so."""
    found = re.findall(rf"{OURS}{re.escape(path)}[^\s>]*", words_of(letter))
    assert found, f"no link {path} in: {words_of(letter)}"
    return str(found[0])


def calendar_of(letter: EmailMessage) -> tuple[str, Any]:
    """METHOD and the one VEVENT of a letter's calendar part; no event where it has none."""
    for part in letter.walk():
        if part.get_content_type() == "text/calendar" and not part.get_filename():
            calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
            [event] = calendar.walk("VEVENT")
            assert part.get_param("method") == str(calendar["METHOD"])
            return str(calendar["METHOD"]), event
    return "", None


def whole(letter: EmailMessage) -> str:
    """Everything a letter holds that can be read: headers and all parts, decoded."""
    parts = [str(value) for value in letter.values()]
    for part in letter.walk():
        if not part.is_multipart():
            parts.append(
                (part.get_payload(decode=True) or b"").decode(part.get_content_charset() or "utf-8", "replace")
            )
    return "\n".join(parts)
