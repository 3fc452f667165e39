"""Forms about asking and answering."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from echo_sessions.errors import Refused
from echo_sessions.experts.rules import NOTE_MOST, suggestion
from echo_sessions.sessions.rules import DutyState
from echo_sessions.web.faults import words_of
from echo_sessions.web.forms import Form


class AskForm(Form):
    """Whom to ask: one of those shown, or somebody by name and address."""

    name = StringField(
        _l("Name"),
        description=_l("Only needed for somebody whom the hub does not know yet."),
        validators=[Length(max=300)],
    )
    email = EmailField(_l("E-mail address"), validators=[Length(max=320)])
    day = DateField(_l("Answer hoped for by"), validators=[Optional()])


class AnswerForm(Form):
    """Yes or no, a word with it, and perhaps a colleague."""

    answer = RadioField(
        _l("Your answer"),
        choices=lambda: [
            SelectChoice(DutyState.ACCEPTED.value, _("Yes, gladly")), SelectChoice(DutyState.DECLINED.value, _("No, I cannot")),
        ],
        validators=[InputRequired(_l("Choose yes or no, then send it."))],
    )  # fmt: skip
    note = TextAreaField(
        _l("A word with it"),
        description=_l("Read by the people who run the program."),
        validators=[Length(max=NOTE_MOST)],
    )
    name = StringField(
        _l("A colleague’s name"),
        description=_l("If you cannot: who could do it instead?"),
        validators=[Length(max=200)],
    )
    email = EmailField(_l("Their e-mail address"), validators=[Length(max=320)])

    colleague: str | None = None

    def validate(self, extra_validators: Any = None) -> bool:
        """A colleague needs both name and address, and only counts with a no."""
        if not super().validate(extra_validators):
            return False
        if self.answer.data == DutyState.DECLINED.value:
            try:
                self.colleague = suggestion(self.name.data or "", self.email.data or "")
            except Refused as fault:
                self.email.errors = [*self.email.errors, words_of(fault)]
                return False
        return True
