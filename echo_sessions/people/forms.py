"""Signing in by link, what reports need of a person, and settings of one's own."""

from typing import Any
from zoneinfo import available_timezones

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from echo_sessions import clock
from echo_sessions.errors import Refused
from echo_sessions.people.places import country_in_words, country_named, languages
from echo_sessions.people.profile import FIELDS
from echo_sessions.web.faults import words_of
from echo_sessions.web.forms import Form, VersionedForm


class LinkForm(Form):
    """Ask for a sign-in link."""

    email = EmailField(_l("E-mail address"), validators=[InputRequired(_l("Write your e-mail address."))])


class NewAddressForm(Form):
    """One more address of one's own."""

    email = EmailField(
        _l("E-mail address"), validators=[InputRequired(_l("Write your e-mail address.")), Length(max=320)]
    )


def zone_choices() -> list[tuple[str, str]]:
    """All zones of the world by name."""
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class CountryField(StringField):
    """A country, typed as people write it, kept by its two letters."""

    data: str | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return country_in_words(self.data, str(get_locale() or "en"))

    def pre_validate(self, form: Any) -> None:
        """Refuses what is no country; a name in English or two letters."""
        try:
            self.data = country_named(self.data.strip()) if self.data and self.data.strip() else None
        except Refused as fault:
            raise ValidationError(words_of(fault)) from None


def _yes_or_no(value: object) -> bool | None:
    return {"yes": True, "no": False, "True": True, "False": False}.get(str(value))


class ProfileForm(Form):
    """What reports and certificates need of a person; each field says what for. Asked once: `keep` drops the rest."""

    profession = StringField(
        _l("Profession"),
        description=_l(
            "Such as nurse practitioner, physician, teacher. Reports count professions, and some credit is for certain ones only."
        ),
        validators=[InputRequired(_l("Write your profession.")), Length(max=120)],
    )
    credentials = StringField(
        _l("Credentials"),
        description=_l(
            "Such as MD, RN, PharmD. Printed after your name in lists of the faculty, and counted in reports."
        ),
        validators=[Length(max=120)],
    )
    prescriber = RadioField(
        _l("Do you prescribe medicines?"),
        description=_l("Funders ask how many new prescribers a program has reached. Only the count is told."),
        choices=lambda: [
            SelectChoice("yes", _("Yes")), SelectChoice("no", _("No")), SelectChoice("", _("I would rather not say")),
        ],
        coerce=_yes_or_no,
    )  # fmt: skip
    practising_since = IntegerField(
        _l("Practising since (year)"),
        description=_l("So that reports can say how experienced participants are, in groups of ten years."),
        validators=[Optional()],
    )
    registration_body = StringField(
        _l("Register or licensing board"),
        description=_l("Such as Colorado Board of Nursing. Accreditors ask who licenses those who earn credit."),
        validators=[Length(max=200)],
    )
    registration = StringField(
        _l("Registration or licence number"),
        description=_l("Printed on certificates where the accreditor asks for it. Kept encrypted."),
        validators=[Length(max=120)],
    )
    county = StringField(
        _l("County or region"),
        description=_l("Reports show on a map where participants work; nothing finer than this."),
        validators=[Length(max=120)],
    )
    country = CountryField(
        _l("Country"), description=_l("For the same map. Its name or its two letters."), validators=[Length(max=80)]
    )
    how_heard = StringField(
        _l("How did you hear of us?"),
        description=_l("So that the hub knows which invitations work."),
        validators=[Length(max=200)],
    )
    interests = TextAreaField(
        _l("What would you like to learn?"),
        description=_l("The coordinators choose topics from these answers."),
        validators=[Length(max=2000)],
    )
    language = SelectField(
        _l("Language you prefer"),
        description=_l("Letters and pages come in it where a translation exists."),
        validate_choice=False,
    )
    access_needs = TextAreaField(
        _l("What do you need to take part well?"),
        description=_l(
            "Such as captions, slides ahead, a screen reader. Only you and those who run your program see this. Kept encrypted."
        ),
        validators=[Length(max=2000)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "language" in self:
            person = kwargs.get("obj")
            self.language.choices = [SelectChoice(*pair) for pair in languages(getattr(person, "language", None))]

    def keep(self, names: tuple[str, ...]) -> None:
        """Ask only these questions of the profile, and leave the form's other fields alone."""
        for name in FIELDS:
            if name not in names and name in self:
                delattr(self, name)

    def answers(self) -> dict[str, Any]:
        """What was answered, by the names of the record's columns; only of what was asked."""
        return {name: self[name].data for name in FIELDS if name in self}

    def validate_language(self, field: Any) -> None:
        """Refuses a language that was not offered."""
        if field.data and field.data not in {choice.value for choice in field.choices}:
            raise ValidationError(_("Choose one of the languages."))

    def validate_practising_since(self, field: Any) -> None:
        """A year that somebody alive can have begun in."""
        this = clock.now().year
        if field.data is not None and not this - 80 <= field.data <= this:
            raise ValidationError(_("Write a year between %(first)s and %(last)s.", first=this - 80, last=this))


class MySettingsForm(ProfileForm, VersionedForm):
    """What a person decides about the own record; nothing of the profile has to be said here."""

    profession = StringField(
        _l("Profession"),
        description=_l("Reports count professions, and some credit is for certain ones only."),
        validators=[Length(max=120)],
    )

    name = StringField(_l("Name"), validators=[InputRequired(_l("A name is needed.")), Length(max=300)])
    printed_name = StringField(
        _l("Name on certificates"),
        description=_l("Leave empty to use your name as above."),
        validators=[Length(max=300)],
    )
    zone = SelectField(
        _l("Your time zone"), choices=zone_choices, description=_l("Pages and letters show times in this zone.")
    )
    wants_invitations = BooleanField(
        _l("Send me calendar invitations by e-mail"),
        description=_l(
            "Switch this off if you subscribe to your personal calendar feed: both together show every session twice."
        ),
    )


class AwayForm(Form):
    """From which day to which somebody is away, by their own calendar, and who stands in."""

    first = DateField(_l("First day away"), validators=[InputRequired(_l("Give a day."))])
    last = DateField(_l("Last day away"), validators=[InputRequired(_l("Give a day."))])
    deputy = SelectField(_l("Who stands in"))
    note = StringField(
        _l("Note for your deputy"),
        description=_l("Such as where the files are. It goes into the letter to them: no patient in it."),
        validators=[Length(max=300)],
    )

    def validate_last(self, field: DateField) -> None:
        """Not before the first day."""
        if field.data is not None and self.first.data is not None and field.data < self.first.data:
            raise ValidationError(_("The last day must not lie before the first one."))


class DeputyForm(Form):
    """Who stands in whenever somebody is away."""

    deputy = SelectField(_l("Who stands in whenever you are away"))
