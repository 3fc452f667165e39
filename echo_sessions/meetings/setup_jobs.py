"""Background work about the account at a provider: the daily look, test meetings, and forgetting an account for good."""

from datetime import datetime
from typing import Any

from echo_sessions.database import transaction
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.jobs.handlers import handler
from echo_sessions.meetings import health, looking, providers, setup, trial


@handler("meetings.check_up", every_minutes=24 * 60)
def check_up(payload: dict[str, Any], now: datetime) -> None:
    """Ask each provider that makes meetings (or the one that was named) how it is, and for its accounts; keep what it says.
    Owners are told by letter when it turned bad, and when it is good again."""
    chosen = [one for one in providers.creating() if payload.get("provider", one.name) == one.name]
    for one in chosen:
        found = one.health()
        if found.ok and one.capabilities.hosts:
            try:
                looking.fetch_hosts(one, now)
            except (TryLater, GaveUp) as fault:
                found = setup.without_hosts(found, fault.words)
        with transaction():
            setup.note_health(one.name, found, now=now, confirmed=bool(payload.get("confirm")))
    if not chosen and "provider" in payload:
        with transaction():
            setup.nothing_to_check(payload["provider"])


@handler("meetings.try_out")
def try_out(payload: dict[str, Any], now: datetime) -> None:
    """Do the next step of a test meeting."""
    trial.go_on(payload["provider"], payload["code"], now)


@handler("meetings.forget_account")
def forget_account(payload: dict[str, Any], now: datetime) -> None:
    """Delete the last of what we know of an account that told us to stop, unless it was connected again meanwhile."""
    account = health.account_of(payload["provider"])
    if account is None or account.stopped_at is None:
        return
    with transaction():
        setup.forget_account(payload["provider"], now=now)
