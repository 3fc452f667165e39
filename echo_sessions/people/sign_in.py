"""Flask-Security, fitted to this house: accounts, password hashing, the page for passwords, the signed-in person.

Its session is bound to a row of ours (`SignIn`), so that sessions can be listed, ended and limited in time; all ways in
meet in `entry_views.enter`, where a second factor is asked for.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask, g, request, session
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.core import RoleMixin
from flask_security.forms import LoginForm
from flask_security.tf_plugin import TfPlugin
from sqlalchemy.exc import SQLAlchemyError
from wtforms import BooleanField

from echo_sessions import clock
from echo_sessions.config import Settings
from echo_sessions.database import db, transaction
from echo_sessions.errors import Refused
from echo_sessions.people import queries, sign_ins, tries
from echo_sessions.people.models import Account
from echo_sessions.people.rules import STAYS, SignInWay, Stay, stay_of
from echo_sessions.people.strength import MOST as LONGEST
from echo_sessions.people.waits import Kind, network_of
from echo_sessions.web.address import inside

SECRET = "sign_in"
"""Where the browser's secret stands in its cookie."""
HINT = "who"
"""The address of somebody who was asked to sign in once more, to be filled in."""
Enter = Callable[..., ResponseReturnValue]


class NoRole(RoleMixin):
    """Flask-Security wants a class of roles; ours are per program and per hub, so this one has no rows."""


class CountedLoginForm(LoginForm):
    """Password sign-in whose tries are counted in the database, over all processes.

    A try that has to wait is refused before anything is hashed. Hashing takes half a second and runs outside of any
    write transaction; it is done for unknown addresses too, so that they cannot be told from known ones.
    """

    shared = BooleanField(
        _l("This is a shared computer"),
        description=_l(
            "Nothing stays: you are signed out when the browser closes, and after 30 minutes without a click."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text, self.password.label.text = _("E-mail address"), _("Password")
        self.remember.label.text = _("Stay signed in on this device for 30 days")
        self.next.data = inside(self.next.data) or ""
        if request.method == "GET":
            self.email.data = session.get(HINT, "")

    def validate(self, **kwargs: Any) -> bool:
        """Whether the address and password belong together; refused at once while tries have to wait."""
        email, now, network = self.email.data or "", clock.now(), network_of(request.remote_addr)
        wait = tries.wait_of(Kind.PASSWORD, email, network, now=now)
        if wait is None:
            with transaction():
                wait = tries.take(Kind.PASSWORD, email, network, now=now)
        if wait is not None:
            self.form_errors.append(
                _("Too many tries. Wait %(wait)s, or ask for a link by e-mail.", wait=spoken_wait(wait))
            )
            return False
        self.ifield, self.user = self.email, _account(email)
        right = len(self.password.data or "") <= LONGEST and bool(super().validate(**kwargs))
        self._keep_better_hash()
        if not right:
            self.email.errors = []
            self.password.errors = [_("This address and password do not belong together.")]
            return False
        with transaction():
            tries.forgive(Kind.PASSWORD, email, network)
        return True

    def _keep_better_hash(self) -> None:
        """The library hashes anew where its ways have changed, but writes outside of our transactions."""
        account = self.user
        if account is not None and account in db.session.dirty:
            better = account.password
            db.session.rollback()
            with transaction():
                account.password = better


class OneDoor(TfPlugin):
    """The library asks here whether a second factor is needed after a password; the answer is our own way in."""

    def __init__(self, enter: Enter) -> None:
        super().__init__()
        self._enter = enter

    def tf_enter(self, user: Any, remember_me: bool | None, primary_authn_via: str, next_loc: str | None) -> Any:
        """Go in by password, to where the visitor wanted to go."""
        stay = stay_of(shared=bool(request.form.get("shared")), kept=bool(remember_me))
        return self._enter(user, SignInWay.PASSWORD, stay=stay, next_url=request.values.get("next"))


def connect(app: Flask, settings: Settings, enter: Enter) -> None:
    """Set up sign-in by password; all other ways are ours."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2" if not settings.testing else "plaintext",
        SECURITY_PASSWORD_SCHEMES=["argon2"] if not settings.testing else ["plaintext"],
        SECURITY_PASSWORD_SALT=settings.secret_key.value[::-1],
        SECURITY_PASSWORD_SINGLE_HASH=False if not settings.testing else ["plaintext"],
        SECURITY_PASSWORD_NORMALIZE_FORM="NFC",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_METHODS=None,
        SECURITY_FRESHNESS=timedelta(seconds=-1),
        SECURITY_CACHE_CONTROL={"no_store": True},
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _identity, "case_insensitive": True}}],
        SESSION_COOKIE_NAME="__Host-echo" if settings.secure else "echo",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=STAYS[Stay.KEPT][1],
    )
    datastore = SQLAlchemyUserDatastore(db, Account, NoRole)
    security = Security(app, datastore, login_form=CountedLoginForm)
    security.two_factor_plugins = OneDoor(enter)
    security.login_context_processor(lambda: {"provider_name": _provider_name(settings)})
    security.login_manager.user_loader(load_account)
    security.login_manager.request_loader(_no_token)


def load_account(uniquifier: str) -> Account | None:
    """Who this browser is, if its session goes on. One look; remembered for the request."""
    secret = session.get(SECRET)
    if not isinstance(secret, str):
        return None
    row = sign_ins.whole(secret, now=clock.now())
    if row is None or row.account.fs_uniquifier != uniquifier:
        return None
    g.sign_in = row
    return row.account


def _no_token(_request: object) -> None:
    """Nobody signs in by a token in the request; the library would read every body for one."""


def note_seen() -> None:
    """Somebody is there: noted every five minutes at most. A database that cannot write now does not keep the page back."""
    row = g.get("sign_in")
    now = clock.now()
    if row is None or not sign_ins.is_to_be_noted(row, now):
        return
    number = row.id
    try:
        with transaction():
            sign_ins.saw(number, now=now)
    except SQLAlchemyError:
        db.session.rollback()


def _provider_name(settings: Settings) -> str:
    """What the organisation's own sign-in is called on the page; empty where there is none."""
    return (settings.oidc_name or str(_("your organisation’s account"))) if settings.oidc_issuer else ""


def spoken_wait(wait: timedelta) -> str:
    """`30 seconds`, `2 minutes`: in the reader's language, never none."""
    return str(format_timedelta(max(wait, timedelta(seconds=1)), granularity="second"))


def _account(email: str) -> Account | None:
    """The account of whoever has this address, be it the first or another one."""
    try:
        person = queries.by_address(email)
    except Refused:
        return None
    return person.account if person is not None else None


def _identity(text: str) -> str | None:
    return text.strip().casefold() if isinstance(text, str) and "@" in text else None
