"""What is typed while signing in, and where one changes how one signs in."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from echo_sessions.web.forms import Form

_CODE: dict[str, Any] = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "12", "class": "short"}


class StayForm(Form):
    """For how long this device stays signed in."""

    kept = BooleanField(_l("Stay signed in on this device for 30 days"))
    shared = BooleanField(
        _l("This is a shared computer"),
        description=_l(
            "Nothing stays: you are signed out when the browser closes, and after 30 minutes without a click."
        ),
    )


class CodeForm(StayForm):
    """The six digits of a letter."""

    code = StringField(
        _l("The code in the letter"),
        render_kw=_CODE,
        validators=[InputRequired(_l("Type the six digits of the letter.")), Length(max=20)],
    )


class AppCodeForm(Form):
    """The digits that an authenticator app shows."""

    code = StringField(
        _l("The code your app shows now"),
        render_kw=_CODE,
        validators=[InputRequired(_l("Type the six digits of your app.")), Length(max=20)],
    )


class RecoveryForm(Form):
    """One of the codes that were printed."""

    code = StringField(
        _l("One of your recovery codes"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
        validators=[InputRequired(_l("Type one of your recovery codes.")), Length(max=40)],
    )


class PasswordForm(Form):
    """A new password, typed once and shown on demand; any password manager may paste it."""

    password = PasswordField(
        _l("New password"),
        description=_l(
            "At least 12 characters. A few words in a row are easy to keep and hard to guess; there is no rule about kinds of characters."
        ),
        validators=[InputRequired(_l("Type the new password."))],
    )


class PasskeyForm(Form):
    """What to call a new passkey."""

    name = StringField(
        _l("Name of this passkey"),
        description=_l("So that you recognise it later: the device or the stick it is kept in."),
        validators=[DataRequired(_l("Give it a name, such as the device it is kept in.")), Length(max=80)],
    )


class ResetForm(Form):
    """Why somebody's second factor is to be taken away, and how it was made sure that they ask for it."""

    reason = TextAreaField(
        _l("What happened, and how did you make sure that it is really them?"),
        description=_l("Such as: lost the phone; called back on the clinic's number. The second person reads this."),
        validators=[DataRequired(_l("Write what happened and how you made sure.")), Length(max=300)],
    )
