"""Not faster than the smallest paid plan allows: within one process calls of one label keep a distance."""

import threading
import time

from echo_sessions.outside.meetings.zoom.operations import HEAVY, LIGHT, MEDIUM

A_SECOND = {LIGHT: 25.0, MEDIUM: 16.0, HEAVY: 8.0}
"""Somewhat below Zoom's figures for the plan Pro (30, 20, 10); what other processes do besides, its 429 tells."""


class Pace:
    """Gives each call its turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, label: str, most: float) -> bool:
        """Wait for one's turn; False, at once, when that would take longer than so many seconds."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(label, now))
            if turn - now > most:
                return False
            self._next[label] = turn + 1 / A_SECOND.get(label, 10.0)
        time.sleep(max(0.0, turn - now))
        return True
