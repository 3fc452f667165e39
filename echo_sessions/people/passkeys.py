"""Passkeys: what the browser is asked, and whether its answer is genuine. Neither network nor secrets of ours are needed.

Each question (`challenge`) is kept as a row and answered once; the library's own pages would take the same answer again
for a minute.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from echo_sessions import ids
from echo_sessions.audit import service as audit
from echo_sessions.database import db
from echo_sessions.errors import Refused
from echo_sessions.people.models import Account, Passkey
from echo_sessions.people.second_factor import has_one, may_have_none

MOST = 10
NAME_MOST = 80
ANSWER_MOST = 20_000
TIMEOUT_MS = 120_000
_BROKEN = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class House:
    """Who we are to a browser: the address people type, and the name under which a passkey is kept."""

    base_url: str
    name: str

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or "localhost"


@dataclass(frozen=True)
class Answer:
    """A genuine answer of a passkey, and whether it checked its owner (by finger, face or number)."""

    passkey: Passkey
    count: int
    checked_owner: bool


def ask_new(account: Account, house: House, challenge: str) -> dict[str, Any]:
    """What the browser needs to make a passkey: one that can also be found without typing an address, where it can."""
    options = webauthn.generate_registration_options(
        rp_id=house.host, rp_name=house.name, user_name=account.email, user_display_name=account.person.name,
        user_id=(account.passkey_handle or "").encode(), challenge=challenge.encode(), timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_known(account),
    )  # fmt: skip
    return dict(options_to_json_dict(options))


def ask_known(account: Account | None, house: House, challenge: str) -> dict[str, Any]:
    """What the browser needs to use one: of this account as a second factor; without one, whichever its owner picks, and
    then it must check the owner, since it stands for both factors."""
    options = webauthn.generate_authentication_options(
        rp_id=house.host, challenge=challenge.encode(), timeout=TIMEOUT_MS,
        allow_credentials=_known(account) if account else None,
        user_verification=UserVerificationRequirement.DISCOURAGED if account else UserVerificationRequirement.REQUIRED,
    )  # fmt: skip
    return dict(options_to_json_dict(options))


def add(account: Account, *, answer: str, challenge: str, name: str, house: House, now: datetime) -> Passkey:
    """Keep the new passkey. Refused when the browser's answer is not one to our question, or it is known already."""
    if len(account.passkeys) >= MOST:
        raise Refused("At most %(most)s passkeys fit; remove one that you no longer use.", most=MOST)
    try:
        told = _read(answer)
        made = webauthn.verify_registration_response(
            credential=told, expected_challenge=challenge.encode(), expected_rp_id=house.host,
            expected_origin=house.base_url,
        )  # fmt: skip
        transports = [str(each) for each in told["response"].get("transports") or [] if each in _TRANSPORTS]
    except _BROKEN as fault:
        raise Refused("The browser's answer could not be used. Load the page again and try once more.") from fault
    credential = bytes_to_base64url(made.credential_id)
    if find(credential) is not None:
        raise Refused("This passkey is known already.")
    row = Passkey(
        code=ids.code("K"), account=account, name=name[:NAME_MOST], credential=credential,
        public_key=made.credential_public_key, sign_count=made.sign_count, transports=transports, made_at=now,
    )  # fmt: skip
    db.session.add(row)
    has_one(account, now=now)
    audit.record(account.person_id, "passkey added", account.person.code, at=now, passkey=row.code)
    return row


def remove(row: Passkey, *, now: datetime) -> None:
    """Take a passkey away."""
    account = row.account
    db.session.delete(row)
    may_have_none(account)
    db.session.expire(account, ["passkeys"])
    audit.record(account.person_id, "passkey removed", account.person.code, at=now, passkey=row.code)


def judge(answer: str, *, challenge: str, house: House, account: Account | None) -> Answer | None:
    """Whether a browser's answer is genuine: to our question, from our address, by a key we know (of `account`, if given).

    A counter that went backwards means a copied key, and is refused.
    """
    try:
        told = _read(answer)
        row = find(str(told["rawId"]))
        if row is None or (account is not None and row.account_id != account.id):
            return None
        handle = told["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != (row.account.passkey_handle or "").encode():
            return None
        good = webauthn.verify_authentication_response(
            credential=told, expected_challenge=challenge.encode(), expected_rp_id=house.host,
            expected_origin=house.base_url, credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count, require_user_verification=account is None,
        )  # fmt: skip
    except _BROKEN:
        return None
    return Answer(passkey=row, count=good.new_sign_count, checked_owner=good.user_verified)


def used(answer: Answer, *, now: datetime) -> None:
    """Note the use, and the counter against copies."""
    answer.passkey.sign_count, answer.passkey.used_at = answer.count, now


def find(credential: str) -> Passkey | None:
    """The passkey that a browser names."""
    return db.session.scalars(select(Passkey).where(Passkey.credential == credential.rstrip("="))).one_or_none()


_TRANSPORTS = {each.value for each in AuthenticatorTransport}


def _read(answer: str) -> dict[str, Any]:
    told = json.loads(answer) if len(answer) <= ANSWER_MOST else None
    if not isinstance(told, dict) or not isinstance(told.get("response"), dict):
        raise ValueError("no answer of a passkey")
    return told


def _known(account: Account) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(row.credential), transports=[AuthenticatorTransport(each) for each in row.transports]
        )
        for row in account.passkeys
    ]
