"""A passkey in software, for tests that forge its answers: one key pair, which signs what it is told to."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, CHECKED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """Answers as a browser at `origin` would hand them on."""

    origin: str = "https://echo.test"
    rp_id: str = "echo.test"
    checks_owner: bool = True
    count: int = 0
    handle: str = ""
    number: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        public = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: public.x.to_bytes(32, "big"), -3: public.y.to_bytes(32, "big")})
        told = self._data(WITH_KEY) + bytes(16) + len(self.number).to_bytes(2, "big") + self.number + cose
        return self._answer(
            clientDataJSON=bytes_to_base64url(self._client("webauthn.create", options)),
            attestationObject=bytes_to_base64url(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": told})),
        )

    def use(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.count += 1
        told, client = self._data(), self._client("webauthn.get", options)
        signature = self.key.sign(told + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=bytes_to_base64url(client), authenticatorData=bytes_to_base64url(told),
            signature=bytes_to_base64url(signature), userHandle=self.handle,
        )  # fmt: skip

    def _data(self, flags: int = 0) -> bytes:
        flags |= PRESENT | (CHECKED if self.checks_owner else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        challenge = bytes_to_base64url(base64url_to_bytes(options["challenge"]))
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: str) -> str:
        number = bytes_to_base64url(self.number)
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})
