"""Who is to work for the hub."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from echo_sessions.oversight.rights import STAFF_MEANS, STAFF_WORDS
from echo_sessions.people.rules import NAME_MOST, StaffRole
from echo_sessions.web.forms import Form


class StaffForm(Form):
    """Who gets which role in the hub. Somebody new is added with the name given."""

    email = EmailField(_l("E-mail address"), validators=[InputRequired(_l("Write the address.")), Length(max=320)])
    name = StringField(
        _l("Name"),
        description=_l("Only needed for somebody whom the hub does not know yet."),
        validators=[Length(max=NAME_MOST)],
    )
    role = RadioField(
        _l("Role"),
        choices=lambda: [
            SelectChoice(role.value, f"{_(STAFF_WORDS[role])}: {_(STAFF_MEANS[role])}") for role in StaffRole
        ],
        default=StaffRole.COORDINATOR.value,
        validators=[InputRequired(_l("Choose a role."))],
    )
