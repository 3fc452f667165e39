"""What people said at the door about who sat with them: one press takes it, one puts it aside."""

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.attendance import companions
from echo_sessions.attendance.blueprint import bp, find_session
from echo_sessions.attendance.register import computed
from echo_sessions.database import transaction
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Companion, Session
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in


@bp.post("/sessions/<code>/attendance/companions/<int:number>")
@signed_in
def settle_companion(code: str, number: int) -> ResponseReturnValue:
    """Take one claim (`take`, `person:` and a code, `new`), put it aside (`dismiss`), or look at it again (`back`)."""
    session = find_session(code)
    companion = companions.companion_by_number(session, number)
    if companion is None:
        abort(404)
    choice, now = request.form.get("choice", ""), clock.now()
    name = companion.called or (companion.other.name if companion.other else "")
    if choice in {"dismiss", "back"}:
        act = companions.dismiss if choice == "dismiss" else companions.bring_back
        with transaction():
            act(session, companion, by=me(), now=now)
        flash(_("%(name)s is put aside.", name=name) if choice == "dismiss" else _("%(name)s waits again.", name=name))
    else:
        _take(session, companion, choice)
        flash(_("%(name)s is in the register now, beside %(other)s.", name=name, other=companion.person.name))
    return see_other(url_for("attendance.queue", code=session.code, _anchor="door"))


def _take(session: Session, companion: Companion, choice: str) -> None:
    """Take it in one transaction, with a new person where the hub knows nobody of that name."""
    kind, _colon, person_code = choice.partition(":")
    if kind not in {"take", "person", "new"} or (kind == "new" and not companion.called):
        abort(400)
    person: Person | None = people_queries.by_code(person_code) if kind == "person" else None
    if kind == "person" and (person is None or person.merged_into_id is not None):
        abort(404)
    now = clock.now()
    with transaction():
        if kind == "new":
            person = people.add_person(name=companion.called or "", zone=session.series.zone, now=now, by=me())
        companions.take(session, companion, person, computed(session), by=me(), now=now)
