"""What the client of a provider remembers, in the database: one token for all workers, pauses, and how many calls went out.

Each of these stands whatever becomes of the work around it, so it is written aside, in a moment, never while the network
is spoken to. Nothing here may be used inside a transaction.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update

from echo_sessions import clock
from echo_sessions.config import Settings
from echo_sessions.database import alone, aside, db, in_write, upsert
from echo_sessions.errors import TryLater
from echo_sessions.meetings.models import ProviderAccount, ProviderCall, ProviderPause
from echo_sessions.outside.meetings.zoom import Credentials, Fresh, Token

RENEWING = timedelta(seconds=30)
"""So long one worker may be at fetching a token before another takes over: longer than the call may take."""
LOOK_SECONDS = 0.05
BUSY = "Another worker is signing in to the provider; this is tried again."


class AccountMemory:
    """The memory of one provider's account. What the environment says wins over what was pasted on the set-up page."""

    def __init__(self, provider: str, settings: Settings) -> None:
        self._provider = provider
        self._settings = settings

    def credentials(self) -> Credentials | None:
        """Those to use; None when there are none, or when the provider told us to stop."""
        account = self._account(
            ProviderAccount.account_ref,
            ProviderAccount.client_id,
            ProviderAccount.client_secret,
            ProviderAccount.stopped_at,
        )
        if account is not None and account.stopped_at is not None:
            return None
        own = self._settings
        if own.zoom_account_id:
            return Credentials(own.zoom_account_id, own.zoom_client_id, own.zoom_client_secret.value)
        if account is None or not (account.account_ref and account.client_id and account.client_secret):
            return None
        return Credentials(account.account_ref, account.client_id, account.client_secret)

    def hook_secrets(self) -> tuple[str, ...]:
        """Those of the environment, then those pasted, separated by spaces or lines."""
        account = self._account(ProviderAccount.hook_secrets)
        pasted = (account.hook_secrets or "").split() if account is not None else []
        return (*(secret.value for secret in self._settings.zoom_webhook_secrets), *pasted)

    def token(self, mark: str) -> Token | None:
        """The token in the database, if it was asked for with the credentials of this mark."""
        kept = self._account(
            ProviderAccount.token, ProviderAccount.token_mark, ProviderAccount.token_serial,
            ProviderAccount.token_expires_at, ProviderAccount.api_url, ProviderAccount.scopes,
        )  # fmt: skip
        if kept is None or kept.token is None or kept.token_mark != mark or kept.token_expires_at is None:
            return None
        scopes = None if kept.scopes is None else tuple(kept.scopes)
        return Token(kept.token, kept.token_serial, kept.token_expires_at, kept.api_url or "", scopes)

    def renew(self, mark: str, serial: int, fetch: Callable[[], Fresh], *, wait: float) -> Token:
        """A token with another serial than that one; see `Memory.renew`.

        Whoever moves `renewing_until` by one conditional UPDATE fetches; nobody holds a lock meanwhile.
        """
        ends = time.monotonic() + wait
        while True:
            kept = self.token(mark)
            if kept is not None and kept.serial != serial:
                return kept
            if self._take_turn(self._serial()):
                return self._fetched(mark, serial, fetch)
            if time.monotonic() + LOOK_SECONDS > ends:
                raise TryLater(BUSY, after_seconds=5)
            time.sleep(LOOK_SECONDS)

    def until(self, *keys: str) -> datetime | None:
        """The latest moment until which any of these is paused; None when none is."""
        chosen = select(func.max(ProviderPause.until)).where(
            ProviderPause.provider == self._provider, ProviderPause.key.in_(keys)
        )
        with db.engine.connect() as connection:
            moment: datetime | None = connection.scalar(chosen)
        return moment if moment is not None and moment > clock.now() else None

    def pause(self, key: str, until: datetime) -> None:
        """Note it; of two the later stays."""
        added = upsert(ProviderPause).values(provider=self._provider, key=key, until=until)
        longer = added.on_conflict_do_update(
            index_elements=["provider", "key"], set_={"until": until}, where=ProviderPause.until < until
        )
        with aside() as connection:
            connection.execute(longer)

    def count(self, kind: str, host: str = "", *, failed: bool = False, limited: bool = False) -> None:
        """One more call of this kind on this UTC day."""
        added = upsert(ProviderCall).values(
            provider=self._provider, day=clock.now().date(), host=host, kind=kind,
            count=1, failed=int(failed), limited=int(limited),
        )  # fmt: skip
        one_more = added.on_conflict_do_update(
            index_elements=["provider", "day", "host", "kind"],
            set_={
                "count": ProviderCall.count + 1,
                "failed": ProviderCall.failed + int(failed),
                "limited": ProviderCall.limited + int(limited),
            },
        )
        with aside() as connection:
            connection.execute(one_more)

    def _account(self, *columns: Any) -> Any:
        """These columns of the account's row; None when there is none."""
        chosen = select(*columns).where(ProviderAccount.provider == self._provider)
        if in_write():  # verbs ask whether a provider is set up
            return db.session.execute(chosen).first()
        return next(iter(alone(chosen)), None)

    def _serial(self) -> int:
        kept = self._account(ProviderAccount.token_serial)
        return 0 if kept is None else kept.token_serial

    def _take_turn(self, serial: int) -> bool:
        """Whether it is ours to fetch the token after this serial."""
        now = clock.now()
        free = ProviderAccount.renewing_until.is_(None) | (ProviderAccount.renewing_until < now)
        mine = update(ProviderAccount).where(
            ProviderAccount.provider == self._provider, ProviderAccount.token_serial == serial, free
        )
        with aside() as connection:
            connection.execute(upsert(ProviderAccount).values(provider=self._provider).on_conflict_do_nothing())
            taken = connection.execute(mine.values(renewing_until=now + RENEWING))
        return cast(CursorResult[Any], taken).rowcount == 1

    def _fetched(self, mark: str, known: int, fetch: Callable[[], Fresh]) -> Token:
        """Our turn: fetch, keep and let go. Somebody may have been quicker between our look and our turn."""
        kept = self.token(mark)
        if kept is not None and kept.serial != known:
            self._let_go({})
            return kept
        try:
            fresh = fetch()
        except BaseException:
            self._let_go({})
            raise
        until = clock.now() + fresh.lives
        serial = self._serial() + 1
        self._let_go(
            {
                "token": fresh.value, "token_mark": mark, "token_serial": serial, "token_expires_at": until,
                "api_url": fresh.api_url or None, "scopes": None if fresh.scopes is None else list(fresh.scopes),
            }
        )  # fmt: skip
        return Token(fresh.value, serial, until, fresh.api_url, fresh.scopes)

    def _let_go(self, values: dict[str, Any]) -> None:
        chosen = update(ProviderAccount).where(ProviderAccount.provider == self._provider)
        with aside() as connection:
            connection.execute(chosen.values(renewing_until=None, **values))
