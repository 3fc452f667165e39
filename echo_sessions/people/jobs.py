"""What happens to sign-ins by itself."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from echo_sessions.database import db, transaction
from echo_sessions.jobs.handlers import handler
from echo_sessions.mail import service as mail
from echo_sessions.people import emails, one_time, queries, sign_ins, tries
from echo_sessions.people.models import CodeAsk, RateCount


@handler("people.write_letter")
def write_letter(payload: dict[str, Any], now: datetime) -> None:
    """The letter to sign in with, once. Asked for at the door for unknown addresses too, which costs the same there and
    comes to nothing here."""
    with transaction():
        row = db.session.get(CodeAsk, payload["ask"])
        hub = queries.hub()
        if row is None or row.person is None or row.link_id is not None or hub is None or row.ends_at <= now:
            return
        to = next((each.email for each in row.person.addresses if each.id == row.address_id), row.person.address)
        if to is None:
            return
        token, code = one_time.answer(row, row.person, now=now)
        letter = emails.sign_in_link(row.person, hub, token, code, to=to)
        mail.queue(letter, now=now, from_name=hub.name)


@handler("people.tidy", every_minutes=60)
def tidy(payload: dict[str, Any], now: datetime) -> None:
    """Forget counts, codes, challenges and old sessions, so that no attack makes a table grow for longer than a day."""
    with transaction():
        tries.sweep(now=now)
        one_time.sweep(now=now)
        sign_ins.sweep(now=now)
        db.session.execute(delete(RateCount).where(RateCount.ends_at <= now))
