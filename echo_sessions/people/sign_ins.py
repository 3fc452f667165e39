"""Sessions as rows: begun, completed by a second factor, seen, ended. What is ended here is over in every process at once."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.people.models import Account, SignIn
from echo_sessions.people.rules import HALF_LIVES, SEEN_EVERY, STAYS, SecondFactor, SignInWay, Stay
from echo_sessions.words import msgid

KEPT_FOR = timedelta(days=90)
SIGNED_OUT, REVOKED, CHANGED, REPLACED = (
    msgid("signed out"), msgid("ended from another device"), msgid("ended by a change of how you sign in"),
    msgid("signed in again"),
)  # fmt: skip


def begin(
    account: Account, *, way: SignInWay, stay: Stay, device: str, half: bool, now: datetime,
    second: SecondFactor | None = None, next_url: str | None = None,
) -> tuple[SignIn, str]:  # fmt: skip
    """A new session and the secret for the browser. `half`: a second factor is still awaited, for ten minutes."""
    idle, whole = STAYS[stay]
    secret = ids.token()
    row = SignIn(
        code=ids.code("D"), account_id=account.id, hash=hashed(secret), way=way, second=second, stay=stay, device=device,
        next_url=next_url, at=now, passed_at=None if half else now, seen_at=now, idle_seconds=int(idle.total_seconds()),
        ends_at=now + (HALF_LIVES if half else whole),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    if not half:
        audit.record(account.person_id, "signed in", account.person.code, at=now, way=way, second=second or "none")
    return row, secret


def complete(row: SignIn, *, second: SecondFactor, now: datetime) -> str:
    """The second factor was right: the session is whole from now on, under a new secret."""
    secret = ids.token()
    row.hash, row.second, row.passed_at, row.seen_at = hashed(secret), second, now, now
    row.ends_at = now + STAYS[row.stay][1]
    audit.record(row.account.person_id, "signed in", row.account.person.code, at=now, way=row.way, second=second)
    return secret


def whole(secret: str, *, now: datetime) -> SignIn | None:
    """The session that this secret opens, if it goes on."""
    row = _found(secret)
    return row if row is not None and row.passed_at is not None and not is_over(row, now) else None


def half(secret: str, *, now: datetime) -> SignIn | None:
    """The sign-in of this secret that still waits for its second factor."""
    row = _found(secret)
    return row if row is not None and row.passed_at is None and not is_over(row, now) else None


def is_over(row: SignIn, now: datetime) -> bool:
    """Whether it was ended, ran out, or nobody was there for too long; or the account is closed."""
    idle = row.seen_at + timedelta(seconds=row.idle_seconds)
    return row.ended_at is not None or row.ends_at <= now or idle <= now or not row.account.active


def open_ones(account_id: int, *, now: datetime) -> list[SignIn]:
    """The sessions that go on, the last one seen first."""
    chosen = select(SignIn).where(
        SignIn.account_id == account_id, SignIn.ended_at.is_(None), SignIn.passed_at.is_not(None), SignIn.ends_at > now
    )
    rows = db.session.scalars(chosen.order_by(SignIn.seen_at.desc(), SignIn.id.desc()))
    return [row for row in rows if not is_over(row, now)]


def is_to_be_noted(row: SignIn, now: datetime) -> bool:
    """Whether this page is worth a write: the last one was noted some minutes ago."""
    return now - row.seen_at >= SEEN_EVERY


def saw(number: int, *, now: datetime) -> None:
    """Somebody is there. Never undoes an end that came meanwhile."""
    db.session.execute(update(SignIn).where(SignIn.id == number, SignIn.seen_at < now).values(seen_at=now))


def end(row: SignIn, *, by: str, now: datetime) -> None:
    """Over, at once and everywhere."""
    if row.ended_at is None:
        row.ended_at, row.ended_by = now, by
        audit.record(row.account.person_id, "signed out", row.account.person.code, at=now, by=by)


def end_others(account: Account, *, but: SignIn | None, by: str, now: datetime) -> int:
    """End all sessions of the account but one; returns how many there were."""
    others = [row for row in open_ones(account.id, now=now) if but is None or row.id != but.id]
    for row in others:
        end(row, by=by, now=now)
    unfinished = update(SignIn).where(
        SignIn.account_id == account.id, SignIn.passed_at.is_(None), SignIn.ended_at.is_(None)
    )
    db.session.execute(unfinished.values(ended_at=now, ended_by=by))
    return len(others)


def sweep(*, now: datetime) -> None:
    """Forget sessions that have been over for three months."""
    db.session.execute(delete(SignIn).where(SignIn.ends_at < now - KEPT_FOR))
    db.session.execute(delete(SignIn).where(SignIn.ended_at < now - KEPT_FOR))


def hashed(secret: str) -> str:
    """As it is kept: the secrets are random and long, so a plain hash says nothing about them."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _found(secret: str) -> SignIn | None:
    return db.session.scalars(select(SignIn).where(SignIn.hash == hashed(secret))).one_or_none()
