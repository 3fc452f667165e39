"""From entries to a `Reading`: the order of day and month, the zone, and what is odd about the rows.

The order is decided once for the whole file, by evidence: a day above twelve, else stays that make sense one way only,
else a date in the file's name. Where nothing decides, the dates are read in the usual order of the report's language
and a question says so; nothing is guessed in silence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from echo_sessions.errors import BadInput
from echo_sessions.words import Said

from ..names import phone_key, take_apart
from ..rules import Question, Reading, Row
from .entries import Draft, Entry, lines_said
from .moments import Written, is_blank, is_cut_by_excel, order_of, written

ORDERS = ("mdy", "dmy", "ymd")
_LONGEST = timedelta(hours=36)  # No meeting lasts longer; a wrong order of day and month makes weeks of it.
_LONGEST_GAP = timedelta(hours=6)  # Nobody in a meeting for that long: it was another meeting.
_LONGEST_NAME, _LONGEST_ADDRESS, _LONGEST_MARK = 300, 254, 120  # Beyond these a cell is not what its title says.


@dataclass(frozen=True)
class _Timed:
    """An entry whose cells are taken apart."""

    entry: Entry
    joined: Written | None
    left: Written | None


@dataclass(frozen=True)
class _Order:
    """How days and months are read: by `used`; `known` is that order where it is certain."""

    used: str
    known: str | None
    questions: tuple[Question, ...] = ()
    warnings: tuple[Said, ...] = ()


def settle(
    draft: Draft, *, file: str, timezone: str | None = None, date_order: str | None = None, day: date | None = None
) -> Reading:
    """The finished reading of a draft; `BadInput` names the line that cannot be a moment."""
    zone = zone_of(timezone or draft.timezone)
    timed = [_taken_apart(entry, file) for entry in draft.entries]
    order = _ordered(timed, draft, file, date_order)
    warnings, questions = [*draft.warnings, *order.warnings], [*draft.questions, *order.questions]
    day = _day_of_clocks(timed, day or draft.day or day_in(file), questions)
    name = zone.key if zone else None
    offsets = [moment.offset is not None for moment in _moments(timed)]
    if zone is None and any(offsets):
        if not all(offsets):
            warnings.append(Said("Some times carry an offset and others none; the others are read as UTC."))
        zone = ZoneInfo("UTC")
        name = "UTC"
    rows = [_row(one, order.used, day, zone) for one in timed]
    warnings += _remarks(rows, timed, draft)
    return Reading(
        provider=draft.provider,
        layout=draft.layout,
        timezone=name,
        date_order=order.known,
        rows=tuple(rows),
        warnings=tuple(warnings),
        questions=tuple(questions),
        timed=any(row.joined or row.left for row in rows),
    )


def zone_of(name: str | None) -> ZoneInfo | None:
    """The zone of that name; `BadInput` where there is none."""
    if name is None or not name.strip():
        return None
    try:
        return ZoneInfo(name.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput("%(zone)s is no time zone. Give one like Africa/Kampala or Europe/Madrid.", zone=name) from None


def day_in(file: str) -> date | None:
    """A date in the file's own name, when written year first."""
    found = re.search(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)", file)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _taken_apart(entry: Entry, file: str) -> _Timed:
    return _Timed(
        entry,
        _moment(entry.joined, entry.titles[0], entry.line, file),
        _moment(entry.left, entry.titles[1], entry.line, file),
    )


def _moment(text: str, title: str, line: int, file: str) -> Written | None:
    if is_blank(text):
        return None
    values = {"file": file, "line": line, "title": title or "time", "text": text[:60]}
    if is_cut_by_excel(text):
        raise BadInput(
            "%(file)s, line %(line)s, %(title)s: Excel kept only minutes and seconds of this time (%(text)s). "
            "Export the report again and upload it without opening it in Excel.",
            **values,
        )
    found = written(text)
    if found is None or found.clock is None:
        raise BadInput("%(file)s, line %(line)s, %(title)s: “%(text)s” is not a date with a time.", **values)
    if not found.orders() and found.day_by("ymd") is None:
        raise BadInput("%(file)s, line %(line)s, %(title)s: “%(text)s” is not a day of the calendar.", **values)
    return found


def _moments(timed: Sequence[_Timed]) -> list[Written]:
    return [moment for one in timed for moment in (one.joined, one.left) if moment is not None]


def _ordered(timed: Sequence[_Timed], draft: Draft, file: str, given: str | None) -> _Order:
    if given is not None and given not in ORDERS:
        raise BadInput("%(order)s is no order of a date. Give mdy, dmy or ymd.", order=given)
    numeric = [moment for moment in _moments(timed) if moment.numbers is not None]
    told = {moment.order for moment in _moments(timed) if moment.order}
    if not numeric:
        return _Order("mdy", told.pop() if len(told) == 1 else None)
    if given is not None:
        _check(timed, given, file)
        return _Order(given, given)
    allowed = order_of(numeric)
    if not allowed:
        raise _mixed(timed, file)
    if len(allowed) == 1:
        return _Order(*(allowed.copy().pop(), allowed.pop()))
    if "dmy" in told:  # Dots between the numbers.
        return _Order("dmy", "dmy")
    return _by_evidence(timed, draft, file)


def _by_evidence(timed: Sequence[_Timed], draft: Draft, file: str) -> _Order:
    """Every day of the file is twelve or below: what else tells the order?"""
    usual = "mdy" if draft.english and _is_american(timed) else "dmy"
    if all(moment.day_by("mdy") == moment.day_by("dmy") for moment in _moments(timed)):
        return _Order(usual, usual)
    sensible = {order for order in ("mdy", "dmy") if _makes_sense(timed, order)}
    others = [found for text in draft.other_dates if (found := written(text)) and found.numbers is not None]
    on_top = order_of(others) if others else set()
    for decided in (sensible, on_top):
        if len(decided) == 1:
            [order] = decided
            return _Order(order, order)
    named = day_in(file)
    first = next(moment for moment in _moments(timed) if moment.numbers is not None)
    by_name = [order for order in ("mdy", "dmy") if named is not None and first.day_by(order) == named]
    if len(by_name) == 1:
        said = Said("The order of day and month was taken from the date in the file's name.")
        return _Order(by_name[0], by_name[0], warnings=(said,))
    return _Order(usual, None, questions=(_open_question(timed, usual),))


def _open_question(timed: Sequence[_Timed], usual: str) -> Question:
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


def _is_american(timed: Sequence[_Timed]) -> bool:
    moments = _moments(timed)
    return any(moment.twelve_hours for moment in moments) or not any(
        moment.clock and moment.clock.hour > 12 for moment in moments
    )


def _makes_sense(timed: Sequence[_Timed], order: str) -> bool:
    """Whether under this order every stay has a human length, and those of one meeting hang together.

    Two sessions pasted into one file do not hang together under either order, and so decide nothing: the fifth of
    April and the fifth of May are a monthly clinic as well as two days in a row.
    """
    stays: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in timed:
        ends = [moment.at(order).replace(tzinfo=None) for moment in (one.joined, one.left) if moment is not None]
        if not ends:
            continue
        if not timedelta() <= ends[-1] - ends[0] <= _LONGEST:
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


def _check(timed: Sequence[_Timed], order: str, file: str) -> None:
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


def _mixed(timed: Sequence[_Timed], file: str) -> BadInput:
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


def _day_of_clocks(timed: Sequence[_Timed], day: date | None, questions: list[Question]) -> date | None:
    """The day of a report that has clocks only; without one a question is asked and a placeholder stands in."""
    clocks = any(one.joined is not None and one.joined.day is None and one.joined.numbers is None for one in timed)
    if clocks and day is None:
        questions.append(
            Question(
                "day",
                Said(
                    "On which day was this meeting? The file has clocks without a date; they are shown on 1900-01-01."
                ),
            )
        )
    return day


def _row(one: _Timed, order: str, day: date | None, zone: ZoneInfo | None) -> Row:
    entry = one.entry
    joined = one.joined.at(order, day) if one.joined else None
    left = one.left.at(order, joined.date() if joined else day) if one.left else None
    if joined and left and one.left and one.left.day is None and one.left.numbers is None and left < joined:
        left += timedelta(days=1)  # Clocks alone, over midnight.
    if zone is not None:
        joined = _in_zone(joined, zone, not_before=None)
        left = _in_zone(left, zone, not_before=joined)
    shown = take_apart(entry.name[:_LONGEST_NAME])
    others = take_apart(entry.other_name[:_LONGEST_NAME]).names if entry.other_name else ()
    phone = phone_key(entry.phone) if entry.phone else shown.phone
    return Row(
        line=entry.line,
        name=shown.written,
        names=tuple(dict.fromkeys((*shown.names, *others))),
        email=entry.email if 0 < len(entry.email) <= _LONGEST_ADDRESS else None,
        registrant=entry.registrant[:_LONGEST_MARK] or None,
        phone=(phone or "")[:30] or None,
        joined=joined,
        left=left,
        claimed_minutes=entry.claimed_minutes,
        waiting_room=entry.waiting_room,
        guest=entry.guest,
        meeting=entry.meeting[:_LONGEST_MARK],
    )


def _in_zone(moment: datetime | None, zone: ZoneInfo, *, not_before: datetime | None) -> datetime | None:
    """Local time to UTC; in the hour that an autumn night has twice, the second one where the first comes too early."""
    if moment is None:
        return None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    found = moment.replace(tzinfo=zone).astimezone(UTC)
    if not_before is not None and found < not_before:
        later = moment.replace(tzinfo=zone, fold=1).astimezone(UTC)
        return later if later >= not_before else found
    return found


def _remarks(rows: Sequence[Row], timed: Sequence[_Timed], draft: Draft) -> list[Said]:
    """What a coordinator should know about the rows before trusting them."""
    lasted = {row.line: row.left - row.joined for row in rows if row.joined and row.left}
    none = timedelta()
    kinds = [
        (
            [line for line, length in lasted.items() if length < none],
            "The leaving is before the joining (%(lines)s): counted as nothing.",
        ),
        (
            [line for line, length in lasted.items() if length == none],
            "Joined and left in the same moment (%(lines)s): counted as nothing.",
        ),
        (
            [line for line, length in lasted.items() if length > _LONGEST],
            "A stay is longer than a day and a half (%(lines)s).",
        ),
        (
            [row.line for row in rows if row.is_open],
            "No leaving time is written (%(lines)s): not counted until somebody settles it.",
        ),
        (
            [row.line for row in rows if row.left and not row.joined],
            "No joining time is written (%(lines)s): not counted.",
        ),
        (
            [row.line for row in rows if not (row.name or row.email or row.registrant or row.phone)],
            "No name is written (%(lines)s).",
        ),
        (
            [row.line for row in rows if _is_shorter_claimed(row)],
            "The report claims fewer minutes than lie between joining and leaving (%(lines)s): the person was away in "
            "between, and the file does not say when.",
        ),
    ]
    found = [Said(sentence, {"lines": lines_said(lines)}) for lines, sentence in kinds if lines]
    meetings = len({row.meeting for row in rows})
    if meetings > 1:
        found.append(Said("The file holds %(count)s meetings.", {"count": meetings}))
    words = {moment.zone_word for moment in _moments(timed) if moment.zone_word}
    if words:
        found.append(Said("Times carry “%(zone)s”, which is no zone name; choose the zone.", {"zone": min(words)}))
    return found


def _is_shorter_claimed(row: Row) -> bool:
    """Three minutes of grace: printed minutes are rounded, and Excel drops seconds."""
    if row.claimed_minutes is None or row.left is None or row.joined is None or row.waiting_room:
        return False
    return (row.left - row.joined).total_seconds() / 60 - row.claimed_minutes > 3
