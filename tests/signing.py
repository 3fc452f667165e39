"""Signing people in without the sign-in pages, which have tests of their own: a session as the real verb makes it."""

import re
from datetime import timedelta
from typing import Any

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.people import second_factor, sign_ins
from echo_sessions.people.models import Person
from echo_sessions.people.rules import SignInWay, Stay
from echo_sessions.people.sign_in import SECRET

LONG = timedelta(days=3650)


def signed_in(person: Person) -> dict[str, Any]:
    """What stands in the cookie of somebody who has just signed in. It lasts, since stories move the clock by weeks."""
    assert person.account is not None, "only somebody with an account can sign in"
    key, now = person.account.fs_uniquifier, clock.now()
    with transaction():
        row, secret = sign_ins.begin(
            person.account, way=SignInWay.LINK, stay=Stay.KEPT, device="Test", half=False, now=now
        )
        row.ends_at, row.idle_seconds = now + LONG, int(LONG.total_seconds())
    return {"_user_id": key, "_fresh": True, "identity.id": key, SECRET: secret}


def app_code(key: str, moment: Any, steps: int = 0) -> str:
    """What an authenticator app shows at that moment."""
    totp = second_factor.OnceTotp("-")._totp(key)
    return str(totp.generate(time=moment + timedelta(seconds=30 * steps)).token)


def key_on(page: Any) -> str:
    """The key of an app that the page shows."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.body)
    assert found
    return found.group(1).replace(" ", "")
