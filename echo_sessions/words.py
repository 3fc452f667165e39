"""A sentence that a rule hands to a page or a letter: a msgid and what stands in its places.

Rules know no language. `errors.Refused` carries the sentences that say no; `Said` carries the others, and its
values may be sentences themselves (the name of a weekday inside a description of a series).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Said:
    """`message` is a msgid with `%(name)s` places for `values`; `str()` gives it in English."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def through(self, translate: Callable[[str], str]) -> str:
        """The sentence in another language: `said.through(gettext)`."""
        spoken = {name: _spoken(value, translate) for name, value in self.values.items()}
        return translate(self.message) % spoken if spoken else translate(self.message)

    def __str__(self) -> str:
        return self.through(str)


def msgid(text: str) -> str:
    """Marks a sentence for the translators' catalogue where it is written, and leaves it as it is."""
    return text


def _spoken(value: object, translate: Callable[[str], str]) -> object:
    return value.through(translate) if isinstance(value, Said) else value
