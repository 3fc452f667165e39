"""Microsoft Teams: the attendance log of 2020 and 2021, the flat list of 2021, the sections of 2022 and later.

In a log each line is a coming or a going, and whoever stayed to the end has no going: half of all people. In sections
the same people stand in "2. Participants" (first and last) and in "3. In-Meeting Activities" (each stay): the latter
is read, the former only lends addresses and the people that the latter leaves out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from echo_sessions.errors import BadInput
from echo_sessions.words import Said

from ..names import fold
from ..rules import Provider, Question
from .columns import Field, Header, field_of
from .entries import Draft, Entry, Skipped, aligned, dates_in, entries_of
from .moments import Written, looks_like_moment, written
from .sheet import Block, Sheet

_CAME = re.compile(
    r"join|beigetret|beitritt|teilgenommen|entrou|entrada|ingres|unio|unido|incorpor|rejoin|arriv|particip|partecip|entrat|"
    r"deelgenomen|toegetreden|dolacz|katil|присоед|вош|参加|加入|참가|참여|tham gia|bergabung|انضم"
)
_WENT = re.compile(
    r"\bleft|leav|verlass|saiu|saida|salio|salida|abandon|quitt|parti\b|depart|uscit|verlaten|vertrok|opusc|wysz|ayril|"
    r"покин|выш|退出|离开|離開|나감|나갔|퇴장|\broi|keluar|غادر"
)
# By place, where a translation is unknown: numbered sections keep their order in every language.
_PARTICIPANTS = (Field.NAME, Field.JOINED, Field.LEFT, Field.MINUTES, Field.EMAIL, Field.UPN, Field.ROLE)
_ACTIVITIES = (Field.NAME, Field.JOINED, Field.LEFT, Field.MINUTES, Field.EMAIL, Field.ROLE)


@dataclass(frozen=True)
class _Deed:
    """One line of a log."""

    line: int
    name: str
    action: str
    text: str
    email: str = ""


def read(sheet: Sheet) -> Draft:
    """The entries of any of the three kinds of Teams report."""
    if any(header.has(Field.ACTION) for _, header in sheet.headers):
        return _log(sheet)
    if {2, 3} & sheet.sections.keys():
        return _sections(sheet)
    skipped = Skipped()
    blocks = sheet.blocks()
    entries = [entry for block in blocks for entry in entries_of(block, skipped)]
    return _draft(sheet, "attendance list", entries, skipped, blocks[0].header)


def is_sectioned(sheet: Sheet) -> bool:
    """Whether numbered sections tell the kind, even where no header is understood."""
    return {1, 2} <= sheet.sections.keys()


def is_bare_log(sheet: Sheet) -> bool:
    """A log without its header: name, a word for coming or going, a moment."""
    rows = [row for row in sheet.records if row.filled]
    fitting = [row for row in rows if len(row.filled) >= 3 and _way(row[1]) and looks_like_moment(row[2].rstrip(","))]
    return len(fitting) >= 1 and len(fitting) >= 0.8 * len(rows)


def read_bare_log(sheet: Sheet) -> Draft:
    """The same, taken by place."""
    titles = ("Full Name", "User Action", "Timestamp")
    places = {Field.NAME: 0, Field.ACTION: 1, Field.TIMESTAMP: 2}
    header = Header(0, titles, places, tuple(title.casefold() for title in titles))
    return _log(Sheet(sheet.records, ((-1, header),)))


def _log(sheet: Sheet) -> Draft:
    deeds: list[_Deed] = []
    blocks = [block for block in sheet.blocks() if block.header.has(Field.NAME, Field.ACTION)]
    if not blocks:
        raise BadInput("The attendance log has no column for the name. Export the report again.")
    for block in blocks:
        for row in block.rows:
            cells = aligned(block.header, row)
            at = block.header.places
            text = cells[at.get(Field.TIMESTAMP, at.get(Field.JOINED, 2))]
            if cells[at[Field.NAME]] and text:
                email = cells[at[Field.EMAIL]] if Field.EMAIL in at else ""
                deeds.append(_Deed(row.line, cells[at[Field.NAME]], fold(cells[at[Field.ACTION]]), text, email))
    ways, questions = _ways(deeds)
    people: dict[str, list[_Deed]] = {}
    for deed in deeds:
        people.setdefault(deed.name.casefold(), []).append(deed)
    entries = [entry for own in people.values() for entry in _paired(own, ways)]
    draft = _draft(sheet, "attendance log", sorted(entries, key=lambda entry: entry.line), Skipped(), blocks[0].header)
    draft.questions += questions
    return draft


def _way(action: str) -> str | None:
    folded = fold(action)
    return "came" if _CAME.search(folded) else "went" if _WENT.search(folded) else None


def _ways(deeds: Sequence[_Deed]) -> tuple[dict[str, str], list[Question]]:
    """Which words mean coming and which going. Unknown words are told by who does them first, and asked about."""
    ways = {deed.action: _way(deed.action) or "" for deed in deeds}
    unknown = [action for action, way in ways.items() if not way]
    firsts: dict[str, str] = {}
    for deed in deeds:
        firsts.setdefault(deed.name.casefold(), deed.action)
    for action in unknown:
        ways[action] = "came" if action in firsts.values() else "went"
    if not unknown:
        return ways, []
    said = Said(
        "Does “%(word)s” mean that somebody %(way)s? The word is not known; it is read so by its place.",
        {"word": unknown[0], "way": ways[unknown[0]]},
    )
    return ways, [Question("columns", said)]


def _paired(deeds: list[_Deed], ways: dict[str, str]) -> list[Entry]:
    """Comings with goings: the earliest open coming ends with the next going, so two devices are one presence."""
    entries: list[Entry] = []
    waiting: list[int] = []
    for deed in _in_order(deeds):
        titles = ("User Action", "User Action")
        if ways[deed.action] == "came":
            waiting.append(len(entries))
            entries.append(Entry(deed.line, deed.name, email=deed.email, joined=deed.text, titles=titles))
        elif waiting:
            at = waiting.pop(0)
            entries[at] = replace(entries[at], left=deed.text)
        else:
            entries.append(Entry(deed.line, deed.name, email=deed.email, left=deed.text, titles=titles))
    return entries


def _in_order(deeds: list[_Deed]) -> list[_Deed]:
    """One person's deeds by the clock where all are of one day, else as written, or turned round when newest first."""
    found = [written(deed.text) for deed in deeds]
    moments = [moment for moment in found if moment is not None and moment.clock is not None]
    if len(moments) < len(deeds):
        return deeds
    if len({(moment.day, moment.numbers) for moment in moments}) == 1:
        pairs = sorted(zip(deeds, moments, strict=True), key=lambda pair: _clock(pair[1]))
        return [deed for deed, _ in pairs]
    return deeds


def _clock(moment: Written) -> str:
    return moment.clock.isoformat() if moment.clock else ""


def _sections(sheet: Sheet) -> Draft:
    skipped = Skipped()
    participants = _section(sheet, 2, _PARTICIPANTS)
    activities = _section(sheet, 3, _ACTIVITIES)
    known = entries_of(participants, skipped) if participants else []
    stays = entries_of(activities, skipped) if activities and activities.header.has(Field.JOINED) else []
    table = activities or participants
    if table is None:
        raise BadInput("The section of participants has no rows. Export the attendance report again.")
    header = table.header
    if not stays:
        return _draft(sheet, "sections, first and last only", known, skipped, header)
    addresses = {entry.name.casefold(): entry.email for entry in known if entry.email}
    entries = [
        entry if entry.email else replace(entry, email=addresses.get(entry.name.casefold(), "")) for entry in stays
    ]
    seen = {entry.name.casefold() for entry in entries} | {entry.email for entry in entries if entry.email}
    missing = [e for e in known if e.name.casefold() not in seen and e.email not in seen]
    draft = _draft(sheet, "sections", [*entries, *missing], skipped, header)
    if missing:
        said = Said(
            "%(count)s people stand in section 2 only; their first joining and last leaving are taken.",
            {"count": len(missing)},
        )
        draft.warnings.append(said)
    return draft


def _section(sheet: Sheet, number: int, fields: Sequence[Field]) -> Block | None:
    """The table of one numbered section; its columns by title, else by place."""
    start = sheet.sections.get(number)
    if start is None:
        return None
    ends = [place for place in sheet.sections.values() if place > start]
    inside = [row for row in sheet.records[start + 1 : min(ends, default=len(sheet.records))] if row.filled]
    if not inside:
        return None
    known = {header.line: header for _, header in sheet.headers}
    title = inside[0]
    header = known.get(title.line)
    if header is None or not header.has(Field.NAME, Field.JOINED, Field.LEFT):
        if len(title.cells) < 3:
            return None
        places = {field: place for place, field in enumerate(fields)}
        for place, cell in enumerate(title.cells):
            field = field_of(cell)
            if field in (Field.EMAIL, Field.UPN):
                places[field] = place
        header = Header(title.line, title.cells, places, tuple(fold(cell) for cell in title.cells))
    return Block((), header, tuple(inside[1:]))


def _draft(sheet: Sheet, layout: str, entries: list[Entry], skipped: Skipped, header: Header) -> Draft:
    utc = any(re.search(r"\b(?:utc|gmt)\b", title) for title in header.folded)
    return Draft(
        provider=Provider.TEAMS,
        layout=layout,
        entries=entries,
        english=header.english,
        timezone="UTC" if utc else None,
        other_dates=dates_in(sheet.records),
        warnings=skipped.warnings(),
    )
