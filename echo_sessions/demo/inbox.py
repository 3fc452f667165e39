"""The delivered letters of the demo, read back from their files as a mail program would."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import cast

from echo_sessions.mail.entry import Entry, entries


@dataclass(frozen=True)
class Delivered:
    """One letter: `name` is its file's, without ending."""

    name: str
    date: datetime
    sender: str
    to: str
    subject: str
    text: str
    html: str
    entry: Entry | None


def names(folder: Path) -> list[str]:
    """All letters, newest first."""
    return sorted((path.stem for path in folder.glob("*.eml")), reverse=True)


def read(folder: Path, name: str, *, whole: bool = True) -> Delivered | None:
    """The letter with this name, or None; `whole=False` leaves out the texts."""
    path = folder / f"{name}.eml"
    if path.parent != folder or not path.exists():
        return None
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    return Delivered(
        name=name,
        date=parsedate_to_datetime(message["Date"]),
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=_part(message, "text/plain") if whole else "",
        html=_part(message, "text/html") if whole else "",
        entry=_entry(message) if whole else None,
    )


def _part(message: EmailMessage, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == kind:
            return str(part.get_content())
    return ""


def _entry(message: EmailMessage) -> Entry | None:
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            found = entries(cast(bytes, part.get_payload(decode=True)))
            return found[0] if found else None
    return None
