"""The base of all forms: tokens against forging, and against overwriting somebody else's save."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField


class Form(FlaskForm):
    """A form whose strings are stripped of surrounding space."""

    class Meta:
        def bind_field(self, form: Any, unbound: Any, options: dict[str, Any]) -> Any:
            kind = unbound.field_class.__name__
            if kind in {"StringField", "TextAreaField", "EmailField", "SearchField"}:
                filters = [*unbound.kwargs.get("filters", []), _strip]
                return unbound.bind(form=form, filters=filters, **options)
            return unbound.bind(form=form, **options)


class VersionedForm(Form):
    """A form about a row with a version. A stale save is refused and shows both texts.

    Call `catches_up(thing)` after `validate_on_submit()`: False means that somebody else saved meanwhile; then
    each differing field says what is stored now, what was typed stays, and sending again keeps what was typed.
    """

    version = HiddenField(_l("Version"))

    def catches_up(self, thing: Any) -> bool:
        """Whether the form was filled from the row as it is now."""
        if str(thing.version) == (self.version.data or ""):
            return True
        self.version.data = str(thing.version)
        self.version.raw_data = [str(thing.version)]
        self.form_errors.append(
            _(
                "Somebody else saved this while you were writing. Your text is still here; where it differs, theirs is shown beside it. Save again to keep yours."
            )
        )
        for field in self:
            stored = getattr(thing, field.name, None)
            if field.name in {"version", "csrf_token"} or not hasattr(thing, field.name):
                continue
            if (stored if stored != "" else None) != (field.data if field.data != "" else None):
                field.errors = [*field.errors, _("Stored now: %(text)s", text="–" if stored in (None, "") else stored)]
        return False


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
