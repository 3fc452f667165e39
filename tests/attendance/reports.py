"""Attendance files as the providers write them, made by the tests themselves."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DENVER = ZoneInfo("America/Denver")


def stay(start: datetime, name: str, came: float, went: float, email: str = "", **more: str) -> dict[str, Any]:
    """One line: somebody from minute `came` to minute `went` after `start`."""
    return {
        "name": name,
        "email": email,
        "joined": start + timedelta(minutes=came),
        "left": start + timedelta(minutes=went),
        **more,
    }


def zoom(stays: Iterable[dict[str, Any]], *, zone: ZoneInfo = DENVER, registrants: bool = False) -> bytes:
    """Zoom's participant report of 2024, in the clock of `zone`, with a BOM and CRLF as Zoom writes it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    titles = [
        "Name (original name)",
        "Email",
        "Join time",
        "Leave time",
        "Duration (minutes)",
        "Guest",
        "In waiting room",
    ]
    writer.writerow([*titles, "Registrant ID"] if registrants else titles)
    for one in stays:
        minutes = -(-(one["left"] - one["joined"]).total_seconds() // 60)
        cells = [
            one["name"], one["email"], _american(one["joined"], zone), _american(one["left"], zone), f"{minutes:.0f}",
            "No" if one["email"] else "Yes", one.get("waiting", "No"),
        ]  # fmt: skip
        writer.writerow([*cells, one.get("registrant", "")] if registrants else cells)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def zoom_totals(people: Iterable[tuple[str, str, int]]) -> bytes:
    """Zoom's report with “Show unique users”: name, address, total minutes, and no times."""
    lines = ["Name (original name),Email,Total duration (minutes),Guest"]
    lines += [f"{name},{email},{minutes},{'No' if email else 'Yes'}" for name, email, minutes in people]
    return ("\n".join(lines) + "\n").encode()


def meet(people: Iterable[tuple[str, str, str, str, str]]) -> bytes:
    """Google Meet's: first name, last name, address, clock of coming and going; no date."""
    lines = ["First name,Last name,Email,Duration,Time joined,Time exited"]
    lines += [f"{first},{last},{email},1 hr,{came},{went}" for first, last, email, came, went in people]
    return ("\n".join(lines) + "\n").encode()


def teams(people: Iterable[tuple[str, str, datetime, datetime]], zone: ZoneInfo = DENVER) -> bytes:
    """Teams' report of 2022 on: three sections, tabs, UTF-16."""
    rows = [(name, email, _short(came, zone), _short(went, zone)) for name, email, came, went in people]
    lines = ["1. Summary", "Meeting title\tECHO", f"Attended participants\t{len(rows)}", "", "2. Participants"]
    lines.append("Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole")
    lines += [f"{name}\t{came}\t{went}\t1h\t{email}\t{email}\tPresenter" for name, email, came, went in rows]
    lines += ["", "3. In-Meeting Activities", "Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole"]
    lines += [f"{name}\t{came}\t{went}\t1h\t{email}\tPresenter" for name, email, came, went in rows]
    return ("\r\n".join(lines) + "\r\n").encode("utf-16")


def _american(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m/%d/%Y %I:%M:%S %p}"


def _short(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local.month}/{local.day}/{local:%y}, {local:%I:%M:%S %p}".replace(", 0", ", ")
