"""A participant report of the demo, in the shape that Zoom writes: names as people type them, rejoins, no e-mail for guests."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session

HEADER = [
    "Name (original name)",
    "Email",
    "Join time",
    "Leave time",
    "Duration (minutes)",
    "Guest",
    "Recording disclaimer response",
    "In waiting room",
]


def written(session: Session, people: Sequence[Person], *, zone: str, random: Random, strangers: bool) -> bytes:
    """The file for a session: most of its people, some twice, some under other names; `strangers` adds doubtful ones."""
    rows = []
    for person in people:
        if random.random() < 0.15:
            continue
        known = random.random() < 0.8 and person.address is not None
        joined = session.starts_at - timedelta(minutes=random.randint(0, 14), seconds=random.randint(0, 59))
        left = session.ends_at + timedelta(minutes=random.randint(-8, 5), seconds=random.randint(0, 59))
        if random.random() < 0.2:
            left = session.starts_at + timedelta(minutes=random.randint(20, session.minutes - 10))
        if random.random() < 0.15:
            rows.append((joined, joined + timedelta(seconds=40), person.name, person.address if known else "", "Yes"))
        if random.random() < 0.25:
            middle = session.starts_at + timedelta(minutes=random.randint(15, session.minutes - 15))
            rows.append((joined, min(middle, left), person.name, person.address if known else "", "No"))
            joined = middle + timedelta(seconds=random.randint(20, 200))
        if joined < left:
            rows.append((joined, left, person.name, person.address if known else "", "No"))
    if strangers:
        start, end = session.starts_at, session.ends_at
        rows += [
            (start - timedelta(minutes=3), end, "Maria Gallegos", "", "No"),
            (start + timedelta(minutes=4), end - timedelta(minutes=6), "iPhone", "", "No"),
            (start + timedelta(minutes=1), end, "Conference Room 2 - Silver Creek", "", "No"),
            (start + timedelta(minutes=2), end, "Dr. Raghunathan (she/her)", "", "No"),
            (start - timedelta(minutes=10), end + timedelta(minutes=2), "Otter Notes", "", "No"),
            (start + timedelta(minutes=9), end, "15055550142", "", "No"),
        ]
    rows.sort(key=lambda row: row[0])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for joined, left, name, email, waiting in rows:
        minutes = -(-int((left - joined).total_seconds()) // 60)
        writer.writerow(
            [name, email, _moment(joined, zone), _moment(left, zone), minutes, "No" if email else "Yes", "OK", waiting]
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _moment(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%m/%d/%Y %I:%M:%S %p}"
