"""The fixture `smtp_server`: a real mail server on this machine that the application sends to, and that keeps what it got.

It accepts everything unless told: `smtp_server.refuse("ana@clinic.test", "550 5.1.1 Unknown")` answers the next letter
to that address so, `drop(…)` hangs up before taking it, `take_and_drop(…)` takes it and hangs up without a word.
"""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from echo_sessions.outside.smtp import Smtp
from tests.outside.mail_server import Inbox, serving

DROP, TAKE_AND_DROP = "drop", "take and drop"


class MailServer(Inbox):
    """Keeps letters; answers, per address, as it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self._orders: dict[str, list[str]] = {}

    @property
    def url(self) -> str:
        """The address for ECHO_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def refuse(self, address: str, words: str, *, times: int = 1) -> None:
        """Answer the next letters to this address with these words, such as `452 4.2.2 Mailbox full`."""
        self._orders.setdefault(address, []).extend([words] * times)

    def drop(self, address: str, *, times: int = 1) -> None:
        """Hang up on the next letters to this address before they are taken."""
        self.refuse(address, DROP, times=times)

    def take_and_drop(self, address: str) -> None:
        """Take the next letter to this address, and hang up without saying so."""
        self.refuse(address, TAKE_AND_DROP)

    def delivered(self, to: str | None = None) -> list[EmailMessage]:
        """What was taken, parsed, in order; only to one address if it is given."""
        return [
            cast(EmailMessage, message_from_bytes(letter.content or b"", policy=policy.default))  # type: ignore[arg-type]  # the stubs only know str
            for letter in list(self.letters)
            if to is None or to in letter.rcpt_tos
        ]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        orders = self._orders.get(address, [])
        if orders and orders[0] == DROP:
            orders.pop(0)
            server.transport.abort()
        elif orders and orders[0] != TAKE_AND_DROP:
            return orders.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.letters.append(envelope)
        orders = self._orders.get(envelope.rcpt_tos[0], [])
        if orders and orders[0] == TAKE_AND_DROP:
            orders.pop(0)
            server.transport.abort()
        return f"250 2.0.0 Kept as number {len(self.letters)}"


@pytest.fixture
def smtp_server(app: Flask) -> Iterator[MailServer]:
    """The mail server that the application under test sends to, empty for each test."""
    mail_server, before = MailServer(), app.extensions["smtp"]
    with serving(mail_server) as mail_server.port:
        app.extensions["smtp"] = Smtp(mail_server.url, timeout=10)
        yield mail_server
        app.extensions["smtp"].close()
    app.extensions["smtp"] = before
