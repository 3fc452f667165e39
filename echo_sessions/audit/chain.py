"""The chain in the database: deeds are sealed and written right before the commit, and walked to see that they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, func, insert, select, text, update

from echo_sessions.audit import rules
from echo_sessions.audit.models import Entry, Head
from echo_sessions.audit.rules import BEFORE_ALL, Anchor, Break, Deed, Fault, Link, Restored
from echo_sessions.database import db

BATCH = 5000
RESTORED = "audit continued after a restore"
_AUDIT: Any = Entry.__table__
_HEAD: Any = Head.__table__
_ENTRIES = insert(_AUDIT)
_MOVE_HEAD = update(_HEAD).where(_HEAD.c.id == 1).values(seq=bindparam("to_seq"), hash=bindparam("to_hash"))
_COLUMNS = (Entry.seq, Entry.at, Entry.person_id, Entry.deed, Entry.thing, Entry.facts, Entry.previous, Entry.hash)


def append(deeds: Sequence[Deed]) -> None:
    """Seal these deeds and write them: the last act of a transaction, since it waits for whoever is writing theirs.

    The head's row is held from here to the commit, which follows at once; so verbs that take long do not wait for
    each other, only their last moments do. On SQLite the writer has had the whole database since the beginning.
    """
    key = keys()[0]
    here = _hold_head()
    rows = []
    for given in deeds:
        deed = Deed(here.seq + 1, given.at, given.person_id, given.deed, given.thing, given.facts, here.hash)
        here = Link(deed.seq, rules.seal(key, deed))
        rows.append({**deed.__dict__, "hash": here.hash})
    # By the tables and not by their classes: nothing of the session has to be looked through or brought up to date.
    db.session.execute(_ENTRIES, rows)
    db.session.execute(_MOVE_HEAD, {"to_seq": here.seq, "to_hash": here.hash})


def keys() -> tuple[bytes, ...]:
    """The key that seals, then those that sealed before it."""
    found: tuple[bytes, ...] = current_app.extensions["settings"].audit_keys
    return found


def head() -> Link | None:
    """Where the chain ends by its own row."""
    row = db.session.execute(select(Head.seq, Head.hash).where(Head.id == 1)).one_or_none()
    return Link(row.seq, row.hash) if row else None


def end() -> Link:
    """Where the table ends."""
    row = db.session.execute(select(Entry.seq, Entry.hash).order_by(Entry.seq.desc()).limit(1)).one_or_none()
    return Link(row.seq, row.hash) if row else BEFORE_ALL


def seal_of(seq: int) -> str | None:
    """The seal of that deed, if the table has it."""
    return db.session.scalar(select(Entry.hash).where(Entry.seq == seq))


@dataclass(frozen=True)
class Verdict:
    """What a walk found: from which deed to which, how many anchors there are and agree, what is wrong."""

    first: int
    last: int
    anchors: int
    agreed: int
    breaks: tuple[Break, ...]

    @property
    def whole(self) -> bool:
        return not self.breaks

    @property
    def deeds(self) -> int:
        """How far the walk went."""
        return self.last - self.first + 1


def verify(anchors: Sequence[Anchor], *, since: datetime | None = None) -> Verdict:
    """Walk the chain and hold it against its head and its anchors; `since`: only from the newest anchor before then.

    At most a hundred breaks are told. Nothing is locked: deeds written meanwhile are left for the next walk.
    """
    start, last = _start(anchors, since), end()
    anchors = [one for one in anchors if one.seq >= start.seq or not rules.is_genuine(one, keys())]
    breaks: list[Break] = []
    walked = start
    for found in rules.judge(_read(start.seq, last.seq), keys(), after=start):
        if isinstance(found, Link):
            walked = found
        else:
            breaks.append(found)
    breaks += [wrong] if (wrong := _end_fault(walked)) else []
    restored = list(_restored())
    seals = _seals([anchor.seq for anchor in anchors])
    agreed = 0
    for anchor in anchors:
        there = seals.get(anchor.seq)
        wrong = rules.judge_anchor(anchor, keys=keys(), there=there, last=walked.seq, restored=restored)
        breaks += [wrong] if wrong else []
        agreed += there == anchor.hash
    return Verdict(start.seq + 1, walked.seq, len(anchors), agreed, tuple(breaks[: rules.BREAKS_MOST]))


def _start(anchors: Sequence[Anchor], since: datetime | None) -> Link:
    """The newest genuine anchor before `since`, else the beginning."""
    old = [anchor for anchor in anchors if since is not None and anchor.at < since and rules.is_genuine(anchor, keys())]
    if not old:
        return BEFORE_ALL
    newest = max(old, key=lambda anchor: anchor.seq)
    return Link(newest.seq, newest.hash) if seal_of(newest.seq) == newest.hash else BEFORE_ALL


def _read(after: int, until: int) -> Iterator[Deed]:
    """The deeds in order, so many at a time."""
    while True:
        chosen = select(*_COLUMNS).where(Entry.seq > after, Entry.seq <= until).order_by(Entry.seq).limit(BATCH)
        rows = db.session.execute(chosen).all()
        for row in rows:
            yield Deed(**row._mapping)
        if len(rows) < BATCH:
            return
        after = rows[-1].seq


def _seals(numbers: Sequence[int]) -> dict[int, str]:
    """The seals of these deeds, of those that the table has."""
    found: dict[int, str] = {}
    for at in range(0, len(numbers), BATCH):
        chosen = select(Entry.seq, Entry.hash).where(Entry.seq.in_(numbers[at : at + BATCH]))
        found |= {seq: hash for seq, hash in db.session.execute(chosen)}
    return found


def _end_fault(walked: Link) -> Break | None:
    """The head's row against the table's end. Both are asked for at once: a deed written in between is no break."""
    newest = select(func.max(Entry.seq)).scalar_subquery()
    row = db.session.execute(select(Head.seq, Head.hash, newest.label("last")).where(Head.id == 1)).one_or_none()
    if row is not None and row.last == row.seq and row.seq > walked.seq:  # written while we walked
        return None if seal_of(row.seq) == row.hash else rules.broken(Fault.HEAD, row.seq, last=row.last)
    return rules.judge_end(walked, Link(row.seq, row.hash) if row else None)


def _restored() -> Iterator[Restored]:
    chosen = select(Entry.at, Entry.facts).where(Entry.deed == RESTORED).order_by(Entry.seq)
    for at, facts in db.session.execute(chosen):
        yield Restored(ended=facts["ended"], anchored=facts["anchored"], at=at)


def _hold_head() -> Link:
    """The head, held until the commit. The first deed of all makes its row; so does one that finds it gone."""
    chosen = select(Head.seq, Head.hash).where(Head.id == 1).with_for_update(key_share=True)
    row = db.session.execute(chosen).one_or_none()
    if row is None:
        found = end()
        made = text("INSERT INTO audit_head (id, seq, hash) VALUES (1, :seq, :hash) ON CONFLICT DO NOTHING")
        db.session.execute(made, {"seq": found.seq, "hash": found.hash})
        row = db.session.execute(chosen).one()
    return Link(row.seq, row.hash)


def day_before(now: datetime) -> datetime:
    """From when on the daily walk looks: a day and an hour, so that no deed falls between two walks."""
    return now - timedelta(hours=25)
