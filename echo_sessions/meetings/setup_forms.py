"""What owners type about the account at a provider. What is secret is never put back into a page."""

import re
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, PasswordField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from echo_sessions.meetings.setup import BUFFER_MOST, DAYS_MOST, LONGEST, SECRET_LEAST
from echo_sessions.web.forms import Form, VersionedForm

UNBROKEN = re.compile(r"[!-~]+")


def unbroken(_form: Any, field: Any) -> None:
    """Without spaces or strange letters, as Zoom writes such values: a sentence or an address was pasted by mistake."""
    if field.data and not UNBROKEN.fullmatch(field.data):
        raise ValidationError(
            _("This holds a space or a letter that Zoom never uses. Copy it once more, and nothing around it.")
        )
    if field.data and (":/" in field.data or "@" in field.data):
        raise ValidationError(_("This is an address. Copy the value from the app’s page “App credentials”."))


def stripped(value: Any) -> Any:
    """A pasted value without the line break that was copied with it."""
    return value.strip() if isinstance(value, str) else value


class CredentialsForm(VersionedForm):
    """The three values of a server-to-server app."""

    account_ref = StringField(
        _l("Account ID"), validators=[InputRequired(_l("Paste the account ID.")), Length(max=LONGEST), unbroken]
    )
    client_id = StringField(
        _l("Client ID"), validators=[InputRequired(_l("Paste the client ID.")), Length(max=LONGEST), unbroken]
    )
    client_secret = PasswordField(_l("Client secret"), filters=[stripped], validators=[Length(max=LONGEST), unbroken])

    def catches_up(self, thing: Any) -> bool:
        """As for all such forms; what is stored of the secret is never shown beside what was typed."""
        fits = super().catches_up(thing)
        self.client_secret.errors = []
        return fits

    def validate_client_id(self, field: Any) -> None:
        if field.data and field.data == self.account_ref.data:
            raise ValidationError(_("This is the account ID once more."))

    def validate_client_secret(self, field: Any) -> None:
        if field.data and field.data == self.client_id.data:
            raise ValidationError(_("This is the client ID once more."))
        if field.data and len(field.data) < SECRET_LEAST:
            raise ValidationError(_("This is too short for a client secret. Copy all of it."))


class HookSecretForm(Form):
    """One more secret that hooks may be signed with."""

    secret = PasswordField(
        _l("Secret token"),
        filters=[stripped],
        validators=[
            InputRequired(_l("Paste the secret token.")),
            Length(min=SECRET_LEAST, max=LONGEST, message=_l("A secret token has 8 to 200 letters. Copy all of it.")),
            unbroken,
        ],
    )


class RulesForm(VersionedForm):
    """What holds for all meetings at the provider."""

    buffer_minutes = IntegerField(
        _l("Minutes kept free on a host before and after a meeting"),
        description=_l("Sessions run over. With 15, a host whose meeting ends at 13:00 is given again from 13:15."),
        validators=[
            InputRequired(_l("Write a number of minutes.")),
            NumberRange(0, BUFFER_MOST, message=_l("0 to 120 minutes.")),
        ],
    )
    recordings_days = IntegerField(
        _l("Days that recordings are kept"),
        description=_l(
            "Counted from the session. After that they are deleted at Zoom too. Shorter is safer: a recording cannot be taken back once it was copied."
        ),
        validators=[
            InputRequired(_l("Write a number of days.")),
            NumberRange(1, DAYS_MOST, message=_l("1 to 3,650 days.")),
        ],
    )
