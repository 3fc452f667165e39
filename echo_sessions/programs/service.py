"""Verbs about programs: founding, roles, series, and people in both. The statement of collaboration and sites."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import service as people
from echo_sessions.people.models import Hub, Person
from echo_sessions.people.rules import clean_name
from echo_sessions.programs import emails, queries, rules
from echo_sessions.programs.models import Enrolment, Membership, Program, Series, Site, Statement
from echo_sessions.programs.recurrence import Kind, Rule
from echo_sessions.programs.rules import EnrolmentState, Role, TextKind

CHANGEABLE = frozenset({"name", "label", *rules.CHARTER, "recommendations_due_hours"})


def found_program(
    *, hub: Hub, by: Person, now: datetime, name: str, label: str, aim: str, audience: str, scope_in: str,
    scope_out: str, sponsor: str, measures: str, contact: str,
) -> Program:  # fmt: skip
    """A new program with its charter; whoever founds it becomes its coordinator."""
    program = Program(
        code=ids.code("PRG"), hub=hub, name=name.strip(), label=rules.clean_label(label), aim=aim, audience=audience,
        scope_in=scope_in, scope_out=scope_out, sponsor=sponsor, measures=measures, contact=contact, created_at=now,
    )  # fmt: skip
    db.session.add(program)
    db.session.flush()
    db.session.add(Membership(program_id=program.id, person_id=by.id, role=Role.COORDINATOR, since=now))
    audit.record(by.id, "program founded", program.code, at=now, label=program.label)
    return program


def change_program(program: Program, *, by: Person, now: datetime, **fields: Any) -> None:
    """Change name, label, charter or the time for recommendations. Cases keep the ECHO IDs they have."""
    unknown = fields.keys() - CHANGEABLE
    if unknown:
        raise ValueError(f"a program has no changeable {', '.join(sorted(unknown))}")
    if "label" in fields:
        fields["label"] = rules.clean_label(fields["label"])
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
            known.ends_at = ends_at
            audit.record(by.id, f"{role} prolonged", program.code, at=now, person=person.code, until=_day(ends_at))
        return known
    membership = Membership(
        program=program, person=person, role=role, specialty=specialty or None, since=now, ends_at=ends_at
    )
    db.session.add(membership)
    db.session.flush()
    facts = {"until": _day(ends_at)} if ends_at else {}
    audit.record(by.id, f"{role} appointed", program.code, at=now, person=person.code, **facts)
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
    audit.record(by.id, f"{membership.role} dismissed", membership.program.code, at=now, person=membership.person.code)
    db.session.delete(membership)


def plan_series(program: Program, *, name: str, rule: Rule, by: Person, now: datetime, invite_days: int = 21) -> Series:
    """A new run of a program, kept as its rule in local time. The edge has its sessions made from `dates(rule)`."""
    if len(rule.weekdays) != 1:
        raise Refused("A series is on one day of the week; plan a second series for the other days.")
    series = Series(
        code=ids.code("SER"), program=program, name=name.strip(), zone=rule.zone, kind=rule.kind, interval=rule.interval,
        weekday=rule.weekdays[0], nth=rule.nth, start=rule.start, minutes=rule.minutes, first_date=rule.first,
        count=rule.count, until=rule.until, skipped=[day.isoformat() for day in sorted(rule.skipped)],
        invite_days=invite_days, created_at=now,
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


def change_series(series: Series, *, name: str, invite_days: int, by: Person, now: datetime) -> None:
    """Another name, or another number of days before a session that invitations leave."""
    series.name, series.invite_days = name.strip(), invite_days
    audit.record(by.id, "series changed", series.code, at=now, invite_days=invite_days)


def switch_enrolment(series: Series, *, open_now: bool, by: Person, now: datetime) -> None:
    """Open or close the enrolment link; the link itself stays the same."""
    series.enrolment_open = open_now
    audit.record(by.id, "enrolment opened" if open_now else "enrolment closed", series.code, at=now)


def renew_link(series: Series, *, by: Person, now: datetime) -> None:
    """Make every enrolment link given out so far void, and have a new one."""
    series.link_generation += 1
    audit.record(by.id, "enrolment link renewed", series.code, at=now, generation=series.link_generation)


def enrol(
    series: Series, person: Person, *, by: Person | None, now: datetime, site: Site | None = None,
    statement: Statement | None = None, state: EnrolmentState = EnrolmentState.ACTIVE,
) -> Enrolment:  # fmt: skip
    """Make somebody a participant of a series (or, with another `state`, on the way to be one).

    Enrolling twice changes nothing but what was empty. `by` None: the person's own doing, through the house.
    """
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is None:
        enrolment = Enrolment(
            code=ids.code("E"), series_id=series.id, person_id=person.id, site=site, state=state, since=now
        )
        db.session.add(enrolment)
    elif enrolment.state is not state:
        enrolment.state, enrolment.since = rules.move(enrolment.state, state), now
        enrolment.site = site or enrolment.site
    else:
        enrolment.site = enrolment.site or site
        return enrolment
    if statement is not None:
        enrolment.statement_id, enrolment.accepted_at = statement.id, now if state is EnrolmentState.ACTIVE else None
    db.session.flush()
    audit.record(
        by.id if by else person.id, f"enrolment {state}", enrolment.code, at=now, series=series.code, person=person.code
    )
    return enrolment


def ask_to_enrol(
    series: Series, statement: Statement, *, email: str, name: str, profession: str | None, site: Site | None, zone: str,
    language: str, person: Person | None, now: datetime,
) -> None:  # fmt: skip
    """Somebody filled in the enrolment page: a letter goes to that address, whoever it belongs to.

    Nothing that is known about a person (`person`: who has this address) is changed by what a stranger typed. A
    new letter to the same person leaves only after ten minutes. Refused when enrolment is closed.
    """
    if not series.enrolment_open:
        raise Refused("Enrolment in this series is closed. Write to the hub if you would like to take part.")
    if person is None:
        person = people.add_person(name=name, email=email, profession=profession, zone=zone, language=language, now=now)
    enrolment = queries.enrolment_of(series.id, person.id)
    if enrolment is None or enrolment.state is EnrolmentState.LEFT:
        enrolment = enrol(series, person, by=None, now=now, site=site, statement=statement, state=EnrolmentState.ASKED)
    _write_about(enrolment, now=now)


def _write_about(enrolment: Enrolment, *, now: datetime) -> None:
    """The letter that fits how the enrolment stands, at most one in ten minutes."""
    person = enrolment.person
    if not person.address:
        return
    slot = int(now.timestamp() // rules.LETTERS_APART.total_seconds())
    key, hub = f"enrolment:{enrolment.code}:{slot}", enrolment.series.program.hub
    if enrolment.state in {EnrolmentState.ASKED, EnrolmentState.INVITED}:
        token = people.make_link(
            person, purpose=rules.CONFIRM_PURPOSE, now=now, lives=rules.CONFIRM_LIVES, about=enrolment.code
        )
        mail.queue(emails.confirm_enrolment(enrolment, token), now=now, from_name=hub.name, key=key)
    else:
        mail.queue(emails.enrolment_stands(enrolment), now=now, from_name=hub.name, key=key)


def confirm(token: str, *, now: datetime) -> Enrolment:
    """The link from the letter: the address is proved, the enrolment becomes active, there is an account.

    Only now is the statement accepted: whoever filled in the page may not have been the owner of the mailbox.
    Refused when the link was used or has ended, or when the hub removed the person meanwhile.
    """
    link = people.use_link(token, purpose=rules.CONFIRM_PURPOSE, now=now)
    enrolment = queries.enrolment_by_code(link.about or "")
    if enrolment is None or enrolment.person_id != link.person_id:
        raise Refused("This link has been used or has ended. Ask for a new one.")
    if enrolment.state is EnrolmentState.REMOVED:
        raise Refused(
            "Your place in this series was ended by the hub. Write to the hub if you would like to come back."
        )
    if enrolment.state is not EnrolmentState.ACTIVE:
        enrolment.state, enrolment.since = rules.move(enrolment.state, EnrolmentState.ACTIVE), now
        enrolment.accepted_at = now if enrolment.statement_id else None
        audit.record(link.person_id, "enrolment active", enrolment.code, at=now, series=enrolment.series.code)
    people.open_account(link.person, now=now)
    return enrolment


def leave(enrolment: Enrolment, *, by: Person, now: datetime) -> None:
    """The person's own goodbye: no more invitations to this series; attendance and credit stay."""
    _end(enrolment, EnrolmentState.LEFT, by=by, now=now)


def remove(enrolment: Enrolment, *, by: Person, now: datetime) -> None:
    """The hub takes somebody out of a series: no more invitations; attendance and credit stay."""
    _end(enrolment, EnrolmentState.REMOVED, by=by, now=now)


def take_back_removal(enrolment: Enrolment, state: EnrolmentState, *, by: Person, now: datetime) -> None:
    """An appeal has reversed a removal: the enrolment stands as it stood before, whatever the rules of moving say.

    Somebody who was let in again meanwhile stays as they are.
    """
    if enrolment.state is EnrolmentState.REMOVED:
        enrolment.state, enrolment.since = state, now
        audit.record(by.id, "enrolment removal taken back", enrolment.code, at=now, series=enrolment.series.code)


def _end(enrolment: Enrolment, state: EnrolmentState, *, by: Person, now: datetime) -> None:
    enrolment.state, enrolment.since = rules.move(enrolment.state, state), now
    audit.record(by.id, f"enrolment {state}", enrolment.code, at=now, series=enrolment.series.code)


def site_named(hub: Hub, name: str, **facts: Any) -> Site:
    """The hub's site of this name, made when there is none; facts are taken for a new one only."""
    shown = rules.clean_site(name)
    site = queries.site_by_name(hub.id, shown)
    if site is None:
        site = Site(code=ids.code("SITE", 6), hub_id=hub.id, name=shown, normal=rules.site_as_compared(shown), **facts)
        db.session.add(site)
        db.session.flush()
    return site


def publish_statement(
    hub: Hub, text: str, *, by: Person, now: datetime, kind: TextKind = TextKind.COLLABORATION
) -> Statement:
    """A new version of a text of the hub. Members are asked to accept it before they next do anything."""
    in_force = queries.statement_in_force(hub.id, kind)
    if in_force is not None and in_force.text == text:
        raise Refused("This is the text in force, word for word; nothing was published.")
    statement = Statement(
        hub_id=hub.id, kind=kind, number=in_force.number + 1 if in_force else 1, text=text, published_at=now
    )
    db.session.add(statement)
    audit.record(by.id, "statement published", hub.code, at=now, kind=kind, number=statement.number)
    return statement


def amend_person(
    person: Person, *, name: str, profession: str | None, registration: str | None, zone: str, by: Person, now: datetime
) -> None:
    """A coordinator corrects somebody's record. Certificates issued before keep the name they were issued with."""
    person.name, person.zone = clean_name(name), zone
    person.profession, person.registration = profession or None, registration or None
    audit.record(by.id, "person amended", person.code, at=now)


def add_address(person: Person, email: str, *, by: Person, now: datetime) -> None:
    """One more address of a person, not yet proved by a letter. Refuses one that somebody else has."""
    people.add_address(person, email, now=now)
    audit.record(by.id, "address added", person.code, at=now)
