"""What a browser sends about reports and appeals."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from echo_sessions.conduct.rules import TEXT_MOST, Step
from echo_sessions.web.forms import Form, VersionedForm

NOTHING = "nothing"


class Ticks(SelectMultipleField):
    """Several of a list, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ReportForm(Form):
    """A report: short, and none of it but the words is required."""

    program = SelectField(_l("Where did it happen?"))
    thing = StringField(
        _l("Code of the page it is about"),
        description=_l("Such as S-7K3Q29FM for a session. It is filled in where you came from a page that has one."),
        validators=[Length(max=40, message=_l("A code has at most 40 letters."))],
    )
    about = Ticks(
        _l("Is it about one of these?"),
        description=_l(
            "They would otherwise read reports. Whoever you tick learns nothing of this one, and does not decide about it."
        ),
    )
    who = StringField(
        _l("Who else is it about, if it is about a person?"),
        description=_l("A name as you know it. Leave it empty if it is about a thing or you do not know."),
        validators=[Length(max=300)],
    )
    text = TextAreaField(
        _l("What happened?"),
        description=_l("When, where, and who was there. Nothing that could tell who a patient is."),
        validators=[
            InputRequired(_l("Say what happened, in your own words.")),
            Length(max=TEXT_MOST, message=_l("At most 5000 letters fit. Say the most important first; you can be asked for more.")),
        ],
    )  # fmt: skip
    contact = BooleanField(
        _l("You may ask me about it"),
        description=_l(
            "Then whoever handles the report sees your name. Otherwise they do not; the person concerned never does."
        ),
    )


class DecideForm(VersionedForm):
    """A step, or nothing to do."""

    step = RadioField(
        _l("What do you decide?"),
        choices=[
            SelectChoice(Step.REMINDER.value, _l("Reminder: say again what the code of conduct asks")),
            SelectChoice(Step.WARNING.value, _l("Warning: the next time may be the last")),
            SelectChoice(Step.REMOVAL.value, _l("Removal: end every part and role in the program")),
            SelectChoice(NOTHING, _l("Nothing to do")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    because = TextAreaField(
        _l("Why is a step skipped?"),
        description=_l("Only when you do not take the next one. Who hears an appeal reads it."),
        validators=[Length(max=TEXT_MOST)],
    )
    told = TextAreaField(
        _l("What the person is told"),
        description=_l(
            "They read exactly this, after signing in. Say what you saw and what you expect; not who reported it."
        ),
        validators=[Length(max=TEXT_MOST)],
    )
    note = TextAreaField(
        _l("Note for whoever looks at this later"),
        description=_l("For those who handle reports. Needed when there is nothing to do."),
        validators=[Length(max=TEXT_MOST)],
    )


class AppealForm(Form):
    """The words of an appeal."""

    text = TextAreaField(
        _l("What should be looked at again?"),
        validators=[InputRequired(_l("Say what should be looked at again.")), Length(max=TEXT_MOST)],
    )


class SecondForm(Form):
    """Who hears an appeal."""

    person = RadioField(_l("Who hears the appeal?"), validators=[InputRequired(_l("Choose one."))])


class HearForm(VersionedForm):
    """The second person's word."""

    outcome = RadioField(
        _l("What do you decide?"),
        choices=[
            SelectChoice("upheld", _l("The decision stands")),
            SelectChoice("reversed", _l("The decision is taken back")),
        ],
        validators=[InputRequired(_l("Choose one."))],
    )
    told = TextAreaField(
        _l("Your reasons, as the person reads them"),
        validators=[InputRequired(_l("Write your reasons for the person who appealed.")), Length(max=TEXT_MOST)],
    )
    note = TextAreaField(_l("Note for those who handled it"), validators=[Length(max=TEXT_MOST)])
