"""What reports and certificates need to know of a person, asked once: which of it is known, and noting it.

Nothing here is needed to sign in. What each is for stands beside its field (`people/forms.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from echo_sessions.audit import service as audit
from echo_sessions.people.models import Person

FIELDS = (
    "profession", "credentials", "prescriber", "practising_since", "registration_body", "registration", "county", "country",
    "how_heard", "interests", "language", "access_needs",
)  # fmt: skip
NEEDED = ("profession",)
"""Without these no report can be made; everything else may stay empty for ever."""


def to_ask(person: Person) -> tuple[str, ...]:
    """What this person should still be asked: what is needed and missing; the rest only where nobody has asked yet."""
    if person.asked_at is not None:
        return tuple(name for name in NEEDED if not getattr(person, name))
    return tuple(name for name in FIELDS if name == "language" or getattr(person, name) in (None, ""))


def note(person: Person, answers: Mapping[str, Any], *, by: Person, now: datetime) -> list[str]:
    """Keep these answers; what was not answered becomes empty. Returns the names of what changed.

    Who answers the own questions need not be asked again. The audit has the names of the fields, never their values.
    """
    given = {name: value if value not in ("", None) else None for name, value in answers.items() if name in FIELDS}
    if not given.get("language", True):
        del given["language"]
    changed = sorted(name for name, value in given.items() if getattr(person, name) != value)
    for name in changed:
        setattr(person, name, given[name])
    if by.id == person.id and person.asked_at is None:
        person.asked_at = now
    if changed:
        audit.record(by.id, "profile changed", person.code, at=now, fields=changed)
    return changed


def years_in_practice(since: int | None, today: datetime) -> int | None:
    """How many years somebody has practised, counted in calendar years."""
    return None if since is None else max(0, today.year - since)
