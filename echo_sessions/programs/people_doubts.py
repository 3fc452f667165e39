"""What somebody should look at before a file is imported: names of sites and addresses that nearly are others.

Nothing here stops an import. Two clinics may have names alike, and two people addresses that differ by an accent.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from echo_sessions.database import db
from echo_sessions.people.lookalikes import skeleton
from echo_sessions.people.models import Address, Person
from echo_sessions.programs.alike import near
from echo_sessions.programs.people_file import Row
from echo_sessions.programs.rules import site_as_compared
from echo_sessions.words import Said, msgid

MOST_SITES = 200
AT_ONCE = 5000
LIKE_SITE = msgid("This makes a new site, although there is %(name)s. Is it the same?")
LIKE_ROW = msgid("This address looks like the one in row %(row)s, but is spelt otherwise. Is it the same person?")
LIKE_PERSON = msgid("This address looks like %(address)s of %(name)s, but is spelt otherwise. Is it the same person?")


def about_sites(rows: Iterable[Row], names: Sequence[str]) -> dict[int, Said]:
    """By row: a site that would be new, although one with nearly the same name is there or comes earlier in the file."""
    known = {site_as_compared(name): name for name in names}
    found: dict[int, Said] = {}
    looked_at = 0
    for row in rows:
        if not row.site or site_as_compared(row.site) in known or looked_at == MOST_SITES:
            continue
        looked_at += 1
        if alike := near(row.site, known.values()):
            found[row.number] = Said(LIKE_SITE, {"name": alike[0]})
        known[site_as_compared(row.site)] = row.site
    return found


def about_addresses(rows: Sequence[Row]) -> dict[int, Said]:
    """By row: an address that looks like an earlier one of the file, or like one that somebody known has."""
    shapes = {row.normal: skeleton(row.normal) for row in rows}
    owners = _owners({shape for normal, shape in shapes.items() if shape != normal})
    first: dict[str, Row] = {}
    found: dict[int, Said] = {}
    for row in rows:
        shape = shapes[row.normal]
        earlier = first.setdefault(shape, row)
        if earlier.normal != row.normal:
            found[row.number] = Said(LIKE_ROW, {"row": earlier.number})
        elif shape != row.normal and shape in owners:
            address, name = owners[shape]
            found[row.number] = Said(LIKE_PERSON, {"address": address, "name": name})
    return found


def _owners(shapes: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    """Who has an address of just this plain spelling."""
    wanted = sorted(shapes)
    found: dict[str, tuple[str, str]] = {}
    for at in range(0, len(wanted), AT_ONCE):
        chosen = select(Address.normal, Address.email, Person.name).join(Person, Person.id == Address.person_id)
        for normal, email, name in db.session.execute(chosen.where(Address.normal.in_(wanted[at : at + AT_ONCE]))):
            found[normal] = (email, name)
    return found
