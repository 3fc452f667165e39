"""The pages of a meeting in a real browser: the live page follows by itself, and the host is led out to the provider."""

from datetime import timedelta

import pytest

from echo_sessions import clock
from echo_sessions.database import db, transaction
from echo_sessions.meetings.models import Meeting
from tests.browser import DESK, PHONE, sound
from tests.meetings import rows

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.timeout(240)]
LOOK = "document.dispatchEvent(new Event('visibilitychange'))"
"""What the page does every fifteen seconds, at once."""


@pytest.fixture(autouse=True)
def texts(make):
    make.texts()


@pytest.fixture
def zoom(app, live_server):
    """Stands where Zoom stands, for the server too."""
    known = live_server.app.extensions["meetings"]
    real, known["zoom"] = known["zoom"], rows.StandIn()
    yield known["zoom"]
    known["zoom"] = real


@pytest.fixture
def hub(make):
    return make.coordinator()


@pytest.fixture
def session(make, hub):
    """The first case has been on for a while."""
    now = clock.now().replace(microsecond=0)
    found = make.session(make.series(), starts_at=now - timedelta(minutes=40, seconds=20))
    rows.meeting(found, rows.host("Echo Room 1", now=now))
    return found


def test_the_live_page_speaks_up_when_recording_begins_and_says_when_it_is_cut_off(browser_for, hub, session, zoom):
    with browser_for(hub, viewport=DESK) as window:
        page = window.open(f"/sessions/{session.code}/live")
        sign = page.get_by_role("status").first
        assert "If you are recording" in sign.inner_text()
        page.evaluate("document.querySelector('#sign').dataset.same = 'yes'")
        with transaction():
            db.session.get_one(Meeting, session.meeting.id).recording_since = clock.now()
        page.evaluate(LOOK)
        page.get_by_text("Recording is on: stop it now").wait_for()
        assert page.locator("#sign[data-same]").count() == 1, (
            "the region is the same, so that readers speak of its new words"
        )
        for size in (DESK, PHONE):
            window.wear(size, "dark")
            assert sound(window) == []
        page.route("**/live", lambda route: route.abort())
        for _ in range(2):
            with page.expect_event("requestfailed"):
                page.evaluate(LOOK)
        page.get_by_text("This page has lost its connection").wait_for()
        window.faults.clear()


def test_the_live_page_can_be_read_without_script(chromium, live_server, browser_for, hub, session, zoom):
    with browser_for(hub) as window:
        cookies = window.page.context.cookies()
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    try:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"/sessions/{session.code}/live")
        assert "If you are recording, stop now" in page.inner_text("main")
        page.get_by_role("link", name="Look again").click()
        assert page.url.endswith("/live")
    finally:
        context.close()


def test_the_host_is_led_out_by_the_browser(make, browser_for, hub, zoom):
    session = make.session(make.series(), starts_at=clock.now() + timedelta(minutes=30))
    rows.meeting(session, rows.host("Echo Room 1", now=clock.now()))
    with browser_for(hub, viewport=PHONE) as window:
        told = []
        window.page.context.route(
            "https://zoom.test/**", lambda route: (told.append(route.request.all_headers()), route.fulfill(body="<title>Zoom</title>"))
        )  # fmt: skip
        page = window.open(f"/sessions/{session.code}/start")
        assert sound(window) == []
        page.get_by_role("button", name="Open it as host").click()
        page.wait_for_url(rows.START)
        [headers] = told
        assert "referer" not in headers
        window.faults.clear()
