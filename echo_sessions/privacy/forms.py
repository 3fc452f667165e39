"""Forms about one's own data."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField
from wtforms.validators import DataRequired, InputRequired

from echo_sessions.web.forms import Form


class EraseForm(Form):
    """A deliberate yes."""

    sure = BooleanField(
        _l("I know that this cannot be undone after that day."),
        validators=[DataRequired(_l("Tick this, if you are sure."))],
    )


class PeriodForm(Form):
    """For how long one kind is kept."""

    days = IntegerField(_l("Days"), validators=[InputRequired(_l("How many days?"))])
