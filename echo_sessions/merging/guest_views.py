"""This guest was …"""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.attendance import proposals, queries
from echo_sessions.attendance.blueprint import find_session
from echo_sessions.database import transaction
from echo_sessions.merging import guests
from echo_sessions.merging.blueprint import bp
from echo_sessions.people import queries as people
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in


@bp.route("/sessions/<code>/attendance/guests", methods=["GET", "POST"])
@signed_in
def name_guests(code: str) -> ResponseReturnValue:
    """The guests without a name of one session, and who they were."""
    session = find_session(code)
    found = {str(seen.stay_id): seen for seen in guests.unnamed(session)}
    if request.method == "POST":
        seen, person = found.get(request.form.get("line", "")), people.by_code(request.form.get("person", ""))
        if seen is None or person is None:
            abort(404)
        with transaction():
            guests.name_guest(session, seen, people.kept_of(person), by=me(), now=clock.now())
        flash(_("“%(written)s” was %(name)s; the attendance is theirs.", written=seen.discreet, name=person.name))
        return see_other(url_for("merging.name_guests", code=code))
    words, line = request.args.get("q", ""), request.args.get("line", "")
    return render_template(
        "merging/name_guests.html", session=session, guests=list(found.values()), chosen=found.get(line), q=words,
        found=proposals.findable(session, words) if line in found else [], window=queries.window_of(session),
    )  # fmt: skip
