"""Who may enter: every view is guarded by one of these or is listed as open."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from flask_login import current_user

from echo_sessions import clock
from echo_sessions.database import check_again, forget_checks
from echo_sessions.people import queries
from echo_sessions.people.models import Person
from echo_sessions.people.rules import grace_left
from echo_sessions.people.sign_in import note_seen
from echo_sessions.programs import queries as programs

View = TypeVar("View", bound=Callable[..., Any])
OPEN = "open_to_all"
SIGNED_IN = "signed_in"
STAFF = "staff_only"


def load_person() -> None:
    """Before each request: who this is, and whether they work for the hub."""
    g.person = g.staff = g.days_left = None
    g.runs = g.audits = False
    if request.endpoint in {None, "static", "bootstrap.static"}:
        return
    if current_user.is_authenticated:
        note_seen()
        g.person = current_user.person
        g.days_left = _days_left()
        g.staff = queries.staff_role(g.person.id)
        g.runs = g.staff is not None or programs.runs_anything(g.person.id)
        g.audits = programs.audits_anything(g.person.id, clock.now())


def _days_left() -> int | None:
    """Days until a second factor must be set up, 0 when the time is over; None for whom there is nothing to do."""
    asked = current_user.second_factor_asked_at
    if asked is None or current_user.second_factor_since or not programs.needs_second_factor(current_user.person_id):
        return None
    return grace_left(asked, clock.now())


def always(view: View) -> View:
    """A page for those too who have yet to set up their second factor: the way there, and the way out."""
    view.__always__ = True  # type: ignore[attr-defined]  # read by `signed_in`
    return view


def open_to_all(view: View) -> View:
    """Anybody may look, without signing in; the docstring of the view says why."""
    view.__guard__ = OPEN  # type: ignore[attr-defined]  # read by the house test
    return view


def signed_in(view: View) -> View:
    """Only people who have signed in; others are asked to and come back here."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if g.person is None:
            if request.method != "GET":
                abort(403)
            return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
        if g.get("days_left") == 0 and not hasattr(view, "__always__"):
            return redirect(url_for("people.security"), code=303)
        try:
            return current_app.ensure_sync(view)(*args, **kwargs)
        finally:
            forget_checks()

    guarded.__guard__ = SIGNED_IN  # type: ignore[attr-defined]  # read by the house test
    return guarded  # type: ignore[return-value]  # same signature


def staff_only(view: View) -> View:
    """Only coordinators and owners of the hub: 404 to everybody else, who need not know."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if g.staff is None:
            abort(404)
        check_again(lambda: _or_abort(queries.staff_role(me().id) is not None, 404))
        return view(*args, **kwargs)

    entered = signed_in(guarded)
    entered.__guard__ = STAFF  # type: ignore[attr-defined]  # read by the house test
    return entered  # type: ignore[return-value]  # same signature


def only_if(may: Callable[[], bool], otherwise: int) -> None:
    """Refuse with this status unless the reader may. Asked once more when the page begins to write, with the reader's
    roles held fast: who lost a role between looking and pressing the button, or in the middle of that, does nothing."""
    _or_abort(may(), otherwise)

    def still() -> None:
        programs.hold_roles(me().id)
        _or_abort(may(), otherwise)

    check_again(still)


def _or_abort(allowed: bool, otherwise: int) -> None:
    if not allowed:
        abort(otherwise)


def me() -> Person:
    """The person who is signed in; only in guarded views."""
    person: Person = g.person
    return person
