"""What can be refused, and what the outside world may answer.

`Refused` is a person's business: one clear sentence, shown as it is. `TryLater` and `GaveUp` are a
machine's: the job that met them is tried again, or put on the page of failed jobs.
"""

from typing import Any


class Refused(Exception):
    """A rule says no.

    `message` is a msgid with `%(name)s` places for `values`; the error handler translates it and answers
    409. Write what, why and what to do now: "Session %(code)s is cancelled; restore it before moving it."
    """

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message, values)
        self.message = message
        self.values = values

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


class Stale(Refused):
    """Somebody else saved the same thing in the meantime; nothing was overwritten."""


class BadInput(Refused):
    """A file, row or field that cannot be read: the sentence names which, and what would be right."""


class TryLater(Exception):
    """The outside world did not answer, or asked for patience. `words` are its own."""

    def __init__(self, words: str, *, after_seconds: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.after_seconds = after_seconds


class GaveUp(Exception):
    """The outside world said no for good. `words` are its own."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words
