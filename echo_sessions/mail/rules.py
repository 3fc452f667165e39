"""What a letter is before it is a row, and the states of one that is."""

from dataclasses import dataclass
from enum import StrEnum

GONE = "(This letter held a one-time link; its text was dropped.)"


class LetterState(StrEnum):
    """`superseded`: a later letter about the same thing to the same person took its place before it left.
    `held`: it leads to something that was taken out of view, and waits until that is settled."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    HELD = "held"


@dataclass(frozen=True)
class Calendar:
    """The calendar part of a letter: finished bytes, and what they say about which entry."""

    data: bytes
    method: str
    uid: str
    sequence: int


@dataclass(frozen=True)
class Message:
    """One finished letter to one person. Nothing in it is a patient's.

    `secret`: the body holds a one-time link, so it is dropped once sent. `about` is the code of what it
    concerns, `kind` the template's name.
    """

    kind: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    person_id: int | None = None
    about: str | None = None
    calendar: Calendar | None = None
    secret: bool = False


def thread_of(uid: str, to: str) -> str:
    """Letters about one calendar entry to one address: they leave in order, and a newer one takes an unsent one's place."""
    return f"{uid} {to.casefold()}"
