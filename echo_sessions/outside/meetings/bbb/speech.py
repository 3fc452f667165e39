"""Speaking to BigBlueButton: a signed question, an answer in XML that is read without believing in it.

What the checksum is made of: the call's name, the query and the shared secret, by SHA-256, which every version since 2.0
takes. An answer may be at most two megabytes and may define no document type and no entity of its own, so that it can
neither grow without end nor read a file of ours.
"""

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import requests

from echo_sessions.errors import GaveUp, TryLater

LARGEST = 2_000_000
CONNECT_SECONDS = 5.0
AWAY = "BigBlueButton does not answer."
STRANGE = "BigBlueButton answered with something that is not its XML."


class Failed(GaveUp):
    """The server said FAILED, under this key."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


class WrongSecret(Failed):
    """The server does not believe that it is we who ask."""


class Speech:
    """One server's address and secret, and the connections that are kept open to it."""

    def __init__(self, url: str, secret: str) -> None:
        base = url.rstrip("/")
        self._base = base if base.endswith("/api") else f"{base}/api"
        self._secret = secret
        self._session = requests.Session()

    def signed(self, call: str, told: Mapping[str, str]) -> str:
        """The address of this call, with its checksum: an address that opens a meeting must not be kept or logged."""
        query = urlencode(sorted(told.items()))
        proof = hashlib.sha256(f"{call}{query}{self._secret}".encode()).hexdigest()
        return f"{self._base}/{call}?{query}{'&' if query else ''}checksum={proof}"

    def ask(self, call: str, told: Mapping[str, str], *, seconds: float) -> Element:
        """The answer, when it says SUCCESS. Every call may be made twice, so a lost answer is only a matter of asking again.

        Raises TryLater when nobody answers in time, Failed with the server's own key, GaveUp when the answer is none.
        """
        begun, data = time.monotonic(), b""
        try:
            with self._session.get(
                self.signed(call, told),
                timeout=(min(CONNECT_SECONDS, seconds), seconds),
                stream=True,
                allow_redirects=False,
            ) as answer:
                for piece in answer.iter_content(16_384):
                    data += piece
                    if len(data) > LARGEST:
                        raise GaveUp(STRANGE)
                    if time.monotonic() - begun > seconds:
                        raise TryLater(AWAY)
                status = answer.status_code
        except requests.RequestException:  # its words hold the address with the checksum: they end here
            raise TryLater(AWAY) from None
        if status >= 500 or status == 429:
            raise TryLater(f"BigBlueButton answered {status}.")
        if status != 200:
            raise GaveUp(f"BigBlueButton answered {status}.")
        return _believed(read(data))


def read(data: bytes) -> Element:
    """The XML of an answer. Refuses what is not UTF-8, defines a document type or entities, or cannot be parsed."""
    try:
        text = data.decode("utf-8-sig")
        if "<!doctype" in text.lower() or "<!entity" in text.lower():
            raise GaveUp(STRANGE)
        return ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        raise GaveUp(STRANGE) from None


def _believed(answer: Element) -> Element:
    code = text_of(answer, "returncode")
    if answer.tag != "response" or code not in {"SUCCESS", "FAILED"}:
        raise GaveUp(STRANGE)
    if code == "SUCCESS":
        return answer
    key, words = text_of(answer, "messageKey"), " ".join(text_of(answer, "message").split())[:300]
    raise (WrongSecret if key == "checksumError" else Failed)(key, words or key or STRANGE)


def text_of(element: Element, path: str) -> str:
    """The words inside that part, or none."""
    return (element.findtext(path) or "").strip()


def moment_of(milliseconds: str | int | None) -> datetime | None:
    """The moment of a count of milliseconds since 1970, as the server writes all moments; None for nothing or zero."""
    try:
        count = int(milliseconds or 0)
        return datetime.fromtimestamp(count / 1000, UTC) if count > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
