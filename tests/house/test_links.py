"""What mailed links open: the table in docs/links.md against the house, both ways, and as a stranger who has all of them."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from echo_sessions import clock
from echo_sessions.certificates import ways as certificate_ways
from echo_sessions.config import ROOT
from echo_sessions.people import addresses
from echo_sessions.people.rules import LINK_LIVES
from echo_sessions.programs import rules as programs
from tests.house.plan import HOUSE, imports, name, sources, tree
from tests.house.routes import routes
from tests.house.world import special, world
from tests.links import altered
from tests.make import Make

ROW = re.compile(r"^\| `([a-z_-]+)` \| (.+?) \| `([a-z_.]+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.M)
TABLE = {row[0]: row for row in ROW.findall((ROOT / "docs" / "links.md").read_text(encoding="utf-8"))}
PAGES = {row[2] for row in TABLE.values()}
OPEN_BESIDES = {"people.sign_in": "the door itself", "certificates.verify": "a code on paper, no secret"}
NEVER = (
    "cases.",
    "attendance.",
    "programs.list_people",
    "programs.show_person",
    "programs.list_",
    "verification.",
    "conduct.",
)
"""Pages that no link may open by itself."""
LIVES = {
    "sign-in": (LINK_LIVES, "15 minutes"),
    "address": (addresses.LIVES, "24 hours"),
    "enrolment": (programs.CONFIRM_LIVES, "3 days"),
    "observe": (programs.CONFIRM_LIVES, "3 days"),
    "certificate": (certificate_ways.LIVES, "30 days"),
}


def purposes() -> Iterator[tuple[str, str]]:
    """Each purpose that a link is made for, and where."""
    for path in sources():
        if path.name == "links.py" or path == HOUSE / "people" / "service.py":
            continue
        for function in (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                given = purpose_of(call)
                if given is not None:
                    yield from ((said, name(path)) for said in values(path, function, given))


def purpose_of(call: ast.Call) -> ast.expr | None:
    """What a call of `links.make` or `make_link` gives as the purpose."""
    called = ast.unparse(call.func)
    if called == "links.make":
        return call.args[1]
    if called.rsplit(".", 1)[-1] == "make_link":
        return next(each.value for each in call.keywords if each.arg == "purpose")
    return None


def values(path: Path, function: ast.FunctionDef, given: ast.expr) -> list[str]:
    """What the expression stands for: a word, a constant of some module, or what a function's callers give it."""
    if isinstance(given, ast.Constant):
        return [given.value]
    places = [argument.arg for argument in function.args.args]
    if isinstance(given, ast.Name) and given.id in places:
        place = places.index(given.id)
        calls = [
            node
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == function.name
        ]
        return [said for call in calls for said in values(path, function, call.args[place])]
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found: Any = module
    for word in ast.unparse(given).split("."):
        found = getattr(found, word)
    return [found]


def pointed_to() -> dict[str, str]:
    """The pages that letters point to, and the module that does: whatever composes a letter, and the makers of links."""
    found = {}
    for path in sources():
        composes = any(what[:4] == ("echo_sessions", "mail", "compose", "compose") for what in imports(path))
        if not (composes or path.stem in {"ways", "emails", "letters", "delegates"}):
            continue
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) == "url_for"
                and isinstance(node.args[0], ast.Constant)
            ):
                found[node.args[0].value] = name(path)
    return found


def test_every_purpose_has_its_row_and_every_row_its_purpose():
    made = dict(purposes())
    assert {f"{purpose} ({where})" for purpose, where in made.items() if purpose not in TABLE} == set()
    assert TABLE.keys() - made.keys() == set(), "nothing makes such a link any more"
    assert len(made) > 10


def test_every_page_in_a_letter_is_in_the_table_or_asks_for_sign_in(whole_app):
    guards = {route.endpoint: route.guard for route in routes(whole_app)}
    letters = pointed_to()
    open_ones = {page for page in letters if guards[page] == "open_to_all"}
    assert {f"{page} ({letters[page]})" for page in open_ones - PAGES - OPEN_BESIDES.keys()} == set()
    assert {
        page for page in letters if page not in PAGES and guards[page] not in {"signed_in", "staff_only", "open_to_all"}
    } == set()
    assert len(letters) > 20


def test_the_pages_in_the_table_need_no_sign_in_and_are_none_of_those_that_no_link_opens(whole_app):
    guards = {route.endpoint: route.guard for route in routes(whole_app)}
    assert {page: guards.get(page) for page in PAGES} == dict.fromkeys(PAGES, "open_to_all")
    assert {page for page in PAGES if page.startswith(NEVER)} == set()
    closed = {page: guard for page, guard in guards.items() if page.startswith(NEVER)}
    assert {page for page, guard in closed.items() if guard not in {"signed_in", "staff_only"}} == set()
    assert len(closed) > 20


@pytest.mark.parametrize(("purpose", "lives", "words"), [(each, *told) for each, told in LIVES.items()])
def test_links_live_as_long_as_the_table_says(purpose, lives, words):
    number, unit = words.split()
    assert timedelta(**{unit: int(number)}) == lives
    assert words in TABLE[purpose][4]


@pytest.fixture
def told(app: Flask):
    """A hub with one of each, and every link of the table that it has, as a stranger would hold them."""
    it = world(Make(now=clock.now()))
    return it, {page: url for page, url in special(it).items() if page in PAGES}


def test_a_stranger_with_every_link_sees_no_case_no_directory_and_no_register(told, client):
    it, links = told
    assert len(links) > 7
    others = [it.case.code, it.case_presented.code, it.coordinator.address, "Treat for twelve weeks", "Mary Phiri"]
    for page, url in links.items():
        visitor = client.as_()
        answer = visitor.get(url)
        assert answer.status_code in {200, 302, 303, 409, 410}, page
        body = answer.get_data().decode(errors="replace")
        allowed = {"Mary Phiri"} if page in {"programs.confirm_enrolment"} else set()
        assert [word for word in others if word in body and word not in allowed] == [], page
        for closed in (
            f"/cases/{it.case.code}",
            f"/cases/{it.case_presented.code}/recommendations.pdf",
            "/people",
            f"/sessions/{it.held.code}/register",
        ):
            assert visitor.get(closed).status_code in {302, 404}, f"{page} opened {closed}"


def test_looking_at_a_link_changes_nothing(told, client):
    """Mail scanners look, several times; a second look gives the same page."""
    _it, links = told
    for page, url in links.items():
        first, second = (client.as_().get(url) for _ in range(2))
        assert first.status_code == second.status_code, page


@pytest.mark.parametrize("change", [lambda token: token[::-1], altered, lambda token: token.lower()])
def test_a_changed_link_opens_nothing(told, client, change):
    _it, links = told
    for page, url in links.items():
        start, _, token = url.rpartition("/")
        if change(token) != token:
            assert client.as_().get(f"{start}/{change(token)}").status_code in {404, 409, 410}, page


def test_a_link_for_one_purpose_is_nothing_for_another(told, client):
    _it, links = told
    for page, url in links.items():
        for other, elsewhere in links.items():
            if page != other and not {page, other} <= {
                "sessions.feed",
                "sessions.calendar_list",
                "sessions.calendar_file",
            }:
                borrowed = elsewhere.rpartition("/")[0] + "/" + url.rpartition("/")[2]
                assert client.as_().get(borrowed).status_code in {404, 409, 410}, f"{page}'s token opened {other}"
