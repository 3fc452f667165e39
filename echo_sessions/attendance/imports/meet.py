"""Google Meet: one row a person, clocks without a date, a length that leaves out the time away."""

from ..rules import Provider
from .columns import Field
from .entries import Draft, Entry, Skipped, dates_in, entries_of
from .moments import written
from .sheet import Sheet


def read(sheet: Sheet) -> Draft:
    """All rows; the day comes from what stands above the header, when something does."""
    skipped = Skipped()
    entries: list[Entry] = []
    blocks = sheet.blocks()
    for block in blocks:
        entries += entries_of(block, skipped)
    above = dates_in(row for block in blocks for row in block.above)
    days = [found.day for text in above if (found := written(text)) and found.day]
    timed = blocks[0].header.has(Field.JOINED)
    return Draft(
        provider=Provider.MEET,
        layout="attendance" if timed else "lengths only",
        entries=entries,
        english=blocks[0].header.english,
        day=days[0] if days else None,
        other_dates=above,
        warnings=skipped.warnings(),
    )
