"""Forms of recalls: what was seen, what is decided, and the law whose clock runs."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from echo_sessions.cases.recall import KIND_WORDS, LONGEST_LAW, PLACES, SEEN_KINDS, UNNAMED, UNSURE, RecallKind
from echo_sessions.people.rules import LAW_HOURS, Law
from echo_sessions.web.forms import Form

NOTE_MOST = 2000
SHORT_KINDS = {
    "name": _l("A name or initials"),
    "geo": _l("A place smaller than a state"),
    "date": _l("A date, or an age over 89"),
    "phone": _l("A telephone number"),
    "fax": _l("A fax number"),
    "email": _l("An e-mail address"),
    "ssn": _l("A social security or national number"),
    "mrn": _l("A record or chart number"),
    "health_plan": _l("An insurance number"),
    "account": _l("An account or card number"),
    "license": _l("A licence or certificate number"),
    "vehicle": _l("A number plate"),
    "device": _l("A serial number of a device"),
    "url": _l("A web address"),
    "ip": _l("A computer address"),
    "biometric": _l("A fingerprint or voice print"),
    "photo": _l("A picture that shows who it is"),
    "other_id": _l("A story that says who it is"),
    UNNAMED: _l("I am not sure"),
}


class RecallForm(Form):
    """All of it can be left as it is: the button alone is enough."""

    kind = RadioField(_l("What happened?"), default=RecallKind.IDENTIFIER.value)
    field = SelectField(_l("Where did you see it?"), default=UNSURE)
    identifier = SelectField(_l("What kind of thing is it?"), default=UNNAMED)
    note = TextAreaField(
        _l("A note for those who decide"),
        description=_l("Kept sealed. Do not repeat what identifies the patient: say how somebody would find it."),
        validators=[Length(max=NOTE_MOST)],
    )

    def __init__(self, *, labels: Mapping[str, str], consent: bool, **values: Any) -> None:
        super().__init__(**values)
        kinds = list(RecallKind) if consent else [RecallKind.IDENTIFIER]
        self.kind.choices = [SelectChoice(kind.value, _(KIND_WORDS[kind])) for kind in kinds]
        places = {**PLACES, **labels}
        self.field.choices = [SelectChoice(place, _(words)) for place, words in places.items()]
        self.identifier.choices = [SelectChoice(UNNAMED, _(SHORT_KINDS[UNNAMED]))] + [
            SelectChoice(kind, _(SHORT_KINDS[kind])) for kind in SEEN_KINDS if kind != UNNAMED
        ]


def reason(label: Any, hint: Any = None) -> TextAreaField:
    """Why, in the officers' own words."""
    warning = _l("Kept sealed, read by those who decide. Never repeat what identifies the patient.")
    return TextAreaField(
        label,
        description=hint or warning,
        validators=[DataRequired(_l("Say it in a few words.")), Length(max=NOTE_MOST)],
    )


class YesNoForm(Form):
    """A yes or no with its reason."""

    tell = RadioField(_l("Is it told?"), validators=[DataRequired(_l("Choose one of the two."))])
    reason = reason(_l("Why?"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.tell.choices = [SelectChoice("yes", _("Yes")), SelectChoice("no", _("No"))]


class GiveBackForm(Form):
    """What the author should change."""

    reason = reason(
        _l("What should the author change?"),
        _l(
            "Only the author reads this, after signing in. Say where to look; do not repeat what identifies the patient."
        ),
    )
    strike = BooleanField(
        _l("Delete the recommendations and the reviewers' notes as well"),
        description=_l("They may hold it too. The recommendations are then written anew."),
    )


class ReasonForm(Form):
    """A decision with its reason."""

    reason = reason(_l("Why?"))


class AgreeForm(Form):
    """Nothing but the button."""


class CloseForm(Form):
    """What is left to say."""

    reason = reason(_l("Closing note"))


class LawForm(Form):
    """Whose clock runs."""

    law = RadioField(_l("Which law says by when a breach is told?"), validators=[DataRequired(_l("Choose one."))])
    name = StringField(_l("Name of the law"), description=_l("For another law only."), validators=[Length(max=80)])
    hours = IntegerField(
        _l("Hours it gives"),
        description=_l("For another law only; 30 days are 720 hours."),
        validators=[Optional(), NumberRange(1, LONGEST_LAW, _l("Between 1 hour and a year can be given."))],
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.law.choices = [
            SelectChoice(Law.GDPR.value, _("GDPR: %(hours)s hours", hours=LAW_HOURS[Law.GDPR])),
            SelectChoice(Law.HIPAA.value, _("HIPAA: %(days)s days", days=LAW_HOURS[Law.HIPAA] // 24)),
            SelectChoice(Law.OTHER.value, _("Another law")),
        ]

    def validate_law(self, field: Any) -> None:
        if field.data == Law.OTHER.value and not (self.name.data and self.hours.data):
            raise ValidationError(_("Name the other law below, and say how many hours it gives."))
