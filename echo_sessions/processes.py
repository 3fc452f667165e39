"""Starting the production processes."""

import os
import sys

from echo_sessions.config import ROOT


def gunicorn_words(*, bind: str, workers: int) -> list[str]:
    """The command line of the web server: threads, since pages wait for the database, and more of them than pages are read at
    a time, since a meeting provider does not wait behind four pages."""
    return [
        sys.executable, "-m", "gunicorn", "--chdir", str(ROOT), "--bind", bind, "--workers", str(workers), "--threads", "8",
        "--worker-class", "gthread", "--graceful-timeout", "20", "--log-level", "warning", "wsgi:app",
    ]  # fmt: skip


def serve(*, bind: str, workers: int) -> None:
    """Become the web server; does not return."""
    words = gunicorn_words(bind=bind, workers=workers)
    os.execv(words[0], words)
