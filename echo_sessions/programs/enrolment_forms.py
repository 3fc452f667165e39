"""Forms of enrolment, of people's records and of sites."""

import email.utils
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional

from echo_sessions.errors import Refused
from echo_sessions.people.forms import CountryField, ProfileForm, zone_choices
from echo_sessions.people.lookalikes import mixes_alphabets
from echo_sessions.people.rules import clean_name, normal_address
from echo_sessions.programs.alike import near
from echo_sessions.programs.forms import LINE, SHORT, holds, needed
from echo_sessions.programs.rules import clean_site, site_as_compared, zone_named
from echo_sessions.web.faults import words_of
from echo_sessions.web.forms import Form, VersionedForm

MOST_INVITED = 50


def plain_address(text: str) -> None:
    """Refuses what is no address, and one that mixes alphabets: it only looks like the address it imitates."""
    normal_address(text)
    if mixes_alphabets(text):
        raise Refused(
            "This address mixes letters of two alphabets that look alike. Type it again on one keyboard, without copying it."
        )


class SiteTyped(Form):
    """A site by its name; `other_site` says that it is not the one with nearly the same name."""

    site = StringField(
        _l("Where you work"),
        description=_l("The clinic or practice. Choose one that is known, or write a new one."),
        validators=[needed(_l("Write where you work.")), holds(clean_site)],
    )
    other_site = BooleanField(_l("It is another place, although the names are alike."))

    near: list[str]

    def is_settled(self, known: Iterable[str]) -> bool:
        """Whether the name is a known one or unlike any other, or was said to be another place."""
        self.near = []
        name = self.site.data or ""
        names = list(known)
        if not name or self.other_site.data or site_as_compared(name) in {site_as_compared(other) for other in names}:
            return True
        self.near = near(name, names)
        if self.near:
            words = _("Is it %(name)s? Then write that name; if not, tick that it is another place.", name=self.near[0])
            self.site.errors = [*self.site.errors, words]
        return not self.near


class EnrolForm(SiteTyped, ProfileForm):
    """The public page of a series. Those who are signed in are asked for consent, site, and what is not known yet."""

    name = StringField(
        _l("Your name"),
        description=_l("As it should stand on certificates."),
        validators=[needed(_l("Write your name.")), holds(clean_name)],
    )
    email = EmailField(
        _l("E-mail address"),
        description=_l("We send a letter there; its link completes the enrolment."),
        validators=[needed(_l("Write your e-mail address.")), holds(plain_address), Length(max=320)],
    )
    zone = StringField(
        _l("Your time zone"),
        description=_l("A city is enough, such as Denver or Nairobi. Times in letters are shown in it."),
        validators=[needed(_l("Write your time zone.")), holds(zone_named)],
    )
    accept = BooleanField(
        _l("I have read the statement of collaboration and agree to it."),
        validators=[needed(_l("Without your agreement you cannot take part."))],
    )
    seen = HiddenField()


class ObserveForm(Form):
    """Somebody would like to look on."""

    name = StringField(_l("Your name"), validators=[needed(_l("Write your name.")), holds(clean_name)])
    email = EmailField(
        _l("E-mail address"),
        description=_l("We send a letter there; its link hands your wish on."),
        validators=[needed(_l("Write your e-mail address.")), holds(plain_address), Length(max=320)],
    )
    profession = StringField(_l("Profession"), validators=[Length(max=SHORT)])
    zone = StringField(
        _l("Your time zone"),
        description=_l("A city is enough, such as Denver or Nairobi. Times in letters are shown in it."),
        validators=[needed(_l("Write your time zone.")), holds(zone_named)],
    )
    why = TextAreaField(
        _l("Why you would like to look on"),
        description=_l(
            "Those who run the program read this and decide. Observers hear cases, so they know who listens."
        ),
        validators=[needed(_l("Write a sentence or two.")), Length(max=2000)],
    )


class ParticipantForm(SiteTyped):
    """One person whom the hub enrols."""

    email = EmailField(
        _l("E-mail address"), validators=[needed(_l("Write the address.")), holds(plain_address), Length(max=320)]
    )
    name = StringField(
        _l("Name"),
        description=_l("Only needed for somebody whom the hub does not know yet."),
        validators=[holds(clean_name)],
    )
    profession = StringField(_l("Profession"), validators=[Length(max=SHORT)])
    site = StringField(
        _l("Site"),
        description=_l("The clinic or practice. A new name makes a new site."),
        validators=[holds(clean_site)],
    )


@dataclass(frozen=True)
class Invitee:
    """One line of an invitation: an address, and a name where one stands before it."""

    address: str
    name: str


class InviteForm(Form):
    """Whom to invite: one on each line. `invitees` is set once the form holds."""

    people = TextAreaField(
        _l("Whom to invite"),
        description=_l(
            "One on each line: an address, or a name and the address, such as Grace Okoro <grace@clinic.example>. At most 50."
        ),
        validators=[needed(_l("Write at least one address.")), Length(max=20_000)],
    )

    invitees: list[Invitee]

    def validate_people(self, field: Any) -> None:
        """Every line is an address; the first that is none is named."""
        lines = [line.strip(" ,;") for line in (field.data or "").splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MOST_INVITED:
            raise ValidationError(
                _("These are %(count)s lines; at most %(most)s go at once.", count=len(lines), most=MOST_INVITED)
            )
        found: dict[str, Invitee] = {}
        for number, line in enumerate(lines, start=1):
            name, address = email.utils.parseaddr(line) if "<" in line else ("", line)
            try:
                plain_address(address)
                name = clean_name(name) if name else ""
            except Refused as fault:
                raise ValidationError(_("Line %(number)s: %(why)s", number=number, why=words_of(fault))) from None
            found.setdefault(normal_address(address), Invitee(address, name))
        self.invitees = list(found.values())


class SentenceForm(Form):
    """Why not: the letter carries it."""

    sentence = TextAreaField(
        _l("What to write to them"),
        description=_l("They get exactly these words in a letter, signed by the hub."),
        validators=[needed(_l("Write a sentence that says why; the letter carries it.")), Length(max=1000)],
    )


class ReasonForm(Form):
    """Why out of turn: the audit keeps it."""

    reason = StringField(
        _l("Why not in turn"),
        description=_l("The audit keeps it: a few words, and nobody's name or address."),
        validators=[
            needed(_l("Say why this person does not wait for their turn; the others may ask.")),
            Length(max=80),
        ],
    )


class PersonForm(ProfileForm, VersionedForm):
    """A coordinator's corrections to somebody's record. A profession may stay empty here: they may not know it."""

    name = StringField(_l("Name"), validators=[needed(_l("A name is needed.")), holds(clean_name)])
    profession = StringField(_l("Profession"), validators=[Length(max=SHORT)])
    zone = SelectField(_l("Time zone"), choices=zone_choices)


class SiteForm(VersionedForm):
    """What the hub knows of a site."""

    name = StringField(_l("Name"), validators=[needed(_l("Give the site a name.")), holds(clean_site)])
    other_site = BooleanField(_l("It is another place, although the names are alike."))
    place = StringField(
        _l("Town or address"), description=_l("So that people find the room."), validators=[Length(max=LINE)]
    )
    county = StringField(
        _l("County or district"), description=_l("Reports show counts by county."), validators=[Length(max=SHORT)]
    )
    region = StringField(_l("State or region"), validators=[Length(max=SHORT)])
    country = CountryField(_l("Country"), description=_l("Its name or its two letters."), validators=[Length(max=80)])
    zone = SelectField(
        _l("Time zone"),
        choices=lambda: [SelectChoice("", _("As the series")), *(SelectChoice(*pair) for pair in zone_choices())],
        description=_l("New people of this site get it."),
    )
    rural = BooleanField(_l("Rural"), description=_l("By the definition your funder uses; reports count it."))
    shortage = BooleanField(
        _l("In an area short of clinicians"), description=_l("Such as a health professional shortage area.")
    )
    room_seats = IntegerField(
        _l("Seats in the group room"),
        description=_l(
            "Where several learn together. 15 to 20 are the most that works; the room list says how many come."
        ),
        validators=[Optional(), NumberRange(min=1, max=500, message=_l("1 to 500 seats."))],
    )

    def facts(self) -> dict[str, Any]:
        """What was said of the site, by the names of its columns."""
        return {
            "place": self.place.data or None, "county": self.county.data or None, "region": self.region.data or None,
            "country": self.country.data or None, "zone": self.zone.data or None, "rural": bool(self.rural.data),
            "shortage": bool(self.shortage.data), "room_seats": self.room_seats.data,
        }  # fmt: skip


class LeadForm(Form):
    """Who answers for a site. Somebody new is added with the name given."""

    email = EmailField(
        _l("E-mail address"), validators=[needed(_l("Write the address.")), holds(plain_address), Length(max=320)]
    )
    name = StringField(
        _l("Name"),
        description=_l("Only needed for somebody whom the hub does not know yet."),
        validators=[holds(clean_name)],
    )


class MySiteForm(SiteTyped):
    """Where I work now."""
