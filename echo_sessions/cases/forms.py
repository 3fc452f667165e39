"""Forms of cases, apart from the case form itself, which is data (`form_schema`)."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from echo_sessions.cases.recommending import SAID_BY
from echo_sessions.cases.rules import CATEGORY_WORDS, CHECKLIST_18
from echo_sessions.web.forms import Form

NOTE_MOST = 4000


class QuestionForm(Form):
    """The first thing asked, alone."""

    question = TextAreaField(
        _l("What do you want to ask the group?"),
        description=_l("One or two sentences. It is the first thing everybody sees. No names, places or dates."),
        validators=[DataRequired(_l("Write your question first; one sentence is enough.")), Length(max=600)],
    )


class AcceptForm(Form):
    """What a reviewer looked for. Nothing is ticked beforehand."""

    checked = SelectMultipleField(
        _l("I read the whole text and looked for each of these"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    neighbour = RadioField(
        _l("Could a neighbour recognise this person?"),
        description=_l("A rare illness, a small place, an unusual story: together they may say who it is."),
        validators=[DataRequired(_l("Answer this too."))],
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.checked.choices = [SelectChoice(kind, _(words)) for kind, words in CHECKLIST_18.items()]
        self.neighbour.choices = [SelectChoice("no", _("No")), SelectChoice("yes", _("Yes, or I am not sure"))]

    def validate_checked(self, field: Any) -> None:
        missing = len(CHECKLIST_18) - len(set(field.data or ()) & set(CHECKLIST_18))
        if missing:
            raise ValidationError(_("Not ticked yet: %(count)s of 18. Look for each of them.", count=missing))

    def validate_neighbour(self, field: Any) -> None:
        if field.data == "yes":
            raise ValidationError(_("Then it cannot be shared as it is. Return it below, and say what to change."))


class ReturnForm(Form):
    """Which question needs a change, why, and by when."""

    field = SelectField(_l("Which answer?"), validators=[DataRequired(_l("Choose the answer that needs a change."))])
    note = TextAreaField(
        _l("What should change, and why?"),
        description=_l("Only the author reads this, after signing in. It is not in the letter."),
        validators=[DataRequired(_l("Say what to change.")), Length(max=NOTE_MOST)],
    )
    by = DateField(_l("By when"), description=_l("Left empty: in 5 working days."), validators=[Optional()])


class DeclineForm(Form):
    """Why the hub will not discuss this case."""

    note = TextAreaField(
        _l("Why will the group not discuss it?"),
        description=_l(
            "Only the author reads this, after signing in. Say where to take the question instead, if you can."
        ),
        validators=[DataRequired(_l("Say why, so that the author knows.")), Length(max=NOTE_MOST)],
    )


class RecommendationForm(Form):
    """One recommendation, quick to write while people talk."""

    row = HiddenField()
    text = TextAreaField(
        _l("Recommendation"),
        description=_l("One thing to do, in general words."),
        validators=[DataRequired(_l("Write the recommendation first.")), Length(max=2000)],
    )
    category = SelectField(_l("What is it about?"))
    said_by = RadioField(_l("Who said it?"), default="hub", validators=[DataRequired(_l("Say who said it."))])
    profession = StringField(
        _l("Profession"), description=_l("Such as hepatologist. No names."), validators=[Length(max=120)]
    )
    evidence = StringField(
        _l("Evidence"), description=_l("A guideline or paper, if one was named."), validators=[Length(max=400)]
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.category.choices = [SelectChoice(kind.value, _(words)) for kind, words in CATEGORY_WORDS.items()]
        self.said_by.choices = [SelectChoice(value, _(words)) for value, words in SAID_BY.items()]


class BreakGlassForm(Form):
    """Why a case cannot wait until one may read it."""

    reason = TextAreaField(
        _l("Why can it not wait?"),
        description=_l(
            "The author and those who run the program read this. Say nothing that could identify the patient."
        ),
        validators=[DataRequired(_l("Say why it cannot wait.")), Length(min=20, max=500)],
    )
