"""The papers point to what is there, and name only commands, modules and accounts that exist."""

import re
from pathlib import Path

import pytest

from echo_sessions.config import ROOT
from echo_sessions.demo.command import PASSWORD
from echo_sessions.demo.story import accounts
from tests.house.test_setup import commands

PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"echo-sessions ([a-z]+(?: [a-z-]+)?)")
MODULE = re.compile(r"`(?:echo_sessions/)?((?:[a-z_]+/)*[a-z_]+\.py)`")
EXAMPLES = {
    "blueprint.py",
    "command.py",
    "forms.py",
    "jobs.py",
    "models.py",
    "policy.py",
    "queries.py",
    "rules.py",
    "service.py",
    "views.py",
    "emails.py",
}
"""Rooms, spoken of in general."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_links_lead_somewhere(paper):
    targets = {
        link.partition("#")[0]
        for link in LINK.findall(paper.read_text(encoding="utf-8"))
        if "://" not in link and not link.startswith("#")
    }
    assert {target for target in targets if not (paper.parent / target).exists()} == set()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_commands_exist(paper):
    known = {words.removeprefix("echo-sessions ") for words, _ in commands()}
    groups = {words.split()[0] for words in known}
    told = set()
    for words in COMMAND.findall(paper.read_text(encoding="utf-8")):
        first = words.split()[0]
        told.add(words if first in groups - known else first)
    assert told - known == set()


@pytest.mark.parametrize("paper", PAPERS, ids=name)
def test_modules_exist(paper):
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in ("echo_sessions", "tests", "tools", "migrations")
        for path in (ROOT / folder).rglob("*.py")
    }
    named = set(MODULE.findall(paper.read_text(encoding="utf-8"))) - EXAMPLES
    assert {
        module for module in named if not any(path == module or path.endswith("/" + module) for path in there)
    } == set()


def test_every_paper_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    papers = [path for path in (ROOT / "docs").rglob("*.md") if path.name != "README.md"]
    assert {name(path) for path in papers if path.relative_to(ROOT / "docs").as_posix() not in index} == set()


def test_the_walk_uses_the_accounts_of_the_demo():
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {address for _, address in accounts() if address not in told} == set()
    assert f"`{PASSWORD}`" in told
