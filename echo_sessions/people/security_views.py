"""How I sign in: password, authenticator app, passkeys, recovery codes, and the devices that are signed in."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from flask import abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import hash_password
from sqlalchemy import select

from echo_sessions import clock, ids
from echo_sessions.audit import service as audit
from echo_sessions.config import Settings
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people import emails, one_time, passkeys, second_factor, sign_ins
from echo_sessions.people.blueprint import bp
from echo_sessions.people.entry_views import QUESTION, house, tell
from echo_sessions.people.models import Account, Passkey, SignIn
from echo_sessions.people.rules import FRESH
from echo_sessions.people.security_forms import AppCodeForm, PasskeyForm, PasswordForm
from echo_sessions.people.strength import check
from echo_sessions.programs import queries as programs
from echo_sessions.sealed import CannotOpen, seal, unseal
from echo_sessions.web.context import hub_name
from echo_sessions.web.faults import see_other, words_of
from echo_sessions.web.guard import always, me, signed_in
from echo_sessions.web.paging import page_of

NEW_KEY = "new_app"
"""In the browser's cookie while an app is being set up, sealed."""


def fresh(view: Callable[..., Any]) -> Callable[..., Any]:
    """Only within ten minutes of signing in: an open screen is not enough to change how one signs in."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if clock.now() - g.sign_in.passed_at > FRESH:
            onward = request.path if request.method == "GET" else url_for("people.security")
            return redirect(url_for("people.again", next=onward), code=303)
        return view(*args, **kwargs)

    return guarded


@bp.get("/me/security")
@signed_in
@always
def security() -> ResponseReturnValue:
    """What there is, and what may be changed."""
    account, now = _account(), clock.now()
    return render_template(
        "people/security.html", account=account, left=second_factor.codes_left(account.id), keys=account.passkeys,
        devices=len(sign_ins.open_ones(account.id, now=now)), days_left=g.days_left, needed=_needed(),
        key_form=PasskeyForm(formdata=None),
    )  # fmt: skip


@bp.route("/me/security/password", methods=["GET", "POST"])
@signed_in
@always
@fresh
def password() -> ResponseReturnValue:
    """Set or change the password. It is hashed before the transaction; the other sessions end."""
    account, form, now = _account(), PasswordForm(), clock.now()
    if form.validate_on_submit():
        person = account.person
        own = [person.name, person.printed_name or "", *(each.email for each in person.addresses), hub_name()]
        try:
            kept = hash_password(check(form.password.data, own=own))
        except Refused as fault:
            form.password.errors = [words_of(fault)]
        else:
            with transaction():
                account.password, account.password_changed_at = kept, now
                ended = _changed(account, emails.PASSWORD_SET, "password set")
            flash(_("Your password is set.") + " " + _others_ended(ended))
            return see_other(url_for("people.security"))
    return render_template("people/password.html", form=form, account=account), 422 if form.errors else 200


@bp.post("/me/security/password/remove")
@signed_in
@always
@fresh
def remove_password() -> ResponseReturnValue:
    """Sign in by letter or passkey only, from now on."""
    account = _account()
    with transaction():
        account.password = account.password_changed_at = None
        ended = _changed(account, emails.PASSWORD_REMOVED, "password removed")
    flash(_("Your password is removed.") + " " + _others_ended(ended))
    return see_other(url_for("people.security"))


@bp.route("/me/security/app", methods=["GET", "POST"])
@signed_in
@always
@fresh
def set_up_app() -> ResponseReturnValue:
    """An authenticator app: a square code to scan, and its first code as proof."""
    account, form, now = _account(), AppCodeForm(), clock.now()
    codes = second_factor.OnceTotp(hub_name())
    key = _kept_key(account) or codes.new_key()
    session[NEW_KEY] = _sealed(account, key)
    if form.validate_on_submit():
        try:
            with transaction():
                second_factor.add_app(account, key, form.code.data, now=now)
                _changed(account, emails.APP_SET, None, end=False)
        except Refused as fault:
            form.code.errors = [words_of(fault)]
        else:
            session.pop(NEW_KEY, None)
            flash(_("Your authenticator app is set up."))
            return _onward_to_codes(account)
    square = segno.make(codes.address(key, account.email), error="m").svg_data_uri(
        scale=5, border=2, dark="#000", light="#fff"
    )
    spoken = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    return render_template("people/app.html", form=form, square=square, spoken=spoken), 422 if form.errors else 200


@bp.post("/me/security/app/remove")
@signed_in
@always
@fresh
def remove_app() -> ResponseReturnValue:
    """Take the authenticator app away."""
    account, now = _account(), clock.now()
    with transaction():
        second_factor.remove_app(account, now=now)
        _changed(account, emails.APP_REMOVED, None)
    flash(_("The authenticator app is removed."))
    return see_other(url_for("people.security"))


@bp.post("/me/security/passkeys/question")
@signed_in
@always
@fresh
def new_passkey_question() -> ResponseReturnValue:
    """What the browser needs to make a passkey, as JSON."""
    account, form = _account(), PasskeyForm()
    if not form.validate():
        return {"message": " ".join(str(word) for words in form.errors.values() for word in words)}, 422
    with transaction():
        account.passkey_handle = account.passkey_handle or ids.token()[:32]
        session[QUESTION] = one_time.make_challenge(now=clock.now())
    return passkeys.ask_new(account, house(), session[QUESTION])


@bp.post("/me/security/passkeys")
@signed_in
@always
@fresh
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser has made."""
    account, form, now = _account(), PasskeyForm(), clock.now()
    challenge = session.pop(QUESTION, "")
    if not form.validate_on_submit():
        flash(_("Give it a name, such as the device it is kept in."), "attention")
        return see_other(url_for("people.security"))
    with transaction():
        if not one_time.use_challenge(challenge, now=now):
            raise Refused("The browser's answer could not be used. Load the page again and try once more.")
        answer = request.form.get("answer", "")
        passkeys.add(account, answer=answer, challenge=challenge, name=form.name.data, house=house(), now=now)
        _changed(account, emails.PASSKEY_ADDED, None, end=False)
    flash(_("Your passkey is kept."))
    return _onward_to_codes(account)


@bp.post("/me/security/passkeys/<code>/remove")
@signed_in
@always
@fresh
def remove_passkey(code: str) -> ResponseReturnValue:
    """Take one of my passkeys away."""
    account, now = _account(), clock.now()
    row = db.session.scalars(
        select(Passkey).where(Passkey.code == code, Passkey.account_id == account.id)
    ).one_or_none()
    if row is None:
        abort(404)
    with transaction():
        passkeys.remove(row, now=now)
        _changed(account, emails.PASSKEY_REMOVED, None)
    flash(_("The passkey is removed."))
    return see_other(url_for("people.security"))


@bp.route("/me/security/codes", methods=["GET", "POST"])
@signed_in
@always
@fresh
def recovery_codes() -> ResponseReturnValue:
    """Ten recovery codes, shown once, in the answer to the button. They are hashed before the transaction."""
    account, now = _account(), clock.now()
    if account.second_factor_since is None:
        raise Refused("Recovery codes are for a lost second factor; set one up first.")
    left = second_factor.codes_left(account.id)
    if request.method == "GET":
        return render_template("people/recovery_codes.html", codes=None, left=left)
    codes, salt, hashes = second_factor.new_codes()
    with transaction():
        second_factor.keep_codes(account, salt, hashes, now=now)
        _changed(account, emails.CODES_MADE, None, end=False)
    return render_template("people/recovery_codes.html", codes=codes, left=left, at=now)


@bp.get("/me/security/devices")
@signed_in
@always
def list_sign_ins() -> ResponseReturnValue:
    """Where I am signed in, and where I was: the last one seen first."""
    account, now = _account(), clock.now()
    chosen = select(SignIn).where(SignIn.account_id == account.id, SignIn.passed_at.is_not(None))
    page = page_of(chosen.order_by(SignIn.ended_at.is_not(None), SignIn.seen_at.desc(), SignIn.id.desc()))
    rows = [(row, row.id == g.sign_in.id, not sign_ins.is_over(row, now)) for row in page.rows]
    return render_template("people/list_sign_ins.html", page=page, rows=rows)


@bp.post("/me/security/devices/<code>/end")
@signed_in
@always
def end_sign_in(code: str) -> ResponseReturnValue:
    """End one of my sessions; it is over at its next click, in whatever process."""
    row = db.session.scalars(select(SignIn).where(SignIn.code == code)).one_or_none()
    if row is None or row.account_id != _account().id:
        abort(404)
    with transaction():
        sign_ins.end(row, by=sign_ins.REVOKED, now=clock.now())
    flash(_("That session is over."))
    return see_other(url_for("people.list_sign_ins"))


@bp.post("/me/security/devices/end-others")
@signed_in
@always
def end_other_sign_ins() -> ResponseReturnValue:
    """End all my sessions but this one."""
    with transaction():
        ended = sign_ins.end_others(_account(), but=g.sign_in, by=sign_ins.REVOKED, now=clock.now())
    flash(_others_ended(ended))
    return see_other(url_for("people.list_sign_ins"))


def _account() -> Account:
    account: Account = g.sign_in.account
    return account


def _needed() -> bool:
    """Whether my roles ask for a second factor."""
    return programs.needs_second_factor(me().id)


def _changed(account: Account, what: Any, deed: str | None, *, end: bool = True) -> int:
    """What follows every change of how one signs in: the other sessions end, a letter goes out."""
    now = clock.now()
    if deed is not None:
        audit.record(account.person_id, deed, account.person.code, at=now)
    tell(account, what, now=now)
    return sign_ins.end_others(account, but=g.sign_in, by=sign_ins.CHANGED, now=now) if end else 0


def _others_ended(count: int) -> str:
    if not count:
        return str(_("No other session was open."))
    return str(ngettext("%(num)s other session has ended.", "%(num)s other sessions have ended.", count))


def _onward_to_codes(account: Account) -> ResponseReturnValue:
    """After the first factor was set up, the codes for the day it is lost; later back to the page."""
    none_yet = second_factor.codes_left(account.id) == 0
    return see_other(url_for("people.recovery_codes" if none_yet else "people.security"))


def _kept_key(account: Account) -> str | None:
    """The key of the app that is being set up in this browser, if it was begun here."""
    sealed = session.get(NEW_KEY)
    try:
        return unseal(sealed, keys=_settings().sealing_keys, purpose=f"new app of {account.id}") if sealed else None
    except CannotOpen:
        return None


def _sealed(account: Account, key: str) -> str:
    return seal(key, key=_settings().sealing_keys[0], purpose=f"new app of {account.id}")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
