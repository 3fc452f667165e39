"""Verbs about programs: founding, roles, series, texts, records of people.

Those of enrolment, places, sites and observers have modules of their own, and are gathered here under their names.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import profile
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import clean_name
from echo_sessions.programs import agreements, emails, queries, rules
from echo_sessions.programs.agreements import accept as accept
from echo_sessions.programs.enrolling import (
    approve,
    ask_to_enrol,
    change_site,
    confirm,
    decline,
    enrol,
    invite,
    join,
    leave,
    remove,
    take_back_removal,
)  # fmt: skip
from echo_sessions.programs.models import Membership, Program, Series, Statement
from echo_sessions.programs.recurrence import Kind, Rule
from echo_sessions.programs.rules import Role, TextKind
from echo_sessions.programs.sites import site_named
from echo_sessions.programs.waiting import change_capacity, move_up, take_in

__all__ = [
    "add_address", "amend_person", "appoint", "approve", "ask_to_enrol", "change_capacity", "change_program", "change_series",
    "change_site", "confirm", "decline", "dismiss", "enrol", "found_program", "invite", "join", "leave", "move_up",
    "plan_series", "publish_statement", "remove", "renew_link", "rule_of", "site_named", "switch_enrolment", "take_back_removal",
    "take_in",
]  # fmt: skip

CHANGEABLE = frozenset({"name", "label", *rules.CHARTER, "help_phone", "recommendations_due_hours"})


def found_program(
    *, hub: Hub, by: Person, now: datetime, name: str, label: str, aim: str, audience: str, scope_in: str,
    scope_out: str, sponsor: str, measures: str, contact: str, help_phone: str | None = None,
) -> Program:  # fmt: skip
    """A new program with its charter; whoever founds it becomes its coordinator."""
    program = Program(
        code=ids.code("PRG"), hub=hub, name=name.strip(), label=rules.clean_label(label), aim=aim, audience=audience,
        scope_in=scope_in, scope_out=scope_out, sponsor=sponsor, measures=measures, contact=contact, created_at=now,
        help_phone=rules.clean_phone(help_phone or ""),
    )  # fmt: skip
    db.session.add(program)
    db.session.flush()
    db.session.add(Membership(program_id=program.id, person_id=by.id, role=Role.COORDINATOR, since=now))
    audit.record(by.id, "program founded", program.code, at=now, label=program.label)
    return program


def change_program(program: Program, *, by: Person, now: datetime, **fields: Any) -> None:
    """Change name, label, charter, the telephone for those who cannot get in, or the time for recommendations. Cases keep the ECHO IDs they have."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise ValueError(f"a program has no changeable {', '.join(sorted(unknown))}")
    if "label" in fields:
        fields["label"] = rules.clean_label(fields["label"])
    if "help_phone" in fields:
        fields["help_phone"] = rules.clean_phone(fields["help_phone"] or "")
    changed = [name for name, value in fields.items() if getattr(program, name) != value]
    for name in changed:
        setattr(program, name, fields[name])
    if changed:
        audit.record(by.id, "program changed", program.code, at=now, fields=sorted(changed))


def appoint(
    program: Program,
    person: Person,
    role: Role,
    *,
    by: Person,
    now: datetime,
    specialty: str | None = None,
    ends_at: datetime | None = None,
    tell: bool = True,
) -> Membership:
    """Give a role in a program and, unless somebody appoints themselves, tell by letter.

    Who has the role already keeps it: only a new specialty and, for an auditor, a new end are noted. Auditors need
    `ends_at`, at most a year ahead, and must not be somebody who runs the program: nobody audits the own work.
    """
    ends_at = rules.ends_of(role, ends_at, now)
    others = queries.roles_in(program.id, person.id)
    if role is Role.AUDITOR and others & rules.RUNS:
        raise Refused("Nobody audits the own work: %(name)s runs this program.", name=person.name)
    if role in rules.RUNS and queries.audits(program.id, person.id, now):
        raise Refused("%(name)s audits this program, so cannot run it at the same time.", name=person.name)
    known = queries.membership_of(program.id, person.id, role)
    if known is not None:
        known.specialty = specialty or known.specialty
        if known.ends_at != ends_at:
            was, known.ends_at = known.ends_at, ends_at
            audit.record(
                by.id,
                f"{role} prolonged",
                program.code,
                at=now,
                person=person.code,
                was=_day(was),
                became=_day(ends_at),
            )
        return known
    membership = Membership(
        program=program, person=person, role=role, specialty=specialty or None, since=now, ends_at=ends_at
    )
    db.session.add(membership)
    db.session.flush()
    facts = {"until": _day(ends_at)} if ends_at else {}
    audit.record(by.id, f"{role} appointed", program.code, at=now, person=person.code, was=None, became=role, **facts)
    if tell and person.id != by.id and person.address:
        mail.queue(emails.appointed(membership), now=now, from_name=program.hub.name)
    return membership


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def dismiss(membership: Membership, *, by: Person, now: datetime) -> None:
    """Take a role back. Refused for the last person who runs the program; what they did stays on record."""
    running = select(func.count(func.distinct(Membership.person_id))).where(
        Membership.program_id == membership.program_id, Membership.role.in_(rules.RUNS), Membership.id != membership.id
    )  # fmt: skip
    rules.may_dismiss(membership.role, db.session.scalar(running) or 0)
    audit.record(
        by.id, f"{membership.role} dismissed", membership.program.code, at=now, person=membership.person.code,
        was=membership.role, became=None,
    )  # fmt: skip
    db.session.delete(membership)


def plan_series(
    program: Program, *, name: str, rule: Rule, by: Person, now: datetime, invite_days: int = 21,
    capacity: int | None = None, by_approval: bool = False, provider: str | None = None,
) -> Series:  # fmt: skip
    """A new run of a program, kept as its rule in local time. The edge has its sessions made from `dates(rule)`."""
    if len(rule.weekdays) != 1:
        raise Refused("A series is on one day of the week; plan a second series for the other days.")
    series = Series(
        code=ids.code("SER"), program=program, name=name.strip(), zone=rule.zone, kind=rule.kind, interval=rule.interval,
        weekday=rule.weekdays[0], nth=rule.nth, start=rule.start, minutes=rule.minutes, first_date=rule.first,
        count=rule.count, until=rule.until, skipped=[day.isoformat() for day in sorted(rule.skipped)],
        invite_days=invite_days, capacity=capacity, by_approval=by_approval, provider=provider, created_at=now,
    )  # fmt: skip
    db.session.add(series)
    db.session.flush()
    audit.record(by.id, "series planned", series.code, at=now, program=program.code)
    return series


def rule_of(series: Series) -> Rule:
    """The series' rule as a value, refused when it makes no sense."""
    return Rule(
        kind=Kind(series.kind), interval=series.interval, weekdays=(series.weekday,), nth=series.nth, start=series.start,
        minutes=series.minutes, zone=series.zone, first=series.first_date, count=series.count, until=series.until,
        skipped=frozenset(date.fromisoformat(day) for day in series.skipped),
    )  # fmt: skip


def change_series(
    series: Series, *, name: str, invite_days: int, by_approval: bool, capacity: int | None, by: Person, now: datetime,
    provider: str | None = None,
) -> None:  # fmt: skip
    """Another name, another number of days before a session that invitations leave, whether each is approved, how many
    places, who makes the meetings of sessions published from now on. More places are given to who waits, at once; fewer
    than people take part are refused."""
    was = {"invite_days": series.invite_days, "by_approval": series.by_approval, "provider": series.provider}
    series.name, series.invite_days, series.by_approval = name.strip(), invite_days, by_approval
    series.provider = provider
    became = {"invite_days": invite_days, "by_approval": by_approval, "provider": provider}
    audit.record(by.id, "series changed", series.code, at=now, was=was, became=became)
    change_capacity(series, capacity, by=by, now=now)


def switch_enrolment(series: Series, *, open_now: bool, by: Person, now: datetime) -> None:
    """Open or close the enrolment link; the link itself stays the same."""
    series.enrolment_open = open_now
    audit.record(by.id, "enrolment opened" if open_now else "enrolment closed", series.code, at=now)


def renew_link(series: Series, *, by: Person, now: datetime) -> None:
    """Make every enrolment link given out so far void, and have a new one."""
    series.link_generation += 1
    audit.record(by.id, "enrolment link renewed", series.code, at=now, generation=series.link_generation)


def publish_statement(
    hub: Hub, text: str, *, by: Person, now: datetime, kind: TextKind = TextKind.COLLABORATION
) -> Statement:
    """A new version of a text of the hub. Members are asked to accept it before they next do anything; whoever publishes
    it accepts it by that."""
    in_force = queries.statement_in_force(hub.id, kind)
    if in_force is not None and in_force.text == text:
        raise Refused("This is the text in force, word for word; nothing was published.")
    statement = Statement(
        hub_id=hub.id, kind=kind, number=in_force.number + 1 if in_force else 1, text=text, published_at=now
    )
    db.session.add(statement)
    db.session.flush()
    audit.record(by.id, "statement published", hub.code, at=now, kind=kind, number=statement.number)
    if kind in rules.ACCEPTED_KINDS:
        agreements.accept(by, statement, now=now)
    return statement


def amend_person(
    person: Person, *, name: str, zone: str, answers: Mapping[str, Any], by: Person, now: datetime
) -> None:
    """A coordinator corrects somebody's record. Certificates issued before keep the name they were issued with."""
    person.name, person.zone = clean_name(name), zone
    profile.note(person, answers, by=by, now=now)
    audit.record(by.id, "person amended", person.code, at=now)


def add_address(person: Person, email: str, *, by: Person, now: datetime) -> None:
    """One more address of a person, not yet proved by a letter. Refuses one that somebody else has."""
    people.add_address(person, email, now=now)
    audit.record(by.id, "address added", person.code, at=now)
