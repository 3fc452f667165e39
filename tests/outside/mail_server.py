"""A real mail server for tests, on a free port of this machine, that accepts, refuses or hangs up as told."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Inbox:
    """An aiosmtpd handler that keeps what it accepts; the first word of an address says what else to do."""

    def __init__(self) -> None:
        self.letters: list[Envelope] = []
        self.sessions: list[Session] = []
        self.hang_up_next = False

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions.append(session)
        return responses

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.hang_up_next:
            self.hang_up_next = False
            server.transport.close()
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("unknown"):
            return "550 5.1.1 No such person here"
        if address.startswith("busy"):
            return "452 4.2.2 Mailbox full, come back tomorrow"
        if address.startswith("lost"):
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if b"unwanted" in (envelope.content or b""):
            return "554 5.7.1 We do not want this"
        if b"later" in (envelope.content or b""):
            return "421 4.7.0 Too many letters for today"
        self.letters.append(envelope)
        return f"250 Kept as number {len(self.letters)}"


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and data == LoginPassword(b"echo", b"s3cret/@")
    words = None if known else "535 5.7.8 Who is echo with s3cret/@ or AGVjaG8AczNjcmV0L0A=?"
    return AuthResult(success=known, handled=False, message=words)


@contextmanager
def serving(
    inbox: Inbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any
) -> Iterator[int]:
    """Serve in a thread until the block ends; gives the port."""
    loop = asyncio.new_event_loop()

    def session() -> SMTP:
        return SMTP(inbox, tls_context=starttls, authenticator=_knows, loop=loop, **options)

    # The loop only ever runs in the thread: a browser test's own loop may be running in this one.
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_begun(loop, session, tls), loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _begun(loop: asyncio.AbstractEventLoop, session: Any, tls: ssl.SSLContext | None) -> asyncio.Server:
    return await loop.create_server(session, "127.0.0.1", 0, ssl=tls)


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
