"""The builder of the application: the only module that knows everybody.

It is apart from `echo_sessions` itself so that commands which need no application (the screen, an attendance file)
start without waiting for Flask, SQLAlchemy and their kin.
"""

import logging
from importlib import import_module
from typing import Any

import structlog
from flask import Flask, g, request
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from structlog.typing import EventDict

from echo_sessions import FEATURES
from echo_sessions.config import ROOT, Settings
from echo_sessions.database import connect as connect_database
from echo_sessions.database import db

MOST_BYTES = 10 * 1024 * 1024
LANGUAGES = ("en",)


class BoundedJson(DefaultJSONProvider):
    """JSON that is nested too deeply is unreadable like any other that is none: a fault of whoever sent it."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What the text says; ValueError when it cannot be read."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve. Raises `BadSettings` when the environment cannot be used."""
    settings = settings or Settings.from_env()
    app = Flask("echo_sessions", template_folder=str(ROOT / "templates"))
    app.json = BoundedJson(app)
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret_key.value,
        TESTING=settings.testing,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_PARTS=5000,
        BOOTSTRAP_SERVE_LOCAL=True,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        SERVER_NAME=None,
        PREFERRED_URL_SCHEME=settings.base_url.split(":", 1)[0],
    )
    app.jinja_env.undefined = StrictUndefined
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    _log(settings)
    connect_database(app, settings.database_url.value)
    _import("models")
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    Babel(app, locale_selector=_language, default_timezone="UTC")
    Bootstrap5(app)
    CSRFProtect(app)
    _outside(app, settings)
    _web(app, settings)
    _import("jobs")
    for views in _import("views"):
        app.register_blueprint(views.bp)
    return app


def _outside(app: Flask, settings: Settings) -> None:
    """The foreign countries, each behind a small interface, replaceable in tests."""
    from echo_sessions.jobs import worker
    from echo_sessions.meetings.memory import AccountMemory
    from echo_sessions.outside.meetings.bbb import BigBlueButton
    from echo_sessions.outside.meetings.link import LinkOnly
    from echo_sessions.outside.meetings.zoom import Zoom
    from echo_sessions.outside.oidc import Provider
    from echo_sessions.outside.pdf import PdfMaker
    from echo_sessions.outside.smtp import Smtp
    from echo_sessions.outside.storage import Storage

    worker.connect(app, settings.queue_url.value)
    zoom = Zoom(AccountMemory("zoom", settings), oauth_url=settings.zoom_oauth_url, api_url=settings.zoom_api_url)
    hook_url = f"{settings.base_url}/webhooks/bbb"
    bbb = BigBlueButton(settings.bbb_url, settings.bbb_secret.value, hook_url=hook_url, may_record=settings.bbb_record)
    app.extensions["meetings"] = {provider.name: provider for provider in (LinkOnly(), zoom, bbb)}
    app.extensions["smtp"] = Smtp(settings.smtp_url.value)
    app.extensions["storage"] = Storage(settings.storage_url)
    app.extensions["pdf"] = PdfMaker()
    app.extensions["oidc"] = Provider.of(settings)


def _web(app: Flask, settings: Settings) -> None:
    from echo_sessions.people import entry_views, sign_in
    from echo_sessions.web import (
        address,
        agreements,
        audited,
        context,
        faults,
        filters,
        guard,
        headers,
        health,
        limits,
        looks,
        machines,
        reports,
    )

    health.connect(app)
    machines.connect(app)
    address.connect(app, settings.base_url, settings.proxies)
    app.before_request(guard.load_person)
    sign_in.connect(app, settings, entry_views.enter)
    headers.connect(app, secure=settings.secure)
    faults.connect(app)
    filters.connect(app)
    context.connect(app, settings)
    limits.connect(app, settings.queue_url.value)
    agreements.connect(app)
    looks.connect(app)
    audited.connect(app)
    reports.connect(app)


def _import(room: str) -> list[Any]:
    """That room of every feature that has it, in the order of the shelf."""
    found = []
    for feature in FEATURES:
        if (ROOT / "echo_sessions" / feature / f"{room}.py").exists():
            found.append(import_module(f"echo_sessions.{feature}.{room}"))
    return found


def _language() -> str | None:
    person = g.get("person")
    return person.language if person else request.accept_languages.best_match(LANGUAGES)


def _log(settings: Settings) -> None:
    """One JSON line an event on standard error; no addresses, tokens or texts are ever put into one."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_where,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if not settings.testing else logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=_stderr()),
    )


def _only_where(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Of a fault, its kind and the places it came through: its words may quote what a person wrote."""
    fault = event.pop("exc_info", None)
    if isinstance(fault, BaseException):
        places, trace = [], fault.__traceback__
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["fault"], event["places"] = type(fault).__name__, places[-12:]
    return event


def _stderr() -> Any:
    import sys

    return sys.stderr
