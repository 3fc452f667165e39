"""A clock for stories that span weeks."""

import time
from datetime import datetime, timedelta


class Hands:
    """A clock that begins where a story does and runs; `hands.set(…)` and `hands.forward(…)` move it."""

    def __init__(self, moment: datetime) -> None:
        self._moment, self._since = moment, time.monotonic()

    def __call__(self) -> datetime:
        return self._moment + timedelta(seconds=time.monotonic() - self._since)

    def set(self, moment: datetime) -> None:
        self._moment, self._since = moment, time.monotonic()

    def forward(self, **values: float) -> None:
        self.set(self() + timedelta(**values))
