"""My e-mail addresses."""

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.people import addresses as verbs
from echo_sessions.people import queries
from echo_sessions.people.blueprint import bp
from echo_sessions.people.forms import NewAddressForm
from echo_sessions.people.models import Hub
from echo_sessions.people.security_views import fresh
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import me, open_to_all, signed_in
from echo_sessions.web.limits import limiter


@bp.get("/me/addresses")
@signed_in
def addresses() -> ResponseReturnValue:
    """All my addresses: which is the first, which have answered; one more."""
    return render_template("people/addresses.html", form=NewAddressForm(formdata=None), person=me())


@bp.post("/me/addresses/add")
@signed_in
@fresh
def add_address() -> ResponseReturnValue:
    """One more address: a letter goes there. The answer tells nothing of whose it may be."""
    form, hub = NewAddressForm(), _hub()
    if form.validate_on_submit():
        try:
            with transaction():
                verbs.want(me(), form.email.data, hub, now=clock.now())
        except Refused as fault:
            form.email.errors = [words_of(fault)]
        else:
            flash(
                _(
                    "A letter is on its way to %(address)s. The address counts once you press the button in it.",
                    address=form.email.data,
                )
            )
            return see_other(url_for("people.addresses"))
    return render_template("people/addresses.html", form=form, person=me()), 422


@bp.post("/me/addresses/primary")
@signed_in
@fresh
def make_primary() -> ResponseReturnValue:
    """Letters go to this one."""
    with transaction():
        verbs.make_primary(me(), _number(), _hub(), now=clock.now())
    flash(_("Letters go to %(address)s from now on, and you sign in by it.", address=me().address))
    return see_other(url_for("people.addresses"))


@bp.post("/me/addresses/remove")
@signed_in
@fresh
def remove_address() -> ResponseReturnValue:
    """This one is mine no more."""
    with transaction():
        verbs.remove(me(), _number(), _hub(), now=clock.now())
    flash(_("The address is removed; a last letter goes there to say so."))
    return see_other(url_for("people.addresses"))


@bp.post("/me/addresses/enough")
@signed_in
def one_is_enough() -> ResponseReturnValue:
    """Do not suggest a private address any more."""
    with transaction():
        verbs.one_is_enough(me())
    return see_other("/me")


@bp.route("/addresses/<token>", methods=["GET", "POST"])
@limiter.limit("30 per minute")
@open_to_all
def confirm_address(token: str) -> ResponseReturnValue:
    """The link from the letter: looking shows a button, pressing it makes the address count. It signs nobody in."""
    now = clock.now()
    wanted = verbs.look(token, now=now)
    if request.method == "GET":
        if wanted is None:
            raise Refused("This link has been used or has ended. Ask for a new one.")
        return render_template("people/confirm_address.html", wanted=wanted)
    with transaction():
        verbs.confirm(token, _hub(), now=now)
    return render_template("people/address_confirmed.html")


def _number() -> int:
    text = request.form.get("address", "")
    if not text.isdecimal() or len(text) > 9:
        abort(400)
    return int(text)


def _hub() -> Hub:
    hub = queries.hub()
    if hub is None:
        abort(404)
    return hub
