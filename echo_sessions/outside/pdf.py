"""PDFs from web pages, made by one long-lived child process that may die without taking anybody along."""

import json
import os
import select
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path

from echo_sessions.errors import GaveUp, TryLater
from echo_sessions.outside.pdf_child import FRAME, Kind

COMMAND = (sys.executable, "-m", "echo_sessions.outside.pdf_child")
HOME = Path(__file__).resolve().parents[2]
START_SECONDS = 60
"""The engine takes one second to start, more on a busy machine; this is when to stop hoping."""


@dataclass(frozen=True)
class Health:
    """What the doctor says: sentences about the engine, and scripts in which no name can be printed."""

    problems: list[str]
    scripts_without_font: list[str]


class PdfMaker:
    """Turns a self-contained HTML page into a tagged PDF; safe to share between threads, which take turns.

    The child is started when first needed, replaced after `renders` pages (its memory grows slowly), and killed
    when it takes longer than `timeout` seconds for one page or when this process ends.
    """

    def __init__(self, *, timeout: float = 30, renders: int = 2000) -> None:
        self._timeout = timeout
        self._renders = renders
        self._turn = threading.Lock()
        self._child: _Child | None = None

    def render(self, html: str, *, lang: str, title: str, variant: str | None = "pdf/ua-1") -> bytes:
        """The page as PDF, with this title and language in its properties.

        Raises `GaveUp` where the page itself is at fault (a letter in no font, a file that it refers to), and
        `TryLater` where the child died or took too long: the next call starts another.
        """
        page = {"html": html, "lang": lang, "title": title, "variant": variant, "seconds": self._timeout}
        with self._turn:
            kind, body = self._ask(json.dumps(page).encode())
        if kind is Kind.PDF:
            return body
        words = body.decode()
        raise GaveUp(words) if kind is Kind.REFUSED else TryLater(words)

    def available(self) -> list[str]:
        """What keeps PDFs from being made well on this machine, in sentences; empty when all is there."""
        return self.health().problems

    def health(self) -> Health:
        """A look at libraries and fonts, by a child of its own."""
        try:
            done = subprocess.run((*COMMAND, "--check"), cwd=HOME, capture_output=True, timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            return Health([f"The PDF engine did not start within {START_SECONDS} seconds."], [])
        if done.returncode < 0:
            return Health(
                [f"The PDF engine dies ({_ending(done.returncode)}): install fonts, such as fonts-noto-core."], []
            )
        if done.returncode > 0:
            last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            return Health([f"The PDF engine does not start: {last}"], [])
        found = json.loads(done.stdout)
        return Health(found["problems"], found.get("scripts_without_font", []))

    def close(self) -> None:
        """End the child, if there is one; a later `render` starts another."""
        with self._turn:
            self._end()

    def _ask(self, request: bytes) -> tuple[Kind, bytes]:
        """One request and its answer. After anything unusual, an interruption too, the child is not used again."""
        try:
            child = self._ready_child()
            answer = child.ask(request, time.monotonic() + self._timeout)
        except TimeoutError:
            self._end()
            raise TryLater(f"The PDF was not made within {self._timeout:g} seconds.") from None
        except (EOFError, BrokenPipeError):
            raise TryLater(f"The PDF engine died ({_ending(self._end(dying=True))}).") from None
        except BaseException:
            self._end()
            raise
        if answer[0] is Kind.BROKEN:
            self._end()
        return answer

    def _ready_child(self) -> "_Child":
        """The child in use, or a new one after a fork, after its many pages, or when it died meanwhile."""
        if self._child is not None and not self._child.usable(self._renders):
            self._end()
        if self._child is None:
            self._child = _Child()
            kind, words = self._child.answer(time.monotonic() + START_SECONDS)
            if kind is Kind.BROKEN:
                raise TryLater(words.decode())
        return self._child

    def _end(self, *, dying: bool = False) -> int | None:
        """Kill the child; answers with how it ended by itself, if it did."""
        child, self._child = self._child, None
        return child.end(patience=5 if dying else 0) if child else None


class _Child:
    """The process and its two pipes, read and written with a limit of time, never waiting for good."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(COMMAND, cwd=HOME, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdin and self._process.stdout
        self._to, self._from = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._to, False)
        os.set_blocking(self._from, False)
        self._owner = os.getpid()
        self._asked = 0
        self._end_once = weakref.finalize(self, _kill, self._process, self._owner)

    def usable(self, renders: int) -> bool:
        """Whether it lives, is ours and is not worn out."""
        return self._owner == os.getpid() and self._asked < renders and self._process.poll() is None

    def ask(self, request: bytes, deadline: float) -> tuple[Kind, bytes]:
        """Send a request whole and read its answer; `TimeoutError`, `EOFError` or `BrokenPipeError` if it cannot be."""
        self._asked += 1
        rest = memoryview(FRAME.pack(Kind.REQUEST.value, len(request)) + request)
        while rest:
            _wait(self._to, select.POLLOUT, deadline)
            rest = rest[os.write(self._to, rest) :]
        return self.answer(deadline)

    def answer(self, deadline: float) -> tuple[Kind, bytes]:
        """The next frame."""
        kind, size = FRAME.unpack(self._read(FRAME.size, deadline))
        return Kind(kind), self._read(size, deadline)

    def end(self, *, patience: float) -> int | None:
        """Kill it if it still runs after so many seconds; else its exit code, negative for a signal."""
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self._end_once()

    def _read(self, size: int, deadline: float) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            _wait(self._from, select.POLLIN, deadline)
            part = os.read(self._from, size - len(parts))
            if not part:
                raise EOFError
            parts += part
        return bytes(parts)


def _wait(pipe: int, event: int, deadline: float) -> None:
    """Until the pipe is ready or its other end gone; `TimeoutError` at the deadline."""
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _kill(process: subprocess.Popen[bytes], owner: int) -> None:
    """End the child for good. A process that was forked from the owner only lets go of the pipes."""
    if owner == os.getpid():
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _ending(code: int | None) -> str:
    """How a process ended, for people who read logs."""
    if code is None:
        return "for no known reason"
    return f"signal {-code}" if code < 0 else f"exit {code}"
