"""What was asked of the server: every call with its verdict, and what a client must not do."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Call:
    """One request. `verdict`: done, refused, limited, failed, or unknown (no such operation). `fault`: which of the
    ordered faults met it; `lost`: it was carried out and the answer was not given."""

    number: int
    at: datetime
    method: str
    path: str
    operation: str = ""
    host: str = ""
    meeting: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int = 0
    code: int | None = None
    verdict: str = ""
    fault: str = ""
    lost: bool = False
    token: str = ""
    port: int = 0


@dataclass(frozen=True)
class Violation:
    """What no client of Zoom must do. `kind` is the first word of `words`."""

    words: str
    call: int | None = None

    @property
    def kind(self) -> str:
        return self.words.split(":", 1)[0]

    def __str__(self) -> str:
        return self.words if self.call is None else f"call {self.call}: {self.words}"


class Journal:
    """Calls in the order in which they came."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def of(self, operation: str, *, verdict: str | None = None) -> list[Call]:
        """The calls of one operation, such as `meetings.create`."""
        return [c for c in self.calls if c.operation == operation and (verdict is None or c.verdict == verdict)]

    def count(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(call.operation for call in self.calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self.calls))

    def __len__(self) -> int:
        return len(self.calls)
