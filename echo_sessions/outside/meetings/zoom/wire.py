"""One request to Zoom and its answer, bounded in time and size. It knows nothing of what is asked.

What matters to the caller when there is no answer is whether the request can have arrived.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

CONNECT_SECONDS = 5.0
LARGEST = 30_000_000
_NEVER_SENT = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class NoAnswer(Exception):
    """Nothing came back that could be read. `sent`: the request may have arrived and been carried out."""

    def __init__(self, *, sent: bool) -> None:
        super().__init__("no answer, perhaps carried out" if sent else "no answer, surely not carried out")
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """`body` is what was JSON in it; None for everything else, such as a page of HTML, or no body at all."""

    status: int
    headers: Mapping[str, str]
    body: Any = field(default=None, repr=False)


class _Bearer(requests.auth.AuthBase):
    """The token goes into the header here, so that a `.netrc` of the machine cannot put another one there."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._value}"
        return request


class Wire:
    """Connections that are kept open between calls, shared by the threads of a process."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=16, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def send(
        self, method: str, url: str, *, ends: float, params: Mapping[str, str] | None = None, body: Any = None,
        form: Mapping[str, str] | None = None, bearer: str | None = None, basic: tuple[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """One request, once. `ends` is the moment, on the monotonic clock, by which all of it is over."""
        left = ends - time.monotonic()
        if left <= 0.05:
            raise NoAnswer(sent=False)
        auth = _Bearer(bearer) if bearer is not None else basic
        try:
            with self._session.request(
                method, url, params=params, json=body, data=form, auth=auth, stream=True, allow_redirects=False,
                timeout=(min(CONNECT_SECONDS, left), left), headers={"Accept": "application/json"},
            ) as answer:  # fmt: skip
                raw = _read(answer, ends)
                return Answer(answer.status_code, dict(answer.headers), _json(raw))
        except requests.RequestException as fault:
            raise NoAnswer(sent=not _never_sent(fault)) from None


def _read(answer: requests.Response, ends: float) -> bytes:
    """The whole body; one that is too long or too slow is no answer, though the request surely arrived."""
    pieces, size = [], 0
    for piece in answer.iter_content(65_536):
        pieces.append(piece)
        size += len(piece)
        if size > LARGEST or time.monotonic() > ends:
            raise NoAnswer(sent=True)
    return b"".join(pieces)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw.strip() else None
    except (ValueError, RecursionError):
        return None


def _never_sent(fault: requests.RequestException) -> bool:
    """Whether no byte of the request can have left: the connection was never there."""
    if isinstance(fault, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    reason = fault.args[0] if fault.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, _NEVER_SENT)
