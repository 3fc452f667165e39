"""Who keeps my diary, who keeps somebody's for whom I plan, and the way out for a delegate."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.programs.blueprint import find_person
from echo_sessions.sessions import delegates as verbs
from echo_sessions.sessions import ways
from echo_sessions.sessions.blueprint import bp
from echo_sessions.sessions.forms import DelegateForm
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, open_to_all, signed_in


@bp.route("/me/delegates", methods=["GET", "POST"])
@signed_in
def delegates() -> ResponseReturnValue:
    """Who keeps my diary."""
    return _page(me(), url_for("sessions.delegates"))


@bp.post("/me/delegates/<code>/end")
@signed_in
def end_delegation(code: str) -> ResponseReturnValue:
    """Nobody, or somebody else, keeps my diary from now on."""
    return _end(me(), code, url_for("sessions.delegates"))


@bp.route("/people/<code>/delegates", methods=["GET", "POST"])
@signed_in
def delegates_of(code: str) -> ResponseReturnValue:
    """Who keeps somebody's diary, for those who run a program of theirs. The person is told of each change."""
    return _page(find_person(code), url_for("sessions.delegates_of", code=code))


@bp.post("/people/<code>/delegates/<delegate_code>/end")
@signed_in
def end_delegation_of(code: str, delegate_code: str) -> ResponseReturnValue:
    """End what was named for somebody."""
    return _end(find_person(code), delegate_code, url_for("sessions.delegates_of", code=code))


@bp.route("/delegate/<token>", methods=["GET", "POST"])
@open_to_all
def no_delegate(token: str) -> ResponseReturnValue:
    """Whoever was named does not want it: the link from the letter, a button, and nothing more comes. Open to all: the
    link proves who was named, shows a name they know from that letter, and can only end it."""
    found = ways.read_delegate(token)
    row = verbs.between(found[0].id, found[1].id) if found else None
    if found is None:
        return render_template("sessions/link_void.html"), 404
    person, delegate = found
    if request.method == "POST" and row is not None:
        with transaction():
            verbs.end_delegation(row, by=delegate, now=clock.now())
        return see_other(request.path)
    with force_locale(delegate.language):
        return render_template("sessions/no_delegate.html", person=person, ended=row is None)


def _page(person: Person, here: str) -> ResponseReturnValue:
    form, mine = DelegateForm(), person.id == me().id
    if not form.validate_on_submit() or not _may_keep(form, person):
        page = render_template(
            "sessions/delegates.html", form=form, person=person, mine=mine, here=here, rows=verbs.of(person.id),
            most=verbs.MOST,
        )  # fmt: skip
        return page, 422 if form.errors else 200
    with transaction():
        row = verbs.name_delegate(person, name=form.name.data, email=form.email.data, by=me(), now=clock.now())
        called = row.called
    flash(_("%(name)s gets the calendar entries from now on, and is told by letter.", name=called))
    return see_other(here)


def _may_keep(form: DelegateForm, person: Person) -> bool:
    """What the verb would refuse, said at the field, so that what was typed stays."""
    try:
        verbs.may_keep(person, form.email.data)
    except Refused as fault:
        form.email.errors = [words_of(fault)]
        return False
    return True


def _end(person: Person, code: str, here: str) -> ResponseReturnValue:
    delegate = people.by_code(code)
    row = verbs.between(person.id, delegate.id) if delegate is not None else None
    if row is None:
        abort(404)
    called = row.called
    with transaction():
        verbs.end_delegation(row, by=me(), now=clock.now())
    flash(_("%(name)s gets nothing more, and the entries are taken out of that calendar.", name=called))
    return see_other(here)
