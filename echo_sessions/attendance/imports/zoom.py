"""Zoom: participants, unique users, meeting data on top, several meetings in one file, webinar attendee reports."""

from echo_sessions.words import Said

from ..names import fold
from ..rules import Provider
from .columns import Field, Header
from .entries import Draft, Entry, Skipped, aligned, dates_in, entries_of
from .sheet import Block, Sheet, is_meeting_data, meeting_of

_MEETING_TITLES = ("meeting id", "id", "webinar id", "topic", "tema", "thema", "sujet")


def read(sheet: Sheet) -> Draft:
    """Every block of a Zoom export as entries, with what the whole file is called."""
    skipped = Skipped()
    entries: list[Entry] = []
    blocks = sheet.blocks()
    meeting = ""
    for block in blocks:
        meeting = meeting_of(block.above) or meeting
        entries += _entries(block, skipped, meeting)
    above = [row for block in blocks for row in block.above]
    return Draft(
        provider=Provider.ZOOM,
        layout=_layout(blocks),
        entries=entries,
        english=blocks[0].header.english,
        other_dates=dates_in([*above, *(row for block in blocks for row in block.rows)]),
        warnings=[*skipped.warnings(), *_headerless(blocks)],
    )


def _entries(block: Block, skipped: Skipped, meeting: str) -> list[Entry]:
    if not _is_bulk(block.header):
        return entries_of(block, skipped, meeting=meeting)
    found: list[Entry] = []
    for row in block.rows:  # The meeting's own columns may be filled in its first row only.
        cells = aligned(block.header, row)
        meeting = next((cells[place] for place in _meeting_places(block.header) if cells[place]), meeting)
        found += entries_of(Block((), block.header, (row,)), skipped, meeting=meeting)
    return found


def _is_bulk(header: Header) -> bool:
    name = header.places.get(Field.NAME, 0)
    return any(place < name for place in _meeting_places(header))


def _meeting_places(header: Header) -> list[int]:
    places = [place for place, title in enumerate(header.folded) if title in _MEETING_TITLES]
    return sorted(places, key=lambda place: _MEETING_TITLES.index(header.folded[place]))


def _layout(blocks: list[Block]) -> str:
    header = blocks[0].header
    titles = [fold(row.filled[0]) for block in blocks for row in block.above if row.filled]
    if any(block.header.has(Field.ATTENDED) for block in blocks) or any("attendee" in title for title in titles):
        return "webinar attendees"
    if _is_bulk(header):
        return "bulk export"
    kind = "participants" if any(block.header.has(Field.JOINED) for block in blocks) else "unique users"
    return f"{kind} with meeting data" if any(is_meeting_data(row) for row in blocks[0].above) else kind


def _headerless(blocks: list[Block]) -> list[Said]:
    empty = not any(block.rows for block in blocks)
    return [Said("The file has a header and no people below it.")] if empty else []
