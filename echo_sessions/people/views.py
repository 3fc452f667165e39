"""Signing in and out, and one's own settings."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user
from flask_security import login_user

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import emails, queries, service
from echo_sessions.people.forms import LinkForm, MySettingsForm
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, open_to_all, signed_in

bp = Blueprint("people", __name__)


@bp.get("/sign-in/")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """The way in, kept as a name of ours: anybody may stand at the door."""
    return redirect(url_for("security.login", next=request.args.get("next")))


@bp.post("/sign-in/link")
@open_to_all
def ask_link() -> ResponseReturnValue:
    """Ask for a link by mail. The answer is the same whether the address is known or not."""
    form, now = LinkForm(), clock.now()
    if not form.validate_on_submit():
        return redirect(url_for("security.login"))
    try:
        person = queries.by_address(form.email.data)
    except Refused:
        person = None
    hub = queries.hub()
    if person is not None and hub is not None and not service.is_locked(form.email.data, now=now):
        with transaction():
            service.note_failure(form.email.data, now=now)
            token = service.make_link(person, purpose="sign-in", now=now, next_url=inside(request.form.get("next")))
            mail.queue(emails.sign_in_link(person, hub, token), now=now, from_name=hub.name)
    return see_other(url_for("people.link_sent"))


@bp.get("/sign-in/link-sent")
@open_to_all
def link_sent() -> ResponseReturnValue:
    """What to do now; tells nothing about anybody."""
    return render_template("people/link_sent.html")


@bp.route("/sign-in/<token>", methods=["GET", "POST"])
@open_to_all
def use_link(token: str) -> ResponseReturnValue:
    """The link from the letter: looking shows a button, only pressing it signs in. The token is the proof."""
    now = clock.now()
    link = service.look_at_link(token, purpose="sign-in", now=now)
    if link is None:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    if request.method == "GET":
        return render_template("people/use_link.html", name=link.person.name)
    with transaction():
        link = service.use_link(token, purpose="sign-in", now=now)
        account = service.open_account(link.person, now=now)
        onward = link.next_url
    if not account.active:
        abort(403)
    session.clear()
    login_user(account, authn_via=["link"])
    return see_other(onward or "/")


@bp.route("/sign-out", methods=["GET", "POST"])
@signed_in
def sign_out() -> ResponseReturnValue:
    """Sign out, by a button."""
    if request.method == "GET":
        return render_template("people/sign_out.html")
    logout_user()
    session.clear()
    return see_other(url_for("security.login"))


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
            person, name=form.name.data, printed_name=form.printed_name.data, profession=form.profession.data,
            registration=form.registration.data, zone=form.zone.data, wants_invitations=form.wants_invitations.data,
            now=clock.now(),
        )  # fmt: skip
    flash(_("Your settings are saved."))
    return see_other(url_for("people.settings"))


def inside(url: str | None) -> str | None:
    """The address if it is a path of ours, else None: nobody is sent elsewhere after signing in."""
    if not url or not url.startswith("/") or url.startswith(("//", "/\\")) or any(ord(c) < 32 for c in url):
        return None
    parts = urlsplit(url)
    return url if not parts.scheme and not parts.netloc else None
