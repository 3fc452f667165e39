"""What may be consented to, how long each kind of data is kept at least, and when a request is carried out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused
from echo_sessions.words import msgid

WAITS = timedelta(days=7)
"""How long an erasure may be called off, and how long what would go is shown before it goes."""
COPY_LIVES = timedelta(days=7)
YEAR = 365
SIX_YEARS = 6 * YEAR + 2


class ConsentKind(StrEnum):
    """What somebody may agree to beside taking part; none of it is needed to take part."""

    RECORDING = "recording"
    PHOTO = "photo"
    STORY = "story"
    RESEARCH = "research"


CONSENT_WORDS = {
    ConsentKind.RECORDING: (msgid("Recordings"), msgid("My voice and picture may be in recordings of didactics.")),
    ConsentKind.PHOTO: (msgid("Photographs"), msgid("Pictures of sessions that show me may be used in reports.")),
    ConsentKind.STORY: (
        msgid("Stories"),
        msgid("What I tell about my learning may be printed in reports, with my name."),
    ),
    ConsentKind.RESEARCH: (msgid("Research"), msgid("I may be asked to take part in studies about this program.")),
}


class RequestKind(StrEnum):
    """A copy of one's own data, or to be erased."""

    COPY = "copy"
    ERASURE = "erasure"


class RequestState(StrEnum):
    """An erasure waits and may be called off; a copy is being made, ready, and over when its file was removed."""

    WAITING = "waiting"
    READY = "ready"
    DONE = "done"
    CALLED_OFF = "called_off"


class RunState(StrEnum):
    """A clearing out is shown first; it may be held back, and is done when its time has come."""

    SHOWN = "shown"
    HELD = "held"
    DONE = "done"


@dataclass(frozen=True)
class Kind:
    """One kind of data with its period in days, and the least that law or accreditors allow."""

    name: str
    what: str
    days: int
    least: int
    why: str


KINDS: tuple[Kind, ...] = (
    Kind("links", msgid("One-time links that have ended"), 30, 1, msgid("to see what became of a link")),
    Kind("letters", msgid("Words of letters"), 400, 90, msgid("to show what was told to whom")),
    Kind("visits", msgid("Clicks on the way into sessions"), 2 * YEAR, 30, msgid("to help who could not get in")),
    Kind("meeting_links", msgid("Personal ways into meetings that are over"), 2 * YEAR, 90, msgid("to read the provider's reports")),
    Kind("hooks", msgid("What meeting providers told as it came"), 90, 30, msgid("to work out again who was there")),
    Kind("companions", msgid("Who was said to sit in one room"), 2 * YEAR, 90, msgid("to settle who was there")),
    Kind("shown", msgid("Who was shown disclosures before a session"), SIX_YEARS, SIX_YEARS, msgid("accreditors ask for it during 6 years")),
    Kind("invitations", msgid("Answers to invitations"), 2 * YEAR, 90, msgid("to plan the next series")),
    Kind("looks", msgid("Who looked at what"), 2 * YEAR, YEAR, msgid("whose record was opened may ask for it")),
    Kind("absences", msgid("Absences that are over, and what was taken over"), 2 * YEAR, 90, msgid("to see who acted for whom")),
    Kind("drafts", msgid("Drafts of cases that nobody touches"), 2 * YEAR, 90, msgid("so that nothing typed is lost")),
    Kind("employers_letters", msgid("Employers' letters of checks that have ended"), YEAR, 30, msgid("in case of doubt")),
    Kind(
        "evidence", msgid("Attendance as the provider wrote it: names, addresses, telephone numbers"), SIX_YEARS, SIX_YEARS,
        msgid("accreditors ask for it during 6 years"),
    ),
    Kind(
        "people", msgid("People of whom there has been no trace"), SIX_YEARS, SIX_YEARS,
        msgid("credit records are kept for 6 years"),
    ),
)  # fmt: skip


def kind_named(name: str) -> Kind:
    """The kind with this name."""
    return next(kind for kind in KINDS if kind.name == name)


def check_period(kind: Kind, days: int) -> None:
    """Refuses a period below what law or accreditors ask for, and one that means forever."""
    if days < kind.least:
        raise Refused(
            "%(what)s: at least %(least)s days, because %(why)s.", what=kind.what, least=kind.least, why=kind.why
        )
    if days > 100 * YEAR:
        raise Refused("%(what)s: a period needs an end, at most a hundred years.", what=kind.what)


def may_call_off(kind: RequestKind, state: RequestState) -> None:
    """Only an erasure that still waits can be called off."""
    if kind is not RequestKind.ERASURE or state is not RequestState.WAITING:
        raise Refused("There is nothing to call off: this request has been carried out.")


def carried_out(asked_at: datetime) -> datetime:
    """When an erasure is carried out: after a week in which it can be called off."""
    return asked_at + WAITS
