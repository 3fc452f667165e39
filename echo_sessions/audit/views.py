"""Who did what to which thing, for those who work for the hub."""

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from echo_sessions.audit import queries
from echo_sessions.audit.models import Entry
from echo_sessions.database import db
from echo_sessions.people.models import Person
from echo_sessions.web.guard import staff_only
from echo_sessions.web.paging import page_of

bp = Blueprint("audit", __name__)


@bp.get("/audit")
@staff_only
def list_entries() -> ResponseReturnValue:
    """The audit, last deed first, by the code of a thing or of a person."""
    thing, by = request.args.get("q", "").strip(), request.args.get("by", "").strip()
    doer = db.session.scalars(select(Person.id).where(Person.code == by)).one_or_none() if by else None
    page = page_of(queries.listed(thing=thing, person_ids=([doer] if doer else []) if by else None))
    return render_template("audit/list_entries.html", page=page, q=thing, by=by, names=_names(page.rows))


def _names(entries: Sequence[Entry]) -> dict[int, str]:
    """The names of everybody on this page, in one query."""
    numbers = {entry.person_id for entry in entries if entry.person_id is not None}
    return {
        row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(numbers)))
    }
