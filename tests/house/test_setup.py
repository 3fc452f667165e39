"""What a newcomer's machine relies on: pins that name no place, settings and commands that are explained."""

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from packaging.requirements import Requirement

from echo_sessions.cli import main
from echo_sessions.config import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+?))? \\\n(?P<hashes>(?:    --hash=.+\n?)+)", re.M
)
# Put together here, so that this file does not find itself.
PLACES = (
    "--index" + "-url",
    "--extra-index" + "-url",
    "--find" + "-links",
    "--default" + "-index",
    "tool.uv" + ".index",
)
SOMEBODYS_MACHINE = re.compile(r"(?<![\w.~-])/(?:root|home/(?!echo\b)\w+|Users/\w+|work/\w+)/")
SETTING = re.compile(r"\bECHO_[A-Z][A-Z_]*[A-Z]\b")


def committed() -> list[Path]:
    """Every file that git keeps, or would keep; all that is here where there is no git."""
    words = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        folders = ("echo_sessions", "templates", "tests", "docs", "migrations", "tools", "requirements")
        listed = [str(path) for folder in folders for path in (ROOT / folder).rglob("*")]
    paths = [ROOT / name for name in listed if name and "__pycache__" not in name]
    return [path for path in paths if path.is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every committed file that is text."""
    for path in committed():
        data = path.read_bytes()
        if b"\0" not in data:
            yield path.relative_to(ROOT).as_posix(), data.decode("utf-8", "replace")


def pins(lock: Path) -> dict[str, set[str]]:
    """The pinned versions of each package: several where they depend on the Python or the system."""
    found: dict[str, set[str]] = {}
    for pin in PIN.finditer(lock.read_text(encoding="utf-8")):
        found.setdefault(normal(pin["name"]), set()).add(pin["version"])
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def commands(command: click.Command = main, path: str = "echo-sessions") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with the words that call it."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from commands(below, f"{path} {name}")
    else:
        yield path, command


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_pins_name_no_place_and_are_all_hashed(lock):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert PIN.sub("", text).strip() == ""
    assert len(pins(lock)) > 50


def test_no_file_says_where_to_download_from():
    assert [(name, place) for name, text in texts() for place in PLACES if place in text] == []
    names = {path.name for path in committed()}
    assert names & {"uv.lock", "pylock.toml", "pip.conf", "uv.toml", ".pypirc", "Pipfile.lock", "poetry.lock"} == set()


def test_no_file_names_a_folder_of_somebodys_machine():
    assert [(name, found[0]) for name, text in texts() if (found := SOMEBODYS_MACHINE.search(text))] == []


def test_everything_that_is_needed_is_pinned_at_a_version_that_will_do():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name in ("postgres", "redis") for line in project["optional-dependencies"][name]]
    have = pins(ROOT / "requirements" / "base.txt")
    for line in project["dependencies"] + extras:
        wanted = Requirement(line)
        versions = have.get(normal(wanted.name), set())
        assert versions, f"{wanted.name} is not pinned: make lock"
        assert all(wanted.specifier.contains(version) for version in versions), f"{line}, pinned {versions}: make lock"


def test_what_is_tested_is_what_runs():
    base, test = (pins(ROOT / "requirements" / name) for name in ("base.txt", "test.txt"))
    assert {name: versions for name, versions in base.items() if test.get(name) != versions} == {}


def test_every_setting_is_explained_and_no_other():
    read = set(SETTING.findall((ROOT / "echo_sessions" / "config.py").read_text(encoding="utf-8")))
    told = set(SETTING.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert read == told


@pytest.mark.parametrize(
    ("words", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_shows_an_example_of_itself(words, command):
    assert "Example:" in (command.help or "")
    assert words in command.help


def test_every_make_target_that_the_papers_name_is_there():
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    papers = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    named = {
        (path.name, name)
        for path in papers
        for name in re.findall(r"(?:`|^)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert {(paper, name) for paper, name in named if name not in targets} == set()


@pytest.mark.parametrize(
    "path", [ROOT / ".ci" / "run", *sorted((ROOT / "tools").glob("*.sh"))], ids=lambda path: path.name
)
def test_scripts_can_be_run(path):
    assert os.access(path, os.X_OK)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/")
