"""All routes of the application, and how a test fills their places in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

FOREIGN = ("static", "bootstrap.", "security.", "_")
"""Routes that are not ours: static files, and those of the sign-in library, which are named in `test_routes.py`."""


@dataclass(frozen=True)
class Route:
    """One address pattern and the view behind it."""

    rule: Rule
    endpoint: str
    guard: str | None
    methods: frozenset[str]

    def url(self, **values: Any) -> str:
        """The address with made-up codes, or with the given ones."""
        filled = {
            name: values.get(name, 1 if isinstance(self.rule._converters.get(name), IntegerConverter) else "X-00000000")
            for name in self.rule.arguments
        }
        built = self.rule.build(filled)
        assert built is not None, f"{self.rule} cannot be filled with {filled}"
        return built[1]

    def __str__(self) -> str:
        return self.endpoint


def routes(app: Flask) -> Iterator[Route]:
    """Every route of ours."""
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(FOREIGN):
            view = app.view_functions[rule.endpoint]
            yield Route(rule, rule.endpoint, getattr(view, "__guard__", None), frozenset(rule.methods or ()))
