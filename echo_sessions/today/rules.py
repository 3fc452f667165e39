"""What needs doing, grouped by time and folded by kind. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from echo_sessions.words import Said, msgid

FOLD_FROM = 3


class Kind(StrEnum):
    """The kinds of to-do, in the order in which they are urgent at the same moment."""

    CONDUCT = "conduct"
    RECALL = "recall"
    ALARM = "alarm"
    PROVIDER = "provider"
    MEETING = "meeting"
    RECOMMENDATIONS = "recommendations"
    REVIEW = "review"
    VERIFY = "verify"
    READINESS = "readiness"
    QUEUE = "queue"
    UPLOAD = "upload"
    CLOSE = "close"
    OTHERWISE = "otherwise"
    CERTIFICATES = "certificates"
    DECLINED = "declined"
    APPROVAL = "approval"
    UNANSWERED = "unanswered"
    SLOT = "slot"
    PUBLISH = "publish"
    FAILED = "failed"


class Group(StrEnum):
    """By when."""

    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


GROUP_WORDS = {
    Group.OVERDUE: msgid("Overdue"),
    Group.TODAY: msgid("Today"),
    Group.WEEK: msgid("This week"),
    Group.LATER: msgid("Later"),
}

FOLDED_WORDS = {
    Kind.CONDUCT: msgid("%(count)s reports about conduct"),
    Kind.RECALL: msgid("%(count)s cases are out of view"),
    Kind.ALARM: msgid("%(count)s alarms are to be explained"),
    Kind.PROVIDER: msgid("%(count)s providers of meetings need you"),
    Kind.MEETING: msgid("%(count)s meetings need a look"),
    Kind.RECOMMENDATIONS: msgid("Recommendations for %(count)s cases"),
    Kind.REVIEW: msgid("%(count)s cases to review"),
    Kind.VERIFY: msgid("%(count)s times people wait to be verified"),
    Kind.READINESS: msgid("%(count)s coming sessions lack something"),
    Kind.QUEUE: msgid("%(count)s sessions have people to settle"),
    Kind.UPLOAD: msgid("%(count)s sessions have no attendance yet"),
    Kind.CLOSE: msgid("%(count)s registers are ready to close"),
    Kind.OTHERWISE: msgid("%(count)s closed registers, of which something else was told since"),
    Kind.CERTIFICATES: msgid("%(count)s sessions have certificates to issue"),
    Kind.DECLINED: msgid("%(count)s parts were declined"),
    Kind.APPROVAL: msgid("%(count)s programs have people who wait for a yes or no"),
    Kind.UNANSWERED: msgid("%(count)s people have not answered"),
    Kind.SLOT: msgid("%(count)s accepted cases wait for a date"),
    Kind.PUBLISH: msgid("%(count)s series have unpublished dates"),
    Kind.FAILED: msgid("%(count)s kinds of letters or jobs have failed"),
}


@dataclass(frozen=True)
class Todo:
    """One thing to do: what it is, where it belongs, who has it, what happens if nobody acts, and the one button.

    `due` None: whenever there is time. `instead`: for whom the reader does it, where somebody else is away.
    """

    kind: Kind
    what: Said
    where: str
    owner: str
    otherwise: Said
    label: Said
    url: str
    due: datetime | None
    instead: Said | None = None


@dataclass(frozen=True)
class Fold:
    """Several things of one kind in one group, the most urgent first."""

    kind: Kind
    todos: tuple[Todo, ...]
    late: int

    @property
    def words(self) -> Said:
        return Said(FOLDED_WORDS[self.kind], {"count": len(self.todos)})


def group_of(todo: Todo, now: datetime, zone: str) -> Group:
    """Overdue once its moment has passed; today and this week (seven days) by the reader's calendar."""
    if todo.due is None:
        return Group.LATER
    if todo.due < now:
        return Group.OVERDUE
    today = now.astimezone(ZoneInfo(zone)).date()
    day = todo.due.astimezone(ZoneInfo(zone)).date()
    if day <= today:
        return Group.TODAY
    return Group.WEEK if day <= today + timedelta(days=7) else Group.LATER


def arranged(todos: Iterable[Todo], now: datetime, zone: str) -> list[tuple[Group, list[Todo | Fold]]]:
    """All groups that hold something, each with single things and folds of three or more of a kind.

    Within a group the earliest comes first, a fold standing where its earliest stands; things of the same moment
    are in the order of `Kind`.
    """
    order = list(Kind)
    groups: dict[Group, list[Todo]] = {}
    for todo in todos:
        groups.setdefault(group_of(todo, now, zone), []).append(todo)
    arranged_groups = []
    for group in Group:
        found = sorted(groups.get(group, []), key=lambda todo: (order.index(todo.kind), *_when(todo)))
        items = [
            item for kind, same in groupby(found, key=lambda todo: todo.kind) for item in _folded(kind, list(same), now)
        ]
        if items:
            items.sort(
                key=lambda item: (*_when(item.todos[0] if isinstance(item, Fold) else item), order.index(item.kind))
            )
            arranged_groups.append((group, items))
    return arranged_groups


def late_words(due: datetime, now: datetime) -> Said:
    """How late something is: hours up to a day, then days."""
    hours = int((now - due).total_seconds() // 3600)
    if hours < 1:
        return Said(msgid("late"))
    if hours < 24:
        return Said(msgid("%(count)s h late"), {"count": hours})
    return Said(msgid("1 day late")) if hours < 48 else Said(msgid("%(count)s days late"), {"count": hours // 24})


def _folded(kind: Kind, todos: Sequence[Todo], now: datetime) -> list[Todo | Fold]:
    if len(todos) < FOLD_FROM:
        return list(todos)
    return [Fold(kind, tuple(todos), sum(todo.due is not None and todo.due < now for todo in todos))]


def _when(todo: Todo) -> tuple[bool, float]:
    return (todo.due is None, todo.due.timestamp() if todo.due else 0.0)
