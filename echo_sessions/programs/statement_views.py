"""The statement of collaboration: what everybody agrees to who enrols."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.programs import queries, service
from echo_sessions.programs.blueprint import bp, the_hub
from echo_sessions.programs.forms import StatementForm
from echo_sessions.programs.rules import DISCLAIMER
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in, staff_only


@bp.get("/statement")
@signed_in
def statement() -> ResponseReturnValue:
    """The statement in force, and the versions before it."""
    versions = queries.statements_of(the_hub().id)
    return render_template("programs/statement.html", versions=versions, disclaimer=_(DISCLAIMER))


@bp.route("/statement/new", methods=["GET", "POST"])
@staff_only
def publish_statement() -> ResponseReturnValue:
    """Publish a new version; the text in force, or a draft to begin with, stands there already."""
    hub = the_hub()
    in_force = queries.statement_in_force(hub.id)
    form = StatementForm(text=in_force.text if in_force else draft(hub.name))
    if not form.validate_on_submit():
        return render_template(
            "programs/publish_statement.html", form=form, in_force=in_force, disclaimer=_(DISCLAIMER)
        ), 422 if form.errors else 200
    with transaction():
        published = service.publish_statement(hub, form.text.data.replace("\r\n", "\n"), by=me(), now=clock.now())
        number = published.number
    flash(_("Version %(number)s is in force for everybody who enrols from now on.", number=number))
    return see_other(url_for("programs.statement"))


def draft(hub_name: str) -> str:
    """A text to begin with, after what hubs usually promise and ask."""
    return "\n\n".join(
        (
            _(
                "%(hub)s gives you regular sessions with specialists, advice on your cases in conversation and in writing, talks, help with the technology, and credit where it can, all free of charge.",
                hub=hub_name,
            ),
            _(
                "You come to as many sessions as you can, with your camera on; you present cases, send follow-up on them, and fill in short questionnaires."
            ),
            _(
                "You protect patients: no name, date of birth, address, record number or picture is spoken, shown or typed. What you hear about people in a session stays there."
            ),
            _(
                "Sessions may be recorded for teaching; by taking part you consent to it. Discussions of cases are not recorded unless you are told so."
            ),
            _(
                "Everybody teaches and everybody learns. We treat each other with respect; whoever does not may be asked to leave."
            ),
        )
    )
