"""Flask-Security, fitted to this house: accounts, passwords, the signed-in person."""

from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.core import RoleMixin
from flask_security.forms import LoginForm

from echo_sessions import clock
from echo_sessions.config import Settings
from echo_sessions.database import db, transaction
from echo_sessions.people import service
from echo_sessions.people.models import Account


class NoRole(RoleMixin):
    """Flask-Security wants a class of roles; ours are per program and per hub, so this one has no rows."""


class CountedLoginForm(LoginForm):
    """Password sign-in that counts failures in the database, over all processes.

    Hashing takes half a second and runs outside of any write transaction.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email.label.text, self.password.label.text = _("E-mail address"), _("Password")
        self.remember.label.text = _("Stay signed in on this device")

    def validate(self, **kwargs: Any) -> bool:
        """Whether the address and password belong together, and are not locked after ten failures."""
        email, now = self.email.data or "", clock.now()
        if service.is_locked(email, now=now):
            self.form_errors.append(_("Too many tries for this address. Wait 15 minutes, or ask for a link by e-mail."))
            return False
        right = bool(super().validate(**kwargs))
        if not right:
            with transaction():
                service.note_failure(email, now=now)
            self.email.errors = []
            self.password.errors = [_("This address and password do not belong together.")]
        return right


def connect(app: Flask, settings: Settings) -> None:
    """Set up sign-in by password; the sign-in by link is ours."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2" if not settings.testing else "plaintext",
        SECURITY_PASSWORD_SCHEMES=["argon2"] if not settings.testing else ["plaintext"],
        SECURITY_PASSWORD_SALT=settings.secret_key.value[::-1],
        SECURITY_PASSWORD_SINGLE_HASH=False if not settings.testing else ["plaintext"],
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out/now",
        SECURITY_VERIFY_URL="/sign-in/again",
        SECURITY_POST_LOGIN_VIEW="/",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"email": {"mapper": _identity, "case_insensitive": True}}],
        SECURITY_REMEMBER_ME_COOKIE={"httponly": True, "secure": settings.secure, "samesite": "Lax"},
    )
    datastore = SQLAlchemyUserDatastore(db, Account, NoRole)
    Security(app, datastore, login_form=CountedLoginForm)


def _identity(text: str) -> str | None:
    return text.strip().casefold() if isinstance(text, str) and "@" in text else None
