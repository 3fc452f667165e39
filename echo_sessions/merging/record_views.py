"""What stands on somebody's page about their record: known names, what was merged into it, visits as a guest, who is alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from echo_sessions.attendance import guests
from echo_sessions.attendance.models import Alias
from echo_sessions.merging import policy, queries
from echo_sessions.merging.models import Merge
from echo_sessions.people.models import Person
from echo_sessions.web.guard import me


@dataclass(frozen=True)
class Record:
    """The lines of one record."""

    aliases: Sequence[tuple[Alias, str]]
    merges: Sequence[Merge]
    visits: Sequence[guests.GuestVisits]
    may_look_for: bool


def record_of(person: Person) -> Record:
    """For whoever may change somebody's record."""
    names = [(alias, alias.key.partition(" ")[2]) for alias in queries.aliases_of(person.id)]
    return Record(names, queries.merges_into(person.id), guests.visits_of(person.id), policy.may_look_for(me()))
