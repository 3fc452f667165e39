"""The package as its own source: which files there are, and what each imports. For the tests of the house."""

import ast
from collections.abc import Iterator
from pathlib import Path

import echo_sessions
from echo_sessions import FEATURES

HOUSE = Path(echo_sessions.__file__).parent
TEMPLATES = HOUSE.parent / "templates"
ROOMS = ("rules", "models", "queries", "policy", "emails", "service", "forms", "jobs", "views")
GROUND = ("clock", "ids", "errors", "config", "words", "links", "moments", "paper", "database", "sealed")
EDGES = ("__init__", "application", "cli", "doctor", "processes", "bench", "bench_hooks", "bench_recall")
"""Commands and the builder of the application: they may know everybody."""


def sources(below: Path = HOUSE) -> list[Path]:
    """All modules, by path."""
    return sorted(below.rglob("*.py"))


def name(path: Path) -> str:
    """`cases/service.py`, for the ids of tests."""
    return path.relative_to(HOUSE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """What a module imports, split at the dots, names included: `("echo_sessions", "mail", "rules", "Message")`.

    Imports that only type checkers see are left out: they are no dependency.
    """
    found = tree(path)
    for node in ast.walk(found):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(found):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ("echo_sessions", *path.relative_to(HOUSE).parts)[: -node.level] if node.level else ()
            module = tuple(node.module.split(".")) if node.module else ()
            yield from ((*above, *module, alias.name) for alias in node.names)


def feature_of(path: Path) -> str | None:
    """The feature a module belongs to, if any."""
    first = path.relative_to(HOUSE).parts[0]
    return first if first in FEATURES else None


def module_of(rest: list[str]) -> Path | None:
    """The file that `echo_sessions.<rest>` is in: a module, or the folder's `__init__.py`."""
    for length in range(len(rest), 0, -1):
        path = HOUSE.joinpath(*rest[:length])
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.exists():
                return candidate
    return None
