"""The table of docs/zoom.md has all twenty-three points, and every test that it names exists."""

import ast
import re

from echo_sessions.config import ROOT

ROW = re.compile(r"^\| (\d+) \|[^|]+\|(.+)\|$", re.MULTILINE)
NAMED = re.compile(r"`([a-z_]+/test_[a-z_]+\.py)::(test_\w+)`")


def rows():
    return ROW.findall((ROOT / "docs" / "zoom.md").read_text(encoding="utf-8"))


def test_each_point_has_its_row_and_its_tests():
    assert [int(number) for number, _ in rows()] == list(range(1, 24))
    assert [number for number, tests in rows() if not NAMED.search(tests)] == []


def test_every_test_that_is_named_exists():
    named = {pair for _, tests in rows() for pair in NAMED.findall(tests)}
    there = {
        (path, node.name)
        for path in {path for path, _ in named}
        if (ROOT / "tests" / path).exists()
        for node in ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    }
    assert named - there == set()
