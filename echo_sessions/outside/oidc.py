"""The hub's own provider of sign-in, by OpenID Connect: discovery, the way there, and the way back with its checks.

Authorisation code with PKCE; the answer is believed only when its token is signed by the provider's published key (never
"none", never by a shared secret), is meant for us, is from this issuer, has not run out and answers our question.
Everything spoken over the network is bounded in time and size, and a fault says in one sentence whose it is.
"""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from echo_sessions.config import Settings
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.words import msgid

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
SECONDS = 8.0
LARGEST = 200_000
KEPT_SECONDS = 3600.0
LEEWAY = 60
AWAY = msgid("The organisation's sign-in does not answer. Try again in a minute, or sign in with a letter.")
BROKEN = msgid(
    "The organisation's sign-in answered in a way that cannot be used. Tell your hub; sign in with a letter meanwhile."
)
REFUSED = msgid("The organisation's sign-in refused. Try again, or sign in with a letter.")
FORGED = msgid("The answer of the organisation's sign-in was not genuine, so nobody was signed in.")


@dataclass(frozen=True)
class Claims:
    """What the provider says of somebody, checked."""

    issuer: str
    subject: str
    email: str | None
    email_verified: bool
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """What is kept in the browser between the way there and the way back."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls, state: str) -> "Question":
        return cls(state=state, nonce=secrets.token_urlsafe(32), verifier=secrets.token_urlsafe(64))


@dataclass
class Provider:
    """One provider, by its issuer address. What it publishes of itself is asked for once an hour."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    timeout: float = SECONDS
    _kept: dict[str, tuple[float, Any]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Provider | None":
        """The one of the settings, if there is one."""
        if not settings.oidc_issuer:
            return None
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret.value)

    def way_there(self, question: Question, *, back: str) -> str:
        """The provider's address that the browser goes to."""
        there, _ = self._client(back).create_authorization_url(
            str(self.metadata()["authorization_endpoint"]), state=question.state, nonce=question.nonce,
            code_verifier=question.verifier,
        )  # fmt: skip
        return str(there)

    def way_back(self, code: str, question: Question, *, back: str, now: int) -> Claims:
        """What the code stands for. Raises `TryLater` when the provider is away, `GaveUp` when the answer is not to be believed."""
        where = str(self.metadata()["token_endpoint"])
        try:
            told = self._client(back).fetch_token(where, code=code, code_verifier=question.verifier, timeout=self.timeout, allow_redirects=False)  # fmt: skip
        except OAuthError as fault:
            raise GaveUp(REFUSED) from fault
        except requests.HTTPError as fault:
            raise TryLater(AWAY) from fault
        except ValueError as fault:  # no JSON; a ValueError of requests too, so before the next
            raise GaveUp(BROKEN) from fault
        except requests.RequestException as fault:
            raise TryLater(AWAY) from fault
        token = told.get("id_token")
        if not isinstance(token, str):
            raise GaveUp(BROKEN)
        return self._claims(self._checked(token), question, told.get("access_token"), now=now)

    def _client(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self.client_id, self.client_secret, scope="openid email profile", redirect_uri=back,
            code_challenge_method="S256",
        )  # fmt: skip

    def metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself; refused when it claims to be somebody else."""
        told = self._remembered("metadata", self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if told.get("issuer") != self.issuer:
            raise GaveUp(BROKEN)
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not self._is_safe(told.get(name)):
                raise GaveUp(BROKEN)
        return told

    def _checked(self, token: str) -> jwt.Token:
        """The token, if the provider's key signed it; keys are asked for anew once when none fits."""
        for again in (False, True):
            keys = self._remembered("keys", str(self.metadata()["jwks_uri"]), again=again)
            try:
                return jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=list(ALGORITHMS))  # type: ignore[arg-type]  # whatever was sent; checked there
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        raise GaveUp(FORGED)

    def _claims(self, token: jwt.Token, question: Question, access_token: object, *, now: int) -> Claims:
        """What the token says, if it is from this provider, for us, in time and the answer to our question."""
        wanted = {"iss": {"essential": True, "value": self.issuer}, "aud": {"essential": True, "value": self.client_id}}
        params = {"client_id": self.client_id, "nonce": question.nonce, "access_token": access_token}
        told = CodeIDToken(token.claims, token.header, options=wanted, params=params)
        try:
            told.validate(now=now, leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as fault:
            raise GaveUp(FORGED) from fault
        subject, email = told.get("sub"), told.get("email")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or told.get("nonce") != question.nonce:
            raise GaveUp(FORGED)
        return Claims(
            issuer=self.issuer, subject=subject, email=email if isinstance(email, str) else None,
            email_verified=told.get("email_verified") is True,
            methods=tuple(str(each) for each in told.get("amr") or ()),
        )  # fmt: skip

    def _remembered(self, name: str, url: str, *, again: bool = False) -> Mapping[str, Any]:
        with self._lock:
            at, told = self._kept.get(name, (0.0, None))
        if told is None or again or time.monotonic() - at > KEPT_SECONDS:
            told = self._speak("GET", url)
            with self._lock:
                self._kept[name] = (time.monotonic(), told)
        return dict(told)

    def _speak(self, method: str, url: str) -> dict[str, Any]:
        """One question to the provider and its JSON answer; never follows it elsewhere, and stops at its size and time."""
        begun, data = time.monotonic(), b""
        try:
            with requests.request(
                method, url, timeout=self.timeout, allow_redirects=False, stream=True,
                headers={"Accept": "application/json"},
            ) as answer:  # fmt: skip
                for piece in answer.iter_content(16_384):
                    data += piece
                    if len(data) > LARGEST or time.monotonic() - begun > self.timeout:
                        raise TryLater(AWAY)
                status = answer.status_code
        except requests.RequestException as fault:
            raise TryLater(AWAY) from fault
        if status >= 500 or status == 429:
            raise TryLater(AWAY)
        try:
            told = json.loads(data) if status == 200 else None
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise GaveUp(BROKEN)
        return told

    def _is_safe(self, url: object) -> bool:
        """An address over https; on this machine plain http will do, for trying things out."""
        parts = urlsplit(url) if isinstance(url, str) else urlsplit("")
        return parts.scheme == "https" or (
            parts.scheme == "http" and parts.hostname in {"127.0.0.1", "localhost", "::1"}
        )
