"""What the owners say about an alarm."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from echo_sessions.alarms.rules import NOTE_LEAST, NOTE_MOST
from echo_sessions.web.forms import Form


class ExplainForm(Form):
    """The explanation."""

    note = TextAreaField(
        _l("What it was"),
        [DataRequired(), Length(NOTE_LEAST, NOTE_MOST)],
        description=_l("Whom you asked and what they said. Write nothing about patients."),
    )
