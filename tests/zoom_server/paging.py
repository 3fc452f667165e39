"""Pages: opaque tokens that age, pages that are shorter than asked for, and an empty token only at the end."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.zoom_server.answers import Refusal, invalid

AGE = timedelta(minutes=15)


@dataclass
class Pages:
    """The tokens that were given out, each for one list. `most`: pages have no more rows than that, whatever is asked for."""

    short: bool = True
    most: int = 300
    given: dict[str, tuple[str, int, datetime]] = field(default_factory=dict)
    _count: int = 0

    def page(
        self, rows: Sequence[Any], query: dict[str, str], about: str, now: datetime
    ) -> tuple[list[Any], dict[str, Any]]:
        """The rows of this page, and what stands beside them."""
        size = self._size(query)
        begin = self._begin(query.get("next_page_token", ""), about, now)
        step = min(size - 1 if self.short and size > 1 else size, self.most)
        end = begin + step
        token = ""
        if end < len(rows):
            self._count += 1
            token = f"tok{self._count:04d}+/=&{self._count}"
            self.given[token] = (about, end, now)
        count = -(-len(rows) // step) if rows else 0
        beside = {"page_size": size, "page_count": count, "total_records": len(rows), "next_page_token": token}
        return list(rows[begin:end]), beside

    @staticmethod
    def _size(query: dict[str, str]) -> int:
        given = query.get("page_size", "30")
        if not given.isdigit() or not 1 <= int(given) <= 300:
            raise invalid([("page_size", "is not between 1 and 300")], "page size")
        return int(given)

    def _begin(self, token: str, about: str, now: datetime) -> int:
        if not token:
            return 0
        known = self.given.get(token)
        if known is None or known[0] != about or now - known[2] > AGE:
            raise Refusal(400, 300, "The next page token is invalid or expired.")
        return known[1]

    def age(self) -> None:
        """All tokens that were given out are too old now."""
        self.given.clear()
