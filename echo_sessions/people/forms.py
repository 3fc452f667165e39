"""Signing in by link, and settings of one's own."""

from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from echo_sessions.web.forms import Form, VersionedForm


class LinkForm(Form):
    """Ask for a sign-in link."""

    email = EmailField(_l("E-mail address"), validators=[InputRequired(_l("Write your e-mail address."))])


def zone_choices() -> list[tuple[str, str]]:
    """All zones of the world by name."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class MySettingsForm(VersionedForm):
    """What a person decides about the own record."""

    name = StringField(_l("Name"), validators=[InputRequired(_l("A name is needed.")), Length(max=300)])
    printed_name = StringField(
        _l("Name on certificates"),
        description=_l("Leave empty to use your name as above."),
        validators=[Length(max=300)],
    )
    profession = StringField(_l("Profession"), validators=[Length(max=120)])
    registration = StringField(
        _l("Registration or licence number"),
        description=_l("Printed on certificates where the accreditor asks for it."),
        validators=[Length(max=120)],
    )
    zone = SelectField(
        _l("Your time zone"), choices=zone_choices, description=_l("Pages and letters show times in this zone.")
    )
    wants_invitations = BooleanField(
        _l("Send me calendar invitations by e-mail"),
        description=_l(
            "Switch this off if you subscribe to your personal calendar feed: both together show every session twice."
        ),
    )
