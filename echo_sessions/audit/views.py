"""Who did what to which thing, for those who work for the hub and for auditors; and everybody's own record."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from echo_sessions import clock
from echo_sessions.audit import queries, rules
from echo_sessions.audit.models import Entry
from echo_sessions.audit.rules import Seen
from echo_sessions.audit.thing_views import names_of, of_programs, pages_of, people_called
from echo_sessions.conduct import queries as conduct
from echo_sessions.database import db
from echo_sessions.programs import queries as programs
from echo_sessions.web.guard import me, signed_in
from echo_sessions.web.looks import seen
from echo_sessions.web.paging import page_of
from echo_sessions.web.takeaway import harmless

bp = Blueprint("audit", __name__)
AT_ONCE = 2000
ASKED = ("q", "by", "deed", "since", "until")


@bp.get("/audit")
@signed_in
def list_entries() -> ResponseReturnValue:
    """The audit, last deed first, by thing, person, deed and days; for auditors, what was done in their programs."""
    page = page_of(_chosen())
    return render_template(
        "audit/list_entries.html", page=page, asked=_asked(), names=names_of(row.person_id for row in page.rows),
        pages=pages_of({row.thing for row in page.rows}), readable=rules.readable, limited=g.staff is None,
    )  # fmt: skip


@bp.get("/audit.csv")
@signed_in
def export_entries() -> ResponseReturnValue:
    """The same deeds as a file, all of them, with their seals; sent while it is read."""
    chosen = _chosen()
    rows = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    seen(Seen.EXPORT, "audit", rows=rows)
    head = [
        _("number"), _("moment (UTC)"), _("person"), _("name"), _("deed"), _("thing"), _("facts"), _("seal before"), _("seal"),
    ]  # fmt: skip
    # The words are looked up before the first line leaves: by then neither the request nor the reader's row is at hand.
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # the application behind the proxy
    answer = Response(_lines(app, chosen, head, _("the house itself")), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="audit.csv")
    return answer


@bp.get("/me/trace")
@signed_in
def list_trace() -> ResponseReturnValue:
    """Who looked at my record, and what was done with it, my own signing in too."""
    page = page_of(queries.looks_at(me().code))
    deeds = db.session.scalars(queries.listed(thing=me().code).limit(20)).all()
    names = names_of([*(row.person_id for row in page.rows), *(row.person_id for row in deeds)])
    return render_template("audit/list_trace.html", page=page, deeds=deeds, names=names, readable=rules.readable)


def _chosen() -> Select[Entry]:
    """What the address asks for, within what the reader may know; 404 to who may not know of it."""
    within = None
    if g.staff is None:
        mine = programs.programs_audited_by(me().id, clock.now())
        if db.session.scalar(mine.limit(1)) is None:
            abort(404)
        within = of_programs(mine)
    asked = _asked()
    found = queries.listed(
        thing=asked["q"], person_ids=people_called(asked["by"]) if asked["by"] else None, deed=asked["deed"],
        since=_midnight(asked["since"]), until=_midnight(asked["until"], days=1), within=within,
    )  # fmt: skip
    # Whoever is named in a report about conduct comes upon nothing of it here either, and gets no line of it in the file.
    return found.where(Entry.thing.not_in(conduct.hidden_from(me().id)))


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:100] for name in ASKED}


def _midnight(day: str, *, days: int = 0) -> datetime | None:
    """The beginning of that day by the reader's clock, so many days on; None for what is no day."""
    try:
        return datetime.combine(datetime.fromisoformat(day), time(), ZoneInfo(me().zone)) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None


def _lines(app: Flask, chosen: Select[Entry], head: list[str], house: str) -> Iterator[str]:
    """The file, so many deeds at a time, each time with a session of its own: nothing of the database is held while the
    reader's line is slow."""
    yield "\ufeff" + _csv([head])
    below: int | None = None
    while True:
        with app.app_context():
            rows = db.session.scalars(
                (chosen if below is None else chosen.where(Entry.seq < below)).limit(AT_ONCE)
            ).all()
            names = names_of(row.person_id for row in rows)
            text = _csv([_line(row, names, house) for row in rows])
            below, more = (rows[-1].seq if rows else 0), len(rows) == AT_ONCE
        yield text
        if not more:
            return


def _line(row: Entry, names: dict[int, str], house: str) -> list[Any]:
    facts = "; ".join(f"{name}: {value}" for name, value in rules.readable(row.facts))
    who = house if row.person_id is None else names.get(row.person_id, "")
    return [row.seq, row.at.isoformat(), row.person_id, who, row.deed, row.thing, facts, row.previous, row.hash]


def _csv(rows: list[list[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue()
