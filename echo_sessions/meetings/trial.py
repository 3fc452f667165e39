"""A test meeting: made, read back, given one way in, and taken away again, all as for a session and by the same jobs, so
that it shows what they would meet with. It stands a week ahead, in the night, for a quarter of an hour.

What is done and what came of it is kept with the account (`ProviderAccount.checked["trial"]`) for the page to show.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db, transaction
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.jobs import service as jobs
from echo_sessions.meetings import comparing, hosts, looking, providers, queries, service, setup, wording
from echo_sessions.meetings.models import HostSlot, Meeting, MeetingLink, ProviderAccount, Trouble
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.outside.meetings import Attendee, LinkState, PersonalLink, Provider
from echo_sessions.outside.meetings import Meeting as There
from echo_sessions.people.models import Person
from echo_sessions.words import Said, msgid

STEPS = {
    "sign_in": msgid("Sign in and look at what was granted"),
    "hosts": msgid("List the hosts and find one that is free"),
    "made": msgid("Make a meeting"),
    "read": msgid("Read it back and compare"),
    "link": msgid("Register one test participant"),
    "removed": msgid("Take the meeting away again"),
}
RUNNING, DONE, FAILED = "running", "done", "failed"
AHEAD = timedelta(days=7)
NIGHT, MINUTES, HOURS_TRIED = 2, 15, 12
AGAIN = timedelta(seconds=3)
PATIENCE = timedelta(minutes=10)
TOPIC = "ECHO Sessions · test"
MILD = frozenset({TroubleKind.CO_HOST, TroubleKind.CHANGED})

WORKS = msgid("Everything worked: a meeting was made, read back, opened to one participant and taken away again.")
OTHERWISE = msgid("The meeting was made and taken away again, but Zoom changed something on its own. %(sentence)s")
NOT_WELL = msgid("No meeting was made, because the account does not work yet: %(sentence)s")
NO_HOST = msgid("No meeting was made: no host of the pool is licensed and free. Look at the hosts.")
STUCK = msgid("The meeting could not be made: %(sentence)s")
FAULT = msgid("Zoom did not do as it should: “%(words)s”. The meeting is taken away again.")
PENDING = msgid(
    "The account wants a person to approve each registration, so nobody would get in by themselves. Switch that off at Zoom, under the hosts’ meeting settings."
)
NO_LINK = msgid("Zoom made the meeting and refused to register a participant: “%(words)s”. Is the host licensed?")
TOO_LONG = msgid(
    "After ten minutes it was not done. Is a worker running? What is left over is taken away as soon as one does."
)


def ask(provider: str, *, by: Person, now: datetime) -> None:
    """Have a test meeting made. Refused while one is under way."""
    row = setup.account(provider)
    before = row.checked.get("trial") or {}
    if before.get("state") == RUNNING and datetime.fromisoformat(before["asked_at"]) > now - PATIENCE:
        raise Refused("A test is under way already.")
    code = ids.code("TRY")
    _keep(row, {"code": code, "asked_at": now.isoformat(), "done": [], "state": RUNNING})
    audit.record(by.id, "test meeting asked for", provider, at=now, meeting=code)
    _again(provider, code, now, at=now)


def go_on(provider: str, code: str, now: datetime) -> None:
    """Do the next step of this test, and come back for the one after it. Another one asked for since ends it."""
    row = setup_row(provider)
    trial = (row.checked.get("trial") or {}) if row is not None else {}
    if trial.get("code") != code or trial.get("state") != RUNNING:
        return
    asked_at = datetime.fromisoformat(trial["asked_at"])
    meeting = queries.by_code(code)
    db.session.rollback()
    there = providers.provider(provider)
    if meeting is None:
        _begin(there, code, now)
    elif now - asked_at > PATIENCE:
        _end(provider, code, now, failed=Said(TOO_LONG))
    elif meeting.state is MeetingState.WANTED:
        _wait(provider, code, now)
    elif meeting.state is MeetingState.MADE:
        _look(there, code, now)
    elif meeting.state is MeetingState.REMOVED:
        _finish(provider, code, now)
    else:
        with transaction():
            _again(provider, code, now)


def setup_row(provider: str) -> ProviderAccount | None:
    """The account's row, only to look at."""
    found: ProviderAccount | None = db.session.query(ProviderAccount).filter_by(provider=provider).one_or_none()
    return found


def _begin(there: Provider, code: str, now: datetime) -> None:
    """Sign in, list the hosts, and want the meeting where one is free."""
    health = there.health()
    with transaction():
        setup.note_health(there.name, health, now=now)
    if not health.ok:
        words, values = health.faults[0] if health.faults else (setup.NO_FAULT_SAID, {})
        _end(there.name, code, now, failed=Said(NOT_WELL, {"sentence": Said(words, values)}))
        return
    _done(there.name, code, "sign_in")
    if there.capabilities.hosts:
        try:
            looking.fetch_hosts(there, now)
        except (TryLater, GaveUp) as fault:
            _end(there.name, code, now, failed=Said(FAULT, {"words": fault.words}))
            return
    begin = _free_at(there, now)
    if begin is None:
        _end(there.name, code, now, failed=Said(NO_HOST))
        return
    _done(there.name, code, "hosts")
    with transaction():
        service.want(code=code, provider=there.name, topic=TOPIC, starts_at=begin, minutes=MINUTES, zone="UTC", now=now)
        _again(there.name, code, now)


def _free_at(there: Provider, now: datetime) -> datetime | None:
    """The first full hour from a night a week ahead at which a host is free."""
    first = (now + AHEAD).astimezone(UTC).replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    if not there.capabilities.hosts:
        return first
    hours = (first + timedelta(hours=more) for more in range(HOURS_TRIED))
    return next((hour for hour in hours if hosts.free_host(there.name, hour, MINUTES, now=now)), None)


def _wait(provider: str, code: str, now: datetime) -> None:
    """It is not made yet: come back, unless something keeps it from being made."""
    meeting = queries.by_code(code)
    troubles = queries.open_troubles([meeting.id]).get(meeting.id, []) if meeting is not None else []
    if troubles:
        _end(provider, code, now, failed=Said(STUCK, {"sentence": wording.said(troubles[0])}))
        return
    with transaction():
        _again(provider, code, now)


def _look(there: Provider, code: str, now: datetime) -> None:
    """It is made: read it back, open it to one test participant, and let it go."""
    _done(there.name, code, "made", host=_host_of(code))
    meeting = queries.by_code(code)
    assert meeting is not None  # only this job takes it away
    kept, different = comparing.there_of(meeting), _differences(meeting)
    db.session.rollback()
    try:
        there.read(kept)
        _done(there.name, code, "read")
        link = _register(there, kept, code)
    except (TryLater, GaveUp) as fault:
        _end(there.name, code, now, failed=Said(FAULT, {"words": fault.words}))
        return
    if link.state is LinkState.PENDING:
        _end(there.name, code, now, failed=Said(PENDING))
    elif link.state is LinkState.REFUSED:
        _end(there.name, code, now, failed=Said(NO_LINK, {"words": link.words}))
    else:
        _done(there.name, code, "link")
        _end(there.name, code, now, said=Said(OTHERWISE, {"sentence": different}) if different else Said(WORKS))


def _register(there: Provider, kept: There, code: str) -> PersonalLink:
    """One test participant, registered once: a job that was cut short looks first whether it got through."""
    address, asked = _nobody(code), _done(there.name, code, "asked")
    known = there.known_links(kept).get(address) if asked else None
    if known is not None:
        return known
    [link] = there.ensure_links(kept, [Attendee(code=code, name="Test Participant", address=address)])
    return link


def _differences(meeting: Meeting) -> Said | None:
    """What the provider has otherwise than wanted, as the first sentence of it."""
    found = queries.open_troubles([meeting.id]).get(meeting.id, [])
    return next((wording.said(trouble) for trouble in found if trouble.kind is TroubleKind.CHANGED), None)


def _host_of(code: str) -> str:
    meeting = queries.by_code(code)
    return meeting.host.name if meeting is not None and meeting.host is not None else ""


def _nobody(code: str) -> str:
    """An address that leads to nobody: Zoom writes no letter to it, and wants one."""
    return f"test-{code.lower()}@{setup.mail_domain()}"


def _end(provider: str, code: str, now: datetime, *, failed: Said | None = None, said: Said | None = None) -> None:
    """The verdict is known; what was made is taken away, and only then the test is over."""
    verdict = failed or said or Said(WORKS)
    with transaction():
        row = setup.account(provider)
        trial = {**(row.checked.get("trial") or {}), **_told(verdict), "verdict": FAILED if failed else DONE}
        meeting = queries.by_code(code)
        if meeting is None or meeting.state is MeetingState.REMOVED:
            trial["state"] = trial["verdict"]
        else:
            service.release(meeting, now=now)
            if failed is not None and failed.message == TOO_LONG:
                trial["state"] = FAILED
            else:
                _again(provider, code, now)
        _keep(row, trial)


def _finish(provider: str, code: str, now: datetime) -> None:
    """The meeting is gone again: so is our row of it, and the test is over."""
    with transaction():
        row = setup.account(provider)
        trial = dict(row.checked.get("trial") or {})
        trial["state"] = trial.get("verdict", DONE)
        trial["done"] = [*trial.get("done", []), "removed"]
        _keep(row, trial)
        meeting = queries.by_code(code, hold=True)
        if meeting is not None:
            for kind in (HostSlot, MeetingLink, Trouble):
                db.session.execute(delete(kind).where(kind.meeting_id == meeting.id))
            db.session.expire(meeting)
            db.session.delete(meeting)


def _told(verdict: Said) -> dict[str, Any]:
    """The sentence as JSON keeps it; a sentence inside of it is said in English."""
    return {"words": verdict.message, "values": {name: str(value) for name, value in verdict.values.items()}}


def _done(provider: str, code: str, step: str, **more: str) -> bool:
    """Note that this step is done; whether it was before."""
    with transaction():
        row = setup.account(provider)
        trial = dict(row.checked.get("trial") or {})
        before = step in trial.get("done", [])
        if trial.get("code") == code and not before:
            _keep(row, {**trial, **more, "done": [*trial.get("done", []), step]})
    return before


def _keep(row: ProviderAccount, trial: Mapping[str, Any]) -> None:
    setup.note(row, {**row.checked, "trial": dict(trial)})


def _again(provider: str, code: str, now: datetime, *, at: datetime | None = None) -> None:
    jobs.queue("meetings.try_out", {"provider": provider, "code": code}, now=now, at=at or now + AGAIN)
