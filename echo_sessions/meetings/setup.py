"""Verbs of the hub's owners about the account at a provider: credentials, secrets of hooks, rules, hosts; and what the
provider says of it, by a check-up or by taking our permission away.

Credentials and secrets go in and never come out again: no page, letter, job or audit shows them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from echo_sessions.alarms import queries as alarms
from echo_sessions.audit import service as audit
from echo_sessions.config import Settings
from echo_sessions.database import db, insert_or_leave
from echo_sessions.errors import Refused, Stale
from echo_sessions.jobs import service as jobs
from echo_sessions.mail import service as mail
from echo_sessions.meetings import emails, service
from echo_sessions.meetings.models import (
    Hook,
    Host,
    Meeting,
    MeetingLink,
    ProviderAccount,
    ProviderPause,
    Recording,
    Trouble,
)
from echo_sessions.meetings.rules import MeetingState, TroubleKind
from echo_sessions.outside.meetings import Health, LinkState
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.words import msgid

LONGEST = 200
SECRET_LEAST = 8
MOST_SECRETS = 5
BUFFER_MOST = 120
DAYS_MOST = 3650
RECORDINGS_DAYS = 90
AT_ONCE_MOST = 10
CONFIRM_AFTER = timedelta(minutes=15)
"""A check-up that went badly is made once more after this, before anybody is written to: providers have bad moments."""
KEPT_OPEN = timedelta(hours=24)
"""After the provider told us to stop, ways into meetings that begin so soon stay until those are over: nobody should stand
before a shut door because of an administrator's slip. Then they go too."""
NO_FAULT_SAID = msgid("The provider did not say why.")
NO_HOSTS_LISTED = msgid("The hosts could not be listed: “%(words)s”.")
WAITING = (TroubleKind.NOT_CONFIGURED, TroubleKind.SCOPE, TroubleKind.SILENT, TroubleKind.REFUSED)
"""Troubles that may be over once the account works (again)."""


def account(provider: str) -> ProviderAccount:
    """The row of that provider's account, made where there is none; nobody else changes it meanwhile."""
    insert_or_leave(ProviderAccount, provider=provider)
    chosen = select(ProviderAccount).where(ProviderAccount.provider == provider).with_for_update(of=ProviderAccount)
    return db.session.scalars(chosen.execution_options(populate_existing=True)).one()


# What owners decide


def save_credentials(
    provider: str, *, account_ref: str, client_id: str, client_secret: str, by: Person, now: datetime
) -> ProviderAccount:
    """Keep the credentials of an app at the provider, and have them checked by a job.

    An empty secret keeps the one that is set, as long as it is the same app. What was known of another account before is
    forgotten. A provider that had told us to stop is spoken to again.
    """
    row = account(provider)
    same_app = row.client_id == client_id and row.client_secret is not None
    if not client_secret and not same_app:
        raise Refused("Paste the client secret too: another app has another one.")
    was = "stopped" if row.stopped_at else "set" if row.client_id else "none"
    if row.account_ref != account_ref:
        row.checked, row.checked_at, row.api_url = {}, None, None
    row.account_ref, row.client_id = account_ref, client_id
    row.client_secret = client_secret or row.client_secret
    _forget_token(row)
    row.stopped_at, row.changed_at, row.changed_by_id = None, now, by.id
    db.session.execute(delete(ProviderPause).where(ProviderPause.provider == provider))
    audit.record(by.id, "provider credentials set", provider, at=now, was=was, became="set")
    ask_check(provider, now=now)
    return row


def forget_credentials(provider: str, *, by: Person, now: datetime) -> None:
    """Take the credentials away again: no call goes out any more. Meetings that are there stay, with their ways in."""
    row = account(provider)
    if row.client_id is None:
        raise Refused("There are no credentials to take away.")
    row.account_ref = row.client_id = row.client_secret = None
    _forget_token(row)
    row.checked, row.checked_at = {}, None
    row.changed_at, row.changed_by_id = now, by.id
    audit.record(by.id, "provider credentials taken away", provider, at=now, was="set", became="none")


def start_again(provider: str, *, by: Person, now: datetime) -> None:
    """Speak to the provider again after it had told us to stop, with the credentials of the environment."""
    row = account(provider)
    if row.stopped_at is None:
        raise Refused("Nobody has told us to stop, so there is nothing to begin again.")
    row.stopped_at, row.changed_at, row.changed_by_id = None, now, by.id
    audit.record(by.id, "provider begun again", provider, at=now, was="stopped", became="begun")
    ask_check(provider, now=now)


def add_hook_secret(provider: str, secret: str, *, by: Person, now: datetime) -> None:
    """Believe hooks that are signed with this secret too. Several are believed, so that one can follow another."""
    row = account(provider)
    known = _secrets(row)
    if secret in known:
        raise Refused("This secret is there already.")
    if len(known) >= MOST_SECRETS:
        raise Refused("There are %(count)s secrets already. Take one away that is used no more.", count=len(known))
    row.hook_secrets = "\n".join([*known, secret])
    audit.record(by.id, "secret of hooks added", provider, at=now, secrets=len(known) + 1)
    ask_check(provider, now=now)


def remove_hook_secret(provider: str, mark: str, *, by: Person, now: datetime) -> None:
    """Believe hooks signed with it no more. One that is gone already is as good."""
    row = account(provider)
    known = _secrets(row)
    kept = [secret for secret in known if mark_of(secret) != mark]
    if len(kept) == len(known):
        return
    row.hook_secrets = "\n".join(kept) or None
    audit.record(by.id, "secret of hooks removed", provider, at=now, secrets=len(kept))
    ask_check(provider, now=now)


def set_rules(row: ProviderAccount, *, buffer_minutes: int, recordings_days: int, by: Person, now: datetime) -> None:
    """How much is kept free between two meetings of one host, and for how long recordings are kept. Both hold from now on."""
    was = {"buffer": row.buffer_minutes, "days": row.recordings_days}
    row.buffer_minutes, row.recordings_days = buffer_minutes, recordings_days
    became = {"buffer": buffer_minutes, "days": recordings_days}
    if was != became:
        audit.record(by.id, "rules of meetings set", row.provider, at=now, was=was, became=became)


@dataclass(frozen=True)
class Choice:
    """Whether a host is in the pool, and how many meetings it gets at a time."""

    in_pool: bool
    at_once: int


def choose_hosts(provider: str, choices: Mapping[str, tuple[Choice, Choice]], *, by: Person, now: datetime) -> int:
    """Decide about hosts, by code: as each was when the page was made, and as it shall be. Returns how many changed.

    What is left as it was is left alone, whatever became of it since. Raises Stale where somebody else changed the same
    host in between. Meetings that a host has already stay with it.
    """
    changed = {code: pair for code, pair in choices.items() if pair[0] != pair[1]}
    rows = db.session.scalars(
        select(Host).where(Host.provider == provider, Host.code.in_(list(changed))).with_for_update(of=Host)
    ).all()
    for host in rows:
        before, after = changed[host.code]
        if Choice(host.in_pool, host.at_once) != before:
            raise Stale("Somebody else has just changed %(name)s. Look at it, then save again.", name=host.name)
        host.in_pool, host.at_once = after.in_pool, after.at_once
        audit.record(by.id, "host chosen", host.code, at=now, was=asdict(before), became=asdict(after))
    if any(after.in_pool or after.at_once > before.at_once for before, after in changed.values()):
        service.wake_waiting(provider, now=now)
    return len(rows)


# Check-ups


def ask_check(provider: str, *, now: datetime) -> None:
    """Have a job ask the provider how it is."""
    row = account(provider)
    note(row, {**row.checked, "asked_at": now.isoformat()})
    jobs.queue("meetings.check_up", {"provider": provider}, now=now)


def note_health(provider: str, health: Health, *, now: datetime, confirmed: bool = False) -> None:
    """Keep what the provider said of itself. When it turned bad, and again when it is good, its owners are told by letter,
    once; a first bad look is made sure of before."""
    row = account(provider)
    kept: dict[str, Any] = {name: row.checked[name] for name in ("trial", "bad_since", "told") if name in row.checked}
    kept |= {
        "ok": health.ok, "faults": _plain(health.faults), "warnings": _plain(health.warnings), "account": health.account,
        "scopes": list(health.scopes), "scopes_missing": list(health.scopes_missing),
    }  # fmt: skip
    if health.ok:
        if kept.pop("told", False):
            _tell_owners(provider, emails.works_again, since=kept.get("bad_since", ""), now=now)
        recovered = kept.pop("bad_since", None) is not None or row.checked.get("ok") is not True
        if recovered:
            _wake_waiting(provider, now)
    elif not confirmed and not kept.get("told"):
        kept.setdefault("bad_since", now.isoformat())
        jobs.queue("meetings.check_up", {"provider": provider, "confirm": True}, now=now, at=now + CONFIRM_AFTER)
    elif not kept.get("told"):
        kept.setdefault("bad_since", now.isoformat())
        kept["told"] = True
        _tell_owners(provider, emails.turned_bad, since=kept["bad_since"], faults=kept["faults"], now=now)
    note(row, kept, at=now)


def without_hosts(health: Health, words: str) -> Health:
    """It answers, and would not list its accounts."""
    return replace(health, ok=False, faults=(*health.faults, (NO_HOSTS_LISTED, {"words": words})))


def nothing_to_check(provider: str) -> None:
    """There are no credentials (any more) to check: nobody waits for that look."""
    row = account(provider)
    note(row, {name: value for name, value in row.checked.items() if name != "asked_at"})


# The provider takes its permission back


def deauthorised(provider: str, *, now: datetime, account_ref: str = "") -> bool:
    """The provider told us to stop, by a hook that it signed: no call goes out any more, what we know of its account is
    deleted, and the owners are told. Told twice, it is done once; meant for another account, not at all.

    Kept are our own records: which sessions there were, who took part, and the evidence that credit rests on.
    """
    row = account(provider)
    ours = _settings().zoom_account_id or row.account_ref
    if row.stopped_at is not None or (account_ref and ours and account_ref != ours):
        return False
    row.stopped_at, row.changed_at, row.changed_by_id = now, now, None
    row.account_ref = row.client_id = row.client_secret = row.hook_secrets = row.api_url = None
    _forget_token(row)
    row.checked, row.checked_at = {}, None
    coming = _coming(provider, now)
    forget_account(provider, now=now, keep_until=now + KEPT_OPEN)
    jobs.queue("meetings.forget_account", {"provider": provider}, now=now, at=_last_end(coming, now))
    for meeting in coming:
        service.raise_trouble(meeting, TroubleKind.NOT_CONFIGURED, now=now)
    audit.record(None, "provider told us to stop", provider, at=now, became="stopped", meetings=len(coming))
    _tell_owners(provider, emails.deauthorised, since=now.isoformat(), meetings=len(coming), now=now)
    return True


def forget_account(provider: str, *, now: datetime, keep_until: datetime | None = None) -> None:
    """Delete what we know of the account and its people: hosts' names and addresses, ways in, dial-in numbers, hooks as they
    came, lists of recordings. With `keep_until`, ways into meetings that begin before it and are not over stay for now, and
    so do hooks of the last day: who was there may not have been taken from them yet.

    Numbers of meetings stay, because our evidence names them, and so do rows of hosts, bare. Whose way in was deleted is
    looked for at the provider before they are registered again, should the account come back.
    """
    mine = select(Meeting.id).where(Meeting.provider == provider)
    ends = {
        meeting.id: meeting.ends_at
        for meeting in db.session.scalars(select(Meeting).where(Meeting.id.in_(mine))).unique()
    }
    soon = select(Meeting.id).where(Meeting.provider == provider, Meeting.starts_at < (keep_until or now))
    spared = {number for number in db.session.scalars(soon) if keep_until is not None and ends[number] > now}
    gone = [number for number in ends if number not in spared]
    blank = {
        "url": None,
        "registrant": None,
        "words": None,
        "asked_at": now,
        "made_at": None,
        "state": LinkState.ASKED,
    }
    for some in _by_hundreds(gone):
        db.session.execute(
            update(MeetingLink)
            .where(MeetingLink.meeting_id.in_(some), MeetingLink.state != LinkState.REVOKED)
            .values(**blank)
            .execution_options(synchronize_session=False)
        )
        emptied = update(Meeting).where(Meeting.id.in_(some)).values(phones=[])
        db.session.execute(emptied.execution_options(synchronize_session=False))
    db.session.execute(
        update(Host)
        .where(Host.provider == provider)
        .values(address="", name="", seats=None)
        .execution_options(synchronize_session=False)
    )
    read = delete(Hook).where(Hook.provider == provider, Hook.read_at.is_not(None))
    if keep_until is not None:
        read = read.where(Hook.received_at < now - KEPT_OPEN)
    db.session.execute(read)
    db.session.execute(delete(Recording).where(Recording.meeting_id.in_(mine)))
    db.session.expire_all()


# Within


def mark_of(secret: str) -> str:
    """What a page calls a secret by: not the secret, nor a way to it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def mail_domain() -> str:
    """What our own made-up addresses end with: the host that our letters come from."""
    return _settings().mail_from.rpartition("@")[2].strip("<> ")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _secrets(row: ProviderAccount) -> list[str]:
    return (row.hook_secrets or "").split()


def _forget_token(row: ProviderAccount) -> None:
    row.token = row.token_mark = row.token_expires_at = row.renewing_until = None
    row.scopes = []


def note(row: ProviderAccount, checked: dict[str, Any], *, at: datetime | None = None) -> None:
    """Written beside the row's version: a check-up must not take an owner's form out of their hands."""
    values: dict[str, Any] = {"checked": checked} | ({"checked_at": at} if at else {})
    chosen = update(ProviderAccount).where(ProviderAccount.id == row.id)
    db.session.flush()
    db.session.execute(chosen.values(**values).execution_options(synchronize_session=False))
    db.session.refresh(row)


def _plain(found: tuple[tuple[str, Mapping[str, object]], ...]) -> list[list[Any]]:
    return [[words, {name: str(value) for name, value in values.items()}] for words, values in found]


def _coming(provider: str, now: datetime) -> list[Meeting]:
    chosen = select(Meeting).where(
        Meeting.provider == provider, Meeting.starts_at > now - timedelta(days=1),
        Meeting.state.in_((MeetingState.WANTED, MeetingState.MADE)),
    )  # fmt: skip
    return [meeting for meeting in db.session.scalars(chosen).unique() if meeting.ends_at > now]


def _last_end(coming: list[Meeting], now: datetime) -> datetime:
    """When the last of the meetings is over whose ways in are kept meanwhile."""
    return max([now + KEPT_OPEN, *(each.ends_at for each in coming if each.starts_at < now + KEPT_OPEN)])


def _wake_waiting(provider: str, now: datetime) -> None:
    """Meetings that wait for the account to work are looked at now, and not when their patience is over."""
    stuck = select(Trouble.meeting_id).where(Trouble.kind.in_(WAITING), Trouble.over_at.is_(None))
    waits = Meeting.state.in_((MeetingState.WANTED, MeetingState.MADE, MeetingState.UNWANTED))
    chosen = select(Meeting).where(Meeting.provider == provider, Meeting.id.in_(stuck), waits, Meeting.starts_at > now)
    for meeting in db.session.scalars(chosen).unique():
        service.settle_soon(meeting, now=now)
        if meeting.state is MeetingState.MADE:
            service.give_soon(meeting, now=now)


def _tell_owners(provider: str, letter: Any, *, since: str, now: datetime, **values: Any) -> None:
    hub = people.hub()
    if hub is None:
        return
    for person in alarms.told(None):
        if person.address:
            key = f"{letter.__name__}:{provider}:{since}:{person.id}"
            mail.queue(letter(provider, person, hub, **values), now=now, from_name=hub.name, key=key)


def _by_hundreds(numbers: list[int]) -> list[list[int]]:
    return [numbers[at : at + 400] for at in range(0, len(numbers), 400)]
