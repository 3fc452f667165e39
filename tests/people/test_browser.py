"""Passkeys in a real browser, with an authenticator of its own: set up, signed in with, used as a second factor; and the
pages of signing in, looked at in both sizes and themes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from echo_sessions import create_app
from echo_sessions.config import Settings
from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from tests.browser import DESK, PHONE, LiveServer, Window, _listening, listen, sign_in, sound

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def localhost(whole_app: Flask, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Under a name, for browsers make no passkeys for an address of numbers."""
    server = _listening()
    url = f"http://localhost:{server.server_port}"
    folder: Path = tmp_path_factory.mktemp("localhost")
    app = server.app = create_app(replace(settings, base_url=url, data_dir=folder))
    thread = threading.Thread(target=server.serve_forever, name="localhost")
    thread.start()
    yield LiveServer(app, url)
    server.shutdown()
    thread.join(30)
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@dataclass
class Visitor:
    context: BrowserContext
    window: Window

    @property
    def page(self) -> Page:
        return self.window.page

    def authenticator(self, **more: Any) -> str:
        """Put one into the browser, as if the device had it; it says yes by itself."""
        client = self.context.new_cdp_session(self.page)
        client.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True, **more,
        }  # fmt: skip
        return str(client.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"])


@pytest.fixture
def visitor(app: Flask, chromium: Browser, localhost: LiveServer) -> Iterator[Visitor]:
    context = chromium.new_context(base_url=localhost.url, locale="en-GB", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    window = Window(context.new_page())
    listen(window)
    yield Visitor(context, window)
    context.close()


@pytest.fixture
def grace(make) -> Person:
    make.hub()
    return make.person("Grace Okoro", email="grace@clinic.test")


def test_a_passkey_is_set_up_and_signs_in_alone_and_as_a_second_factor(visitor, localhost, grace):
    visitor.authenticator()
    sign_in(visitor.context, localhost, grace)
    page = visitor.window.open("/me/security")
    page.wait_for_load_state("networkidle")  # the script that asks the device is a module and comes last
    page.get_by_label("Name of this passkey").fill("My telephone")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("Your passkey is kept.").wait_for()
    page.get_by_role("button", name="Make ten codes").click()
    assert page.locator("ol.codes li").count() == 10
    assert sound(visitor.window) == []
    page.get_by_role("link", name="I have them").click()
    page.get_by_text("Passkey My telephone").wait_for()

    page.goto("/sign-out")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/me")
    page.goto("/me/security/devices")
    assert page.get_by_text("passkey").first.is_visible()

    page.goto("/sign-out")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.get_by_label("E-mail address").last.fill("grace@clinic.test")
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Your second factor").wait_for()
    assert sound(visitor.window) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/me")
    assert sound(visitor.window) == []


def test_a_browser_without_a_passkey_says_so_and_stays(visitor, grace):
    visitor.authenticator(isUserVerified=False, automaticPresenceSimulation=True)
    page = visitor.window.open("/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey was used:").wait_for()
    assert page.get_by_role("button", name="Use a passkey").is_enabled()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_signing_in_are_sound(visitor, localhost, make, grace, size, theme):
    from echo_sessions import clock

    with transaction():
        grace.account.second_factor_asked_at = clock.now()
    sign_in(visitor.context, localhost, make.coordinator("Ana Ruiz"))
    pages = [
        "/me/security",
        "/me/security/password",
        "/me/security/app",
        "/me/security/devices",
        "/sign-in/again",
        "/sign-out",
    ]
    wrong = {}
    visitor.window.wear(size, theme)
    for url in (*pages, f"/people/{grace.code}/second-factor"):
        visitor.window.open(url)
        wrong[url] = sound(visitor.window)
    assert {url: faults for url, faults in wrong.items() if faults} == {}
