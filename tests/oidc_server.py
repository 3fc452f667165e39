"""A real provider of sign-in (OpenID Connect) on this machine: discovery, keys, authorisation, tokens, over HTTP.

It is right unless told: `provider.fault = "wrong nonce"` makes the next answers wrong in one way. The browser's part is
`provider.visit(address)`: what a browser gets when it is sent there, with the person signed in who is named in `who`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "echo", "a secret of the client"


@dataclass
class OidcServer:
    """The provider, and what it was asked."""

    url: str = ""
    who: dict[str, Any] = field(
        default_factory=lambda: {"sub": "u-1", "email": "grace@clinic.test", "email_verified": True}
    )
    fault: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    asked: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    leave: threading.Event = field(default_factory=threading.Event)

    def visit(self, address: str) -> str:
        """The person signs in at the provider: where the browser is sent back to."""
        told = dict(parse_qsl(urlsplit(address).query))
        assert address.startswith(self.url + "/authorize?") and told["client_id"] == CLIENT
        assert told["code_challenge_method"] == "S256" and told["response_type"] == "code"
        if self.fault == "denied":
            return told["redirect_uri"] + "?" + urlencode({"error": "access_denied", "state": told["state"]})
        code = secrets.token_urlsafe(16)
        self._codes[code] = told
        return told["redirect_uri"] + "?" + urlencode({"code": code, "state": told["state"]})

    def rotate(self) -> None:
        """New keys from now on; the old ones are published no more."""
        self.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})

    def answer(self, method: str, path: str, body: bytes, headers: Any) -> tuple[int, dict[str, str], bytes]:
        """One request."""
        self.asked.append(f"{method} {path}")
        if self.fault == "slow":
            self.leave.wait(30)
        if self.fault == "broken":
            return 200, {}, b"<html>Maintenance</html>"
        if self.fault == "error":
            return 503, {}, b"{}"
        if self.fault == "endless":
            return 200, {}, b"[" + b"1," * 500_000 + b"1]"
        if self.fault == "elsewhere":
            return 302, {"Location": "http://127.0.0.1:9/"}, b""
        if path == "/.well-known/openid-configuration":
            return 200, {}, json.dumps(self._metadata()).encode()
        if path == "/keys":
            return 200, {}, json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()
        if method == "POST" and path == "/token":
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()}, headers)
        return 404, {}, b"{}"

    def _metadata(self) -> dict[str, Any]:
        issuer = "https://login.evil.test" if self.fault == "other metadata" else self.url
        token = "http://login.evil.test/token" if self.fault == "plain http" else self.url + "/token"
        return {
            "issuer": issuer, "authorization_endpoint": self.url + "/authorize", "token_endpoint": token,
            "jwks_uri": self.url + "/keys",
        }  # fmt: skip

    def _token(self, told: dict[str, str], headers: Any) -> tuple[int, dict[str, str], bytes]:
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.get(told.get("code", ""))
        proof = base64.urlsafe_b64encode(hashlib.sha256(told.get("code_verifier", "").encode()).digest()).rstrip(b"=")
        if headers.get("Authorization") != basic or asked is None or asked["code_challenge"] != proof.decode():
            return 400, {}, b'{"error": "invalid_grant"}'
        if asked["redirect_uri"] != told["redirect_uri"]:
            return 400, {}, b'{"error": "invalid_grant"}'
        del self._codes[told["code"]]
        answer = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
        if self.fault != "no token":
            answer["id_token"] = self._signed(asked["nonce"])
        return 200, {}, json.dumps(answer).encode()

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.who}
        wrong = {
            "wrong nonce": {"nonce": "another"}, "wrong aud": {"aud": "somebody else"}, "expired": {"exp": now - 3600},
            "other issuer": {"iss": "https://login.evil.test"}, "two aud": {"aud": [CLIENT, "other"], "azp": "other"},
            "of tomorrow": {"iat": now + 86_400}, "no subject": {"sub": None}, "long subject": {"sub": "x" * 300},
        }  # fmt: skip
        claims |= wrong.get(self.fault, {})
        if self.fault == "no nonce":
            del claims["nonce"]
        if self.fault == "no expiry":
            del claims["exp"]
        if self.fault == "alg none":
            parts = (json.dumps(part).encode() for part in ({"alg": "none", "kid": "one"}, claims))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        if self.fault == "signed with our secret":
            return str(
                jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET * 2), algorithms=["HS256"])
            )
        if self.fault == "signed with the public key":
            public = self.key.as_pem(private=False)
            return _hmac_with(public, claims)
        key = RSAKey.generate_key(2048, {"kid": "one"}) if self.fault == "another's key" else self.key
        token = str(jwt.encode({"alg": "RS256", "kid": key.kid or "one"}, claims, key))
        return token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB") if self.fault == "changed" else token


def _hmac_with(key: bytes, claims: dict[str, Any]) -> str:
    """The old trick: the public key as a shared secret."""
    import hmac

    parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "one"}, claims))
    said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    proof = base64.urlsafe_b64encode(hmac.digest(key, said, hashlib.sha256)).rstrip(b"=")
    return (said + b"." + proof).decode()


@contextmanager
def serving() -> Iterator[OidcServer]:
    """The provider on a free port of this machine."""
    provider = OidcServer()

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, data = provider.answer(self.command, self.path, body, self.headers)
            try:
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(data)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except (BrokenPipeError, ConnectionResetError):
                pass

        do_GET = do_POST = _do

        def log_message(self, format: str, *args: Any) -> None:
            """No line for each request."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="oidc")
    thread.start()
    try:
        yield provider
    finally:
        provider.leave.set()
        server.shutdown()
        thread.join(10)
        server.server_close()
