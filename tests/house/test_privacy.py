"""What is told about patients is read in cases/ only, and goes neither into letters nor into jobs, logs or the audit.

The rows that hold such text are reached through a case only by these names, so nobody else may write them.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.house.plan import HOUSE, TEMPLATES, feature_of, imports, name, sources, tree

TOLD = frozenset({"answers", "reviews", "recommendations", "hits"})
"""Attributes of a case that hold, or lead to, what is told about a patient."""
ROWS = frozenset({"Review", "Recommendation", "Hit"})
OUTSIDE = [path for path in sources() if feature_of(path) != "cases"]
MODULES = frozenset({"self", "service", "queries", "emails", "rules", "policy", "views"})
COUNTED = frozenset({"len", "bool"})
"""How many there are tells nothing about anybody."""
PAGES = sorted(
    path
    for path in TEMPLATES.rglob("*")
    if path.is_file() and path.relative_to(TEMPLATES).parts[0] != "cases" and path.stem != "recommendations"
)


def read(path: Path) -> set[str]:
    """The telling names that a module uses: as attributes, in getattr, or by importing their rows."""
    found, knows_cases = set(), any(what[:2] == ("echo_sessions", "cases") for what in imports(path))
    for node in told_nodes(tree(path)):
        if isinstance(node, ast.Attribute) and node.attr in TOLD and is_a_cases(node, knows_cases):
            found.add(node.attr)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "getattr":
            found |= {word.value for word in node.args if isinstance(word, ast.Constant)} & TOLD
        elif isinstance(node, ast.ImportFrom) and node.module == "echo_sessions.cases.models":
            found |= {alias.name for alias in node.names} & ROWS
    return found


def told_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """All parts of the source but for what is only counted."""
    yield node
    if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in COUNTED):
        for part in ast.iter_child_nodes(node):
            yield from told_nodes(part)


def is_a_cases(node: ast.Attribute, knows_cases: bool) -> bool:
    """Whether this may be a case's attribute: other things have `answers` too, where nobody has imported a case."""
    owner = ast.unparse(node.value).rsplit(".", 1)[-1]
    return owner == "case" or owner.endswith("_case") or (knows_cases and owner not in MODULES)


@pytest.mark.parametrize("path", OUTSIDE, ids=name)
def test_nobody_outside_cases_reads_what_is_told_about_patients(path):
    assert read(path) == set()


def test_letters_about_cases_read_it_neither():
    assert read(HOUSE / "cases" / "emails.py") == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_no_page_outside_cases_shows_it(whole_app, path):
    found = whole_app.jinja_env.parse(path.read_text(encoding="utf-8"))
    shown = [node for node in found.find_all(nodes.Getattr) if node.attr in TOLD]
    owners = {getattr(node.node, "name", None) or getattr(node.node, "attr", "?") for node in shown}
    assert {owner for owner in owners if owner == "case" or owner.endswith("_case")} == set()


def test_no_log_line_no_job_and_no_audit_carries_it():
    """Neither `log.…(…)`, `audit.record(…)`, `jobs.queue(…)` nor `Refused(…)` is given an attribute that holds text."""
    carried = set()
    for path in sources(HOUSE / "cases"):
        for call in (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call) and carries(node)):
            carried |= {
                f"{name(path)}:{part.lineno} {part.attr}"
                for part in told_nodes(call)
                if isinstance(part, ast.Attribute)
                and part.attr in TOLD | {"note", "text", "words"}
                and part is not call.func
            }
    assert carried == set()


def carries(call: ast.Call) -> bool:
    """Whether what it is given leaves the house of cases, or is kept where others look."""
    called = ast.unparse(call.func)
    return called.startswith("log.") or called in {
        "audit.record",
        "jobs.queue",
        "Refused",
        "BadInput",
        "TryLater",
        "GaveUp",
    }


def test_the_search_finds_it_where_it_is():
    inside = {word for path in sources(HOUSE / "cases") for word in read(path)}
    assert "answers" in inside or not (HOUSE / "cases" / "service.py").exists()
