"""Forms of programs, series, enrolment, people and the statement of collaboration."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from echo_sessions.errors import Refused
from echo_sessions.people.forms import zone_choices
from echo_sessions.people.rules import clean_name, normal_address
from echo_sessions.programs.recurrence import Kind, Rule, dates, read_dates
from echo_sessions.programs.rules import ROLE_MEANS, ROLE_WORDS, Role, clean_label, clean_phone
from echo_sessions.web.faults import words_of
from echo_sessions.web.forms import Form, VersionedForm

SHORT, LINE, TEXT = 120, 200, 10_000


def needed(words: Any) -> InputRequired:
    """An answer is needed, and `words` say what to write."""
    return InputRequired(words)


def holds(rule: Callable[[str], object]) -> Callable[[Any, Any], None]:
    """A validator that asks a rule, and shows its refusal beside the field."""

    def check(form: Any, field: Any) -> None:
        try:
            if field.data:
                rule(field.data)
        except Refused as fault:
            raise ValidationError(words_of(fault)) from None

    return check


class ProgramForm(VersionedForm):
    """The charter: what a program is for, for whom, and what it leaves out."""

    name = StringField(
        _l("Name"),
        description=_l("The topic as people say it, such as Hepatitis C."),
        validators=[needed(_l("Give the program a name.")), Length(max=LINE)],
    )
    label = StringField(
        _l("Label"),
        description=_l("2 to 6 letters that begin the ECHO IDs of its cases, such as HCV."),
        validators=[needed(_l("Give the program a label.")), holds(clean_label)],
    )
    aim = TextAreaField(
        _l("Aim"),
        description=_l("What will be different for patients, and by when?"),
        validators=[needed(_l("Say what the program is for.")), Length(max=TEXT)],
    )
    audience = TextAreaField(
        _l("For whom"),
        description=_l("Professions, places, experience."),
        validators=[needed(_l("Say whom the program is for.")), Length(max=TEXT)],
    )
    scope_in = TextAreaField(
        _l("In scope"),
        description=_l("Questions and patients that belong here."),
        validators=[needed(_l("Say what belongs here.")), Length(max=TEXT)],
    )
    scope_out = TextAreaField(
        _l("Out of scope"),
        description=_l("What does not, and where to take it instead."),
        validators=[needed(_l("Say what does not belong here.")), Length(max=TEXT)],
    )
    sponsor = TextAreaField(
        _l("Sponsor"),
        description=_l("Who pays, and who answers for it in the organisation."),
        validators=[needed(_l("Name the sponsor.")), Length(max=TEXT)],
    )
    measures = TextAreaField(
        _l("How success is measured"),
        description=_l("Three figures or fewer are best."),
        validators=[needed(_l("Say how success is measured.")), Length(max=TEXT)],
    )
    contact = EmailField(
        _l("Contact address"),
        description=_l("Where people write with questions about this program."),
        validators=[needed(_l("Give an address to write to.")), holds(normal_address), Length(max=320)],
    )
    help_phone = StringField(
        _l("Telephone for those who cannot get in"),
        description=_l(
            "Shown at the door of a session to whoever is not let in, with the contact address. Somebody should answer it from 20 minutes before the start; begin with + and the country’s number."
        ),
        validators=[holds(clean_phone)],
    )


REPEATS = [
    ("weekly:1", _l("Every week")),
    ("weekly:2", _l("Every second week")),
    ("weekly:3", _l("Every third week")),
    ("weekly:4", _l("Every fourth week")),
    ("monthly:nth", _l("Every month, on the same weekday counted from the first (such as the second Wednesday)")),
    ("monthly:last", _l("Every month, on its last such weekday")),
]
ENDS = [("count", _l("After a number of sessions")), ("until", _l("On a date"))]


class PlacesForm(Form):
    """How many may take part in a series, and whether somebody says yes to each."""

    capacity = IntegerField(
        _l("Places"),
        description=_l(
            "Whoever comes when all are taken waits in order, and gets the next free place by itself. Empty: no limit."
        ),
        validators=[Optional(), NumberRange(min=1, max=100_000, message=_l("At least one place."))],
    )
    by_approval = BooleanField(
        _l("We say yes to each person"),
        description=_l(
            "Who enrols by the link then waits for your approval. Whom you invite, import or enrol yourselves does not."
        ),
    )


class MeetingsForm(Form):
    """Who makes the meetings of a series; the page gives the choices, and takes the question away where there is none."""

    provider = SelectField(
        _l("Where its sessions are held"),
        description=_l(
            "Holds for sessions that are published from now on; those that are out already keep their meeting. A link pasted at a session always goes before."
        ),
        choices=[],
    )

    def offer(self, choices: Sequence[tuple[str, str]]) -> None:
        """Give the choices; with none, the question goes."""
        if choices:
            self.provider.choices = [SelectChoice(value, label) for value, label in choices]
        else:
            del self.provider

    @property
    def chosen_provider(self) -> str | None:
        """The provider's name; None for the hub's usual one, and where nothing was asked."""
        return self.provider.data or None if "provider" in self else None


class SeriesForm(MeetingsForm, PlacesForm):
    """When a series is: the first date tells the weekday. `rule` is set once the form has been validated."""

    name = StringField(
        _l("Name of the series"),
        description=_l("What tells this run from the next, such as Autumn 2026."),
        validators=[needed(_l("Give the series a name.")), Length(max=LINE)],
    )
    first_date = DateField(
        _l("First session"),
        description=_l("Its weekday is the weekday of the series."),
        validators=[needed(_l("Give the date of the first session."))],
    )
    start = TimeField(_l("Starts at"), validators=[needed(_l("Give the time at which sessions start."))])
    minutes = IntegerField(
        _l("Minutes"),
        default=60,
        validators=[
            needed(_l("Say how long a session is.")),
            NumberRange(min=5, max=720, message=_l("A session has 5 to 720 minutes.")),
        ],
    )
    zone = SelectField(
        _l("Time zone of the series"),
        choices=zone_choices,
        description=_l("Sessions keep this zone's clock when summer time begins or ends."),
    )
    repeats = RadioField(
        _l("Repeats"), choices=lambda: REPEATS, default="weekly:2", validators=[needed(_l("Say how often."))]
    )
    ends = RadioField(_l("Ends"), choices=lambda: ENDS, default="count", validators=[needed(_l("Say when it ends."))])
    count = IntegerField(_l("Number of sessions"), default=12, validators=[Optional()])
    until = DateField(_l("Last possible date"), validators=[Optional()])
    skipped = TextAreaField(
        _l("Dates to skip"),
        description=_l(
            "Such as holidays: year-month-day, one on each line. With a number of sessions, skipped ones are made up for at the end."
        ),
        validators=[Length(max=TEXT)],
    )
    invite_days = IntegerField(
        _l("Invite how many days ahead"),
        default=21,
        description=_l("Calendar invitations to a session leave this many days before it."),
        validators=[needed(_l("Say how many days.")), NumberRange(min=1, max=120, message=_l("1 to 120 days."))],
    )

    rule: Rule | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether the answers make a rule that has dates; what does not is said at the head of the form."""
        if not super().validate(extra_validators):
            return False
        try:
            self.rule = self._rule()
            dates(self.rule)
        except Refused as fault:
            self.form_errors.append(words_of(fault))
            return False
        return True

    def _rule(self) -> Rule:
        first: date = self.first_date.data
        kind, how = self.repeats.data.split(":")
        counted = self.ends.data == "count"
        return Rule(
            kind=Kind(kind), interval=int(how) if kind == "weekly" else 1, weekdays=(first.weekday(),),
            nth=None if kind == "weekly" else -1 if how == "last" else _nth(first), start=self.start.data,
            minutes=self.minutes.data, zone=self.zone.data, first=first, count=self.count.data if counted else None,
            until=None if counted else self.until.data, skipped=read_dates(self.skipped.data or ""),
        )  # fmt: skip


def _nth(first: date) -> int:
    """Which of its weekday in its month a date is; the fifth is refused, since not every month has one."""
    nth = (first.day - 1) // 7 + 1
    if nth == 5:
        raise Refused(
            "The first session is on the fifth of its weekday, which not every month has. Choose the last one instead."
        )
    return nth


class SeriesDetailsForm(MeetingsForm, PlacesForm, VersionedForm):
    """What of a series can be changed without touching its dates."""

    name = StringField(_l("Name of the series"), validators=[needed(_l("Give the series a name.")), Length(max=LINE)])
    invite_days = IntegerField(
        _l("Invite how many days ahead"),
        description=_l("Calendar invitations to a session leave this many days before it."),
        validators=[needed(_l("Say how many days.")), NumberRange(min=1, max=120, message=_l("1 to 120 days."))],
    )


class AppointForm(Form):
    """Who gets which role. Somebody new is added with the name given."""

    email = EmailField(
        _l("E-mail address"), validators=[needed(_l("Write the address.")), holds(normal_address), Length(max=320)]
    )
    name = StringField(
        _l("Name"),
        description=_l("Only needed for somebody whom the hub does not know yet."),
        validators=[holds(clean_name)],
    )
    role = RadioField(
        _l("Role"),
        choices=lambda: [(role.value, f"{_(ROLE_WORDS[role])}: {_(ROLE_MEANS[role])}") for role in Role],
        default=Role.EXPERT.value,
        validators=[needed(_l("Choose a role."))],
    )
    specialty = StringField(
        _l("Specialty"),
        description=_l("For experts: what they are asked about, such as Hepatology."),
        validators=[Length(max=SHORT)],
    )
    last_day = DateField(
        _l("Last day"),
        description=_l("For auditors: they see everything but patients' text, until the end of this day."),
        validators=[Optional()],
    )

    def end_in(self, zone: str) -> datetime | None:
        """The end of the last day by the clock of that zone, in UTC."""
        if self.last_day.data is None:
            return None
        return datetime.combine(self.last_day.data, time(23, 59, 59), ZoneInfo(zone)).astimezone(UTC)


class AddressForm(Form):
    """One more address of a person."""

    email = EmailField(
        _l("Another e-mail address"),
        validators=[needed(_l("Write the address.")), holds(normal_address), Length(max=320)],
    )


class StatementForm(Form):
    """A new version of a text of the hub."""

    text = TextAreaField(
        _l("The whole text"),
        description=_l("Blank lines make paragraphs."),
        validators=[needed(_l("Write the text.")), Length(max=50_000)],
    )


class AgreeForm(Form):
    """My word about each text that is new to me; all of them are needed. `choices` are given by the page."""

    agree = SelectMultipleField(
        _l("I have read this and agree to it"),
        choices=[],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def validate_agree(self, field: Any) -> None:
        """Refuses to take a part for the whole."""
        if len(field.data or ()) < len(field.choices):
            raise ValidationError(_("Tick each text. If you do not agree to one, see below what you can do."))


class UploadForm(Form):
    """A CSV file of people."""

    file = FileField(
        _l("CSV file"),
        description=_l("At most 10 MB. The first row names the columns."),
        validators=[FileRequired(_l("Choose a file."))],
    )


class ConfirmForm(Form):
    """What was shown in the preview, so that nothing else is done."""

    seen = HiddenField(validators=[InputRequired()])
