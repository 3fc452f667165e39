"""Asking Zoom: with the token of all, at the pace of all, again where that is safe, and with every refusal made a fault.

A request that may have been carried out, and would be carried out twice if it were sent again, is never sent again: its
caller hears `LostReply` and looks what there is.
"""

import random
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from echo_sessions import clock
from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.meetings import HostSpent, LostReply
from echo_sessions.outside.meetings.zoom import limits, refusals
from echo_sessions.outside.meetings.zoom.memory import Memory, Token
from echo_sessions.outside.meetings.zoom.operations import Operation
from echo_sessions.outside.meetings.zoom.pace import Pace
from echo_sessions.outside.meetings.zoom.tokens import Tokens
from echo_sessions.outside.meetings.zoom.values import mapping, text
from echo_sessions.outside.meetings.zoom.wire import Answer, NoAnswer, Wire

JOB_SECONDS = 50.0
"""So long one question may take in a job, with all its waiting."""
ERRAND_SECONDS = 90.0
"""So long all questions of one errand may take together: well within the lease of the meeting it is about."""
REQUEST_SECONDS = 25.0
DOOR_SECONDS = 3.8
"""So long in all while somebody stands at the door."""
ATTEMPTS = 3
MOST_LIMITS = 5
TOO_SLOW = frozenset({408, 425})
LONGEST_WAIT = 20.0
"""A pause that takes longer is not sat out: the job comes back."""
PAGE_SIZE = "300"
PAGE_TOKEN_SECONDS = 14 * 60
MOST_PAGES = 400
SILENT = "Zoom does not answer."
LOST = "Zoom's answer was lost; what was asked may have been done."
BUSY = "Zoom asks for patience: too many calls."
UNSIGNED = "Zoom does not accept our sign-in at the moment."
UNREADABLE = "Zoom answered in a way that cannot be read."


class _Aged(Exception):
    """The mark of the next page is too old to be used."""


class RegistrantSpent(LostReply):
    """Somebody was added too often today, or changed: Zoom says no to the call, for the sake of that one. Whoever was added
    so often is known to it: so it is a lost answer, to be looked up."""


class Deadline:
    """By when something is over: for a job, or for somebody who stands at the door and waits."""

    def __init__(self, seconds: float, *, hurried: bool = False) -> None:
        self.ends = time.monotonic() + seconds
        self.hurried = hurried

    @classmethod
    def job(cls) -> "Deadline":
        return cls(JOB_SECONDS)

    @classmethod
    def errand(cls) -> "Deadline":
        return cls(ERRAND_SECONDS)

    @classmethod
    def door(cls) -> "Deadline":
        return cls(DOOR_SECONDS, hurried=True)

    @property
    def left(self) -> float:
        return max(0.0, self.ends - time.monotonic())


class Talker:
    """One conversation with Zoom for a whole process."""

    def __init__(self, memory: Memory, *, oauth_url: str, api_url: str) -> None:
        self._memory, self._api_url = memory, api_url
        self._by_hand = urlsplit(api_url).hostname != "api.zoom.us"
        self._wire, self._pace = Wire(), Pace()
        self.tokens = Tokens(memory, self._wire, oauth_url)

    def ask(
        self, operation: Operation, *values: str, params: Mapping[str, str] | None = None, body: Any = None, host: str = "",
        within: Deadline | None = None,
    ) -> Mapping[str, Any]:  # fmt: skip
        """What Zoom answers; nothing where its answer has no body. `host` is whose day it counts on.

        Raises TryLater (and its kinds LostReply, HostSpent) or GaveUp (and its kinds); see `refusals`.
        """
        within = within or Deadline.job()
        path, renewed, silences, limited = operation.at(*values), False, 0, 0
        while True:
            self._wait_turn(operation, host, within)
            token = self.tokens.current(seconds=within.left)
            answer = self._send(operation, path, params, body, token, within)
            if answer is not None and 200 <= answer.status < 300 and _complete(operation, answer):
                self._memory.count(operation.label)
                return mapping(answer.body)
            self._memory.count(operation.label, failed=True, limited=answer is not None and answer.status == 429)
            if answer is None or answer.status >= 500 or answer.status < 400 or answer.status in TOO_SLOW:
                silences += 1
                self._again_after_silence(operation, answer, silences, within)
            elif answer.status == 429:
                limited += 1
                self._note_limit(operation, host, answer)
                if limited >= MOST_LIMITS:
                    raise TryLater(BUSY, after_seconds=15)
            elif answer.status == 401 and not refusals.is_about_scopes(answer.status, answer.body):
                if renewed:
                    raise TryLater(UNSIGNED, after_seconds=60)
                self.tokens.instead_of(token, seconds=within.left)
                renewed = True
            elif answer.body is None:
                raise TryLater(f"{UNREADABLE} ({answer.status})")
            else:
                raise refusals.fault(answer.status, answer.body, operation)

    def pages(
        self,
        operation: Operation,
        *values: str,
        params: Mapping[str, str] | None = None,
        within: Deadline | None = None,
    ) -> list[Mapping[str, Any]]:
        """All pages of a list, to the empty mark; begun anew when the mark has aged meanwhile."""
        for _ in range(ATTEMPTS):
            try:
                return list(self._walk(operation, values, dict(params or {}), within))
            except _Aged:
                continue
        raise TryLater(UNREADABLE)

    def granted(self, *, anew: bool = False) -> tuple[str, ...] | None:
        """What the administrator granted, as the sign-in told; None when it did not say. A new token tells it `anew`."""
        token = self.tokens.current()
        return self.tokens.instead_of(token).scopes if anew else token.scopes

    def _walk(
        self, operation: Operation, values: tuple[str, ...], params: dict[str, str], within: Deadline | None
    ) -> Iterator[Mapping[str, Any]]:
        following, asked = "", time.monotonic()
        for _ in range(MOST_PAGES):
            if following and time.monotonic() - asked > PAGE_TOKEN_SECONDS:
                raise _Aged
            more = {"next_page_token": following} if following else {}
            asked = time.monotonic()
            try:
                page = self.ask(operation, *values, params={**params, "page_size": PAGE_SIZE, **more}, within=within)
            except refusals.Refusal as fault:
                if following and fault.about_pages:
                    raise _Aged from None
                raise
            yield page
            following = text(page.get("next_page_token"))
            if not following:
                return
        raise GaveUp(f"Zoom's list does not end after {MOST_PAGES} pages.")

    def _send(
        self,
        operation: Operation,
        path: str,
        params: Mapping[str, str] | None,
        body: Any,
        token: Token,
        within: Deadline,
    ) -> Answer | None:
        """The answer; None when there is none, yet it may be asked for again."""
        ends = min(within.ends, time.monotonic() + REQUEST_SECONDS)
        url = self._base(token) + path
        try:
            return self._wire.send(operation.method, url, params=params, body=body, bearer=token.value, ends=ends)
        except NoAnswer as fault:
            if fault.sent and not operation.repeats:
                self._memory.count(operation.label, failed=True)
                raise LostReply(LOST) from None
            return None

    def _base(self, token: Token) -> str:
        """Where the account is at home. An address that the deployment gave by hand does not give way to Zoom's own."""
        if not token.api_url:
            return self._api_url
        host = urlsplit(token.api_url).hostname or ""
        if self._by_hand and (host == "zoom.us" or host.endswith(".zoom.us")):
            return self._api_url
        return token.api_url

    def _wait_turn(self, operation: Operation, host: str, within: Deadline) -> None:
        """Until Zoom's pauses are over and it is this process's turn; not while somebody waits."""
        sat_out = None
        while True:
            if operation.by_day and host:
                spent = self._memory.until(_host_key(host))
                if spent is not None:
                    raise HostSpent(BUSY, after_seconds=_seconds_until(spent))
            paused = self._memory.until(operation.label)
            if paused is None or paused == sat_out:
                break
            seconds = (paused - clock.now()).total_seconds() + random.uniform(0.01, 0.25)
            if seconds > (0.5 if within.hurried else LONGEST_WAIT) or seconds > within.left:
                raise TryLater(BUSY, after_seconds=_seconds_until(paused))
            time.sleep(max(0.0, seconds))
            sat_out = paused
        if not self._pace.wait(operation.label, 1.0 if within.hurried else within.left):
            raise TryLater(BUSY, after_seconds=5)

    def _again_after_silence(
        self, operation: Operation, answer: Answer | None, silences: int, within: Deadline
    ) -> None:
        """Wait a little before the next attempt, or raise: what may have been carried out is not sent again."""
        if answer is not None and not operation.repeats:
            raise LostReply(f"{LOST} ({answer.status})")
        wait = random.uniform(0.2, 0.5) * 2**silences
        if within.hurried or silences >= ATTEMPTS or wait > within.left:
            raise TryLater(SILENT if answer is None else f"{SILENT} ({answer.status})")
        time.sleep(wait)

    def _note_limit(self, operation: Operation, host: str, answer: Answer) -> None:
        """A 429: tell everybody whom it concerns, and raise where it lasts longer than a moment. Nothing was carried out."""
        limit = limits.limit(refusals.said(answer.body).message, answer.headers, clock.now())
        after = _seconds_until(limit.until)
        if limit.whose is limits.Whose.HOST:
            if host:
                self._memory.pause(_host_key(host), limit.until)
            raise HostSpent(BUSY, after_seconds=after)
        if limit.whose is limits.Whose.REGISTRANT:
            raise TryLater(BUSY, after_seconds=after) if operation.repeats else RegistrantSpent(BUSY)
        self._memory.pause(operation.label, limit.until)
        if limit.whose is not limits.Whose.MOMENT:
            raise TryLater(BUSY, after_seconds=after)


def _complete(operation: Operation, answer: Answer) -> bool:
    """Whether there is a body where there must be one."""
    return isinstance(answer.body, dict) or operation.method in {"PUT", "PATCH", "DELETE"}


def _host_key(host: str) -> str:
    return f"host:{host}"


def _seconds_until(moment: datetime) -> int:
    return max(1, int((moment - clock.now()).total_seconds()) + 1)
