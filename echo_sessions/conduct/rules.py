"""The way of a report: who may handle it, which step may follow which, until when one may appeal.

Reminder, warning, removal: a step may be skipped, but never without saying why. Every time is a moment in UTC.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

DECIDED_WITHIN = timedelta(days=7)
APPEAL_WITHIN = timedelta(days=30)
SECOND_WITHIN = timedelta(days=5)
HEARD_WITHIN = timedelta(days=14)
COUNTS_FOR = timedelta(days=730)
"""How long an earlier step counts when the next one is chosen."""
TEXT_MOST = 5000
_WORD = re.compile(r"\w+")


class IncidentState(StrEnum):
    """What has been decided so far. What waits, and for whom, follows from it."""

    REPORTED = "reported"
    REMINDED = "reminded"
    WARNED = "warned"
    REMOVED = "removed"
    DISMISSED = "dismissed"
    APPEALED = "appealed"
    UPHELD = "upheld"
    REVERSED = "reversed"


class Step(StrEnum):
    """What may be decided against somebody, the mildest first."""

    REMINDER = "reminder"
    WARNING = "warning"
    REMOVAL = "removal"


class Deed(StrEnum):
    """One line in the history of an incident."""

    REPORTED = "reported"
    NAMED = "named"
    REMINDER = "reminder"
    WARNING = "warning"
    REMOVAL = "removal"
    DISMISSED = "dismissed"
    APPEALED = "appealed"
    SECOND = "second"
    UPHELD = "upheld"
    REVERSED = "reversed"


class Desk(StrEnum):
    """Who handles an incident: those who run its program (and the hub's staff), the hub's owners, or all of its staff."""

    PROGRAM = "program"
    OWNERS = "owners"
    STAFF = "staff"


MOVES: Mapping[IncidentState, frozenset[IncidentState]] = {
    IncidentState.REPORTED: frozenset(
        {IncidentState.REMINDED, IncidentState.WARNED, IncidentState.REMOVED, IncidentState.DISMISSED}
    ),
    IncidentState.REMINDED: frozenset({IncidentState.WARNED, IncidentState.REMOVED, IncidentState.APPEALED}),
    IncidentState.WARNED: frozenset({IncidentState.REMOVED, IncidentState.APPEALED}),
    IncidentState.REMOVED: frozenset({IncidentState.APPEALED}),
    IncidentState.DISMISSED: frozenset(),
    IncidentState.APPEALED: frozenset({IncidentState.UPHELD, IncidentState.REVERSED}),
    IncidentState.UPHELD: frozenset(),
    IncidentState.REVERSED: frozenset(),
}

STATE_OF = {
    Step.REMINDER: IncidentState.REMINDED,
    Step.WARNING: IncidentState.WARNED,
    Step.REMOVAL: IncidentState.REMOVED,
}
STEPPED = frozenset(STATE_OF.values())
STANDING = STEPPED | {IncidentState.APPEALED, IncidentState.UPHELD}
"""States in which a step against somebody stands."""

STATE_WORDS = {
    IncidentState.REPORTED: (msgid("Waits for a decision"), "attention"),
    IncidentState.REMINDED: (msgid("Reminder given"), "info"),
    IncidentState.WARNED: (msgid("Warning given"), "info"),
    IncidentState.REMOVED: (msgid("Removed"), "info"),
    IncidentState.DISMISSED: (msgid("Nothing to do"), "quiet"),
    IncidentState.APPEALED: (msgid("Appeal is heard"), "attention"),
    IncidentState.UPHELD: (msgid("Appeal heard, decision stands"), "quiet"),
    IncidentState.REVERSED: (msgid("Appeal heard, decision taken back"), "quiet"),
}

RECEIPT_WORDS = {
    IncidentState.REPORTED: (msgid("Received, being looked at"), "info"),
    IncidentState.REMINDED: (msgid("Decided"), "good"),
    IncidentState.WARNED: (msgid("Decided"), "good"),
    IncidentState.REMOVED: (msgid("Decided"), "good"),
    IncidentState.DISMISSED: (msgid("Decided"), "good"),
    IncidentState.APPEALED: (msgid("Looked at a second time"), "info"),
    IncidentState.UPHELD: (msgid("Closed"), "quiet"),
    IncidentState.REVERSED: (msgid("Closed"), "quiet"),
}
"""What the reporter is told: that something was decided, never what about whom."""

STEP_WORDS = {
    Step.REMINDER: msgid("Reminder"),
    Step.WARNING: msgid("Warning"),
    Step.REMOVAL: msgid("Removal"),
}

DEED_WORDS = {
    Deed.REPORTED: msgid("Reported"),
    Deed.NAMED: msgid("Person named"),
    Deed.REMINDER: msgid("Reminder"),
    Deed.WARNING: msgid("Warning"),
    Deed.REMOVAL: msgid("Removal"),
    Deed.DISMISSED: msgid("Nothing to do"),
    Deed.APPEALED: msgid("Appeal"),
    Deed.SECOND: msgid("Second person chosen"),
    Deed.UPHELD: msgid("Decision stands"),
    Deed.REVERSED: msgid("Decision taken back"),
}


def move(state: IncidentState, to: IncidentState) -> IncidentState:
    """The new state, or a refusal that says how it stands."""
    if to not in MOVES[state]:
        raise Refused(
            "This is not possible any more: the report stands at “%(state)s”. Look at it again.",
            state=Said(STATE_WORDS[state][0]),
        )
    return to


def skipped(taken: Step | None, to: Step) -> tuple[Step, ...]:
    """The steps that are left out when `to` follows on the highest step that stands against somebody."""
    ladder = list(Step)
    begun = ladder.index(taken) + 1 if taken is not None else 0
    return tuple(ladder[begun : ladder.index(to)])


def check_step(taken: Step | None, to: Step, because: str) -> None:
    """Refuses to skip a step without a reason."""
    missing = skipped(taken, to)
    if missing and not because.strip():
        raise Refused(
            "%(step)s comes before this. Say why it is skipped: the person may appeal, and somebody else will read it.",
            step=Said(STEP_WORDS[missing[0]]),
        )


def appeal_ends(decided_at: datetime) -> datetime:
    """The last moment at which a decision may be appealed."""
    return decided_at + APPEAL_WITHIN


def check_appeal(state: IncidentState, decided_at: datetime | None, now: datetime) -> None:
    """Refuses an appeal that comes twice, too late, or against nothing."""
    if state not in STEPPED or decided_at is None:
        raise Refused("There is nothing here that could be appealed; a decision on an appeal is final.")
    if now > appeal_ends(decided_at):
        raise Refused("The 30 days for an appeal are over, so this decision is final. You may write to the hub.")


def desk(*, runners: frozenset[int], owners: frozenset[int], staff: frozenset[int], out: frozenset[int]) -> Desk:
    """Who handles a report from which `out` must be kept away. `runners`: those who run its program, without staff.

    As soon as somebody of the hub's own staff is concerned, or everybody who runs the program, it is the owners'
    business; where no owner is left, that of whoever is left of the staff.
    """
    if not (out & staff) and (not runners or runners - out):
        return Desk.PROGRAM
    return Desk.OWNERS if owners - out else Desk.STAFF


def meant(typed: str, people: Iterable[tuple[int, str]]) -> frozenset[int]:
    """Which of these people (id, name) a typed name could mean: one word of theirs of three letters or more is enough.

    Rather one too many: they are kept away until whoever handles the report says who is meant.
    """
    words = _words(typed)
    return frozenset(number for number, name in people if words & _words(name))


def _words(text: str) -> set[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return {word for word in _WORD.findall(plain) if len(word) >= 3}
