"""Sessions: states and stages, the run sheet, the door, duties.

All moments are aware and in UTC. A session stores one of three states; everything else about where it stands
is worked out from facts and the time of day, so no stage can be stale.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from echo_sessions.errors import Refused
from echo_sessions.words import Said, msgid

DOOR_OPENS_BEFORE = timedelta(minutes=20)
DOOR_STAYS_AFTER = timedelta(minutes=15)


class SessionState(StrEnum):
    """What is stored. A move to another time is no state."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What is shown: the state, carried on by facts and the clock."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    INVITED = "invited"
    READY = "ready"
    LIVE = "live"
    HELD = "held"
    RECONCILED = "reconciled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_MOVES = {
    SessionState.DRAFT: {SessionState.SCHEDULED, SessionState.CANCELLED},
    SessionState.SCHEDULED: {SessionState.CANCELLED},
    SessionState.CANCELLED: {SessionState.SCHEDULED},
}


def move(old: SessionState, new: SessionState) -> SessionState:
    """The new state, if a session may go there. It never becomes a draft again: calendars may hold it by then."""
    if new not in _MOVES[old]:
        raise Refused("A session that is %(old)s cannot become %(new)s.", old=old.value, new=new.value)
    return new


@dataclass(frozen=True)
class Facts:
    """All that decides the stage of a session. `experts` are those who accepted; a backup case counts as a case."""

    state: SessionState
    starts_at: datetime
    ends_at: datetime
    invited: bool = False
    facilitator: bool = False
    experts: int = 0
    didactic_planned: bool = True
    presenter_confirmed: bool = False
    case_planned: bool = True
    accepted_cases: int = 0
    backup_case: bool = False
    meeting_link: bool = False
    disclosures_missing: int = 0
    reconciled: bool = False
    closed: bool = False


def missing_for_ready(facts: Facts) -> list[str]:
    """What a session still lacks before it is ready, as msgids in the order of work. Empty: nothing."""
    lacks = [
        (not facts.facilitator, msgid("Nobody has agreed to facilitate.")),
        (facts.experts < 1, msgid("No expert has agreed to come.")),
        (
            facts.didactic_planned and not facts.presenter_confirmed,
            msgid("The didactic's presenter has not confirmed."),
        ),
        (
            facts.case_planned and facts.accepted_cases < 1 and not facts.backup_case,
            msgid("There is neither an accepted case nor a backup case."),
        ),
        (facts.disclosures_missing > 0, msgid("Not everybody who speaks has filled in a disclosure.")),
        (not facts.meeting_link, msgid("There is no meeting link.")),
    ]
    return [sentence for lacking, sentence in lacks if lacking]


def stage(facts: Facts, now: datetime) -> Stage:
    """Where a session stands.

    A draft or cancelled session stays so however late it is. Ready means invited and lacking nothing: a session
    that nobody was told of is not ready. From its start it is live, ready or not, because people are in the room.
    """
    if facts.state is not SessionState.SCHEDULED:
        return Stage(facts.state.value)
    if now < facts.starts_at:
        if not facts.invited:
            return Stage.SCHEDULED
        return Stage.INVITED if missing_for_ready(facts) else Stage.READY
    if now < facts.ends_at:
        return Stage.LIVE
    if facts.closed:
        return Stage.CLOSED
    return Stage.RECONCILED if facts.reconciled else Stage.HELD


class Answer(StrEnum):
    """A person's answer to one session."""

    NEEDS_ACTION = "needs_action"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


# The run sheet


class BlockKind(StrEnum):
    """A block of kind case is a slot: one case may be placed in it."""

    WELCOME = "welcome"
    DIDACTIC = "didactic"
    CASE = "case"
    DISCUSSION = "discussion"
    BREAK = "break"
    CLOSING = "closing"
    EVALUATION = "evaluation"


@dataclass(frozen=True)
class Block:
    """One line of a run sheet. `id` is the row it was before, `owner_id` the person who has it in hand.

    Only the didactic is recorded unless somebody says otherwise: cases stay in the room.
    """

    kind: BlockKind
    minutes: int
    title: str = ""
    recorded: bool = False
    id: int | None = None
    owner_id: int | None = None


class Lasting(Protocol):
    """Any block, ours or the database's."""

    @property
    def kind(self) -> BlockKind: ...

    @property
    def minutes(self) -> int: ...


def run_sheet_problem(blocks: Iterable[Lasting], minutes: int) -> Said | None:
    """Why these blocks are no run sheet for a session of `minutes`, or None if they are one.

    They must fill it exactly: what is over would be taken from the last case, what lacks is lost.
    """
    lengths = [block.minutes for block in blocks]
    if not lengths:
        return Said("The run sheet is empty; add at least one block.")
    if min(lengths) < 1:
        return Said("Every block of the run sheet must last at least one minute.")
    over = sum(lengths) - minutes
    if over == 0:
        return None
    values: dict[str, object] = {"sum": sum(lengths), "minutes": minutes, "by": abs(over)}
    if over > 0:
        return Said(
            "The blocks add up to %(sum)s minutes, %(by)s too many for a session of %(minutes)s; shorten some.", values
        )
    return Said("The blocks add up to %(sum)s minutes, %(by)s too few for a session of %(minutes)s; fill them.", values)


def default_run_sheet(minutes: int, cases: int) -> list[Block]:
    """A sensible first run sheet, always of the exact length.

    Five minutes each to welcome and to close, from 75 minutes on five for the evaluation; a case has 10 to 25
    minutes, the didactic 10 to 30, and what is left is for discussion. Refuses what does not go in.
    """
    ends = [Block(BlockKind.CLOSING, 5)] + ([Block(BlockKind.EVALUATION, 5)] if minutes >= 75 else [])
    left = minutes - 5 - sum(block.minutes for block in ends)
    each = min(25, (left - 10) // cases // 5 * 5) if cases > 0 else 0
    if cases < 0 or left < 10 or (cases > 0 and each < 10):
        raise Refused(
            "A session of %(minutes)s minutes has no room for a didactic and %(cases)s cases of at least 10 minutes.",
            minutes=minutes,
            cases=cases,
        )
    didactic = min(30, left - cases * each)
    over = left - cases * each - didactic
    return [
        Block(BlockKind.WELCOME, 5),
        Block(BlockKind.DIDACTIC, didactic, recorded=True),
        *[Block(BlockKind.CASE, each)] * cases,
        *([Block(BlockKind.DISCUSSION, over)] if over else []),
        *ends,
    ]


def slot_problem(slot: Lasting, *, minutes: int, taken: bool, state: SessionState) -> Said | None:
    """Why a case that needs `minutes` cannot be placed in this block, or None if it can."""
    if state is SessionState.CANCELLED:
        return Said("The session is cancelled; choose another one.")
    if slot.kind is not BlockKind.CASE:
        return Said("This block of the run sheet is not for a case; choose a case block.")
    if taken:
        return Said("Another case has this slot; choose a free one.")
    if slot.minutes < minutes:
        values: dict[str, object] = {"slot": slot.minutes, "minutes": minutes}
        return Said("The slot has %(slot)s minutes and the case needs %(minutes)s; lengthen the block first.", values)
    return None


def fits(slot: Lasting, *, minutes: int, taken: bool, state: SessionState) -> bool:
    """Whether a case that needs `minutes` can be placed in this block."""
    return slot_problem(slot, minutes=minutes, taken=taken, state=state) is None


# Times and the door


class Timed(Protocol):
    """Anything with a beginning and an end."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...


def overlap(one: Timed, other: Timed) -> bool:
    """Whether nobody could be at both. One that begins when the other ends does not overlap it."""
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


class Door(StrEnum):
    """What somebody meets who opens the join link now."""

    EARLY = "early"
    OPEN = "open"
    OVER = "over"
    CANCELLED = "cancelled"


def door_opens(starts_at: datetime) -> datetime:
    """Twenty minutes before the start."""
    return starts_at - DOOR_OPENS_BEFORE


def door(now: datetime, starts_at: datetime, ends_at: datetime, state: SessionState) -> Door:
    """Whether the room is open. It stays so a quarter of an hour after the planned end: sessions run over, and
    who loses the line in the last minute must be able to come back. A draft is early at any time."""
    if state is SessionState.CANCELLED:
        return Door.CANCELLED
    if state is SessionState.DRAFT or now < door_opens(starts_at):
        return Door.EARLY
    return Door.OPEN if now < ends_at + DOOR_STAYS_AFTER else Door.OVER


# Duties


class DutyRole(StrEnum):
    """What somebody does in a session."""

    FACILITATOR = "facilitator"
    PRESENTER = "presenter"
    PANEL = "panel"
    SCRIBE = "scribe"
    CASE_EXPERT = "case_expert"


EXPERT_ROLES = frozenset({DutyRole.PANEL, DutyRole.CASE_EXPERT})


class DutyState(StrEnum):
    """`withdrawn`: the hub took the offer back; `declined`: the person said no, perhaps after a yes."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


STANDING = frozenset({DutyState.OFFERED, DutyState.ACCEPTED})
_DUTY_MOVES = {
    DutyState.OFFERED: {DutyState.ACCEPTED, DutyState.DECLINED, DutyState.WITHDRAWN},
    DutyState.ACCEPTED: {DutyState.DECLINED, DutyState.WITHDRAWN},
    DutyState.DECLINED: {DutyState.OFFERED, DutyState.ACCEPTED, DutyState.WITHDRAWN},
    DutyState.WITHDRAWN: {DutyState.OFFERED},
}


def move_duty(old: DutyState, new: DutyState) -> DutyState:
    """The new state of a duty. A person may change their mind; a withdrawn duty must be offered anew."""
    if new not in _DUTY_MOVES[old]:
        raise Refused("A duty that is %(old)s cannot become %(new)s.", old=old.value, new=new.value)
    return new
