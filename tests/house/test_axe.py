"""Every page of the house in a real browser: by phone and desk, light and dark, no violation, no error, no sideways scrolling."""

from dataclasses import dataclass, field

import pytest
from flask import Flask

from echo_sessions import clock
from tests.browser import THEMES, VIEWPORTS, Opens, sideways, sound
from tests.house.world import World, pages, world
from tests.make import Make

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
BROKEN = '<img src="/static/mark.svg"><p><b class="wide">x</b></p><p onclick="x()">y</p>'
WELL = {200, 204, 301, 302, 303}


@pytest.fixture
def hub(app) -> World:
    return world(Make(now=clock.now()))


@dataclass
class Shares:
    """Who opens which page, by endpoint: strangers what is open to all, the coordinator the rest, the participant what
    is left, which is their own. `nobody`: what none of them can open, and `unknown`: whose address we cannot write."""

    strangers: dict[str, str] = field(default_factory=lambda: {"security.login": "/sign-in"})
    coordinator: dict[str, str] = field(default_factory=dict)
    participant: dict[str, str] = field(default_factory=dict)
    nobody: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


@pytest.fixture
def shares(app: Flask, client, hub: World) -> Shares:
    found = Shares()
    strangers, hers, theirs = client.as_(), client.as_(hub.coordinator), client.as_(hub.participant)
    for route, url in pages(app, hub):
        if url is None:
            found.unknown.append(f"{route.rule} ({route.endpoint})")
            continue
        own = (
            [(theirs, found.participant)]
            if url.startswith("/me")
            else [(hers, found.coordinator), (theirs, found.participant)]
        )
        readers = [(strangers, found.strangers)] if route.guard == "open_to_all" else own
        answers = []
        for visitor, share in readers:
            with visitor.get(url) as answer:
                answers.append(answer.status_code)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    share[route.endpoint] = url
                if answer.status_code in WELL:
                    break
        else:
            found.nobody.append(f"{url} ({route.endpoint}) answered {' and '.join(map(str, answers))}")
    return found


def look(opens: Opens, person, addresses: dict[str, str]) -> dict[str, list[str]]:
    """What is wrong, by page; each page is loaded once, then seen on a desk in the light and on a phone in the dark. Axe takes
    by far the longest, so it looks at every other page in the one and at the rest in the other; whether a page fits is seen
    in both. Empty pages and refused forms, which hold everything that pages are made of, are seen whole in all four looks."""
    wrong: dict[str, list[str]] = {}
    with opens(person) as window:
        for number, (endpoint, url) in enumerate(addresses.items()):
            window.faults.clear()
            window.open(url)
            for worn, faults in worn_by(window, TWO_LOOKS, whole=number % 2):
                if faults:
                    wrong[f"{endpoint} {url} {worn}"] = faults
    return wrong


def told(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{page}\n    " + "\n    ".join(dict.fromkeys(faults)) for page, faults in wrong.items())


def test_every_page_can_be_opened_by_somebody(shares):
    """So that no page stays unseen. Say in tests/house/world.py what stands in an address, or for which thing there is a page."""
    assert not shares.unknown, "\n".join(shares.unknown)
    assert not shares.nobody, "\n".join(shares.nobody)


def test_pages_of_the_hub_are_sound(shares, hub, browser_for):
    assert len(shares.coordinator) > 10
    wrong = look(browser_for, hub.coordinator, shares.coordinator)
    assert not wrong, told(wrong)


def test_pages_for_everybody_are_sound(shares, browser_for):
    wrong = look(browser_for, None, shares.strangers)
    assert not wrong, told(wrong)


def test_ones_own_pages_are_sound(shares, hub, browser_for):
    assert "today.me" in shares.participant
    wrong = look(browser_for, hub.participant, shares.participant)
    assert not wrong, told(wrong)


def test_error_pages_are_sound(hub, browser_for):
    with browser_for(hub.coordinator) as window:
        window.page.goto("/nothing-here")
        window.faults.clear()  # the browser calls the 404 itself an error
        for viewport in VIEWPORTS.values():
            window.wear(viewport, "dark")
            assert sound(window) == []


EMPTY = ("/", "/programs", "/sessions", "/cases", "/people", "/certificates", "/letters", "/duties", "/me")
REFUSED = ("/programs/new", "/statement/new", "/me/settings")


def test_empty_pages_are_sound_in_both_themes_at_both_sizes(make, browser_for):
    """What a hub sees on its first day, before there is anything."""
    wrong = {}
    with browser_for(make.coordinator()) as window:
        for url in EMPTY:
            window.open(url)
            wrong |= {f"{url} {worn}": faults for worn, faults in worn_by(window) if faults}
    assert not wrong, told(wrong)


def test_refused_forms_are_sound_in_both_themes_at_both_sizes(make, browser_for):
    """A form sent as it must not be: the summary has the focus, and nothing is wrong with the page."""
    wrong = {}
    with browser_for(make.coordinator()) as window:
        for url in REFUSED:
            page = window.open(url)
            page.evaluate(
                "for (const field of document.querySelectorAll('main form input[type=text], main textarea')) field.value = ''"
            )
            page.locator("main form button").last.click()
            page.wait_for_selector("[data-errors]")
            page.wait_for_selector("[data-errors]:focus")  # its script may come later
            window.faults.clear()  # the browser calls the 422 itself an error
            wrong |= {f"{url} {worn}": faults for worn, faults in worn_by(window) if faults}
    assert not wrong, told(wrong)


ALL_LOOKS = tuple((size, theme) for size in VIEWPORTS for theme in THEMES)
TWO_LOOKS = (("phone", "dark"), ("desk", "light"))


def worn_by(window, looks=ALL_LOOKS, *, whole: int | None = None):
    """The page as it stands, at these sizes in these themes; with `whole` axe looks at that one of them only."""
    for number, (size, theme) in enumerate(looks):
        window.wear(VIEWPORTS[size], theme)
        seen = sound(window) if whole in {None, number} else [*window.faults, *sideways(window.page)]
        yield f"({size}, {theme})", seen


def test_the_look_finds_what_is_wrong(hub, browser_for):
    """A browser test that cannot fail would be none."""
    with browser_for() as window:
        window.open("/sign-in")
        assert sound(window) == []
        window.page.evaluate(f"document.querySelector('main').insertAdjacentHTML('beforeend', `{BROKEN}`)")
        window.page.evaluate("document.querySelector('.wide').style.cssText = 'display:block;width:3000px'")
        faults = "\n".join(sound(window))
    assert "axe image-alt" in faults
    assert "scrolls sideways" in faults
    assert "Content Security Policy" in faults
