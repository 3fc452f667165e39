"""The small scripts, in a real browser under the strict content security policy; skipped where there is no Chromium."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, jsonify, render_template_string, request
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.serving import make_server

from echo_sessions.web.headers import CSP

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
ARGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium: the browser tests did not run"),
    pytest.mark.filterwarnings("default::ResourceWarning"),  # the browser's own pipes, closed by its driver
]

TOP = '{% extends "layout/base.html" %}{% from "layout/forms.html" import csrf, saved_state, post_button %}{% from "layout/parts.html" import screening_sheet, search_row %}{% set title = "Page" %}{% block content %}'
PAGES = {
    "draft": '<form method="post" action="/sent" data-autosave="/draft">{{ csrf() }}<input type="hidden" name="version" value="1"><textarea aria-label="Text" name="text"></textarea>{{ saved_state() }}<button>Send</button></form>',
    "ask": '{{ post_button("Withdraw", "/sent", confirm="Dr Lin is told.", danger=true) }}',
    "order": '<form method="post" action="/sent">{{ csrf() }}<ol data-order data-order-moved="Now in place {n}">{% for n in "abc" %}<li>{{ n }}<input type="hidden" name="{{ n }}" value="{{ loop.index }}" data-position><button name="move" value="up" data-up>{{ n }} up</button><button name="move" value="down" data-down>{{ n }} down</button></li>{% endfor %}</ol></form>',
    "minutes": '<form data-minutes="90" data-minutes-exact="fits" data-minutes-under="{left} free" data-minutes-over="{left} too many"><input aria-label="A" data-minute value="50"><input aria-label="B" data-minute value="30"><p data-sum></p></form>',
    "screen": '<form method="post" action="/sent">{{ csrf() }}<textarea aria-label="Text" name="text" data-screen="/screen" data-screen-into="#found"></textarea>{{ screening_sheet("found") }}<button>Send</button></form>',
    "keys": '<ol data-keys="start">{% for n in "ab" %}<li>{{ n }} {{ post_button("Accept " ~ n, "/sent", fields={"who": n}, key="a") }}</li>{% endfor %}</ol><input aria-label="Other">',
    "errors": '<div data-errors tabindex="-1"><a href="#x">Look</a></div><input id="x" aria-label="X">',
    "find": '{{ search_row(request.args.get("q"), "Search", into="#found") }}<div id="found">found {{ request.args.get("q", "all") }}</div>',
}


@dataclass
class Server:
    """What the server was sent, and what it answers to drafts."""

    url: str = ""
    drafts: list[str] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    answer: tuple[int, dict[str, Any]] = (200, {"saved_at": "14:02", "version": 2})


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    state = Server()
    app = Flask("layout", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "echo_sessions/static"))
    app.config.update(SECRET_KEY="x" * 32, BOOTSTRAP_SERVE_LOCAL=True)
    app.jinja_env.undefined = StrictUndefined
    app.add_template_filter(lambda at, zone=None: "", "local_time")
    app.add_template_filter(lambda start, end=None, zone=None: "", "both_zones")
    Babel(app)
    Bootstrap5(app)
    CSRFProtect(app)

    @app.after_request
    def strict(answer: Any) -> Any:
        answer.headers["Content-Security-Policy"] = CSP
        return answer

    @app.get("/<name>")
    def page(name: str) -> str:
        return render_template_string(TOP + PAGES[name] + "{% endblock %}")

    @app.post("/draft")
    def draft() -> Any:
        state.drafts.append(request.form["text"])
        status, body = state.answer
        return jsonify(body), status

    @app.post("/screen")
    def screen() -> Any:
        at = request.form["text"].find("12 March")
        hit = {
            "start": at,
            "end": at + 8,
            "text": "12 March",
            "kind": "Date",
            "reason": "A day.",
            "suggestion": "in spring",
        }
        return jsonify(hits=[hit] if at >= 0 else [])

    @app.post("/sent")
    def sent() -> str:
        state.sent.append(request.form.to_dict())
        return "<title>Sent</title><h1>Sent</h1>"

    server = make_server("127.0.0.1", 0, app, threaded=True)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any, served: Server) -> Iterator[Any]:
    served.drafts.clear()
    served.sent.clear()
    served.answer = (200, {"saved_at": "14:02", "version": 2})
    context = browser.new_context(base_url=served.url)
    page = context.new_page()
    go = page.goto
    page.goto = lambda url, **how: go(url, **{"wait_until": "networkidle"} | how)  # the scripts come after the page
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert faults == []


def test_a_draft_is_kept_after_a_pause_and_its_version_moves_on(page: Any, served: Server) -> None:
    page.goto("/draft")
    page.get_by_label("Text").fill("Is it safe?")
    page.get_by_text("Saved 14:02").wait_for()
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Sent").wait_for()
    assert served.drafts == ["Is it safe?"]
    assert served.sent[0]["version"] == "2"


def test_what_was_typed_before_the_script_came_is_kept_too(page: Any, served: Server) -> None:
    held: list[Any] = []
    page.route("**/autosave.js", lambda route: held.append(route))
    page.goto("/draft", wait_until="commit")
    page.get_by_label("Text").fill("typed early")
    while not held:  # the browser asks for it while this waits
        page.wait_for_timeout(20)
    held[0].continue_()
    page.get_by_text("Saved 14:02").wait_for()
    assert served.drafts == ["typed early"]


def test_a_stale_draft_says_so_and_keeps_what_was_typed(page: Any, served: Server) -> None:
    served.answer = (409, {"message": "Dr Lin saved this at 14:01."})
    page.goto("/draft")
    page.get_by_label("Text").fill("mine")
    page.get_by_text("Not saved: Dr Lin saved this at 14:01.").wait_for()
    assert page.get_by_label("Text").input_value() == "mine"


def test_leaving_with_unsaved_words_asks_first(page: Any, served: Server) -> None:
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    served.answer = (422, {"message": "Too long."})
    page.goto("/draft")
    page.get_by_label("Text").click()
    page.keyboard.type("mine")
    page.get_by_text("Not saved: Too long.").wait_for()
    page.goto("/ask")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(("answer", "sent"), [("Go back", 0), ("Withdraw", 1)])
def test_a_destructive_step_is_asked_about(page: Any, served: Server, answer: str, sent: int) -> None:
    page.goto("/ask")
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog")
    assert "Dr Lin is told." in dialog.inner_text()
    dialog.get_by_role("button", name=answer).click()
    dialog.wait_for(state="detached")
    if sent:
        page.get_by_role("heading", name="Sent").wait_for()
    assert len(served.sent) == sent


def test_rows_move_by_buttons_and_are_numbered_again(page: Any) -> None:
    page.goto("/order")
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="c up").click()
    page.get_by_text("Now in place 2").wait_for(state="attached")
    assert page.eval_on_selector_all("input[data-position]", "all => all.map(i => i.name + i.value)") == [
        "a1",
        "c2",
        "b3",
    ]
    assert page.evaluate("document.activeElement.textContent") == "c up"


def test_minutes_are_summed_while_typing(page: Any) -> None:
    page.goto("/minutes")
    page.get_by_text("10 free").wait_for()
    page.get_by_label("B").fill("45")
    page.get_by_text("5 too many").wait_for()


def test_a_suggestion_replaces_the_passage_and_nothing_else(page: Any) -> None:
    page.goto("/screen")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Text").fill("😀 Fever since 12 March at home.")
    page.get_by_role("button", name="Use “in spring”").click()
    page.get_by_text("Nothing found that could identify").wait_for()
    assert page.get_by_label("Text").input_value() == "😀 Fever since in spring at home."


def test_a_kept_passage_goes_with_its_reason(page: Any, served: Server) -> None:
    page.goto("/screen")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Text").fill("12 March, Independence Day")
    page.get_by_role("button", name="Keep because").click()
    page.get_by_label("Why this cannot identify").fill("a holiday")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Sent").wait_for()
    assert (served.sent[0]["keep_text"], served.sent[0]["keep_reason"]) == ("12 March", "a holiday")


def test_a_queue_is_worked_by_keys_but_not_while_typing(page: Any, served: Server) -> None:
    page.goto("/keys")
    page.wait_for_function("document.activeElement.tagName === 'LI'")
    page.get_by_label("Other").click()
    page.keyboard.press("a")
    assert page.get_by_label("Other").input_value() == "a"
    page.locator("ol > li").first.focus()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.get_by_role("heading", name="Sent").wait_for()
    assert [s["who"] for s in served.sent] == ["b"]


def test_errors_take_the_focus_and_lead_to_their_field(page: Any) -> None:
    page.goto("/errors")
    page.wait_for_function("document.activeElement.hasAttribute('data-errors')")
    page.get_by_role("link", name="Look").click()
    assert page.evaluate("document.activeElement.id") == "x"


def test_a_search_follows_the_typing_and_stays_in_the_address(page: Any) -> None:
    page.goto("/find")
    page.wait_for_load_state("networkidle")
    page.get_by_label("Search").fill("liver")
    page.get_by_text("found liver").wait_for()
    page.wait_for_url("**/find?q=liver")
