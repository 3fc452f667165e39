"""Which function does which job. A handler takes the payload and the moment, fetches, and calls one verb.

It opens its own `transaction()`, keeps the network outside of it, and may run twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Handler = Callable[[dict[str, Any], datetime], None]
HANDLERS: dict[str, Handler] = {}
EVERY: dict[str, int] = {}


def handler(name: str, *, every_minutes: int | None = None) -> Callable[[Handler], Handler]:
    """Register a handler; with `every_minutes` it also runs by itself, once in each such slot of time."""

    def register(act: Handler) -> Handler:
        HANDLERS[name] = act
        if every_minutes:
            EVERY[name] = every_minutes
        return act

    return register
