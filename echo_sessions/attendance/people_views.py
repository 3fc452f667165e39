"""Choosing several people at once: those of the session by site, and new ones by name."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from flask_babel import gettext as _

from echo_sessions.attendance import proposals
from echo_sessions.attendance.forms import PeopleForm
from echo_sessions.attendance.names import fold, name_key
from echo_sessions.attendance.register import standings_of
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.sessions.models import Session
from echo_sessions.web.guard import me


def everybody(session: Session) -> Sequence[Person]:
    """Whoever belongs to a session, by name."""
    return proposals.findable(session, "", most=2000)


def by_site(
    session: Session, chosen: Sequence[Person], form: PeopleForm, *, written: str = ""
) -> list[tuple[str, bool, list[tuple[Person, bool]]]]:
    """The people as (site, whether to show it open, people with their ticks); the site that the line names comes first."""
    standings = standings_of(session, [person.id for person in chosen])
    groups: dict[str, list[tuple[Person, bool]]] = defaultdict(list)
    ticked = set(form.people.data or [])
    for person in chosen:
        site = standings[person.id].site
        groups[site.name if site else _("Without a site")].append((person, person.code in ticked))
    said = fold(written)

    def meant(name: str) -> bool:
        return any(len(word) > 3 and word in said for word in fold(name).split())

    ordered = sorted(groups, key=lambda name: (not meant(name), name == _("Without a site"), name.casefold()))
    few = len(chosen) <= 12
    return [(name, few or meant(name) or any(tick for _who, tick in groups[name]), groups[name]) for name in ordered]


def not_twice(form: PeopleForm, chosen: Sequence[Person]) -> bool:
    """Whether no new name is that of somebody in the list; else the form says whom to tick."""
    known = {name_key(person.name): person.name for person in chosen}
    twice = [known[key] for name in form.names if (key := name_key(name)) in known]
    if twice:
        form.new_names.errors = [
            *form.new_names.errors,
            _("Tick %(names)s in the list instead: they are known.", names=", ".join(twice)),
        ]
    return not twice


def added(form: PeopleForm, session: Session, chosen: Sequence[Person], *, now: datetime) -> list[Person]:
    """The ticked people, and the new ones, made."""
    ticked = set(form.people.data or [])
    made = [people.add_person(name=name, zone=session.series.zone, now=now, by=me()) for name in form.names]
    return [person for person in chosen if person.code in ticked] + made
