"""A report in a language whose titles are not known: columns told by what stands in them.

Only where the file proves itself: two columns of moments whose difference is, row by row, the number in a third. That
is an attendance report whatever its language, and still a person is asked whether the columns are understood.
"""

import math
from collections.abc import Sequence

from echo_sessions.words import Said

from ..rules import Provider, Question
from .columns import Field, Header, simple
from .entries import Draft, Skipped, dates_in, entries_of
from .moments import Written, is_blank, seconds_of, written
from .sheet import Block, Sheet
from .table import Record

_ENOUGH = 0.8


def infer(sheet: Sheet) -> Draft | None:
    """The entries of a file without a known header, or None where its columns do not prove themselves."""
    start = next((place for place, row in enumerate(sheet.records) if _moments(row) >= 2), None)
    if start is None or start == 0:
        return None
    rows = [row for row in sheet.records[start:] if row.filled]
    above = next((row for row in reversed(sheet.records[:start]) if row.filled), None)
    places = _places(rows, len(above.cells)) if above else None
    if above is None or places is None:
        return None
    header = Header(above.line, above.cells, places, tuple(simple(cell) for cell in above.cells))
    skipped = Skipped()
    entries = entries_of(Block((), header, tuple(rows)), skipped)
    titles = {field.value: header.title_of(field) for field in places}
    return Draft(
        provider=Provider.ZOOM,
        layout="participants, columns told by their contents",
        entries=entries,
        english=False,
        other_dates=dates_in(sheet.records[:start]),
        warnings=skipped.warnings(),
        questions=[_question(titles)],
    )


def _question(titles: dict[str, str]) -> Question:
    said = Said(
        "The titles of the columns are not known. Are these right: %(pairs)s?",
        {"pairs": ", ".join(f"{field} = “{title}”" for field, title in titles.items())},
    )
    return Question("columns", said)


def _places(rows: Sequence[Record], width: int) -> dict[Field, int] | None:
    timed = [place for place in range(width) if _share(rows, place, _is_moment) >= _ENOUGH]
    counted = [place for place in range(width) if _share(rows, place, _is_length) >= _ENOUGH]
    for joined in timed:
        for left in timed:
            for minutes in counted:
                if joined != left and _agree(rows, joined, left, minutes):
                    places = {Field.JOINED: joined, Field.LEFT: left, Field.MINUTES: minutes}
                    return _with_people(rows, width, places)
    return None


def _with_people(rows: Sequence[Record], width: int, places: dict[Field, int]) -> dict[Field, int] | None:
    free = [place for place in range(width) if place not in places.values()]
    email = next((place for place in free if any("@" in row[place] for row in rows)), None)
    if email is not None:
        places[Field.EMAIL] = email
    named = [p for p in free if p != email and _share(rows, p, lambda text: any(map(str.isalpha, text))) >= _ENOUGH]
    if not named:
        return None
    places[Field.NAME] = max(named, key=lambda place: (len({row[place] for row in rows}), -place))
    return places


def _agree(rows: Sequence[Record], joined: int, left: int, minutes: int) -> bool:
    checked = [fits for row in rows if (fits := _fits(row, joined, left, minutes)) is not None]
    return len(checked) >= 1 and sum(checked) >= _ENOUGH * len(checked)


def _fits(row: Record, joined: int, left: int, minutes: int) -> bool | None:
    came, went, length = written(row[joined]), written(row[left]), seconds_of(row[minutes])
    if came is None or went is None or length is None:
        return None
    between = went.at("mdy" if came.day_by("mdy") else "dmy") - came.at("mdy" if came.day_by("mdy") else "dmy")
    return abs(math.ceil(between.total_seconds() / 60) - length / 60) <= 1


def _share(rows: Sequence[Record], place: int, holds: object) -> float:
    cells = [row[place] for row in rows if not is_blank(row[place])]
    return sum(bool(holds(cell)) for cell in cells) / len(cells) if cells and callable(holds) else 0.0


def _is_moment(text: str) -> bool:
    found: Written | None = written(text)
    return found is not None and found.clock is not None


def _is_length(text: str) -> bool:
    return seconds_of(text) is not None and not _is_moment(text)


def _moments(row: Record) -> int:
    return sum(_is_moment(cell) for cell in row.filled)
