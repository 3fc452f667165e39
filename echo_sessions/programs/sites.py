"""Verbs about sites: one found or made by its name, its record, and who answers for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs import emails, queries, rules
from echo_sessions.programs.models import Site, SiteLead

FACTS = frozenset({"place", "county", "region", "country", "zone", "rural", "shortage", "room_seats"})


def site_named(hub: Hub, name: str, *, proposed: bool = False, **facts: Any) -> Site:
    """The hub's site of this name, made when there is none; facts are taken for a new one only.

    `proposed`: a stranger typed the name; it is shown to nobody until they have proved their address.
    """
    shown = rules.clean_site(name)
    site = queries.site_by_name(hub.id, shown)
    if site is None:
        site = Site(
            code=ids.code("SITE", 6), hub_id=hub.id, name=shown, normal=rules.site_as_compared(shown), proposed=proposed,
            **facts,
        )  # fmt: skip
        db.session.add(site)
        db.session.flush()
    elif not proposed:
        site.proposed = False
    return site


def found_site(hub: Hub, *, name: str, by: Person, now: datetime, **facts: Any) -> Site:
    """A new site. Refused where there is one of this name."""
    there = queries.site_by_name(hub.id, rules.clean_site(name))
    if there is not None and not there.proposed:
        raise Refused("There is a site called %(name)s already. Open its page to change it.", name=there.name)
    site = site_named(hub, name)
    _set(site, facts)
    audit.record(by.id, "site made", site.code, at=now)
    return site


def change_site(site: Site, *, name: str, by: Person, now: datetime, **facts: Any) -> None:
    """Another name or other facts. Registers and certificates keep the name of their day."""
    shown = rules.clean_site(name)
    there = queries.site_by_name(site.hub_id, shown)
    if there is not None and there.id != site.id:
        raise Refused("There is a site called %(name)s already. Two sites cannot have one name.", name=there.name)
    changed = _set(site, {**facts, "name": shown})
    site.normal = rules.site_as_compared(shown)
    if changed:
        audit.record(by.id, "site changed", site.code, at=now, fields=changed)


def add_lead(site: Site, person: Person, *, by: Person, now: datetime) -> SiteLead:
    """Somebody answers for a site from now on, and is told what that means. Twice changes nothing."""
    known = lead_of(site, person)
    if known is not None:
        return known
    lead = SiteLead(site=site, person=person, since=now)
    db.session.add(lead)
    db.session.flush()
    audit.record(by.id, "site lead added", site.code, at=now, person=person.code)
    if person.address and person.id != by.id:
        mail.queue(emails.leads_site(lead, queries.hub_of(site)), now=now, from_name=queries.hub_of(site).name)
    return lead


def remove_lead(lead: SiteLead, *, by: Person, now: datetime) -> None:
    """Somebody no longer answers for a site. Whom they vouched for stays verified."""
    audit.record(by.id, "site lead removed", lead.site.code, at=now, person=lead.person.code)
    db.session.delete(lead)


def lead_of(site: Site, person: Person) -> SiteLead | None:
    """The row that makes this person a lead of this site."""
    chosen = select(SiteLead).where(SiteLead.site_id == site.id, SiteLead.person_id == person.id)
    return db.session.scalars(chosen).one_or_none()


def _set(site: Site, facts: dict[str, Any]) -> list[str]:
    unknown = facts.keys() - FACTS - {"name"}
    if unknown:
        raise ValueError(f"a site has no {', '.join(sorted(unknown))}")
    changed = sorted(name for name, value in facts.items() if getattr(site, name) != value)
    for name in changed:
        setattr(site, name, facts[name])
    return changed
