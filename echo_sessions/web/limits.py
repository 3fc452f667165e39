"""How often one network may ask for what could be guessed or is costly: counted over all processes, in our database, or
in Redis where the queue is there already.

Tries to sign in are not counted here but by `people.tries`, which knows whom they are about.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from flask import Flask, current_app, g, request
from flask_limiter import Limiter
from limits.storage import Storage
from sqlalchemy import case, delete, select
from sqlalchemy.exc import SQLAlchemyError

from echo_sessions import clock
from echo_sessions.database import aside, db, upsert
from echo_sessions.people.models import RateCount
from echo_sessions.people.waits import network_of


class DatabaseStorage(Storage):
    """The counts of the library `limits`, as rows: one statement that adds and answers, atomic on both databases."""

    STORAGE_SCHEME = ["echo"]

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, beginning anew when the window is over; the count so far."""
        now, row = clock.now(), RateCount.__table__.c
        end, over = now + timedelta(seconds=expiry), row["ends_at"] <= now
        told = upsert(RateCount).values(hash=_hashed(key), count=amount, ends_at=end)
        told = told.on_conflict_do_update(
            index_elements=["hash"],
            set_={
                "count": case((over, amount), else_=row["count"] + amount),
                "ends_at": case((over, end), else_=row["ends_at"]),
            },
        )
        with aside() as connection:
            counted, ends_at = connection.execute(told.returning(row["count"], row["ends_at"])).one()
        g.rates = {**g.get("rates", {}), key: (counted, ends_at)}
        return int(counted)

    def get(self, key: str) -> int:
        """The count so far."""
        counted, ends_at = self._row(key)
        return counted if ends_at > clock.now() else 0

    def get_expiry(self, key: str) -> float:
        """When the window is over, in seconds since 1970."""
        return self._row(key)[1].timestamp()

    def check(self) -> bool:
        """Whether the table is there."""
        try:
            with db.engine.connect() as connection:
                connection.execute(select(RateCount.hash).limit(1))
        except SQLAlchemyError:
            return False
        return True

    def reset(self) -> int | None:
        """Forget everything."""
        with aside() as connection:
            return int(connection.execute(delete(RateCount)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one count."""
        with aside() as connection:
            connection.execute(delete(RateCount).where(RateCount.hash == _hashed(key)))

    def _row(self, key: str) -> tuple[int, datetime]:
        """Count and end, as this request has just written them or as they stand; the headers ask for them twice."""
        if key in g.get("rates", {}):
            counted, ends_at = g.rates[key]
            return int(counted), ends_at
        chosen = select(RateCount.count, RateCount.ends_at).where(RateCount.hash == _hashed(key))
        with db.engine.connect() as connection:
            found = connection.execute(chosen).first()
        return (found[0], found[1]) if found is not None else (0, clock.now())


def visitor() -> str:
    """Who is counted: the network, so that one customer's many IPv6 addresses are one."""
    return network_of(request.remote_addr)


limiter = Limiter(visitor, headers_enabled=True, strategy="fixed-window")


def connect(app: Flask, queue_url: str) -> None:
    """Start counting."""
    app.config["RATELIMIT_STORAGE_URI"] = queue_url if queue_url.startswith("redis") else "echo://"
    limiter.init_app(app)


def _hashed(key: str) -> str:
    return hmac.digest(current_app.extensions["settings"].link_key, f"rate\n{key}".encode(), hashlib.sha256).hex()
