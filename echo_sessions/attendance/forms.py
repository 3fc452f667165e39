"""Forms about attendance: a file and its clock, who somebody is, minutes by hand with their reason."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from echo_sessions.attendance.presence import clean_reason
from echo_sessions.errors import Refused
from echo_sessions.people.forms import zone_choices
from echo_sessions.people.rules import clean_name, normal_address
from echo_sessions.web.faults import words_of
from echo_sessions.web.forms import Form


def holds(rule: Callable[[str], object]) -> Callable[[Any, Any], None]:
    """A validator that asks a rule, and shows its refusal beside the field."""

    def check(form: Any, field: Any) -> None:
        try:
            if field.data:
                rule(field.data)
        except Refused as fault:
            raise ValidationError(words_of(fault)) from None

    return check


class UploadForm(Form):
    """One or more reports as they came, and whose clock they show."""

    files = MultipleFileField(
        _l("Report of the meeting"),
        description=_l(
            "The CSV file as Zoom, Teams, Meet or Webex gives it; several at once are fine. Do not open it in Excel before: Excel changes the times."
        ),
    )
    zone = SelectField(
        _l("The times in it are those of"),
        choices=zone_choices,
        description=_l(
            "The file does not say. Zoom writes the clock of whoever exported the report, not that of the people in it."
        ),
    )

    def validate_files(self, field: Any) -> None:
        field.data = [one for one in field.data or [] if one and one.filename]
        if not field.data:
            raise ValidationError(_("Choose the file that you exported."))


class ReasonForm(Form):
    """Why, in words."""

    reason = StringField(
        _l("Reason"),
        description=_l("It stays with the record, and is in the export."),
        validators=[InputRequired(_l("Say why: it stays with the record.")), Length(max=1000), holds(clean_reason)],
    )


class MinutesForm(ReasonForm):
    """Minutes by hand."""

    minutes = IntegerField(
        _l("Minutes"),
        validators=[
            InputRequired(_l("How many minutes?")),
            NumberRange(min=0, message=_l("Minutes cannot be fewer than none.")),
        ],
    )


class NewPersonForm(Form):
    """Somebody the hub does not know yet."""

    name = StringField(
        _l("Name"), validators=[InputRequired(_l("A name is needed.")), Length(max=300), holds(clean_name)]
    )
    email = EmailField(
        _l("E-mail address"),
        description=_l("With it, certificates reach them."),
        validators=[holds(normal_address), Length(max=320)],
    )
    profession = StringField(_l("Profession"), validators=[Length(max=120)])
    remember = BooleanField(_l("Know them by this name next time"), default=True)


class PeopleForm(Form):
    """Several people at once: in one room, or somewhere no file shows."""

    people = SelectMultipleField(
        _l("Who was there"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    new_names = TextAreaField(
        _l("Others, one name on each line"),
        description=_l("People whom the hub does not know yet; they are added without an address."),
        validators=[Length(max=5000)],
    )
    attested_by = StringField(
        _l("Who saw them there"),
        description=_l("Such as the site's lead, or yourself."),
        validators=[InputRequired(_l("Say who saw them there.")), Length(max=300)],
    )
    minutes = IntegerField(
        _l("Minutes"), validators=[Optional(), NumberRange(min=0, message=_l("Minutes cannot be fewer than none."))]
    )
    reason = StringField(_l("Reason"), validators=[Length(max=1000), holds(clean_reason)])

    def validate_new_names(self, field: Any) -> None:
        if not self.people.data and not self.names:
            raise ValidationError(_("Tick at least one person, or write a name."))
        for name in self.names:
            holds(clean_name)(self, type("Named", (), {"data": name}))

    @property
    def names(self) -> list[str]:
        """The names of new people, each once."""
        return list(dict.fromkeys(line.strip() for line in (self.new_names.data or "").splitlines() if line.strip()))
