"""Letters are whole: subject, plain words and HTML, with the same sentences; each is sent by something. Jobs have handlers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from echo_sessions.jobs.handlers import EVERY, HANDLERS
from tests.house.plan import HOUSE, TEMPLATES, name, sources, tree

LETTERS = sorted(
    {path.relative_to(TEMPLATES / "mail").with_suffix("").as_posix() for path in (TEMPLATES / "mail").rglob("*.*")}
)
PARTS = ("subject", "txt", "html")


def first_words(verb: str) -> Iterator[tuple[str, str]]:
    """The first argument of every call of that name that is written out, and where."""
    for path in sources():
        for node in ast.walk(tree(path)):
            if (
                isinstance(node, ast.Call)
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == verb:
                    yield node.args[0].value, name(path)


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_all_its_parts(letter):
    assert [part for part in PARTS if not (TEMPLATES / "mail" / f"{letter}.{part}").exists()] == []


@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_says_the_same_in_both_forms(whole_app, letter):
    plain, html = (sentences(whole_app, TEMPLATES / "mail" / f"{letter}.{part}") for part in ("txt", "html"))
    assert plain == html


@pytest.mark.parametrize("letter", LETTERS)
def test_the_subject_is_one_sentence_for_the_translators(letter):
    subject = (TEMPLATES / "mail" / f"{letter}.subject").read_text(encoding="utf-8").strip()
    assert re.search(r"\b_\(|\bngettext\(", subject), "a subject is translated like everything else"
    assert re.sub(r"\{[{%#].*?[}%#]\}", "", subject, flags=re.S).strip(" :·–—\n") == "", "its words stand inside _( )"


def test_every_letter_is_sent_by_something_and_every_one_that_is_sent_exists():
    composed = {kind for kind, _ in first_words("compose")}
    strings = {word for path in sources() for word in constants(path)}
    assert {letter for letter in LETTERS if letter not in strings and not is_named(letter)} == set(), (
        "nobody sends these"
    )
    assert composed - set(LETTERS) == set(), "these have no template"


def is_named(letter: str) -> bool:
    """Whether its feature's `emails.py` names it, where the feature is put before the name for all letters at once."""
    feature, _, own = letter.partition("/")
    path = HOUSE / feature / "emails.py"
    return path.exists() and own in constants(path)


def test_every_job_that_is_asked_for_has_a_handler_and_every_handler_is_asked_for(whole_app):
    asked = {job: where for job, where in first_words("queue")}
    assert {f"{job} ({where})" for job, where in asked.items() if job not in HANDLERS} == set()
    ours = {job for job in HANDLERS if not job.startswith("test.")}
    strings = {word for path in sources() if path.name != "jobs.py" for word in constants(path)}
    assert {job for job in ours if job not in asked and job not in EVERY and job not in strings} == set()
    assert len(ours) > 1


def test_a_jobs_name_begins_with_its_feature(whole_app):
    for job, act in HANDLERS.items():
        if not job.startswith("test."):
            assert act.__module__.split(".")[1] == job.split(".")[0], f"{job} is handled in {act.__module__}"


def constants(path: Path) -> set[str]:
    return {
        node.value for node in ast.walk(tree(path)) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def sentences(app, path: Path) -> set[str]:
    """The msgids of a template."""
    found = app.jinja_env.extract_translations(
        path.read_text(encoding="utf-8"), gettext_functions=("_", "gettext", "ngettext")
    )
    return {message if isinstance(message, str) else message[0] for _line, _function, message in found if message}


def test_the_letters_are_looked_for_where_they_are():
    assert "people/sign_in_link" in LETTERS and (HOUSE / "mail" / "compose.py").exists()
