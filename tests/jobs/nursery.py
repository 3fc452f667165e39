"""`python -m tests.jobs.nursery`: starts real workers on command, quickly, for the test that kills them.

The application is built once from the environment; each `start` forks a process that serves, and `wait PID` tells how
one ended. No connection is open when it forks.
"""

import os
import sys
import time
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from echo_sessions import create_app
from echo_sessions.audit import service as audit
from echo_sessions.database import db, transaction
from echo_sessions.files.models import File
from echo_sessions.jobs import worker
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service as mail
from echo_sessions.mail.rules import Message

LEASE = timedelta(seconds=2)
SWEEP_SECONDS = 0.2
WORK_SECONDS = 0.15


@handler("test.deed")
def deed(payload: dict[str, Any], now: datetime) -> None:
    """Note that it began; then, once however often it runs, a row and a letter in one transaction."""
    name = f"T-{payload['number']}"
    with transaction():
        audit.record(None, "deed begun", name, at=now)
    time.sleep(WORK_SECONDS)
    with transaction():
        if db.session.scalar(select(File.id).where(File.key == name)) is None:
            db.session.add(File(key=name, sha256="0" * 64, size=payload["number"], type="text/plain", kept_at=now))
            letter = Message(
                kind="test/deed",
                to=f"{name.lower()}@clinic.test",
                to_name="Ana",
                subject=name,
                text=f"Done: {name}\n",
                html=f"<p>{name}</p>",
            )
            mail.queue(letter, now=now, from_name="Hub", key=name)


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main() -> None:
    app = create_app()
    app.extensions["carrier"]["huey"].storage.close()
    say("open")
    for line in sys.stdin:
        command, _, number = line.strip().partition(" ")
        if command == "start":
            child = os.fork()
            if child == 0:
                code = 1
                try:
                    worker.serve(app, threads=4, lease=LEASE, sweep_seconds=SWEEP_SECONDS)
                    code = 0
                finally:
                    os._exit(code)
            say("started", child)
        else:
            say("ended", os.waitstatus_to_exitcode(os.waitpid(int(number), 0)[1]))


if __name__ == "__main__":
    main()
