"""Noting who looked at what. A page that cannot be noted is not shown.

`seen()` says it while the page is made; it is written once the page is there, in a transaction of its own. Lists that
are taken away note themselves: every answer that is a table for a spreadsheet counts as an export.
"""

from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request

from echo_sessions import clock
from echo_sessions.alarms import service as alarms
from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import Seen
from echo_sessions.database import transaction

TABLES = frozenset({"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})

SHOWN = frozenset({200, 422})
"""A form that comes back with its faults shows its thing as well."""


@dataclass(frozen=True)
class _Look:
    what: str
    thing: str
    role: str | None = None
    rows: int = 0


def connect(app: Flask) -> None:
    """Write after each answer what was seen in it."""
    app.after_request(_note)


def seen(what: str, thing: str, *, role: str | None = None, rows: int = 0) -> None:
    """The reader sees this thing (`audit.rules.Seen`, a code), as what, and takes away so many rows."""
    g.setdefault("looks", []).append(_Look(str(what), thing, role, rows))


def _note(answer: Response) -> Response:
    looks: list[_Look] = g.pop("looks", [])
    person = g.get("person")
    if person is None or answer.status_code not in SHOWN:
        return answer
    if answer.mimetype in TABLES and not any(look.what == Seen.EXPORT for look in looks):
        looks.append(_Look(Seen.EXPORT, _name(answer), rows=_rows(answer)))
    try:
        _write(person.id, looks)
    except Exception as fault:  # whatever it was, the page it belongs to is held back and an error page shown
        return current_app.make_response(current_app.handle_user_exception(fault))
    return answer


def _write(number: int, looks: list[_Look]) -> None:
    if not looks:
        return
    now = clock.now()
    with transaction():
        for look in looks:
            audit.saw(number, look.what, look.thing, at=now, role=look.role, rows=look.rows)
        for what in sorted({look.what for look in looks}):
            alarms.watch(number, what, now=now)


def _name(answer: Response) -> str:
    """The code of the thing whose list it is, else the name of the file."""
    code = (request.view_args or {}).get("code")
    file = str(answer.headers.get("Content-Disposition", "")).partition("filename=")[2].strip('"')
    return str(code or file.rpartition(".")[0] or request.endpoint)


def _rows(answer: Response) -> int:
    """How many lines there are below the head. A cell with a line break counts twice, which errs on the safe side."""
    return 0 if answer.is_streamed else max(0, answer.get_data().count(b"\n") - 1)
