"""A policy as a form."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from echo_sessions.credit.rules import Rounding
from echo_sessions.web.forms import Form

NEEDED = _l("This is needed.")


class PolicyForm(Form):
    """What the accreditor allows, in the accreditor's words and figures."""

    credit_type = StringField(
        _l("Type of credit"),
        description=_l("As the accreditor writes it, such as AMA PRA Category 1 Credit."),
        validators=[InputRequired(NEEDED), Length(max=120)],
    )
    provider = StringField(_l("Accredited provider"), validators=[InputRequired(NEEDED), Length(max=200)])
    approval_number = StringField(_l("Number of the approval"), validators=[Length(max=120)])
    approved_on = DateField(
        _l("Approved on"),
        description=_l("Sessions before this day give no credit: approval is never backwards."),
        validators=[InputRequired(_l("Give the day of the approval."))],
    )
    unit_minutes = IntegerField(
        _l("Minutes for one credit"),
        default=60,
        validators=[InputRequired(NEEDED), NumberRange(1, 600, _l("Between 1 and 600 minutes."))],
    )
    step = DecimalField(
        _l("Step"),
        default="0.25",
        places=None,
        description=_l("Credit is given in multiples of this, such as 0.25 or 0.5."),
        validators=[InputRequired(NEEDED), NumberRange(min=0)],
    )
    mode = RadioField(
        _l("Between two steps"),
        default=Rounding.NEAREST.value,
        choices=[
            SelectChoice(Rounding.NEAREST.value, _l("to the nearer step, half goes up")),
            SelectChoice(Rounding.DOWN.value, _l("down")),
        ],
    )
    minimum = DecimalField(
        _l("Least credit given"), default="0", places=None, validators=[InputRequired(NEEDED), NumberRange(min=0)]
    )
    maximum = DecimalField(
        _l("Most for one session"),
        places=None,
        description=_l("What was designated; leave empty where there is no such figure."),
        validators=[Optional(), NumberRange(min=0)],
    )
    threshold_minutes = IntegerField(
        _l("Least minutes for any credit"), default=0, validators=[InputRequired(NEEDED), NumberRange(0, 720)]
    )
    threshold_percent = IntegerField(
        _l("Or least share of the session, in per cent"),
        default=0,
        validators=[InputRequired(NEEDED), NumberRange(0, 100)],
    )
    professions = TextAreaField(
        _l("Professions that can earn it"),
        description=_l(
            "One a line, as on people's records. Leave empty for everybody; all others get a certificate of attendance."
        ),
        validators=[Length(max=4000)],
    )
    statement = TextAreaField(
        _l("Statement"),
        description=_l("The accreditor's text, word for word. It is printed on each certificate."),
        validators=[InputRequired(NEEDED), Length(max=2000)],
    )
    signatory_name = StringField(_l("Who signs"), validators=[InputRequired(NEEDED), Length(max=300)])
    signatory_role = StringField(_l("In what role"), validators=[InputRequired(NEEDED), Length(max=200)])


class ClaimForm(Form):
    """How much of an award somebody claims."""

    amount = DecimalField(_l("I claim"), places=None, validators=[InputRequired(_l("Write an amount, such as 0.75."))])
