"""Imports point down: from feature to feature by the order of the shelf, and from room to room within one."""

import sys
from pathlib import Path

import pytest

from echo_sessions import FEATURES
from tests.house.plan import EDGES, GROUND, HOUSE, ROOMS, feature_of, imports, module_of, name, sources

FEATURE_FILES = [path for path in sources() if feature_of(path)]
REQUEST = frozenset({"request", "session", "flash", "redirect", "abort", "Blueprint", "g"})


def is_page(path: Path) -> bool:
    """Pages, forms and the commands of a feature stand at the edge of the house."""
    return (
        path.stem.endswith("views")
        or path.stem in {"blueprint", "command", "preview"}
        or feature_of(path) in {"demo", "api"}
    )


@pytest.mark.parametrize("path", FEATURE_FILES, ids=name)
def test_imports_point_down_the_shelf(path):
    """A page may show anything, so views may look sideways; nothing else knows a higher feature."""
    here = FEATURES.index(feature_of(path))
    for top, *rest in imports(path):
        if top == "echo_sessions" and rest[0] in FEATURES and not is_page(path):
            assert FEATURES.index(rest[0]) <= here, f"{name(path)} must not know about {rest[0]}, which is above it"


@pytest.mark.parametrize("path", [p for p in FEATURE_FILES if p.stem in ROOMS], ids=name)
def test_rooms_are_entered_from_above(path):
    feature, room = feature_of(path), path.stem
    for top, *rest in imports(path):
        if top == "echo_sessions" and rest[0] == feature and len(rest) > 1 and rest[1] in ROOMS:
            assert ROOMS.index(rest[1]) < ROOMS.index(room), f"{room}.py must not import {rest[1]}.py"


@pytest.mark.parametrize("path", FEATURE_FILES, ids=name)
def test_only_pages_know_about_requests(path):
    """Verbs take values: who asks and what was typed is the view's business."""
    if is_page(path) or path.stem.endswith("forms") or path.stem == "sign_in":
        return
    for top, *rest in imports(path):
        if top in {"flask", "flask_login", "flask_wtf"}:
            assert not REQUEST & set(rest), f"{name(path)} must not know about requests ({'.'.join(rest)})"
        if top == "echo_sessions":
            assert rest[0] != "web" or path.stem == "emails", f"only pages use the web toolkit, not {name(path)}"


@pytest.mark.parametrize("path", [p for p in FEATURE_FILES if p.stem == "rules"], ids=name)
def test_rules_are_plain_python(path):
    """The standard library, errors, words, other rules, and named siblings that are as plain themselves."""
    assert foreign(path, set()) == set()


def foreign(path: Path, seen: set[Path]) -> set[str]:
    """What a module needs, itself or through others of the house, that is not plain Python."""
    seen.add(path)
    found = set()
    for top, *rest in imports(path):
        if top != "echo_sessions":
            found |= {top} - sys.stdlib_module_names
        elif rest[0] == "clock" or rest[0] in {"database", "web", "outside", "config"}:
            found.add(".".join(rest))
        elif (needed := module_of(rest)) and needed not in seen:
            found |= foreign(needed, seen)
    return found


@pytest.mark.parametrize("path", [HOUSE / f"{ground}.py" for ground in GROUND], ids=name)
def test_the_ground_knows_nobody_above_it(path):
    for top, *rest in imports(path):
        if top == "echo_sessions" and rest:
            assert rest[0] in GROUND, f"{name(path)} lies below {rest[0]}"


@pytest.mark.parametrize("path", sources(HOUSE / "outside"), ids=name)
def test_foreign_countries_know_only_the_ground(path):
    for top, *rest in imports(path):
        if top == "echo_sessions" and rest:
            assert rest[0] in {*GROUND, "outside"}, f"{name(path)} must not know {rest[0]}"


def test_every_folder_has_its_place():
    folders = {path.parent.relative_to(HOUSE).parts[0] for path in sources() if path.parent != HOUSE}
    assert folders <= {*FEATURES, "outside", "web"}, "a new feature is put into FEATURES, where its place is decided"
    files = {path.stem for path in HOUSE.glob("*.py")}
    assert files <= {*GROUND, *EDGES}, "a module of the ground or of the edges is named in tests/house/plan.py"


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "core", "base"}
    assert {name(path) for path in sources() if path.stem in empty} == set()
