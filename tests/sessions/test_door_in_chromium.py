"""The door and the test of the line in a real browser, on a telephone and a desk, with a camera and a microphone of the
browser's own making."""

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Playwright
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.sessions import door
from echo_sessions.sessions.models import Visit
from tests.browser import ARGS, VIEWPORTS, sound
from tests.make import Make
from tests.sessions.test_door import TOLD, at_zoom, way

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
DEVICES = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def opened(playwright: Playwright, *more: str) -> Browser:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("NO CHROMIUM HERE, so no page was looked at: install it (apt-get install chromium).")
    return playwright.chromium.launch(
        executable_path=program, args=[*ARGS, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    )


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """With a camera that shows a green picture, a microphone that beeps, and a yes to whoever asks for them."""
    browser = opened(playwright, *DEVICES)
    yield browser
    browser.close()


@pytest.fixture
def now():
    return clock.now().replace(second=0, microsecond=0)


@pytest.fixture
def make(app, now):
    return Make(now=now - timedelta(days=30))


@pytest.fixture
def series(make):
    return make.series(make.program(help_phone="+1 505 555 0142"))


@pytest.fixture
def ana(make, series):
    clinic = make.site("Clinic of the Valley", country="KE")
    make.enrol(series, make.person("Ben Okoro"), site=clinic)
    return make.enrol(series, make.person("Ana Abeyta", zone="Africa/Nairobi"), site=clinic)


def looks(window):
    """What is wrong with the page on a telephone in the dark and on a desk in the light."""
    faults = []
    for size, theme in (("phone", "dark"), ("desk", "light")):
        window.wear(VIEWPORTS[size], theme)
        faults += sound(window)
    return faults


def test_the_door_in_all_its_states_is_sound(make, series, ana, now, browser_for):
    at = {"early": timedelta(days=1), "open": timedelta(), "over": timedelta(hours=-5)}
    for name, starts_in in at.items():
        session = make.session(series, starts_at=now + starts_in, meeting_url="https://meet.example/room")
        with transaction():
            session.disclosure = TOLD
        with browser_for() as window:
            window.open(way(session, ana))
            assert looks(window) == [], name


def test_who_is_not_let_in_notes_the_room_and_finds_the_telephone(make, series, ana, now, browser_for):
    session = make.session(series, starts_at=now)
    at_zoom(session)
    with browser_for(viewport=VIEWPORTS["phone"]) as window:
        page = window.open(way(session, ana))
        page.get_by_label("Ben Okoro").check()
        page.get_by_text("Somebody else, by name").click()
        page.get_by_label("Names of others").fill("Nurse Ama")
        page.get_by_role("button", name="Join as Ana Abeyta").click()
        page.get_by_text("You cannot be let in just now").wait_for()
        assert page.get_by_role("link", name="+254 20 764 0128").get_attribute("href") == "tel:+254207640128"
        assert page.get_by_role("link", name="+1 505 555 0142").is_visible()
        assert page.get_by_label("Ben Okoro").is_checked() and page.get_by_label("Nurse Ama").is_checked()
        assert looks(window) == []
    db.session.rollback()
    assert len(door.companions_of(session.id, ana.id)) == 2
    assert [visit.let_in for visit in db.session.scalars(select(Visit))] == [False]


def test_camera_microphone_loudspeaker_and_line_are_tried_and_told_in_words(make, series, ana, now, browser_for):
    session = make.session(series, starts_at=now + timedelta(days=3))
    with browser_for(viewport=VIEWPORTS["phone"]) as window:
        page = window.open(f"{way(session, ana)}/test")
        asked = []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        assert page.get_by_text("Look for yourself").is_hidden()
        page.get_by_role("button", name="Start camera and microphone").click()
        page.get_by_text("The camera works").wait_for()
        page.get_by_text("The microphone works").wait_for(timeout=60_000)
        assert page.evaluate("document.querySelector('video').videoWidth") > 0
        assert [url for _, url in asked if "/static/" not in url] == [], (
            "nothing of picture and sound leaves the device"
        )
        page.get_by_role("button", name="Play a tone").click()
        page.get_by_role("button", name="I heard nothing").click()
        assert page.get_by_text("Turn the volume up").is_visible()
        page.get_by_role("button", name="Measure the line").click()
        page.get_by_text("answers after").wait_for(timeout=60_000)
        strange = [
            (method, url) for method, url in asked if method != "GET" or not {"sample", "static"} & set(url.split("/"))
        ]
        assert asked and strange == []
        assert looks(window) == []
        page.get_by_role("button", name="Switch them off").click()
        assert page.evaluate("document.querySelector('video').srcObject") is None


def test_without_a_camera_it_says_so_and_what_to_do(make, series, ana, now, playwright, live_server):
    session = make.session(series, starts_at=now + timedelta(days=3))
    plain = opened(playwright)
    try:
        page = plain.new_context(base_url=live_server.url).new_page()
        page.goto(f"{way(session, ana)}/test")
        page.get_by_role("button", name="Start camera and microphone").click()
        page.get_by_text("No microphone was found").or_(
            page.get_by_text("does not let this page hear")
        ).first.wait_for()
        assert (
            page.get_by_text("No camera was found")
            .or_(page.get_by_text("does not let this page see"))
            .first.is_visible()
        )
    finally:
        plain.close()


def test_a_line_that_breaks_off_is_said(make, series, ana, now, browser_for):
    session = make.session(series, starts_at=now + timedelta(days=3))
    with browser_for() as window:
        page = window.open(f"{way(session, ana)}/test")
        page.route("**/sample/large", lambda route: route.abort())
        page.get_by_role("button", name="Measure the line").click()
        page.get_by_text("The line broke off").wait_for()
        assert page.get_by_role("button", name="Measure the line").is_enabled()


def test_a_door_that_opens_meanwhile_opens_by_itself(make, series, ana, now, browser_for):
    session = make.session(
        series, starts_at=clock.now() + timedelta(minutes=20, seconds=3), meeting_url="https://meet.example/room"
    )
    with browser_for() as window:
        page = window.open(way(session, ana))
        assert page.get_by_role("button", name="Join as").count() == 0
        page.get_by_role("button", name="Join as Ana Abeyta").wait_for(timeout=15_000)
        assert looks(window) == []


def test_without_script_the_test_page_says_what_to_look_at(make, series, ana, now, chromium, live_server):
    session = make.session(series, starts_at=now + timedelta(days=3))
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{way(session, ana)}/test")
        assert page.get_by_text("Look for yourself").is_visible()
        assert page.get_by_role("button", name="Start camera and microphone").is_hidden()
    finally:
        context.close()
