"""Letters to a mail server, one at a time, over a line that is kept open between them.

The server's answer decides: it asks for patience (`TryLater`) or refuses for good (`GaveUp`). Trouble with the
line itself, a wrong password included, is never a letter's fault: the letter waits until that is mended.
"""

import base64
import os
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from echo_sessions.errors import BadInput, GaveUp, TryLater
from echo_sessions.words import msgid

PORTS = {"smtp": 25, "smtps": 465}
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


@dataclass
class _Line:
    """One thread's open connection, the process that opened it, and when it was last used."""

    client: smtplib.SMTP
    process: int
    used: float


class Smtp:
    """A mail server given as `smtp(s)://user:password@host:port`, user and password percent-encoded.

    `smtps` speaks TLS from the start; `smtp` changes to TLS when the server offers it, and sends a password
    in clear to nobody but this very machine. Each thread keeps a line of its own for up to `idle_seconds`.
    `timeout` is in seconds, for each answer of the server.
    """

    def __init__(self, url: str, *, timeout: float = 30, idle_seconds: float = 60) -> None:
        parts = _parts(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout
        self._idle_seconds = idle_seconds
        self._kept = threading.local()

    def __repr__(self) -> str:
        return f"Smtp({'smtps' if self._tls else 'smtp'}://{self._host}:{self._port})"

    def send(self, data: bytes, *, sender: str, to: str) -> str:
        """Hand a finished letter over for one reader; answers with the server's own words.

        Raises `TryLater` for a 4xx, a lost or refused line and silence, `GaveUp` for a 5xx.
        """
        client = self._line()
        with self._told(about_letter=True):
            _accepted(*client.mail(_envelope(sender), _options(client, data, sender, to)))
            _accepted(*client.rcpt(_envelope(to)))
            words = _accepted(*client.data(_BARE_END.sub(b"\r\n", data)))
        self._kept.line.used = time.monotonic()
        return self._hidden(words)

    def check(self) -> str:
        """Connect, sign in and say NOOP: the server's words, or `TryLater` with what is wrong."""
        client = self._line()
        with self._told(about_letter=False):
            return self._hidden(_accepted(*client.noop()))

    def close(self) -> None:
        """Hang up this thread's line politely, if it has one."""
        line = self._taken()
        if line is not None and line.process == os.getpid():
            try:
                line.client.quit()
            except (smtplib.SMTPException, OSError):
                line.client.close()

    def _line(self) -> smtplib.SMTP:
        """The kept line if the server still answers on it, else a new one."""
        line = self._taken()
        if line is not None and line.process == os.getpid():
            fresh = time.monotonic() - line.used < self._idle_seconds
            if fresh and _answers(line.client):
                self._kept.line = line
                return line.client
            line.client.close()
        with self._told(about_letter=False):
            client = self._connect()
        self._kept.line = _Line(client, os.getpid(), time.monotonic())
        return client

    def _taken(self) -> _Line | None:
        """This thread's line, which it no longer keeps."""
        line: _Line | None = getattr(self._kept, "line", None)
        self._kept.line = None
        return line

    def _connect(self) -> smtplib.SMTP:
        """A new line: greeted, encrypted where possible, signed in."""
        tls = ssl.create_default_context()
        client = (
            smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=tls)
            if self._tls
            else smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        )
        try:
            client.ehlo_or_helo_if_needed()
            encrypted = self._tls or client.has_extn("starttls")
            if encrypted and not self._tls:
                client.starttls(context=tls)
            if self._user:
                self._sign_in(client, encrypted)
        except BaseException:
            client.close()
            raise
        return client

    def _sign_in(self, client: smtplib.SMTP, encrypted: bool) -> None:
        if not encrypted and self._host not in THIS_MACHINE:
            raise TryLater(f"{self._host} offers no encryption, so the password was not sent; use smtps://")
        client.login(self._user, self._password)

    @contextmanager
    def _told(self, *, about_letter: bool) -> Iterator[None]:
        """smtplib's many exceptions as our two, credentials gone from words and causes alike.

        Only while the server speaks about a letter is a 5xx final; a line that broke is not kept.
        """
        told: TryLater | GaveUp
        try:
            yield
            return
        except smtplib.SMTPResponseException as answer:
            words = self._hidden(f"{answer.smtp_code} {_one_line(answer.smtp_error)}")
            told = GaveUp(words) if about_letter and answer.smtp_code >= 500 else TryLater(words)
        except (smtplib.SMTPException, OSError) as trouble:
            self._drop()
            told = TryLater(f"{self._host}:{self._port}: {self._hidden(str(trouble) or type(trouble).__name__)}")
        raise told from None

    def _drop(self) -> None:
        line = self._taken()
        if line is not None:
            line.client.close()

    def _hidden(self, words: str) -> str:
        """The words without the credentials in any form that a server might repeat."""
        plain = f"\0{self._user}\0{self._password}"
        secrets = {self._password, self._user, *map(_base64, (plain, self._user, self._password))}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            words = words.replace(secret, "***")
        return words


_BARE_END = re.compile(rb"\r\n|\r|\n")


def _parts(url: str) -> SplitResult:
    """The address of the server, or a `BadInput` that does not repeat it: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadInput(msgid("ECHO_SMTP_URL is no address: write smtp(s)://user:password@host:port.")) from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise BadInput(
            msgid("ECHO_SMTP_URL must be smtp(s)://user:password@host:port, user and password percent-encoded.")
        )
    if not unquote(f"{parts.username}{parts.password}").isascii():
        raise BadInput(
            msgid("The user and password of ECHO_SMTP_URL must be plain ASCII; mail servers know nothing else.")
        )
    return parts


def _answers(client: smtplib.SMTP) -> bool:
    """Whether the server is still there; RSET also clears what an earlier, refused letter left behind."""
    try:
        return client.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _accepted(code: int, words: bytes) -> str:
    """The server's words if they mean yes."""
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, words)
    return f"{code} {_one_line(words)}"


def _options(client: smtplib.SMTP, data: bytes, sender: str, to: str) -> list[str]:
    """The ESMTP options this letter needs; `GaveUp` where the server cannot carry such an address."""
    options = [f"size={len(data)}"] if client.has_extn("size") else []
    if not data.isascii() and client.has_extn("8bitmime"):
        options.append("body=8bitmime")
    if not (_envelope(sender) + _envelope(to)).isascii():
        if not client.has_extn("smtputf8"):
            raise GaveUp("The mail server cannot send to or from addresses with letters outside ASCII (no SMTPUTF8).")
        options.append("smtputf8")
    return options


def _envelope(address: str) -> str:
    """The address for the envelope: its domain in ASCII, so that only a part before the @ can need SMTPUTF8."""
    if not address.isprintable() or "@" not in address:
        raise GaveUp("An address must be like name@example.org, on one line.")
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise GaveUp("The domain of the address cannot exist: its letters have no form for mail servers.") from None


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _one_line(words: bytes | str) -> str:
    """A server's words, whatever their encoding and number of lines."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.split())
