"""The `demo` command: a believable hub in a folder of its own, then web, worker and inbox together."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask

from echo_sessions import clock
from echo_sessions.config import ROOT, Settings, child_environment, demo_dir
from echo_sessions.errors import BadInput

MARK = "demo.json"
EDITION = 1
PASSWORD = "echo-demo"
RETRIES_WITHIN = timedelta(minutes=2)


def run(*, folder: Path | None, port: int, serve: bool, fresh: bool, scale: str) -> None:
    """Make the demo in `folder` (or start the one that is there again), and serve it unless told not to.

    A folder with anything else in it is refused: nothing of anybody's is ever overwritten.
    """
    folder = (folder or demo_dir()).expanduser().resolve()
    _claim(folder, fresh=fresh)
    mark = _mark(folder)
    inbox_port = _free_port()
    environment = child_environment(
        ECHO_DATA_DIR=str(folder),
        ECHO_BASE_URL=f"http://127.0.0.1:{port}",
        ECHO_SMTP_URL=f"smtp://127.0.0.1:{inbox_port}",
    )
    settings = Settings.from_env(environment)
    if not mark.get("made"):
        _make(settings, scale)
        mark = {"edition": EDITION, "made": clock.now().isoformat(), "scale": scale}
        (folder / MARK).write_text(json.dumps(mark), encoding="utf-8")
    if serve:
        _serve(settings, environment, port, inbox_port)
    else:
        _tell(settings, port, serving=False)


def _claim(folder: Path, *, fresh: bool) -> None:
    """The folder is empty, new, or holds a demo; `fresh` empties one that holds a demo."""
    is_demo = (folder / MARK).exists()
    if folder.exists() and any(folder.iterdir()) and not is_demo:
        raise BadInput("%(folder)s holds something that is no demo. Name an empty folder with --dir.", folder=folder)
    if is_demo and (fresh or not _mark(folder).get("made") or _mark(folder).get("edition") != EDITION):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).exists():
        (folder / MARK).write_text(json.dumps({"edition": EDITION}), encoding="utf-8")


def _mark(folder: Path) -> dict[str, Any]:
    path = folder / MARK
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _make(settings: Settings, scale: str) -> None:
    """Migrate, play the story, work off what is due."""
    from flask_migrate import upgrade

    from echo_sessions import create_app
    from echo_sessions.demo.smtp import KeepOnly
    from echo_sessions.demo.story import play
    from echo_sessions.jobs import worker

    app = create_app(settings)
    assert settings.inbox_dir is not None
    app.extensions["smtp"] = KeepOnly(settings.inbox_dir)
    click.echo("Making a demo hub …", err=True)
    with app.app_context():
        upgrade()
    with app.test_request_context(base_url=settings.base_url):
        app.preprocess_request()
        play(app, scale=scale, now=clock.now())
    deadline = clock.now() + RETRIES_WITHIN
    while True:
        worker.work_off(app)
        due = worker.next_due(app)
        if due is None or due > deadline:
            return
        time.sleep(max(0.0, (due - clock.now()).total_seconds()))


def _serve(settings: Settings, environment: dict[str, str], port: int, inbox_port: int) -> None:
    """Web, worker and inbox until Ctrl-C; all end together."""
    from echo_sessions.demo import smtp
    from echo_sessions.processes import gunicorn_words

    assert settings.inbox_dir is not None
    inbox = smtp.serve(settings.inbox_dir, inbox_port)
    commands = [
        gunicorn_words(bind=f"127.0.0.1:{port}", workers=1),
        [sys.executable, "-m", "echo_sessions.cli", "worker", "--threads", "2"],
    ]
    children = [subprocess.Popen(words, env=environment, cwd=ROOT) for words in commands]
    try:
        signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        _await_port(port, children)
        _tell(settings, port, serving=True)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise BadInput("A part of the demo has stopped; is port %(port)s in use? Try --port.", port=port)
    except KeyboardInterrupt:
        click.echo("\nGood-bye.", err=True)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(timeout=30)
        inbox.stop()


def _await_port(port: int, children: list[subprocess.Popen[bytes]]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and all(child.poll() is None for child in children):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tell(settings: Settings, port: int, *, serving: bool) -> None:
    """Address, accounts and counts, on standard output."""
    from echo_sessions import create_app
    from echo_sessions.demo.story import accounts, counts

    app: Flask = create_app(settings)
    with app.app_context():
        lines = [f"  {role:12} {email:34} {PASSWORD}" for role, email in accounts()]
        figures = ", ".join(f"{number} {name}" for name, number in counts().items())
    if serving:
        click.echo(f"\nECHO Sessions is running: http://127.0.0.1:{port}/   (inbox: http://127.0.0.1:{port}/inbox)\n")
    else:
        click.echo(f"\nA demo is in {settings.data_dir}. Start it with: echo-sessions demo --dir {settings.data_dir}\n")
    click.echo("Sign in as one of these, with the password beside it:")
    click.echo("\n".join(lines))
    click.echo(f"\nIt holds {figures}.")
    if serving:
        click.echo("Ctrl-C stops it.")
