"""Which function does which job. A handler takes the payload and the moment, fetches, and calls one verb.

It opens its own `transaction()`, keeps the network outside of it, and may run twice. It runs inside a request of
its own, as pages do, so that letters can make links.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

Handler = Callable[[dict[str, Any], datetime], None]
GivenUp = Callable[[dict[str, Any], str], None]
HANDLERS: dict[str, Handler] = {}
EVERY: dict[str, int] = {}
GIVEN_UP: dict[str, GivenUp] = {}


def handler(
    name: str, *, every_minutes: int | None = None, given_up: GivenUp | None = None
) -> Callable[[Handler], Handler]:
    """Register a handler; with `every_minutes` it also runs by itself, once in each such slot of time.

    `given_up(payload, words)` is called in the transaction that notes the job as failed for good. Whoever gives one
    shows the failure with the thing it is about, so such jobs are not counted among the failed ones.
    """

    def register(act: Handler) -> Handler:
        HANDLERS[name] = act
        if every_minutes:
            EVERY[name] = every_minutes
        if given_up:
            GIVEN_UP[name] = given_up
        return act

    return register
