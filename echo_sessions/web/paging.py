"""One page of a list: the rows, and the count of all of them, in two queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy import Select, func, select

from echo_sessions.database import db

PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """The rows of page `number` (from 1) of `pages`, out of `total`."""

    rows: Sequence[Any]
    number: int
    total: int
    per_page: int = PER_PAGE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.per_page))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.per_page + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.per_page, self.total)


def page_of(chosen: Select[Any], *, per_page: int = PER_PAGE, scalars: bool = True) -> Page:
    """The page that the address asks for (`?page=2`); a number that is none, or too high, is the nearest that exists."""
    total = db.session.scalar(select(func.count()).select_from(chosen.order_by(None).options().subquery())) or 0
    asked = request.args.get("page", "1")
    number = min(max(1, int(asked) if asked.isdecimal() and len(asked) < 9 else 1), max(1, -(-total // per_page)))
    result = db.session.execute(chosen.limit(per_page).offset((number - 1) * per_page))
    return Page(
        rows=result.unique().scalars().all() if scalars else result.all(), number=number, total=total, per_page=per_page
    )
