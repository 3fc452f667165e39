"""Acts with one home: committing, asking the time, reading the environment, and a few more that must not spread."""

import ast
from pathlib import Path

import pytest

from tests.house.plan import HOUSE, name, sources, tree

HOMES = {
    "session.commit": ("database.py",),
    "datetime.now": ("clock.py",),
    "datetime.utcnow": (),
    "datetime.today": (),
    "date.today": (),
    "os.environ": ("config.py",),
    "os.getenv": (),
    "time.time": (),
    "print": (),
    "eval": (),
    "exec": (),
    "Markup": ("paper.py",),
    "pickle.loads": (),
    "yaml.load": (),
}
"""The act, and the modules that may do it. Another one needs a reason here."""


def acts(path: Path) -> set[str]:
    """The dotted names that a module uses, by their last two words and by their last one."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute):
            words = ast.unparse(node).split(".")
            found.add(".".join(words[-2:]))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
    return found


USED = {name(path): acts(path) for path in sources()}


@pytest.mark.parametrize(("act", "homes"), HOMES.items(), ids=HOMES)
def test_it_happens_in_one_place(act, homes):
    assert {where for where, used in USED.items() if act in used} <= set(homes)


def test_these_acts_are_found_where_they_do_happen():
    """So that a slip in the search above cannot make it pass."""
    for act, homes in HOMES.items():
        for home in homes:
            assert act in USED[home], f"{home} does {act} no more; take it out of the list"


def test_nothing_is_decided_by_the_clock_of_the_database():
    spread = {
        name(path) for path in sources() if "func.now(" in path.read_text() or "CURRENT_TIMESTAMP" in path.read_text()
    }
    assert spread == set()


def test_the_house_is_not_empty():
    assert len(USED) > 50 and (HOUSE / "clock.py").exists()
