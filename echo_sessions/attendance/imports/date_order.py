"""Whether the day or the month stands first: decided once for a whole file, by evidence.

A day above twelve decides, else stays that make sense one way only, else what stands on top or a date in the file's
name. Where nothing decides, the dates are read in the usual order of the report's language and a question says so;
nothing is guessed in silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from echo_sessions.errors import BadInput
from echo_sessions.words import Said

from ..rules import Question
from .entries import Draft, Entry
from .moments import Written, order_of, written

ORDERS = ("mdy", "dmy", "ymd")
LONGEST_STAY = timedelta(hours=36)  # No meeting lasts longer; a wrong order of day and month makes weeks of it.
_LONGEST_GAP = timedelta(hours=6)  # Nobody in a meeting for that long: it was another meeting.


@dataclass(frozen=True)
class Timed:
    """An entry whose cells are taken apart."""

    entry: Entry
    joined: Written | None
    left: Written | None


@dataclass(frozen=True)
class DateOrder:
    """How days and months are read: by `used`; `known` is that order where it is certain."""

    used: str
    known: str | None
    questions: tuple[Question, ...] = ()
    warnings: tuple[Said, ...] = ()


def moments_of(timed: Sequence[Timed]) -> list[Written]:
    """Every moment of the entries."""
    return [moment for one in timed for moment in (one.joined, one.left) if moment is not None]


def date_order_of(
    timed: Sequence[Timed], draft: Draft, file: str, given: str | None, day: date | None = None
) -> DateOrder:
    """The order for this file: as `given`, else as told by the rows, by the `day` of the session, or asked."""
    if given is not None and given not in ORDERS:
        raise BadInput("%(order)s is no order of a date. Give mdy, dmy or ymd.", order=given)
    numeric = [moment for moment in moments_of(timed) if moment.numbers is not None]
    told = {moment.order for moment in moments_of(timed) if moment.order}
    if not numeric:
        return DateOrder("mdy", told.pop() if len(told) == 1 else None)
    if given is not None:
        _check(timed, given, file)
        return DateOrder(given, given)
    allowed = order_of(numeric)
    if not allowed:
        raise _mixed(timed, file)
    if len(allowed) == 1:
        return DateOrder(*(allowed.copy().pop(), allowed.pop()))
    if "dmy" in told:  # Dots between the numbers.
        return DateOrder("dmy", "dmy")
    return _by_evidence(timed, draft, file, day)


def _by_evidence(timed: Sequence[Timed], draft: Draft, file: str, day: date | None) -> DateOrder:
    """Every day of the file is twelve or below: what else tells the order?"""
    usual = "mdy" if draft.english and _is_american(timed) else "dmy"
    if all(moment.day_by("mdy") == moment.day_by("dmy") for moment in moments_of(timed)):
        return DateOrder(usual, usual)
    sensible = {order for order in ("mdy", "dmy") if _makes_sense(timed, order)}
    others = [found for text in draft.other_dates if (found := written(text)) and found.numbers is not None]
    on_top = order_of(others) if others else set()
    for decided in (sensible, on_top):
        if len(decided) == 1:
            [order] = decided
            return DateOrder(order, order)
    for known, sentence in (
        (day, "The order of day and month was taken from the day of the session."),
        (day_in(file), "The order of day and month was taken from the date in the file's name."),
    ):
        fitting = [order for order in ("mdy", "dmy") if known is not None and _is_near(timed, order, known)]
        if len(fitting) == 1:
            return DateOrder(fitting[0], fitting[0], warnings=(Said(sentence),))
    return DateOrder(usual, None, questions=(_open_question(timed, usual),))


def _is_near(timed: Sequence[Timed], order: str, day: date) -> bool:
    """Whether the first date is that day or next to it: the exporter's zone may be another."""
    first = next(moment for moment in moments_of(timed) if moment.numbers is not None).day_by(order)
    return first is not None and abs(first - day) <= timedelta(days=1)


def _open_question(timed: Sequence[Timed], usual: str) -> Question:
    line, text, moment = next(
        (one.entry.line, one.entry.joined or one.entry.left, moment)
        for one in timed
        for moment in (one.joined or one.left,)
        if moment is not None and moment.numbers is not None
    )
    values = {
        "text": text,
        "line": line,
        "month_first": str(moment.day_by("mdy")),
        "day_first": str(moment.day_by("dmy")),
        "used": usual,
    }
    return Question(
        "date_order",
        Said(
            "Is “%(text)s” (line %(line)s) the day %(month_first)s (mdy) or %(day_first)s (dmy)? Nothing in the file "
            "tells; until somebody says, it is read as %(used)s.",
            values,
        ),
    )


def _is_american(timed: Sequence[Timed]) -> bool:
    moments = moments_of(timed)
    return any(moment.twelve_hours for moment in moments) or not any(
        moment.clock and moment.clock.hour > 12 for moment in moments
    )


def _makes_sense(timed: Sequence[Timed], order: str) -> bool:
    """Whether under this order every stay has a human length, and those of one meeting hang together.

    Two sessions pasted into one file do not hang together under either order, and so decide nothing: the fifth of
    April and the fifth of May are a monthly clinic as well as two days in a row.
    """
    stays: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in timed:
        ends = [moment.at(order).replace(tzinfo=None) for moment in (one.joined, one.left) if moment is not None]
        if not ends:
            continue
        if not timedelta() <= ends[-1] - ends[0] <= LONGEST_STAY:
            return False
        stays.setdefault(one.entry.meeting, []).append((ends[0], ends[-1]))
    return all(_hangs_together(sorted(found)) for found in stays.values())


def _hangs_together(stays: Sequence[tuple[datetime, datetime]]) -> bool:
    reached = stays[0][1]
    for joined, left in stays:
        if joined - reached > _LONGEST_GAP:
            return False
        reached = max(reached, left)
    return True


def _check(timed: Sequence[Timed], order: str, file: str) -> None:
    for one in timed:
        for moment, text in ((one.joined, one.entry.joined), (one.left, one.entry.left)):
            if moment is not None and moment.numbers is not None and moment.day_by(order) is None:
                raise BadInput(
                    "%(file)s, line %(line)s: “%(text)s” is no date when read as %(order)s.",
                    file=file,
                    line=one.entry.line,
                    text=text[:60],
                    order=order,
                )


def _mixed(timed: Sequence[Timed], file: str) -> BadInput:
    only: dict[str, tuple[int, str]] = {}
    for one in timed:
        for moment, text in ((one.joined, one.entry.joined), (one.left, one.entry.left)):
            if moment is not None and moment.numbers is not None and len(moment.orders()) == 1:
                only.setdefault(next(iter(moment.orders())), (one.entry.line, text))
    return BadInput(
        "%(file)s mixes two ways of writing dates: “%(month_first)s” (line %(month_line)s) has the month first, "
        "“%(day_first)s” (line %(day_line)s) the day. Export the report again.",
        file=file,
        month_first=only["mdy"][1][:60],
        month_line=only["mdy"][0],
        day_first=only["dmy"][1][:60],
        day_line=only["dmy"][0],
    )


def day_in(file: str) -> date | None:
    """A date in the file's own name, when written year first."""
    found = re.search(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)", file)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None
