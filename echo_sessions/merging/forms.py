"""Asking for a lost record, and vouching for somebody."""

from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from echo_sessions.merging.recovery import HOW_LEAST, HOW_MOST
from echo_sessions.web.forms import Form


class RecoverForm(Form):
    """Who asks, and by what they can show who they are."""

    name = StringField(_l("Your name"), validators=[InputRequired(_l("A name is needed.")), Length(max=300)])
    email = EmailField(
        _l("An address of yours that you can read now"),
        validators=[InputRequired(_l("Write your e-mail address.")), Length(max=320)],
    )
    code = StringField(
        _l("Code of one of your certificates"),
        description=_l("Sixteen letters and digits, beside the square code. Any certificate of this hub will do."),
        validators=[Length(max=60)],
    )
    number = StringField(
        _l("Your licence or registration number"),
        description=_l("As the hub has it on your record."),
        validators=[Length(max=120)],
    )


class VouchForm(Form):
    """Who it is, and how one knows."""

    person = StringField(
        _l("Code of the record"),
        description=_l("It begins with P- and stands on the person's page."),
        validators=[InputRequired(_l("Write the code.")), Length(max=20)],
    )
    how = TextAreaField(
        _l("How do you know who it is?"),
        description=_l(
            "For instance: rang the number of the clinic that we had before, and asked for two sessions they came to."
        ),
        validators=[InputRequired(_l("Say how you know.")), Length(min=HOW_LEAST, max=HOW_MOST)],
    )
