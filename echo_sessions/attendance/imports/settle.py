"""From entries to a `Reading`: the moments under the file's order of dates, the zone, and what is odd about the rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from echo_sessions.errors import BadInput
from echo_sessions.words import Said

from ..names import phone_key, take_apart
from ..rules import Question, Reading, Row
from .date_order import LONGEST_STAY, Timed, date_order_of, day_in, moments_of
from .entries import Draft, Entry, lines_said
from .moments import Written, is_blank, is_cut_by_excel, written

_LONGEST_NAME, _LONGEST_ADDRESS, _LONGEST_MARK = 300, 254, 120  # Beyond these a cell is not what its title says.


def settle(
    draft: Draft, *, file: str, timezone: str | None = None, date_order: str | None = None, day: date | None = None
) -> Reading:
    """The finished reading of a draft; `BadInput` names the line that cannot be a moment."""
    zone = zone_of(timezone or draft.timezone)
    timed = [_taken_apart(entry, file) for entry in draft.entries]
    order = date_order_of(timed, draft, file, date_order, day)
    warnings, questions = [*draft.warnings, *order.warnings], [*draft.questions, *order.questions]
    day = _day_of_clocks(timed, day or draft.day or day_in(file), questions)
    name = zone.key if zone else None
    offsets = [moment.offset is not None for moment in moments_of(timed)]
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


def _taken_apart(entry: Entry, file: str) -> Timed:
    return Timed(
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


def _day_of_clocks(timed: Sequence[Timed], day: date | None, questions: list[Question]) -> date | None:
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


def _row(one: Timed, order: str, day: date | None, zone: ZoneInfo | None) -> Row:
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


def _remarks(rows: Sequence[Row], timed: Sequence[Timed], draft: Draft) -> list[Said]:
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
            [line for line, length in lasted.items() if length > LONGEST_STAY],
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
    words = {moment.zone_word for moment in moments_of(timed) if moment.zone_word}
    if words:
        found.append(Said("Times carry “%(zone)s”, which is no zone name; choose the zone.", {"zone": min(words)}))
    return found


def _is_shorter_claimed(row: Row) -> bool:
    """Three minutes of grace: printed minutes are rounded, and Excel drops seconds."""
    if row.claimed_minutes is None or row.left is None or row.joined is None or row.waiting_room:
        return False
    return (row.left - row.joined).total_seconds() / 60 - row.claimed_minutes > 3
