"""Webex: wide rows with the meeting repeated in each, often tabs in UTF-16 and cells like `="…"`."""

from ..rules import Provider
from .columns import simple
from .entries import Draft, Entry, Skipped, aligned, dates_in, entries_of
from .sheet import Block, Sheet

_MEETING_TITLES = ("meeting number", "meeting name", "session name")


def read(sheet: Sheet) -> Draft:
    """All rows, each with the name and start of its meeting."""
    skipped = Skipped()
    entries: list[Entry] = []
    blocks = sheet.blocks()
    for block in blocks:
        for row in block.rows:
            entries += entries_of(
                Block((), block.header, (row,)), skipped, meeting=_meeting(block, aligned(block.header, row).cells)
            )
    return Draft(
        provider=Provider.WEBEX,
        layout="attendance",
        entries=entries,
        english=blocks[0].header.english,
        other_dates=dates_in(row for block in blocks for row in (*block.above, *block.rows)),
        warnings=skipped.warnings(),
    )


def _meeting(block: Block, cells: tuple[str, ...]) -> str:
    titles = {title: place for place, title in enumerate(map(simple, block.header.titles))}
    place = next((titles[title] for title in _MEETING_TITLES if title in titles), None)
    start = titles.get("meeting start time")
    parts = [cells[at] for at in (place, start) if at is not None and at < len(cells)]
    return " ".join(part for part in parts if part)
