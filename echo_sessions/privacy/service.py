"""Verbs about one's own data: having a copy, being erased, agreeing; and clearing out what is past its time."""

from datetime import datetime

from sqlalchemy import select

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.files.models import File
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.privacy import emails, erasing, queries, retention, rules
from echo_sessions.privacy.models import Consent, DataRequest, RetentionPeriod, RetentionRun
from echo_sessions.privacy.rules import ConsentKind, RequestKind, RequestState, RunState


def say(person: Person, kind: ConsentKind, *, given: bool, now: datetime) -> None:
    """Agree to something, or take it back; saying the same again changes nothing."""
    said = queries.consents_of(person.id).get(kind)
    if (said.given if said else False) == given:
        return
    db.session.add(Consent(person_id=person.id, kind=kind, given=given, at=now))
    audit.record(person.id, "consent given" if given else "consent taken back", person.code, at=now, kind=kind)


def ask_copy(person: Person, *, by: Person, now: datetime) -> DataRequest:
    """Ask for a copy of everything about a person; a job makes it. Asking twice while it is made gives the same request."""
    if (there := queries.open_request(person.id, RequestKind.COPY)) is not None:
        return there
    asked = DataRequest(
        code=ids.code("DR"), person_id=person.id, kind=RequestKind.COPY, asked_at=now, asked_by_id=by.id, facts={}
    )
    db.session.add(asked)
    db.session.flush()
    jobs.queue("privacy.make_copy", {"request": asked.id}, now=now, key=f"copy:{asked.code}")
    audit.record(by.id, "copy of data asked", person.code, at=now)
    return asked


def copy_made(asked: DataRequest, *, file: File, counts: dict[str, int], now: datetime) -> None:
    """The copy lies ready for a week, for whoever is that person and signed in."""
    if asked.state is not RequestState.WAITING:
        return
    asked.state, asked.file, asked.facts = RequestState.READY, file, counts
    asked.done_at, asked.due_at = now, now + rules.COPY_LIVES
    hub = people.hub()
    if hub is not None and asked.person.address:
        mail.queue(emails.copy_ready(asked.person, hub, until=asked.due_at), now=now, from_name=hub.name)


def remove_copy(asked: DataRequest, *, now: datetime) -> None:
    """Take the copy away when its week is over; the request stays."""
    file, asked.file_id, asked.state = asked.file, None, RequestState.DONE
    db.session.flush()
    if file is not None:
        db.session.delete(file)


def ask_erasure(person: Person, *, by: Person, now: datetime) -> DataRequest:
    """Ask that a person be erased in a week. Refused where a hub or a program would be left without anybody."""
    erasing.check(person)
    if (there := queries.open_request(person.id, RequestKind.ERASURE)) is not None:
        return there
    asked = DataRequest(
        code=ids.code("DR"), person_id=person.id, kind=RequestKind.ERASURE, asked_at=now, asked_by_id=by.id,
        due_at=rules.carried_out(now), facts={},
    )  # fmt: skip
    db.session.add(asked)
    db.session.flush()
    audit.record(by.id, "erasure asked", person.code, at=now)
    hub = people.hub()
    if hub is not None and person.address and asked.due_at is not None:
        mail.queue(emails.erasure_asked(person, hub, due_at=asked.due_at), now=now, from_name=hub.name)
    return asked


def call_off(asked: DataRequest, *, by: Person, now: datetime) -> None:
    """Call an erasure off, until the moment it is carried out."""
    rules.may_call_off(asked.kind, asked.state)
    asked.state, asked.done_at = RequestState.CALLED_OFF, now
    audit.record(by.id, "erasure called off", asked.person.code, at=now)


def carry_out(asked: DataRequest, *, now: datetime) -> None:
    """Erase the person, and say so to the address of before. Refused while they still answer for a hub or a program alone."""
    if asked.state is not RequestState.WAITING or asked.due_at is None or asked.due_at > now:
        return
    person, hub = asked.person, people.hub()
    address, language = person.address, person.language
    asked.facts = erasing.erase(person, by=asked.asked_by, now=now)
    asked.state, asked.done_at = RequestState.DONE, now
    if hub is not None and address:
        mail.queue(emails.erased(to=address, language=language, hub=hub), now=now, from_name=hub.name)


def set_period(name: str, days: int, *, by: Person, now: datetime) -> None:
    """For how many days a kind is kept. Refused below what law or accreditors ask for."""
    rules.check_period(rules.kind_named(name), days)
    was = retention.periods()[name]
    row = db.session.scalars(select(RetentionPeriod).where(RetentionPeriod.kind == name)).one_or_none()
    if row is None:
        row = RetentionPeriod(kind=name, days=days, at=now)
        db.session.add(row)
    row.days, row.by_id, row.at = days, by.id, now
    audit.record(by.id, "retention set", "HUB", at=now, kind=name, was=was, became=days)


def prepare_run(*, now: datetime) -> RetentionRun | None:
    """Count what is past its time and show it to the owners for a week; None when there is nothing, or one is open."""
    old = retention.old(now)
    if not old or queries.open_run() is not None:
        return None
    counts = {name: {"rows": count, "before": before.isoformat()} for name, (count, before) in old.items()}
    run = RetentionRun(code=ids.code("RUN"), prepared_at=now, due_at=now + rules.WAITS, counts=counts)
    db.session.add(run)
    db.session.flush()
    audit.record(None, "clearing out shown", run.code, at=now, **{name: count for name, (count, _) in old.items()})
    hub = people.hub()
    for owner in queries.owners() if hub is not None else ():
        if owner.address and hub is not None:
            letter = emails.clearing_out(owner, hub, kinds=len(old), due_at=run.due_at, code=run.code)
            mail.queue(letter, now=now, from_name=hub.name)
    return run


def hold(run: RetentionRun, *, by: Person, now: datetime) -> None:
    """Hold a clearing out back until somebody lets it go on."""
    if run.state is not RunState.SHOWN:
        raise Refused("This clearing out is not waiting any more.")
    run.state, run.held_by_id = RunState.HELD, by.id
    audit.record(by.id, "clearing out held", run.code, at=now)


def let_go(run: RetentionRun, *, by: Person, now: datetime) -> None:
    """Let a clearing out go on now, held back or not."""
    if run.state is RunState.DONE:
        raise Refused("This clearing out is done.")
    run.state, run.held_by_id, run.due_at = RunState.SHOWN, None, now
    jobs.queue("privacy.clear_out", {"run": run.id}, now=now, key=f"clear:{run.code}:{now.isoformat()}")
    audit.record(by.id, "clearing out let go", run.code, at=now)


def clear_out(run: RetentionRun, *, now: datetime) -> None:
    """Delete what the run has shown, and nothing that grew old since."""
    if run.state is not RunState.SHOWN or run.due_at > now:
        return
    counts = {}
    for name, shown in run.counts.items():
        done = retention.clear(name, datetime.fromisoformat(shown["before"]), now=now)
        counts[name] = {**shown, "cleared": done}
    run.counts, run.state, run.done_at = counts, RunState.DONE, now
    audit.record(None, "cleared out", run.code, at=now, **{name: shown["cleared"] for name, shown in counts.items()})
