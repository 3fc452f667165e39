"""Forms about checks of people."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from echo_sessions.verification.rules import WAY_WORDS, Verdict, Way
from echo_sessions.web.forms import Form, VersionedForm

TEXT = 2000


class AskForm(Form):
    """By what somebody wants to be verified."""

    way = RadioField(
        _l("How can we know who you are?"),
        choices=lambda: [SelectChoice(way.value, _(words)) for way, words in WAY_WORDS.items()],
        default=Way.REGISTER.value,
        validators=[InputRequired(_l("Choose one way."))],
    )
    body = StringField(
        _l("Register"),
        description=_l("Its name and place, such as Colorado Board of Nursing. Needed for a register only."),
        validators=[Length(max=200)],
    )
    number = StringField(
        _l("Your number in it"),
        description=_l("Kept encrypted; only those who check see it."),
        validators=[Length(max=100)],
    )
    file = FileField(
        _l("Letter of your employer"),
        description=_l("PDF, PNG or JPEG, at most 5 MB. It says who you are and what you do; a photograph is enough."),
    )


class DecideForm(VersionedForm):
    """A verifier's word."""

    verdict = RadioField(
        _l("What did you find?"),
        choices=lambda: [
            SelectChoice(Verdict.VERIFIED.value, _("Verified: it is them, and the work is as they say")),
            SelectChoice(Verdict.MORE.value, _("Something is missing: ask them for it")),
            SelectChoice(Verdict.REFUSED.value, _("Refused: this cannot be verified")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    reason = TextAreaField(
        _l("What they are told"),
        description=_l("Needed unless you verify. Say what is missing, or why not, and what would help."),
        validators=[Length(max=TEXT)],
    )
    note = TextAreaField(
        _l("Note for the hub"),
        description=_l("Where and how you checked, such as the page of the register. Not told to them."),
        validators=[Length(max=TEXT)],
    )


class RevokeForm(VersionedForm):
    """Taking a verification back."""

    reason = TextAreaField(
        _l("Why it is taken back"),
        description=_l("They are told."),
        validators=[InputRequired(_l("Write why; they are told.")), Length(max=TEXT)],
    )
