"""Attendance files of any kind, read to one common `Reading`.

`read` is the only door. Inside: bytes to text (`decoding`), text to records (`table`), records to blocks under headers
(`sheet`, `columns`), blocks to entries (one reader for each provider), entries to rows with moments (`settle`).
"""

from collections.abc import Mapping
from datetime import date
from pathlib import PurePath

from echo_sessions.errors import BadInput

from ..rules import Provider, Reading
from . import inferred, meet, teams, webex, zoom
from .columns import Field, Header
from .decoding import decode
from .entries import Draft
from .moments import written
from .settle import settle
from .sheet import Sheet, find_sheet, titles_found

_READERS = {Provider.ZOOM: zoom.read, Provider.MEET: meet.read, Provider.WEBEX: webex.read, Provider.TEAMS: teams.read}


def read(
    data: bytes,
    *,
    filename: str = "",
    timezone: str | None = None,
    date_order: str | None = None,
    columns: Mapping[str, str] | None = None,
    day: date | None = None,
) -> Reading:
    """What an attendance file says.

    `timezone` is the zone of the times in the file (no report says it), `date_order` one of mdy, dmy, ymd where it is
    known, `columns` maps titles by hand to fields (the values of `columns.Field`), `day` is the day of a report that
    has clocks only. Refuses with `BadInput`, in one sentence that names file, line and column, what cannot be read.
    """
    file = PurePath(filename).name or "The file"
    _check(columns)
    sheet = find_sheet(decode(data, file=file), columns)
    return settle(_draft(sheet, file), file=file, timezone=timezone, date_order=date_order, day=day)


def titles_of(data: bytes, *, filename: str = "") -> tuple[str, ...]:
    """The titles of the columns, for whoever maps them by hand; none where nothing looks like a table."""
    try:
        sheet = find_sheet(decode(data, file=PurePath(filename).name or "The file"))
    except BadInput:
        return ()
    titles = sheet.headers[0][1].titles if sheet.headers else titles_found(sheet)
    return tuple(dict.fromkeys(title for title in titles if title))


def _check(columns: Mapping[str, str] | None) -> None:
    for title, field in (columns or {}).items():
        if field not in set(Field):
            raise BadInput(
                "The column “%(title)s” cannot be mapped to “%(field)s”. Use one of: %(fields)s.",
                title=title,
                field=field,
                fields=", ".join(Field),
            )


def _draft(sheet: Sheet, file: str) -> Draft:
    if teams.is_sectioned(sheet):
        return teams.read(sheet)
    if not sheet.headers:
        if teams.is_bare_log(sheet):
            return teams.read_bare_log(sheet)
        guessed = inferred.infer(sheet)
        if guessed is not None:
            return guessed
        titles = titles_found(sheet)
        raise BadInput(
            "%(file)s has no header of an attendance report. Expected are columns for a name, and for join time, leave "
            "time or duration; found: %(titles)s.",
            file=file,
            titles=", ".join(f"“{title[:40]}”" for title in titles[:12]) or "none",
        )
    return _READERS[provider_of(sheet)](sheet)


def provider_of(sheet: Sheet) -> Provider:
    """Whose report this is, by words that only one provider uses; a plain table of names and times counts as Zoom's."""
    headers = [header for _, header in sheet.headers]
    titles = {title for header in headers for title in header.folded}
    if any(header.has(Field.ACTION) for header in headers):
        return Provider.TEAMS
    if any(word in title for title in titles for word in ("attendee email", "attendance duration", "connection type")):
        return Provider.WEBEX
    if titles & {"time joined", "time exited"}:
        return Provider.MEET
    if any("(" in header.title_of(Field.NAME) or header.has(Field.ATTENDED) for header in headers):
        return Provider.ZOOM
    if _is_teams(headers, titles, sheet):
        return Provider.TEAMS
    return Provider.MEET if any(_is_meet(header, sheet) for header in headers) else Provider.ZOOM


def _is_teams(headers: list[Header], titles: set[str], sheet: Sheet) -> bool:
    if any("in-meeting duration" in title or "(upn)" in title or title == "first join" for title in titles):
        return True
    if any(row[0].casefold() in ("meeting summary", "meeting title") for row in sheet.records[:8]):
        return True
    return any(header.has(Field.ROLE, Field.JOINED, Field.NAME) for header in headers)


def _is_meet(header: Header, sheet: Sheet) -> bool:
    """Two halves of a name and no dates: only Meet leaves the day out."""
    halves = header.has(Field.FIRST, Field.LAST) and not header.has(Field.ATTENDED)
    if not halves or not header.has(Field.MINUTES):
        return False
    place = header.places.get(Field.JOINED)
    if place is None:
        return True
    below = [row for row in sheet.records if row.line > header.line and row[place]]
    first = written(below[0][place]) if below else None
    return first is None or (first.day is None and first.numbers is None)
