"""The second factor: an authenticator app, passkeys (`passkeys.py`), and recovery codes for when both are lost.

Codes are judged outside of any transaction where that is slow (recovery codes), and used up inside of one, so that two
tries with the same code at the same moment give one sign-in.
"""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, cast

from flask_security import Totp
from passlib.exc import TokenError
from sqlalchemy import CursorResult, delete, func, or_, select, update

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Account, FactorReset, Passkey, Person, RecoveryCode, SignIn
from echo_sessions.people.rules import RECOVERY_CODES
from echo_sessions.people.sign_ins import CHANGED, end_others

DRIFT_SECONDS = 30
"""A telephone's clock may be one step off, either way."""
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


class OnceTotp(Totp):
    """Flask-Security's authenticator codes, with a memory: `matched` tells the step, which the account then keeps.

    Keys are kept in a sealed column, in the base32 that apps read, not in the library's own wrapping.
    """

    def __init__(self, issuer: str) -> None:
        super().__init__({"1": secrets.token_hex(16)}, issuer)

    def new_key(self) -> str:
        """A new secret of 160 bits."""
        return str(self._totp.new().base32_key)

    def address(self, key: str, name: str) -> str:
        """The `otpauth:` address that an app reads from the square code."""
        return str(self._totp(key).to_uri(label=name))

    def matched(self, key: str, typed: str, *, last: int | None, now: datetime) -> int | None:
        """The step of time that this code belongs to; None when it is wrong, too old, or was used already."""
        digits = "".join(letter for letter in typed if letter.isdecimal() and letter.isascii())
        try:
            found = self._totp.verify(digits, self._totp(key), time=now, window=DRIFT_SECONDS, last_counter=last)
        except TokenError:
            return None
        return int(found.counter)


def use_app_code(account: Account, typed: str, *, now: datetime) -> bool:
    """Whether this is the app's code of now, for the first time. In a transaction."""
    if account.totp_secret is None:
        return False
    step = OnceTotp("-").matched(account.totp_secret, typed, last=account.totp_counter, now=now)
    if step is None:
        return False
    unused = or_(Account.totp_counter.is_(None), Account.totp_counter < step)
    kept = update(Account).where(Account.id == account.id, unused).values(totp_counter=step)
    return cast(CursorResult[Any], db.session.execute(kept)).rowcount == 1


def add_app(account: Account, key: str, typed: str, *, now: datetime) -> None:
    """The authenticator app is set up, proved by its first code; replaces one of before."""
    step = OnceTotp("-").matched(key, typed, last=None, now=now)
    if step is None:
        raise Refused(
            "This is not the app's code of now. Wait for the next one and type that; check the clock of the phone."
        )
    account.totp_secret, account.totp_counter = key, step
    has_one(account, now=now)
    audit.record(account.person_id, "authenticator app set up", account.person.code, at=now)


def remove_app(account: Account, *, now: datetime) -> None:
    """Take the authenticator app away."""
    account.totp_secret = account.totp_counter = None
    may_have_none(account)
    audit.record(account.person_id, "authenticator app removed", account.person.code, at=now)


def has_one(account: Account, *, now: datetime) -> None:
    """There is a second factor from now on."""
    account.second_factor_since = account.second_factor_since or now


def may_have_none(account: Account) -> None:
    """After one was taken away: if it was the last, there is none, and the recovery codes are of no use."""
    db.session.flush()
    left = db.session.scalar(select(func.count()).select_from(Passkey).where(Passkey.account_id == account.id)) or 0
    if account.totp_secret is None and not left:
        account.second_factor_since = None
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))


def new_codes() -> tuple[list[str], str, list[str]]:
    """Ten codes to show once, with the salt and the hashes to keep. Slow on purpose: not inside a transaction."""
    salt = secrets.token_hex(16)
    codes = ["-".join(ids.code("", 5)[1:] for _ in range(2)) for _ in range(RECOVERY_CODES)]
    return codes, salt, [hashed(code, salt) for code in codes]


def keep_codes(account: Account, salt: str, hashes: list[str], *, now: datetime) -> None:
    """These codes from now on, and none of before."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    db.session.add_all(RecoveryCode(account_id=account.id, salt=salt, hash=each, made_at=now) for each in hashes)
    audit.record(account.person_id, "recovery codes made", account.person.code, at=now, count=len(hashes))


def codes_left(account_id: int) -> int:
    """How many recovery codes have not been used."""
    chosen = select(func.count()).select_from(RecoveryCode)
    return db.session.scalar(chosen.where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))) or 0


def find_code(account_id: int, typed: str) -> int | None:
    """The number of the unused recovery code that was typed. Slow on purpose, and as slow when there is none."""
    chosen = select(RecoveryCode).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    rows = db.session.scalars(chosen).all()
    mine = hashed(typed, rows[0].salt if rows else "00")
    found = [row.id for row in rows if hmac.compare_digest(row.hash, mine)]
    return found[0] if found else None


def use_code(number: int, *, now: datetime) -> bool:
    """Use a recovery code up; False when somebody was quicker. In a transaction."""
    used = update(RecoveryCode).where(RecoveryCode.id == number, RecoveryCode.used_at.is_(None)).values(used_at=now)
    return cast(CursorResult[Any], db.session.execute(used)).rowcount == 1


def hashed(code: str, salt: str) -> str:
    """As a recovery code is kept; letters that look alike are read as the ones we print."""
    plain = ids.certificate_code_as_typed(code).replace("-", "")
    return hashlib.scrypt(plain.encode(), salt=salt.encode(), **_SCRYPT).hex()


def reset(account: Account, *, by: Person | None, now: datetime, but: SignIn | None = None) -> None:
    """Take all second factors away and end every session; the grace period begins anew at the next sign-in."""
    for row in (RecoveryCode, Passkey):
        db.session.execute(delete(row).where(row.account_id == account.id))
    account.totp_secret = account.totp_counter = None
    account.second_factor_since = account.second_factor_asked_at = None
    db.session.expire(account, ["passkeys"])
    end_others(account, but=but, by=CHANGED, now=now)
    audit.record(by.id if by else None, "second factor reset", account.person.code, at=now)


def ask_reset(person: Person, *, reason: str, by: Person, now: datetime) -> FactorReset:
    """One of the hub's staff asks that somebody's lost second factor be taken away; another has to do it."""
    if person.account is None or person.account.second_factor_since is None:
        raise Refused("%(name)s has no second factor, so there is nothing to take away.", name=person.name)
    if person.id == by.id:
        raise Refused("Ask a colleague: nobody asks for this for themselves.")
    if waiting := open_reset(person.id):
        raise Refused("%(name)s has asked for this already; somebody else has to do it.", name=waiting.asked_by.name)
    row = FactorReset(code=ids.code("X"), person_id=person.id, asked_by_id=by.id, reason=reason, asked_at=now)
    db.session.add(row)
    audit.record(by.id, "second factor reset asked for", person.code, at=now)
    return row


def open_reset(person_id: int) -> FactorReset | None:
    """What was asked for and not yet decided."""
    chosen = select(FactorReset).where(
        FactorReset.person_id == person_id, FactorReset.done_at.is_(None), FactorReset.refused_at.is_(None)
    )
    return db.session.scalars(chosen).first()


def decide_reset(row: FactorReset, *, done: bool, by: Person, now: datetime) -> None:
    """The second person does it, or refuses. Whoever asked may take it back, and never do it."""
    if row.done_at is not None or row.refused_at is not None:
        raise Refused("This has been decided already.")
    if not done:
        row.refused_at = now
        audit.record(by.id, "second factor reset refused", row.person.code, at=now)
        return
    if by.id in {row.asked_by_id, row.person_id}:
        raise Refused("It needs two people: somebody else than who asked, and than whom it is about.")
    account = row.person.account
    if account is None:
        raise Refused("%(name)s has no account any more.", name=row.person.name)
    row.done_by_id, row.done_at = by.id, now
    reset(account, by=by, now=now)
