"""Writing the audit. Facts are codes, states, counts and figures: never names, addresses or patient text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from echo_sessions.audit import anchors, chain, rules
from echo_sessions.audit.models import Look
from echo_sessions.audit.rules import Anchor, Deed
from echo_sessions.database import after_commit, before_commit, db
from echo_sessions.errors import Refused


def record(person_id: int | None, deed: str, thing: str, *, at: datetime, **facts: Any) -> None:
    """Note that this person (None: the house itself) did `deed` to the thing with this code.

    A decision says `was=` and `became=`. The row is sealed and written at the end of the transaction, together with
    all others of it, and not at all when it is rolled back. Raises ValueError for facts that look like text, and
    RuntimeError outside of a transaction.
    """
    before_commit(_write, Deed(0, at, person_id, deed, thing, rules.plain(facts), previous=""))


def saw(person_id: int, what: str, thing: str, *, at: datetime, role: str | None = None, rows: int = 0) -> None:
    """Note that somebody looked at this thing, as what, and how many rows they took away (see `rules.Seen`).

    One row for each hour of the clock, which counts how often: reading again tells nothing new.
    """
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[db.engine.dialect.name]
    hour = at.replace(minute=0, second=0, microsecond=0)
    first = insert(Look).values(
        person_id=person_id, what=str(what), thing=thing[:40], role=role, hour=hour, first_at=at, last_at=at, count=1, rows=rows
    )  # fmt: skip
    again = {"last_at": at, "count": Look.count + 1, "rows": Look.rows + rows, "role": first.excluded.role}
    db.session.execute(first.on_conflict_do_update(index_elements=["person_id", "what", "thing", "hour"], set_=again))


def continue_after_restore(known: Sequence[Anchor], *, at: datetime) -> tuple[int, int]:
    """Say that the table is a backup that was restored, so that anchors which know more are no break from now on.

    Nothing is removed: the deed names the deeds that were lost, from the one after the first number to the second.
    Refused when every anchor agrees with the table.
    """
    ended = chain.end().seq
    lost = [one.seq for one in known if one.seq > ended and rules.is_genuine(one, chain.keys())]
    if not lost:
        raise Refused("No anchor knows more than the table: nothing is missing that a restore could explain.")
    record(None, chain.RESTORED, "audit", at=at, ended=ended, anchored=max(lost))
    return ended, max(lost)


def _write(deeds: list[Deed]) -> None:
    chain.append(deeds)
    after_commit(anchors.soon)
