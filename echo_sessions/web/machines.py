"""Views that are called by machines which carry their own proof: answered before anybody asks who this is.

Whoever looks for the person behind a request reads its body, its cookie and the database; a provider that delivers a
hundred times a second has neither cookie nor name, and waits.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request

View = TypeVar("View", bound=Callable[..., Any])


def connect(app: Flask) -> None:
    """Called before all else that looks at a request, but for the token against forging."""
    app.before_request(at_once)


def for_machines(view: View) -> View:
    """Answer at once. The view stands open to all, and checks the proof by itself."""
    view.__machine__ = True  # type: ignore[attr-defined]  # read above
    return view


def at_once() -> Any:
    """The answer of such a view; None for all others."""
    view = current_app.view_functions.get(request.endpoint or "")
    return view(**(request.view_args or {})) if view is not None and hasattr(view, "__machine__") else None
