"""Raising alarms and settling them. Counted in the database, so over all processes."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from echo_sessions import ids
from echo_sessions.alarms import emails, policy, queries, rules
from echo_sessions.alarms.models import Alarm
from echo_sessions.alarms.rules import AlarmKind
from echo_sessions.audit import queries as audit_queries
from echo_sessions.audit import service as audit
from echo_sessions.audit.rules import Break
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.mail import service as mail
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person


def watch(person_id: int, what: str, *, now: datetime) -> Alarm | None:
    """After somebody looked at something: an alarm if that makes it too much. Looks of an hour that has its alarm already
    are not counted again; nobody is kept from going on."""
    kind = rules.watched(what)
    if kind is None:
        return None
    since, last = now - rules.WITHIN[kind], queries.newest(kind, person_id)
    after = last.at if last is not None else None
    if kind is AlarmKind.CASES:
        opened = audit_queries.cases_opened(person_id, since, after_hour=after)
        return _raise(kind, person_id, since=since, count=opened, now=now) if rules.too_many_cases(opened) else None
    lists, rows = audit_queries.taken_away(person_id, since, after_hour=after)
    if not rules.too_much_taken(lists, rows):
        return None
    return _raise(kind, person_id, since=since, count=lists, rows=rows, now=now)


def chain_broken(found: Break, *, since: datetime, now: datetime) -> Alarm | None:
    """The audit is not as it was written; told once for each place where it breaks."""
    key = f"{AlarmKind.CHAIN}:{found.kind}:{found.seq}"
    return _raise(AlarmKind.CHAIN, None, since=since, count=found.seq, now=now, key=key)


def explain(alarm: Alarm, *, note: str, by: Person, now: datetime) -> None:
    """Somebody else than who caused it has looked into it. Refused a second time, and with less than ten letters."""
    if not policy.may_explain(by, alarm):
        raise Refused("Somebody else must explain an alarm than the one who caused it.")
    if alarm.seen_at is not None:
        raise Refused("This alarm was explained already.")
    note = " ".join(note.split())
    if not rules.NOTE_LEAST <= len(note) <= rules.NOTE_MOST:
        raise Refused("Say in %(least)s to %(most)s letters what it was.", least=rules.NOTE_LEAST, most=rules.NOTE_MOST)
    alarm.seen_by_id, alarm.seen_at, alarm.note = by.id, now, note
    audit.record(by.id, "alarm explained", alarm.code, at=now, was="waiting", became="explained")


def _raise(
    kind: AlarmKind, person_id: int | None, *, since: datetime, count: int, now: datetime, rows: int = 0, key: str | None = None
) -> Alarm | None:  # fmt: skip
    """Keep the alarm and tell the owners, unless the same one is there already: None then."""
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name]
    values: dict[str, Any] = dict(
        code=ids.code("AL"), key=key or rules.key_of(kind, person_id or 0, now), kind=kind, person_id=person_id,
        since=since, at=now, count=count, rows=rows,
    )  # fmt: skip
    made = insert(Alarm).values(**values).on_conflict_do_nothing(index_elements=["key"]).returning(Alarm.code)
    code = db.session.scalar(made)
    hub, alarm = people.hub(), queries.by_code(code) if code else None
    if alarm is None or hub is None:
        return None
    audit.record(None, "alarm raised", alarm.code, at=now, kind=str(kind), count=count, rows=rows)
    for person in queries.told(person_id):
        if person.address:
            mail.queue(emails.raised(alarm, person, hub), now=now, from_name=hub.name, key=f"{alarm.code}:{person.id}")
    return alarm
