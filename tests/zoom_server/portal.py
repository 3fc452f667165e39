"""The attendance file of a held meeting as Zoom's portal would give it, in the clock of whoever exports it."""

import csv
import io
from datetime import datetime
from zoneinfo import ZoneInfo

from tests.zoom_server.people import Held

NEW = ["Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)", "Guest", "In waiting room"]
OLD = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)", "Guest"]
ABOVE = ["Topic", "ID", "Host", "Duration (minutes)", "Start time", "End time", "Participants"]


def portal_file(held: Held, layout: str = "2024", zone: str = "America/Denver") -> bytes:
    """`2024`: sentence case with the waiting room; `2021`: title case, without it; `data`: 2024 with the meeting's data on top.
    Minutes are rounded up by row, as Zoom does. All instances stand in one file, as when one exports them together."""
    out, clock = io.StringIO(), ZoneInfo(zone)
    writer = csv.writer(out, lineterminator="\n" if layout == "2021" else "\r\n")
    rows = [row for instance in held.instances for row in instance.rows]
    if layout == "2021":
        rows = [row for row in rows if row.status == "in_meeting"]
    if layout == "data":
        end = max(instance.end or instance.start for instance in held.instances)
        writer.writerow(ABOVE)
        writer.writerow([held.meeting.topic, f"{held.meeting.id:,}".replace(",", " "), "Host", held.meeting.duration,
                         _clock(held.starts_at, clock), _clock(end, clock), len(rows)])  # fmt: skip
        writer.writerow([])
    writer.writerow(OLD if layout == "2021" else NEW)
    for row in sorted(rows, key=lambda row: row.join):
        minutes = -(-int((row.leave - row.join).total_seconds()) // 60)
        cells = [
            row.name,
            row.email,
            _clock(row.join, clock),
            _clock(row.leave, clock),
            minutes,
            "No" if row.email else "Yes",
        ]
        writer.writerow(cells if layout == "2021" else [*cells, "Yes" if row.status == "in_waiting_room" else "No"])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m/%d/%Y %I:%M:%S %p}"
