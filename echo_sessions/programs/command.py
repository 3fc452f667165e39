"""The command `people import`: a file of people into the database, or what it would do."""

from typing import Any

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import BadInput, Refused
from echo_sessions.jobs import service as jobs
from echo_sessions.people import queries as people
from echo_sessions.people.models import Hub
from echo_sessions.programs import people_file, people_import, queries
from echo_sessions.programs.models import Series
from echo_sessions.programs.people_import import Fate, Plan


def import_file(data: bytes, *, file_name: str, series_code: str | None, dry_run: bool) -> tuple[dict[str, Any], str]:
    """Import a CSV file, or with `dry_run` only say what it would do: as a value and in words.

    The first wrong cell is named by file, row and column (`BadInput`), and nothing is imported.
    """
    hub, series = _hub(), _series(series_code)
    table = _read(data, file_name)
    if dry_run:
        return _answer(_plan(table, hub, series, file_name), [], dry_run=True)
    now = clock.now()
    with transaction():
        plan = _plan(table, hub, series, file_name)
        touched = people_import.carry_out(plan, hub=hub, by=None, now=now)
        for each in touched:
            jobs.queue("sessions.tell_series", {"series": each.id}, now=now)
    return _answer(plan, touched, dry_run=False)


def _hub() -> Hub:
    hub = people.hub()
    if hub is None:
        raise Refused("There is no hub in this database yet. Found one first.")
    return hub


def _series(code: str | None) -> Series | None:
    series = queries.series_by_code(code.strip().upper()) if code else None
    if code and series is None:
        raise BadInput("There is no series with the code %(code)s.", code=code)
    return series


def _read(data: bytes, file_name: str) -> people_file.Table:
    try:
        return people_file.read(data)
    except BadInput as fault:
        raise BadInput("%(file)s: %(why)s", file=file_name, why=str(fault)) from None


def _plan(table: people_file.Table, hub: Hub, series: Series | None, file_name: str) -> Plan:
    plan = people_import.plan(table, hub=hub, series=series, only=False)
    if plan.faults:
        more = len(plan.faults) - 1
        raise BadInput(
            "%(file)s: %(first)s%(more)s Nothing was imported.",
            file=file_name,
            first=str(plan.faults[0]),
            more=f" (and {more} more)" if more else "",
        )
    return plan


def _answer(plan: Plan, touched: list[Series], *, dry_run: bool) -> tuple[dict[str, Any], str]:
    counts = {str(fate): plan.counts[fate] for fate in Fate}
    rows = [
        {"row": line.row.number, "email": line.row.email, "fate": str(line.fate), "words": str(line.said)}
        | ({"remark": " ".join(map(str, filter(None, (line.remark, line.doubt))))} if line.remark or line.doubt else {})
        for line in plan.lines
    ]
    answer = {
        "dry_run": dry_run,
        "counts": counts,
        "new_sites": plan.new_sites,
        "series": [s.code for s in touched],
        "rows": rows,
    }
    each = [
        f"Row {row['row']}, {row['email']}: {row['words']}" + (f" ({row['remark']})" if "remark" in row else "")
        for row in rows
    ]
    done = "would be" if dry_run else "were"
    end = (
        f"{counts['new']} new people and {counts['joins']} places {done} added, {plan.new_sites} sites; "
        f"{counts['nothing']} rows changed nothing."
    )
    return answer, "\n".join([*each, end])
