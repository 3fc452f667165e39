"""Fixtures for tests in a real browser: Chromium, a server with the test's own database, axe, sizes and themes.

`browser_for(person)` opens a window for somebody (or a stranger); `sound(page)` looks at what nobody may break: no error
in the console, no refused script or style, no sideways scrolling, and no violation that axe finds. Without Chromium on the
machine these tests are skipped, loudly.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from echo_sessions import create_app
from echo_sessions.config import Settings
from echo_sessions.database import db
from echo_sessions.people.models import Person
from tests.signing import signed_in

PHONE, DESK = (360, 740), (1280, 900)
VIEWPORTS = {"phone": PHONE, "desk": DESK}
THEMES = ("light", "dark")
ARGS = [
    "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-gpu",
]  # fmt: skip
SLOWEST_MS = 20_000


@dataclass(frozen=True)
class LiveServer:
    """The application on a port of this machine, on the same database as the test."""

    app: Flask
    url: str


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """For one module of tests only: while it lasts, an event loop runs in this thread, which others' tests would meet."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, started once for a module; every window has cookies of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("NO CHROMIUM HERE, so no page was looked at: install it (apt-get install chromium).")
    args = [*ARGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    browser = playwright.chromium.launch(executable_path=program, args=args)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def live_server(whole_app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Served by threads. Another application than the test's own, since its address must be the real one for cookies and
    links; the rows are the same."""
    server = _listening()
    url = f"http://127.0.0.1:{server.server_port}"
    folder: Path = tmp_path_factory.mktemp("live")
    app = create_app(replace(settings, base_url=url, data_dir=folder))
    server.app = app
    thread = threading.Thread(target=server.serve_forever, name="live-server")
    thread.start()
    yield LiveServer(app, url)
    server.shutdown()
    thread.join(30)
    server.server_close()
    with app.app_context():
        db.engine.dispose()


def _listening() -> BaseWSGIServer:
    """A server on a free port, whose application is given to it afterwards. It says nothing of requests."""

    def nothing_yet(_environ: Any, _start: Any) -> list[bytes]:
        raise RuntimeError("no application yet")

    class Quiet(WSGIRequestHandler):
        def log(self, type: str, message: str, *args: Any) -> None:
            """No line for each request."""

    return make_server("127.0.0.1", 0, nothing_yet, threaded=True, request_handler=Quiet)


@dataclass
class Window:
    """One person's browser window, and what went wrong in it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def wear(self, viewport: tuple[int, int], theme: str) -> None:
        """Make the window that large, and its reader prefer that theme, without loading the page again."""
        width, height = viewport
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of THEMES

    def open(self, url: str) -> Page:
        """Go there, and wait until it is loaded and its scripts have begun."""
        answer = self.page.goto(url, wait_until="load")
        assert answer is not None and answer.status < 400, f"{url} answered {answer.status if answer else 'nothing'}"
        if self.page.locator("script[type=module]").count():
            self.page.wait_for_selector("html[data-ready]", state="attached")
        return self.page


Opens = Callable[..., AbstractContextManager[Window]]


@pytest.fixture
def browser_for(app: Flask, chromium: Browser, live_server: LiveServer) -> Opens:
    """`with browser_for(person, viewport=PHONE, theme="dark") as window:` a window of somebody who has signed in."""

    @contextmanager
    def opened(
        person: Person | None = None, *, viewport: tuple[int, int] = DESK, theme: str = "light"
    ) -> Iterator[Window]:
        width, height = viewport
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=theme,  # type: ignore[arg-type]  # one of THEMES
            reduced_motion="reduce", locale="en-GB",
        )  # fmt: skip
        context.set_default_timeout(SLOWEST_MS)
        try:
            if person is not None:
                sign_in(context, live_server, person)
            window = Window(context.new_page())
            listen(window)
            yield window
        finally:
            context.close()

    return opened


def sign_in(context: BrowserContext, server: LiveServer, person: Person) -> None:
    """The cookie that signing in would give: the sign-in pages have tests of their own."""
    signer = SecureCookieSessionInterface().get_signing_serializer(server.app)
    assert signer is not None
    value = signer.dumps(signed_in(person))
    context.add_cookies([{"name": server.app.config["SESSION_COOKIE_NAME"], "value": value, "url": server.url}])


def listen(window: Window) -> None:
    """Keep what the console, the scripts and the security policy complain about."""
    window.page.on("console", lambda said: window.faults.append(said.text) if said.type == "error" else None)
    window.page.on("pageerror", lambda fault: window.faults.append(str(fault)))
    window.page.on("requestfailed", lambda request: _failed(window, request.url, str(request.failure)))


def _failed(window: Window, url: str, failure: str) -> None:
    """A request that did not succeed. One that a browser gives up because its page is left is no fault."""
    if failure != "net::ERR_ABORTED":
        window.faults.append(f"{url}: {failure}")


def sound(window: Window) -> list[str]:
    """What is wrong with the page as it stands; nothing, when all is well."""
    return [*window.faults, *sideways(window.page), *axe(window.page)]


def sideways(page: Page) -> list[str]:
    """Whether the page is wider than the window, and what sticks out."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if wide <= window:
        return []
    found = page.evaluate(
        """width => [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > width + 1)
           .slice(0, 5).map(e => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className : ''))""",
        window,
    )
    return [
        f"scrolls sideways: {wide} px wide in a window of {window} px, because of {', '.join(found) or 'the frame'}"
    ]


def axe(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA and its own best practices, one line each."""
    found = Axe().run(page).response
    return [
        f"axe {violation['id']} ({violation['impact']}): {violation['help']} at {node['target']} {node['html'][:160]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
