"""Deciding who may see a recording, and taking one down."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from echo_sessions.meetings.recording_rules import REASON_LEAST, REASON_MOST
from echo_sessions.web.forms import Form, VersionedForm

WORDS = {"sheet": None, "all": True, "team": False}


class DecideForm(VersionedForm):
    """Who may see it, and why."""

    who = RadioField(
        _l("Who may see it"),
        choices=[
            SelectChoice("sheet", _l("Whoever may by the run sheet")),
            SelectChoice("all", _l("Everybody who takes part")),
            SelectChoice("team", _l("Only those who run the program")),
        ],
        validators=[InputRequired(_l("Choose who may see it."))],
    )
    watched = BooleanField(_l("I have watched it to its end: no patient is spoken of in it."))
    reason = TextAreaField(
        _l("Why"),
        description=_l("Kept with the decision. Name no patient."),
        validators=[
            InputRequired(_l("Say why in a few words.")),
            Length(min=REASON_LEAST, max=REASON_MOST, message=_l("Say why in a few words.")),
        ],
    )


class TakeDownForm(Form):
    """Why it is taken down."""

    reason = TextAreaField(
        _l("Why"),
        description=_l("Kept with the decision. Name no patient."),
        validators=[
            InputRequired(_l("Say why in a few words.")),
            Length(min=REASON_LEAST, max=REASON_MOST, message=_l("Say why in a few words.")),
        ],
    )
