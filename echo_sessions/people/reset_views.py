"""A lost second factor, taken away by two of the hub's staff together: one asks, another does it."""

from flask import abort, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people import emails, queries, second_factor
from echo_sessions.people.blueprint import bp
from echo_sessions.people.entry_views import tell
from echo_sessions.people.models import FactorReset, Person
from echo_sessions.people.security_forms import ResetForm
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, staff_only


@bp.route("/people/<code>/second-factor", methods=["GET", "POST"])
@staff_only
def lost_factor(code: str) -> ResponseReturnValue:
    """What there is, what waits for a second person, and the form that asks."""
    person, form = _person(code), ResetForm()
    if form.validate_on_submit():
        try:
            with transaction():
                second_factor.ask_reset(person, reason=form.reason.data, by=me(), now=clock.now())
        except Refused as fault:
            form.form_errors.append(words_of(fault))
        else:
            flash(_("Asked. Somebody else of the hub's staff does it on this page."))
            return see_other(url_for("people.lost_factor", code=code))
    waiting = second_factor.open_reset(person.id)
    page = render_template("people/lost_factor.html", person=person, form=form, waiting=waiting)
    return page, 422 if form.errors else 200


@bp.post("/people/<code>/second-factor/do")
@staff_only
def do_reset(code: str) -> ResponseReturnValue:
    """The second person takes it away; sessions end, a letter goes out."""
    person = _person(code)
    row, now = _waiting(person), clock.now()
    with transaction():
        second_factor.decide_reset(row, done=True, by=me(), now=now)
        if person.account is not None:
            tell(person.account, emails.RESET, now=now)
    flash(_("The second factor of %(name)s is taken away, and all sessions have ended.", name=person.name))
    return see_other(url_for("people.lost_factor", code=code))


@bp.post("/people/<code>/second-factor/refuse")
@staff_only
def refuse_reset(code: str) -> ResponseReturnValue:
    """Not so: nothing is taken away."""
    with transaction():
        second_factor.decide_reset(_waiting(_person(code)), done=False, by=me(), now=clock.now())
    flash(_("Nothing was taken away."))
    return see_other(url_for("people.lost_factor", code=code))


def _person(code: str) -> Person:
    return queries.by_code(code) or abort(404)


def _waiting(person: Person) -> FactorReset:
    row = second_factor.open_reset(person.id)
    if row is None:
        raise Refused("Nobody has asked for this, or it has been decided already.")
    return row
