"""Codes and challenges that work once, beside the one-time links of `service.py`."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import CursorResult, delete, select, update

from echo_sessions import ids
from echo_sessions.database import db
from echo_sessions.people.models import Address, Challenge, CodeAsk, OneTimeLink, Person
from echo_sessions.people.rules import CHALLENGE_LIVES, CODE_LIVES, CODE_TRIES
from echo_sessions.people.service import find_link, make_link


def ask(
    person: Person | None, *, about: str, to: Address | None, next_url: str | None, now: datetime
) -> tuple[CodeAsk, str]:
    """Somebody asks for a letter: the row, and a secret for the asking browser. The letter is written later, by `answer`.

    The same is written for an unknown address (`person` is None). `about` is the address as it was typed, and is kept
    as a keyed hash only; `to` is the one that the letter goes to.
    """
    browser = ids.token()
    row = CodeAsk(
        person_id=person.id if person else None, address_id=to.id if to else None, next_url=next_url,
        browser=_plain(browser), about=_keyed("about", about), made_at=now, ends_at=now + CODE_LIVES,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    return row, browser


def answer(row: CodeAsk, person: Person, *, now: datetime) -> tuple[str, str]:
    """The link's token and the code for the letter; made once, kept as hashes."""
    code = f"{secrets.randbelow(1_000_000):06}"
    token = make_link(person, purpose="sign-in", now=now, next_url=row.next_url, about=str(row.address_id))
    db.session.flush()
    row.link, row.hash = find_link(token), _keyed("code", row.browser, code)
    return token, code


def open_ask(browser: str, *, now: datetime) -> CodeAsk | None:
    """What this browser asked for, if a code may still be typed for it."""
    row = db.session.scalars(select(CodeAsk).where(CodeAsk.browser == _plain(browser))).one_or_none()
    return row if row is not None and row.ends_at > now and row.tries < CODE_TRIES else None


def try_code(ask: CodeAsk, typed: str, *, now: datetime) -> OneTimeLink | None:
    """The link whose letter held this code; None for a wrong one. Each try is counted before it is looked at.

    Takes as long for a code that is nearly right, and for one that belongs to nobody.
    """
    counted = update(CodeAsk).where(CodeAsk.id == ask.id, CodeAsk.tries < CODE_TRIES).values(tries=CodeAsk.tries + 1)
    if cast(CursorResult[Any], db.session.execute(counted)).rowcount != 1:
        return None
    digits = "".join(letter for letter in typed if letter.isdecimal() and letter.isascii())
    right = hmac.compare_digest(ask.hash or "-" * 64, _keyed("code", ask.browser, digits))
    link = ask.link
    if not right or link is None or link.used_at is not None or link.ends_at <= now or ask.ends_at <= now:
        return None
    return link


def make_challenge(*, now: datetime) -> str:
    """A random text that somebody has to answer within minutes."""
    text = ids.token()
    db.session.add(Challenge(hash=_plain(text), ends_at=now + CHALLENGE_LIVES))
    return text


def use_challenge(text: str, *, now: datetime) -> bool:
    """Whether we asked this and nobody has answered it yet. Once."""
    used = delete(Challenge).where(Challenge.hash == _plain(text), Challenge.ends_at > now)
    return cast(CursorResult[Any], db.session.execute(used)).rowcount == 1


def sweep(*, now: datetime) -> None:
    """Forget what has run out."""
    db.session.execute(delete(CodeAsk).where(CodeAsk.ends_at <= now))
    db.session.execute(delete(Challenge).where(Challenge.ends_at <= now))


def _plain(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _keyed(*words: str) -> str:
    """For what is short enough to be guessed: only who has the deployment's key can compare it."""
    key: bytes = current_app.extensions["settings"].link_key
    return hmac.digest(key, "\n".join(["one time", *words]).encode(), hashlib.sha256).hex()
