"""Server-to-server OAuth: tokens for an hour, a new one of which ends the older."""

import base64
import binascii
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.zoom_server.answers import Answer, Refusal
from tests.zoom_server.operations import ALL_SCOPES
from tests.zoom_server.state import Names

LIFE = 3599


@dataclass
class Token:
    """One token. `state` is alive, killed (a newer one came) or expired."""

    value: str
    born: datetime
    scopes: tuple[str, ...]
    state: str = "alive"
    used: int = 0
    told: int = 0


@dataclass
class Tokens:
    """Who may ask, and what was given out. `needless`: a new one was asked for while one had a long life before it."""

    account_id: str
    client_id: str
    client_secret: str
    names: Names
    scopes: tuple[str, ...] = ALL_SCOPES
    kills_older: bool = True
    life: int = LIFE
    region: str = ""
    given: dict[str, Token] = field(default_factory=dict)
    needless: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def ask(self, authorization: str, told: dict[str, str], now: datetime) -> Answer:
        """A new token, for those who know the secret."""
        if self._basic(authorization) != (self.client_id, self.client_secret):
            return Answer(401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
        if told.get("grant_type") != "account_credentials":
            return Answer(400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"})
        if told.get("account_id") != self.account_id:
            return Answer(400, {"reason": "Bad Request", "error": "invalid_request"})
        for old in self.alive(now):
            if self.left(old, now) > 900 and not old.told:
                self.needless += 1
            if self.kills_older:
                old.state = "killed"
        token = Token(f"eyJzdiI6.{self.names.word(60)}", now, tuple(self.scopes))
        self.given[token.value] = token
        body: dict[str, Any] = {
            "access_token": token.value, "token_type": "bearer", "expires_in": self.life,
            "scope": " ".join(token.scopes), "api_url": self.region,
        }  # fmt: skip
        return Answer(200, body)

    @staticmethod
    def _basic(header: str) -> tuple[str, str]:
        kind, _, value = header.partition(" ")
        try:
            user, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return (user, secret) if kind.lower() == "basic" else ("", "")

    def left(self, token: Token, now: datetime) -> float:
        return (token.born + timedelta(seconds=self.life) - now).total_seconds()

    def alive(self, now: datetime) -> list[Token]:
        return [t for t in self.given.values() if t.state == "alive" and self.left(t, now) > 0]

    def known(self, authorization: str, now: datetime) -> Token:
        """The token that a call bears. Raises 401 with code 124, which says that it is killed or too old."""
        kind, _, value = authorization.partition(" ")
        token = self.given.get(value) if kind == "Bearer" else None
        if token is None:
            raise Refusal(
                401, 124, "Invalid access token.", violation="no token: the call bears none that was given out"
            )
        if token.state == "alive" and self.left(token, now) > 0:
            token.used += 1
            return token
        token.told += 1
        words = "Invalid access token." if token.state == "killed" else "Access token is expired."
        again = "dead token: used again although three answers said 124" if token.told > 3 else ""
        raise Refusal(401, 124, words, violation=again)

    def end(self, state: str) -> None:
        """All tokens are dead from now on: `killed` or `expired`."""
        for token in self.given.values():
            if token.state == "alive":
                token.state = state
