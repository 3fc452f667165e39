"""Roles, states of an enrolment, and what a program must say about itself."""

import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from zoneinfo import available_timezones

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

LINK_PURPOSE = "enrol"
CONFIRM_PURPOSE = "enrolment"
CONFIRM_LIVES = timedelta(days=3)
INVITATION_LIVES = timedelta(days=14)
OBSERVE_PURPOSE = "observe"
LETTERS_APART = timedelta(minutes=10)
SITE_MOST = 200
_SPACE = re.compile(r"\s+")
_LABEL = re.compile(r"[A-Z]{2,6}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{4,58}")


class Role(StrEnum):
    """A role in one program. Directors and coordinators run it; facilitators moderate; experts sit on panels; observers
    look on; evaluators see answers and figures; sponsors see counts; auditors look at everything but patients' text,
    for a time, and change nothing."""

    DIRECTOR = "director"
    COORDINATOR = "coordinator"
    FACILITATOR = "facilitator"
    EXPERT = "expert"
    OBSERVER = "observer"
    EVALUATOR = "evaluator"
    SPONSOR = "sponsor"
    AUDITOR = "auditor"


RUNS = frozenset({Role.DIRECTOR, Role.COORDINATOR})
NEEDS_SECOND_FACTOR = RUNS | {Role.EVALUATOR}
"""Roles that see many people's records: one proof of who it is does not suffice for them. An expert is asked twice a year."""
TAKES_PART = RUNS | {Role.FACILITATOR, Role.EXPERT, Role.OBSERVER, Role.EVALUATOR}
"""Who reads the program's series and sessions. Sponsors read the charter and counts; auditors are asked for apart, since
their look ends."""
PREPARES = RUNS | {Role.FACILITATOR, Role.EXPERT}
"""Who sees sessions that are not published yet, may be asked for any part in one, and may bring cases of their own."""
ENTERS = frozenset({Role.FACILITATOR, Role.OBSERVER})
"""Who may join any session of the program without being enrolled or asked: an observer's appointment is the approval."""
ENDS = frozenset({Role.AUDITOR})
"""Roles that are given until a day and never without one."""
LONGEST_AUDIT = timedelta(days=366)

ROLE_WORDS = {
    Role.DIRECTOR: msgid("Director"),
    Role.COORDINATOR: msgid("Coordinator"),
    Role.FACILITATOR: msgid("Facilitator"),
    Role.EXPERT: msgid("Expert"),
    Role.OBSERVER: msgid("Observer"),
    Role.EVALUATOR: msgid("Evaluator"),
    Role.SPONSOR: msgid("Sponsor"),
    Role.AUDITOR: msgid("Auditor"),
}

ROLE_MEANS = {
    Role.DIRECTOR: msgid("answers for what is taught, and may run everything in the program"),
    Role.COORDINATOR: msgid("plans, invites and keeps the records"),
    Role.FACILITATOR: msgid("moderates sessions, and reads their cases ahead"),
    Role.EXPERT: msgid("sits on panels, reads cases ahead and recommends"),
    Role.OBSERVER: msgid("looks on, with the program's consent"),
    Role.EVALUATOR: msgid("sees figures and certificates, and no case"),
    Role.SPONSOR: msgid("sees counts, never a person"),
    Role.AUDITOR: msgid("looks at the records for a time, changes nothing, and sees no patient's text"),
}


class TextKind(StrEnum):
    """Texts of the hub that are accepted, or shown, by their version."""

    COLLABORATION = "collaboration"
    CONDUCT = "conduct"
    PRIVACY = "privacy"


TEXT_WORDS = {
    TextKind.COLLABORATION: msgid("Statement of collaboration"),
    TextKind.CONDUCT: msgid("Code of conduct"),
    TextKind.PRIVACY: msgid("Privacy notice"),
}

ACCEPTED_KINDS = (TextKind.COLLABORATION, TextKind.CONDUCT)
"""What members accept, and accept again when it changes; the privacy notice is told, not agreed to."""


KIND_MEANS = {
    TextKind.COLLABORATION: msgid("What hub and participants promise each other."),
    TextKind.CONDUCT: msgid("How we treat each other, and what happens when somebody does not."),
    TextKind.PRIVACY: msgid("What the hub keeps about people, why, for how long, and who sees it."),
}


def trust_lacks(*, owner: bool, conduct: bool, privacy: bool, contact: bool) -> list[Said]:
    """What a program must say about itself before its dates are published, and does not: in sentences that say what to do."""
    wanted = (
        (owner, msgid("Nobody answers for it by name: appoint a director, or an owner of the hub.")),
        (conduct, msgid("There is no code of conduct: publish one.")),
        (privacy, msgid("There is no privacy notice: publish one.")),
        (contact, msgid("There is no address to write to: add one to the charter.")),
    )
    return [Said(words) for there, words in wanted if not there]


class EnrolmentState(StrEnum):
    """Nobody is a participant of a series but by an active enrolment. Who has asked has to confirm by letter; who waits
    for approval or for a place has confirmed already."""

    INVITED = "invited"
    ASKED = "asked"
    APPROVAL = "approval"
    WAITING = "waiting"
    ACTIVE = "active"
    LEFT = "left"
    REMOVED = "removed"
    DECLINED = "declined"


_PLACE = frozenset({EnrolmentState.ACTIVE, EnrolmentState.WAITING})
_OVER = frozenset({EnrolmentState.LEFT, EnrolmentState.REMOVED})

MOVES: dict[EnrolmentState, frozenset[EnrolmentState]] = {
    EnrolmentState.INVITED: _PLACE | _OVER | {EnrolmentState.APPROVAL},
    EnrolmentState.ASKED: _PLACE | _OVER | {EnrolmentState.APPROVAL, EnrolmentState.INVITED},
    EnrolmentState.APPROVAL: _PLACE | _OVER | {EnrolmentState.DECLINED},
    EnrolmentState.WAITING: _OVER | {EnrolmentState.ACTIVE},
    EnrolmentState.ACTIVE: _OVER,
    EnrolmentState.LEFT: _PLACE | {EnrolmentState.ASKED, EnrolmentState.APPROVAL, EnrolmentState.INVITED},
    EnrolmentState.REMOVED: _PLACE | {EnrolmentState.INVITED},
    EnrolmentState.DECLINED: _PLACE | {EnrolmentState.INVITED},
}
"""Who was removed or declined comes back by the hub's hand or invitation only, never by the public link."""

STATE_WORDS = {
    EnrolmentState.INVITED: (msgid("Invited"), "info"),
    EnrolmentState.ASKED: (msgid("Not confirmed yet"), "attention"),
    EnrolmentState.APPROVAL: (msgid("Waits for approval"), "attention"),
    EnrolmentState.WAITING: (msgid("On the waiting list"), "info"),
    EnrolmentState.ACTIVE: (msgid("Takes part"), "good"),
    EnrolmentState.LEFT: (msgid("Left"), "quiet"),
    EnrolmentState.REMOVED: (msgid("Removed"), "quiet"),
    EnrolmentState.DECLINED: (msgid("Declined"), "quiet"),
}

IN_PLACE = frozenset({EnrolmentState.ACTIVE, EnrolmentState.WAITING})
BEFORE = frozenset({EnrolmentState.INVITED, EnrolmentState.APPROVAL, EnrolmentState.WAITING})
"""States in which somebody's own page says how it stands, though they take part in nothing yet."""


class How(StrEnum):
    """By which way somebody came into a series."""

    LINK = "link"
    INVITATION = "invitation"
    FILE = "file"
    HAND = "hand"


HOW_WORDS = {
    How.LINK: msgid("By the enrolment link"),
    How.INVITATION: msgid("By invitation"),
    How.FILE: msgid("From a file"),
    How.HAND: msgid("By the hub"),
}


class Freed(StrEnum):
    """Why somebody takes part from now on."""

    PLACE_FREE = "place free"
    APPROVED = "approved"
    OUT_OF_TURN = "out of turn"


class ObserverState(StrEnum):
    """A wish to look on: asked by letter, then for those who run the program to decide."""

    ASKED = "asked"
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


CHARTER = ("aim", "audience", "scope_in", "scope_out", "sponsor", "measures", "contact")

DISCLAIMER = msgid(
    "Case consultations do not create a provider–patient relationship between any clinician of the hub and any patient "
    "whose case is presented. Advice given does not replace the judgement of the clinician who treats the patient."
)


def move(state: EnrolmentState, to: EnrolmentState) -> EnrolmentState:
    """The new state, or a refusal that says which is possible."""
    if to not in MOVES[state]:
        raise Refused("An enrolment that is %(state)s cannot become %(to)s.", state=state, to=to)
    return to


def clean_label(text: str) -> str:
    """The letters that begin the ECHO IDs of a program's cases: 2 to 6 of A to Z, in capitals."""
    label = text.strip().upper()
    if not _LABEL.fullmatch(label):
        raise Refused("The label needs 2 to 6 letters from A to Z, such as HCV.")
    return label


def clean_phone(text: str) -> str | None:
    """A telephone number as people write it, on one line: digits with spaces, brackets, points, strokes; None for none.
    Refuses words, which no telephone dials, and fewer than five digits."""
    number = _one_line(unicodedata.normalize("NFKC", text))
    if not number:
        return None
    if not _PHONE.fullmatch(number) or sum(map(str.isdigit, number)) < 5:
        raise Refused(
            "This is no telephone number. Write digits, beginning with + and the country, such as +1 505 555 0142."
        )
    return number


def clean_site(text: str) -> str:
    """A site's name on one line, NFC. Refuses an empty one and more than 200 letters."""
    name = _one_line(unicodedata.normalize("NFC", text))
    if not name:
        raise Refused("A site needs a name.")
    if len(name) > SITE_MOST:
        raise Refused("The site's name has %(length)s letters; at most %(most)s fit.", length=len(name), most=SITE_MOST)
    return name


def site_as_compared(text: str) -> str:
    """The spelling by which two names of sites are the same: case, width and spaces do not count."""
    return _one_line(unicodedata.normalize("NFKC", text).casefold())[:SITE_MOST]


def zone_named(text: str) -> str:
    """A time zone by its name or, where only one is called so, by its city: `Nairobi` is `Africa/Nairobi`."""
    name = _one_line(text).casefold().replace(" ", "_")
    found = _zones().get(name, [])
    if len(found) != 1:
        raise Refused("No such time zone. Write one such as America/Denver or Africa/Nairobi.")
    return found[0]


def may_dismiss(role: Role, others_who_run: int) -> None:
    """Refuses to take the last person who runs a program out of it."""
    if role in RUNS and others_who_run == 0:
        raise Refused("A program needs somebody who runs it. Appoint another director or coordinator first.")


def ends_of(role: Role, ends_at: datetime | None, now: datetime) -> datetime | None:
    """Until when a role is given: an auditor's ends within a year of today, every other stays until it is taken back."""
    if role not in ENDS:
        return None
    if ends_at is None or ends_at <= now:
        raise Refused("An auditor looks for a time only. Give the last day, from tomorrow on.")
    if ends_at > now + LONGEST_AUDIT:
        raise Refused("An auditor looks for a year at most. Give an earlier last day; it can be given anew.")
    return ends_at


@cache
def _zones() -> dict[str, list[str]]:
    """Zones by their own names, and by their last part; `Etc/UTC` and its kin only by their whole name."""
    zones: dict[str, list[str]] = {}
    for zone in sorted(available_timezones()):
        region, _, city = zone.casefold().rpartition("/")
        if region not in {"", "etc"}:
            zones.setdefault(city, []).append(zone)
    return zones | {zone.casefold(): [zone] for zone in available_timezones()}


def _one_line(text: str) -> str:
    visible = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in text)
    return _SPACE.sub(" ", visible).strip()
