"""When looking becomes conspicuous. An alarm accuses nobody and stops nobody: it asks the owners to look."""

from datetime import datetime, timedelta
from enum import StrEnum

from echo_sessions.audit.rules import Seen
from echo_sessions.words import Said, msgid

CASES = 30
"""So many cases of others, opened by one person …"""
CASES_WITHIN = timedelta(hours=1)
LISTS = 20
"""So many lists, or …"""
ROWS = 2000
"""… so many rows of them, taken away by one person …"""
LISTS_WITHIN = timedelta(hours=24)
NOTE_LEAST, NOTE_MOST = 10, 300


class AlarmKind(StrEnum):
    """What was noticed."""

    CASES = "cases"
    LISTS = "lists"
    CHAIN = "chain"


WITHIN = {AlarmKind.CASES: CASES_WITHIN, AlarmKind.LISTS: LISTS_WITHIN}


def watched(what: str) -> AlarmKind | None:
    """The kind of alarm that a look at this may raise."""
    if what in {Seen.CASE, Seen.RECOMMENDATIONS}:
        return AlarmKind.CASES
    return AlarmKind.LISTS if what == Seen.EXPORT else None


def too_many_cases(opened: int) -> bool:
    """Thirty are an alarm, twenty-nine are not."""
    return opened >= CASES


def too_much_taken(lists: int, rows: int) -> bool:
    """Twenty lists or two thousand rows are an alarm."""
    return lists >= LISTS or rows >= ROWS


def key_of(kind: AlarmKind, person_id: int, now: datetime) -> str:
    """The same for all of one person's alarms of a kind within one hour of the clock: the second is none."""
    return f"{kind}:{person_id}:{now:%Y-%m-%dT%H}"


def said(kind: AlarmKind, *, name: str, count: int, rows: int) -> Said:
    """What was noticed, in a sentence."""
    if kind is AlarmKind.CASES:
        return Said(msgid("%(name)s opened %(count)s cases of others within an hour"), {"name": name, "count": count})
    if kind is AlarmKind.LISTS:
        words = msgid("%(name)s took away %(count)s lists with %(rows)s rows within a day")
        return Said(words, {"name": name, "count": count, "rows": rows})
    return Said(msgid("The audit is broken at deed %(count)s"), {"count": count})
