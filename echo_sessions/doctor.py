"""Is everything there? One finding for each thing that an installation needs, with what to do about it.

Each look is bounded in time and never raises: the doctor is asked when things are broken.
"""

import shutil
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from echo_sessions import clock
from echo_sessions.audit.models import Entry
from echo_sessions.config import ROOT, BadSettings, Settings
from echo_sessions.database import db
from echo_sessions.errors import GaveUp, Refused, TryLater
from echo_sessions.jobs.models import Job
from echo_sessions.jobs.rules import JobState

State = Literal["ok", "warning", "failed"]
SECONDS = 15.0
PDF_SECONDS = 65.0
LEAST_PYTHON = (3, 11)
LITTLE_SPACE, NO_SPACE = 2 * 1024**3, 200 * 1024**2
LATE = timedelta(minutes=5)
"""A job that has been due for so long is not waiting for its turn: nobody is working."""
DRIFT = timedelta(seconds=30)
THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
MIGRATIONS = ROOT / "migrations"


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and in words what is so or what to do."""

    name: str
    state: State
    words: str


Look = Callable[[], Iterable[Finding]]


def examine(settings: Settings | None = None, *, only: Collection[str] = ()) -> list[Finding]:
    """Everything that can be looked at, in a fixed order, or only what is named; never raises.

    Without usable settings only those are complained of, with what can be looked at all the same.
    """
    looks: list[tuple[str, Look, float]] = [("python", _python, SECONDS), ("time zones", _zones, SECONDS)]
    findings: list[Finding] = []
    try:
        settings = settings or Settings.from_env()
        findings += _settings(settings)
        looks += _installation(settings)
    except BadSettings as fault:
        findings += [Finding("settings", "failed", words) for words in fault.faults]
    except Exception as fault:  # an application that does not start is the first thing a doctor is asked about
        findings.append(Finding("settings", "failed", f"The application does not start: {_words(fault)}"))
    findings += _look([look for look in looks if not only or look[0] in only])
    return [finding for finding in findings if not only or finding.name in only]


def database_problem(app: Flask) -> str | None:
    """What keeps this version from working with the database as it is, in a sentence; None when nothing does."""
    wanted = (MIGRATIONS / "HEAD").read_text(encoding="utf-8").strip()
    try:
        with app.app_context(), db.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_heads()
    except SQLAlchemyError as fault:
        return f"The database does not answer ({_kind(fault)}). Check ECHO_DATABASE_URL and that it is running."
    if not found:
        return "The database has no tables yet. Run: echo-sessions db upgrade"
    if found == (wanted,):
        return None
    if all((MIGRATIONS / "versions" / f"{name}.py").exists() for name in found):
        return f"The database is at {', '.join(found)}, this version needs {wanted}. Run: echo-sessions db upgrade"
    return (
        f"The database was made by a newer version ({', '.join(found)}); this one ends at {wanted}. Install that one."
    )


def _look(looks: list[tuple[str, Look, float]]) -> list[Finding]:
    """All looks at once, each in a thread that is left behind when it takes too long."""
    answers: dict[str, list[Finding]] = {}

    def run(name: str, look: Look) -> None:
        try:
            answers[name] = list(look())
        except Exception as fault:  # whatever a broken installation raises is a finding
            answers[name] = [Finding(name, "failed", f"This could not be looked at: {_words(fault)}")]

    threads = [(threading.Thread(target=run, args=(name, look), daemon=True), name, most) for name, look, most in looks]
    for thread, _name, _most in threads:
        thread.start()
    findings: list[Finding] = []
    for thread, name, most in threads:
        thread.join(most)
        silent = Finding(name, "failed", f"No answer within {most:.0f} seconds.")
        findings += answers.get(name, [silent])
    return findings


def _installation(settings: Settings) -> list[tuple[str, Look, float]]:
    """The looks that need the application."""
    from echo_sessions import create_app

    app = create_app(settings)
    return [
        ("database", lambda: _database(app), SECONDS),
        ("queue", lambda: _queue(app), SECONDS),
        ("worker", lambda: _worker(app), SECONDS),
        ("clock", lambda: _clock(app), SECONDS),
        ("mail", lambda: _mail(settings), SECONDS),
        ("sign-in", lambda: _provider(app, settings), SECONDS),
        ("zoom", lambda: _zoom(app), SECONDS),
        ("storage", lambda: _storage(app), SECONDS),
        ("audit", lambda: _audit(app), SECONDS),
        ("disk", lambda: _disk(settings.data_dir), SECONDS),
        ("certificates", lambda: _pdf(app), PDF_SECONDS),
    ]


def _python() -> Iterable[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        yield Finding("python", "failed", f"Python {version} is too old: install 3.11 or newer.")
    else:
        yield Finding("python", "ok", f"Python {version}")


def _zones() -> Iterable[Finding]:
    try:
        ZoneInfo("Africa/Kampala")
    except ZoneInfoNotFoundError:
        yield Finding("time zones", "failed", "The time zones are missing: install the tzdata package.")
    else:
        yield Finding("time zones", "ok", "Time zones are known.")


def _settings(settings: Settings) -> Iterable[Finding]:
    """Settings that can be used, yet may not be meant."""
    parts = urlsplit(settings.base_url)
    if not settings.secure and parts.hostname not in THIS_MACHINE:
        words = "ECHO_BASE_URL is not https: passwords and patients' cases would travel in clear."
        yield Finding("address", "warning", words)
    else:
        yield Finding("address", "ok", settings.base_url)
    if len(set(settings.secret_key.value)) < 12:
        words = (
            'ECHO_SECRET_KEY can be guessed. Make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
        yield Finding("secret key", "warning", words)
    else:
        yield Finding("secret key", "ok", f"{len(settings.secret_key.value)} characters")


def _database(app: Flask) -> Iterable[Finding]:
    problem = database_problem(app)
    if problem:
        yield Finding("database", "failed", problem)
        return
    with app.app_context():
        kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[db.engine.dialect.name]
    yield Finding("database", "ok", f"{kind}, up to date.")


def _queue(app: Flask) -> Iterable[Finding]:
    """The queue only makes jobs start at once; without it the sweeper of a worker still finds them."""
    try:
        app.extensions["carrier"]["huey"].pending_count()
    except Exception as fault:  # each storage's driver has errors of its own
        words = f"The queue does not answer ({_kind(fault)}). Check ECHO_QUEUE_URL; until then jobs start late."
        yield Finding("queue", "failed", words)
    else:
        yield Finding("queue", "ok", "The queue answers.")


def _worker(app: Flask) -> Iterable[Finding]:
    """Whether somebody carries out the jobs, as their rows tell."""
    late = select(func.count()).where(Job.state == JobState.WAITING, Job.run_at < clock.now() - LATE)
    failed = select(func.count()).where(Job.state == JobState.FAILED)
    try:
        with app.app_context():
            waiting, lost = db.session.scalar(late) or 0, db.session.scalar(failed) or 0
    except SQLAlchemyError:
        return  # the database's own finding says it
    if waiting:
        yield Finding(
            "worker", "warning", f"{waiting} jobs are overdue: is a worker running? Run: echo-sessions worker"
        )
    elif lost:
        yield Finding("worker", "warning", f"{lost} jobs were given up; coordinators see them on the outbox page.")
    else:
        yield Finding("worker", "ok", "No job is overdue.")


def _clock(app: Flask) -> Iterable[Finding]:
    """This machine's clock beside that of the database's machine, and beside the newest deed on record."""
    with app.app_context():
        try:
            theirs = db.session.scalar(select(func.current_timestamp()))
            newest = db.session.scalar(select(func.max(Entry.at)))
        except SQLAlchemyError:
            return  # as above
    ours = clock.now()
    if isinstance(theirs, str):
        theirs = datetime.fromisoformat(theirs)
    apart = abs(ours - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))) if theirs else timedelta()
    if apart > DRIFT:
        words = (
            f"This machine and the database are {apart.total_seconds():.0f} seconds apart: synchronise both with NTP."
        )
        yield Finding("clock", "failed", words)
    elif newest and newest > ours + DRIFT:
        words = f"The newest entry on record is of {newest:%Y-%m-%d %H:%M} UTC, in the future: this clock was set back."
        yield Finding("clock", "warning", words)
    else:
        yield Finding("clock", "ok", f"{ours:%Y-%m-%d %H:%M} UTC")


def _mail(settings: Settings) -> Iterable[Finding]:
    from echo_sessions.outside.smtp import Smtp

    smtp = Smtp(settings.smtp_url.value, timeout=SECONDS / 3)
    try:
        yield Finding("mail", "ok", smtp.check())
    except TryLater as fault:
        if settings.demo:
            yield Finding("mail", "warning", "The demo's inbox runs while the demo is served: make demo")
        else:
            yield Finding("mail", "failed", f"{fault.words}. Check ECHO_SMTP_URL; letters wait until it works.")
    finally:
        smtp.close()


def _provider(app: Flask, settings: Settings) -> Iterable[Finding]:
    """The organisation's own sign-in, where one is configured: whether it publishes what is needed."""
    if app.extensions["oidc"] is None:
        yield Finding("sign-in", "ok", "By letter, passkey and password; no provider (ECHO_OIDC_ISSUER) is configured.")
        return
    try:
        app.extensions["oidc"].metadata()
        yield Finding("sign-in", "ok", f"{settings.oidc_issuer} publishes what is needed.")
    except (TryLater, GaveUp) as fault:
        yield Finding("sign-in", "failed", f"{fault.words} Check ECHO_OIDC_ISSUER: {settings.oidc_issuer}")


def _zoom(app: Flask) -> Iterable[Finding]:
    """The account by which meetings are made, where there is one: its sign-in, its scopes, the secret of its hooks."""
    zoom = app.extensions["meetings"]["zoom"]
    try:
        with app.app_context():
            health = zoom.health() if zoom.configured() else None
    except SQLAlchemyError:
        return  # the database's own finding says it
    if health is None:
        yield Finding("zoom", "ok", "No account is configured (ECHO_ZOOM_ACCOUNT_ID): coordinators paste links.")
    elif health.faults:
        yield Finding("zoom", "failed", " ".join(message % values for message, values in health.faults))
    elif health.warnings:
        yield Finding("zoom", "warning", " ".join(message % values for message, values in health.warnings))
    else:
        yield Finding("zoom", "ok", "Zoom takes our sign-in, grants what is needed, and its hooks can be checked.")


def _storage(app: Flask) -> Iterable[Finding]:
    try:
        yield Finding("storage", "ok", f"Written, read and removed a file in {app.extensions['storage'].check()}.")
    except (TryLater, GaveUp) as fault:
        yield Finding("storage", "failed", f"{fault.words}. Check ECHO_STORAGE_URL and who may write there.")


def _audit(app: Flask) -> Iterable[Finding]:
    """The last day of the chain of deeds, its head and its anchors; `echo-sessions audit verify` walks all of it."""
    from echo_sessions.audit import anchors, chain

    with app.app_context():
        try:
            verdict = chain.verify(anchors.known(), since=chain.day_before(clock.now()))
        except (SQLAlchemyError, TryLater, GaveUp):
            return  # the database's or the storage's own finding says it
    if verdict.breaks:
        words = f"{verdict.breaks[0].words} Run: echo-sessions audit verify"
        yield Finding("audit", "failed", words)
    else:
        yield Finding("audit", "ok", f"The last {verdict.deeds} deeds are as they were written.")


def _disk(folder: Path) -> Iterable[Finding]:
    free = shutil.disk_usage(folder).free
    words = f"{free / 1024**3:.1f} GiB free in {folder}"
    if free < NO_SPACE:
        yield Finding("disk", "failed", f"{words}: make room now, or the next save may be refused.")
    elif free < LITTLE_SPACE:
        yield Finding("disk", "warning", f"{words}: make room soon.")
    else:
        yield Finding("disk", "ok", words)


def _pdf(app: Flask) -> Iterable[Finding]:
    """The engine for certificates, and the scripts in which it could not print a name."""
    health = app.extensions["pdf"].health()
    if health.problems:
        yield Finding("certificates", "failed", " ".join(health.problems) + " Run, as root: make system")
        return
    yield Finding("certificates", "ok", "PDFs can be made.")
    if health.scripts_without_font:
        words = (
            f"No font for {', '.join(health.scripts_without_font)}: certificates with such names are refused. "
            "Debian has fonts-noto-core, and fonts-noto-cjk for Chinese, Japanese and Korean."
        )
        yield Finding("fonts", "warning", words)
    else:
        yield Finding("fonts", "ok", "Every script we know of can be printed.")


def _words(fault: Exception) -> str:
    """What went wrong, in its own words where those are ours or Python's; else only its kind."""
    if isinstance(fault, TryLater | GaveUp):
        return fault.words
    return str(fault) if isinstance(fault, Refused | OSError | ImportError) else _kind(fault)


def _kind(fault: BaseException) -> str:
    """Only the kind of a fault: its words may hold an address with a password."""
    cause = getattr(fault, "orig", None) or fault
    return type(cause).__name__
