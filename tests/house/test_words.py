"""Every sentence for people reaches the translators: it is written where it can be collected, whole, and once."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from echo_sessions.config import ROOT
from tests.house.plan import name, sources, tree

CALLS = frozenset({"_", "_l", "gettext", "lazy_gettext", "ngettext", "Refused", "BadInput", "Stale", "Said", "msgid"})
PLACE = re.compile(r"%\((\w+)\)")
COUNTED = {"num", "number", "count"}
"""A singular may leave out its number: "one case" beside "%(num)s cases"."""


@pytest.fixture(scope="module")
def collected(tmp_path_factory) -> Catalog:
    """What `make messages` collects."""
    file = tmp_path_factory.mktemp("words") / "messages.pot"
    done = subprocess.run([ROOT / "tools" / "messages.sh", "--only", file], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with file.open("rb") as opened:
        return read_po(opened)


def sentences(catalogue: Catalog) -> Iterator[tuple[str, ...]]:
    """Each message as its forms: one, or singular and plural."""
    for message in catalogue:
        if message.id:
            yield message.id if isinstance(message.id, tuple) else (message.id,)


def test_there_are_sentences_of_pages_letters_rules_and_refusals(collected):
    assert len(collected) > 500
    for sentence in (
        "A name is needed.",
        "Sign in",
        "Somebody else has just saved this. Nothing of theirs was overwritten: look at it, then save again.",
    ):
        assert sentence in collected


def test_sentences_are_not_padded(collected):
    assert [
        forms for forms in sentences(collected) if any(form != form.strip() or "\n" in form for form in forms)
    ] == []


def test_places_are_written_in_a_way_that_python_fills(collected):
    """`%(name)` without its s, or a lone % beside a place, would fail only when the sentence is shown."""
    broken = []
    for form in (form for forms in sentences(collected) for form in forms if PLACE.search(form)):
        try:
            form % dict.fromkeys(PLACE.findall(form), 1)
        except (ValueError, TypeError):
            broken.append(form)
    assert broken == []


def test_singular_and_plural_have_the_same_places(collected):
    pairs = [forms for forms in sentences(collected) if len(forms) == 2]
    assert len(pairs) > 10
    places = [(pair, *(set(PLACE.findall(form)) - COUNTED for form in pair)) for pair in pairs]
    assert [pair for pair, one, more in places if one != more] == []


@pytest.mark.parametrize("path", sources(), ids=name)
def test_no_sentence_is_put_together_from_pieces(path):
    """A sentence made by an f-string or by adding is another one each time, and no catalogue has it."""
    assert list(pieced(path)) == []


def pieced(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in CALLS and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
                yield f"line {node.lineno}: {ast.unparse(node.args[0])}"


def test_pieces_are_found(tmp_path):
    """So that a slip above cannot make it pass."""
    file = tmp_path / "broken.py"
    file.write_text('Refused(f"{name} is gone")\n_("a" + name)\nmail.gettext("fine")\n')
    assert len(list(pieced(file))) == 2
