"""The page about security names only what is there; and rules of the code that keep whole kinds of holes out."""

import ast
import re
from collections import Counter

import pytest

from echo_sessions.config import ROOT
from tests.house.plan import HOUSE, name, sources, tree

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| (V\d+\.\d+(?:\.\d+)?) \| ([^|]+) \| (met|not met|not applicable) \| ([^|]*)\|")
ROWS = [match.groups() for match in ROW.finditer(PAGE)]
SECTIONS = {where: verdict for where, _, verdict, _ in ROWS if where.count(".") == 1}
REQUIREMENTS = [(where, verdict, evidence.strip()) for where, _, verdict, evidence in ROWS if where.count(".") == 2]
LEVEL_3 = frozenset({"V2.3.5", "V6.3.7", "V6.3.8", "V8.3.2", "V1.2.10"})
IN_SECTION = {
    "V1.1": 2, "V1.2": 10, "V1.3": 11, "V1.4": 3, "V1.5": 2, "V2.1": 3, "V2.2": 3, "V2.3": 5, "V2.4": 1,
    "V5.1": 1, "V5.2": 3, "V5.3": 2, "V5.4": 3, "V6.1": 3, "V6.2": 12, "V6.3": 6, "V6.4": 4, "V6.5": 5, "V6.6": 3, "V6.8": 4,
    "V7.1": 3, "V7.2": 4, "V7.3": 2, "V7.4": 5, "V7.5": 2, "V7.6": 2, "V8.1": 2, "V8.2": 3, "V8.3": 2, "V8.4": 1,
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section has, and those of level 3 that we list."""
CHAPTERS = {
    1: 5,
    2: 4,
    3: 7,
    4: 4,
    5: 4,
    6: 8,
    7: 6,
    8: 4,
    9: 2,
    10: 7,
    11: 7,
    12: 3,
    13: 4,
    14: 3,
    15: 4,
    16: 5,
    17: 3,
}


def test_every_section_of_the_standard_has_its_row():
    assert set(SECTIONS) == {
        f"V{chapter}.{number}" for chapter, count in CHAPTERS.items() for number in range(1, count + 1)
    }


def test_every_requirement_of_the_five_chapters_has_its_row():
    assert Counter(where.rsplit(".", 1)[0] for where, _, _ in REQUIREMENTS) == IN_SECTION
    assert len({where for where, _, _ in REQUIREMENTS}) == len(REQUIREMENTS)


def test_every_row_of_the_page_is_read():
    assert len(ROWS) == len(re.findall(r"^\| V\d", PAGE, re.M)), "a row has no verdict of the three, or lacks a column"


def test_a_section_is_met_only_when_all_of_it_is():
    by_section: dict[str, set[str]] = {}
    for where, verdict, _ in REQUIREMENTS:
        by_section.setdefault(where.rsplit(".", 1)[0], set()).add(verdict)
    for section, verdicts in by_section.items():
        expected = "not met" if "not met" in verdicts else "met" if "met" in verdicts else "not applicable"
        assert SECTIONS[section] == expected, section


@pytest.mark.parametrize(("where", "verdict", "evidence"), REQUIREMENTS, ids=[row[0] for row in REQUIREMENTS])
def test_what_is_met_has_evidence_that_exists(where, verdict, evidence):
    named = re.findall(r"`([^`]+)`", evidence)
    assert bool(named) == (verdict == "met"), "what is met names its evidence, and nothing else does"
    for place in named:
        path, _, test = place.partition("::")
        assert (ROOT / path).exists(), f"{path} is named as evidence and is not there"
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path} has no {test}"


CALLS = [
    (name(path), node, ast.unparse(node.func))
    for path in sources()
    for node in ast.walk(tree(path))
    if isinstance(node, ast.Call)
]


def test_nothing_is_run_through_a_shell_or_evaluated():
    forbidden = {"eval", "exec", "os.system", "os.popen", "render_template_string", "Template", "compile"}
    assert {(where, call) for where, _, call in CALLS if call in forbidden} == set()
    shells = {
        where
        for where, node, _ in CALLS
        for word in node.keywords
        if word.arg == "shell" and getattr(word.value, "value", None) is not False
    }
    assert shells == set()


def test_nothing_foreign_is_unpickled():
    read = {
        (where, call)
        for where, _, call in CALLS
        if re.fullmatch(r"(c?pickle|marshal|shelve|dill)\.\w+|yaml\.(load|unsafe_load)", call)
    }
    assert read == set()


def test_no_sql_is_put_together_from_text():
    """What is given to the database as text is a constant, but for names of tables in the two places that need them."""
    put_together = {
        where
        for where, node, call in CALLS
        if call.rsplit(".", 1)[-1] in {"text", "exec_driver_sql"} and node.args and not isinstance(node.args[0], (ast.Constant, ast.IfExp, ast.Name))
        and (call in {"text", "sqlalchemy.text"} or call.endswith("exec_driver_sql"))
        and not where.startswith("outside/")  # which speaks to no database; its `text` reads what a provider wrote
    }  # fmt: skip
    pragma = {"database.py", "sessions/queries.py"}
    assert put_together <= pragma, f"{put_together - pragma}: give the database values as parameters"


def test_patterns_are_constants():
    """A pattern is written down, or made of what was escaped; nothing that somebody typed becomes one."""
    made = {
        where
        for where, node, call in CALLS
        if call
        in {"re.compile", "re.search", "re.match", "re.fullmatch", "re.sub", "re.split", "re.findall", "re.finditer"}
        and node.args
        and any(
            isinstance(part, ast.Attribute) and ast.unparse(part).startswith(("request.", "form."))
            for part in ast.walk(node.args[0])
        )
    }
    assert made == set()


def test_secrets_are_compared_in_constant_time():
    """Nothing that is called a token, proof, digest or signature is compared with == where it comes from outside."""
    suspicious = re.compile(
        r"\b(token|proof|digest|signature|hmac|secret)\b\s*(==|!=)|(==|!=)\s*\w*(token|proof|digest|signature|hmac)\b"
    )
    found = {}
    for path in sources():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if suspicious.search(line.split("#")[0]):
                found[f"{name(path)}:{number}"] = line.strip()
    known = {place for place, line in found.items() if re.search(r"Job\.lease_token|plan\.digest", line)}
    assert set(found) - known == set(), "compare with hmac.compare_digest"


def test_too_much_is_refused(make, client):
    make.hub()
    mine = client.as_(make.person())
    body = (
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a.csv\r\n\r\n"
        + b"x" * (10 * 1024 * 1024)
        + b"\r\n--x--\r\n"
    )
    with mine.post("/me/settings", data=body, content_type="multipart/form-data; boundary=x") as answer:
        assert answer.status_code == 413 and "too large" in answer.get_data(as_text=True)


def test_the_house_sends_nothing_to_others():
    """Who reads our pages is told to nobody: no address of another site in what browsers load."""
    pages = [
        path
        for folder in (ROOT / "templates", HOUSE / "static")
        for path in folder.rglob("*")
        if path.suffix in {".html", ".js", ".css"}
    ]
    loads = re.compile(r"""(?:src|href|url\(|import)\s*[=(]?\s*["']?https?://(?!www\.w3\.org)""")
    told = {path.name for path in pages if loads.search(path.read_text(encoding="utf-8"))}
    assert told == set()
