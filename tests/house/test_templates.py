"""Templates: each is shown by something, holds nothing inline, asks no query, and keeps its sentences for the translators."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from jinja2 import nodes

from tests.house.plan import HOUSE, TEMPLATES, sources
from tests.house.test_letters import constants, is_named

FILES = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
NAMES = {path: path.relative_to(TEMPLATES).as_posix() for path in FILES}
PAGES = [path for path, name in NAMES.items() if not name.startswith(("mail/", "pdf/", "layout/letter."))]
"""Letters carry their style with them, since mail programs know no other; so does paper."""
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)|javascript:", re.I)
QUERIES = frozenset({"query", "scalars", "scalar", "execute", "filter_by", "commit", "flush", "add", "delete"})
WAITING = frozenset({"layout/live.html"})
"""The sheet for a second screen, described in docs/design.md."""
NO_SENTENCE = frozenset(
    {
        "ECHO",
        "Sessions",
        "UTC",
        "CSV",
        "PDF",
        "UID",
        "iCalendar",
        "Zoom",
        "Microsoft",
        "Teams",
        "Google",
        "Meet",
        "Webex",
    }
)


def name(path: Path) -> str:
    return NAMES[path]


def parsed(app, path: Path) -> nodes.Template:
    return app.jinja_env.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=name)
def test_it_can_be_read(whole_app, path):
    parsed(whole_app, path)


def test_every_template_is_shown_by_something(whole_app):
    strings = {word for path in sources() for word in constants(path)}
    used = set(strings)
    for path in FILES:
        for node in parsed(whole_app, path).find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            used |= {constant.value for constant in node.template.find_all(nodes.Const)} | {
                getattr(node.template, "value", "")
            }
    library = Path(find_spec("flask_security").origin).parent / "templates"
    shown = {
        path
        for path, where in NAMES.items()
        if where in used
        or (
            where.startswith("mail/")
            and (where[5:].rsplit(".", 1)[0] in strings or is_named(where[5:].rsplit(".", 1)[0]))
        )
        or (where.startswith("pdf/") and (where[4:] in used or path.name in used or path.stem in strings))
        or (where.startswith("security/") and (library / where).exists())
        or where.startswith("layout/letter.")
        or where in WAITING
        or is_named_by_a_view(where)
    }
    assert {NAMES[path] for path in FILES if path not in shown} == set(), (
        "nothing shows these; show them or remove them"
    )


def is_named_by_a_view(where: str) -> bool:
    """Whether a page's module of its feature names it, where the feature is put before the name for several pages at once."""
    feature, _, own = where.partition("/")
    return any(own.removesuffix(".html") in constants(path) for path in (HOUSE / feature).glob("*views.py"))


def test_every_template_that_is_shown_exists():
    wanted = {word for path in sources() for word in constants(path) if re.fullmatch(r"[a-z_]+/[a-z_]+\.html", word)}
    there = set(NAMES.values()) | {where.removeprefix("pdf/") for where in NAMES.values()}
    assert wanted - there == set()


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_nothing_is_inline(path):
    """The content security policy refuses inline styles and scripts, so they would silently do nothing."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert INLINE.findall(text) == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_query_is_asked(whole_app, path):
    tree = parsed(whole_app, path)
    asked = {
        f"{node.node.name}.{node.attr}"
        for node in tree.find_all(nodes.Getattr)
        if isinstance(node.node, nodes.Name) and node.node.name in {"db", "queries"}
    }
    asked |= {
        node.node.attr
        for node in tree.find_all(nodes.Call)
        if isinstance(node.node, nodes.Getattr) and node.node.attr in QUERIES
    }
    assert asked == set()


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".html"], ids=name)
def test_sentences_are_kept_for_the_translators(whole_app, path):
    """Words between tags, and in the attributes that people see or hear, stand inside _( )."""
    assert bare_words(whole_app, path) == []


def bare_words(app, path: Path) -> list[str]:
    pieces = [node.data for node in parsed(app, path).find_all(nodes.TemplateData)]
    text = re.sub(
        r"<!doctype[^>]*>|<!--.*?-->|<(style|script|pre|code)\b.*?</\1>", " ", "\0".join(pieces), flags=re.S | re.I
    )
    heard = re.findall(r"\b(?:aria-label|title|placeholder|alt)=\"([^\"\0]*[A-Za-z]{3}[^\"\0]*)\"", text)
    between = re.sub(r"[\w-]+=\"[^\"]*\"", " ", re.sub(r"<[^>]*>", " ", text))
    seen = re.findall(r"&[a-z]+;|([A-Za-z][a-z]{2,})", between)
    return [words for words in [*heard, *seen] if words and not set(words.split()) <= NO_SENTENCE]
