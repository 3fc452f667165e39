"""One's own settings; the other pages of people stand in modules of their own, gathered here."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.people import (
    address_views,
    away_views,
    entry_views,
    provider_views,
    reset_views,
    security_views,
    service,
)
from echo_sessions.people.blueprint import bp
from echo_sessions.people.forms import MySettingsForm
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in

__all__ = ["address_views", "away_views", "bp", "entry_views", "provider_views", "reset_views", "security_views"]


@bp.route("/me/settings", methods=["GET", "POST"])
@signed_in
def settings() -> ResponseReturnValue:
    """My name, zone and how I want to be told."""
    person = me()
    form = MySettingsForm(obj=person)
    if not form.validate_on_submit() or not form.catches_up(person):
        return render_template("people/settings.html", form=form), 422 if form.errors else 200
    with transaction():
        service.change_settings(
            person, name=form.name.data, printed_name=form.printed_name.data, zone=form.zone.data,
            wants_invitations=form.wants_invitations.data, answers=form.answers(), now=clock.now(),
        )  # fmt: skip
    flash(_("Your settings are saved."))
    return see_other(url_for("people.settings"))
