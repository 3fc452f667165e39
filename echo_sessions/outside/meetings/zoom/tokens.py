"""Signing in to Zoom as the account itself: one token for everybody, renewed early, and once when Zoom no longer takes it."""

import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from echo_sessions import clock
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import NotConfigured
from echo_sessions.outside.meetings.zoom.memory import Credentials, Fresh, Memory, Token
from echo_sessions.outside.meetings.zoom.refusals import clean
from echo_sessions.outside.meetings.zoom.wire import NoAnswer, Wire

EARLY = timedelta(minutes=10)
"""A token that lives no longer than this is renewed, while it still works."""
STANDING = timedelta(seconds=30)
"""A token that lives no longer than this is not used any more."""
USUAL_LIFE = 3599
SECONDS = 15.0
"""So long the sign-in may take: shorter than the turn to fetch lasts (`RENEWING` of the memory)."""
AFTER_REFUSAL, AFTER_SILENCE = timedelta(seconds=60), timedelta(seconds=5)
NOT_CONFIGURED = "Zoom is not set up: its credentials are missing, or its administrator took the app away."
REFUSED = "Zoom does not accept the credentials of the app."
SILENT = "Zoom's sign-in does not answer."


class Tokens:
    """Gives out the token of the moment."""

    def __init__(self, memory: Memory, wire: Wire, oauth_url: str) -> None:
        self._memory, self._wire, self._oauth_url = memory, wire, oauth_url

    def current(self, *, seconds: float = SECONDS) -> Token:
        """A token that works by all we know. One that ends soon is renewed by one of us, and used by the others meanwhile."""
        known = self._credentials()
        token, now = self._memory.token(known.mark), clock.now()
        if token is not None and token.until > now + EARLY:
            return token
        if token is not None and token.until > now + STANDING:
            if self._memory.until(_key(known)) is not None:
                return token
            try:
                return self._renew(known, token.serial, min(seconds, 2.0), wait=0.0)
            except (TryLater, GaveUp):
                return token
        return self._renew(known, token.serial if token else 0, seconds, wait=seconds)

    def instead_of(self, token: Token, *, seconds: float = SECONDS) -> Token:
        """The one after a token that Zoom did not take; nothing is fetched if there is a newer one already."""
        return self._renew(self._credentials(), token.serial, seconds, wait=seconds)

    def _credentials(self) -> Credentials:
        known = self._memory.credentials()
        if known is None:
            raise NotConfigured(NOT_CONFIGURED)
        return known

    def _renew(self, known: Credentials, serial: int, seconds: float, *, wait: float) -> Token:
        return self._memory.renew(known.mark, serial, lambda: self._fetch(known, min(seconds, SECONDS)), wait=wait)

    def _fetch(self, known: Credentials, seconds: float) -> Fresh:
        """Ask for one. After a failure nobody asks again with the same credentials for a while."""
        key = _key(known)
        paused = self._memory.until(key)
        if paused is not None:
            raise TryLater(SILENT, after_seconds=_seconds_until(paused))
        told_twice = {
            "grant_type": "account_credentials",
            "account_id": known.account,
        }  # in either place it is documented
        try:
            answer = self._wire.send(
                "POST", self._oauth_url, params=told_twice, form=told_twice, basic=(known.client_id, known.client_secret),
                ends=time.monotonic() + seconds,
            )  # fmt: skip
        except NoAnswer:
            self._failed(key, AFTER_SILENCE)
            raise TryLater(SILENT, after_seconds=10) from None
        told = answer.body if isinstance(answer.body, dict) else {}
        value = told.get("access_token")
        if answer.status == 200 and isinstance(value, str) and value:
            self._memory.count("token")
            return Fresh(
                value,
                _life(told.get("expires_in")),
                _api_url(told.get("api_url"), self._oauth_url),
                _scopes(told.get("scope")),
            )
        if 400 <= answer.status < 500 and answer.status not in {408, 425, 429}:
            self._failed(key, AFTER_REFUSAL)
            reason = clean(str(told.get("reason") or told.get("error") or told.get("message") or ""))
            raise NotConfigured(f"{REFUSED} ({answer.status}{': ' + reason if reason else ''})")
        self._failed(key, AFTER_SILENCE)
        raise TryLater(f"{SILENT} ({answer.status})", after_seconds=10)

    def _failed(self, key: str, pause: timedelta) -> None:
        self._memory.count("token", failed=True)
        self._memory.pause(key, clock.now() + pause)


def _key(known: Credentials) -> str:
    return f"token:{known.mark}"


def _seconds_until(moment: datetime) -> int:
    return max(1, int((moment - clock.now()).total_seconds()) + 1)


def _life(told: object) -> timedelta:
    seconds = int(told) if isinstance(told, int | str) and str(told).isascii() and str(told).isdigit() else USUAL_LIFE
    return timedelta(seconds=min(seconds, 24 * 3600))


def _scopes(told: object) -> tuple[str, ...] | None:
    """Those granted, or None when the answer does not name any."""
    return tuple(told.replace(",", " ").split()) if isinstance(told, str) else None


def _api_url(told: object, oauth_url: str) -> str:
    """Where to ask from now on, if it may be believed: never without encryption, unless the sign-in itself had none."""
    url = told.strip().rstrip("/") if isinstance(told, str) else ""
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and urlsplit(oauth_url).scheme == "http")
    if not safe or not parts.hostname or parts.username or parts.query:
        return ""
    return url if parts.path.endswith("/v2") else f"{url}/v2"
