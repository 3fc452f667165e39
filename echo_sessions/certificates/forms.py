"""Taking a certificate back."""

from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from echo_sessions.certificates.rules import REASON_WORDS
from echo_sessions.web.forms import Form


class RevokeForm(Form):
    """Why: one of a few reasons, since a verifier reads it."""

    reason = RadioField(
        _l("Why is it taken back?"),
        choices=[SelectChoice(reason.value, _l(words)) for reason, words in REASON_WORDS.items()],
        validators=[InputRequired(_l("Choose a reason; whoever verifies the certificate reads it."))],
    )
