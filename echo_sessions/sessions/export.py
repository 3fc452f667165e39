"""One person's calendar letters and feed as files, as their mail program and calendar got them."""

from pathlib import Path

from sqlalchemy import func, select

from echo_sessions import clock
from echo_sessions.database import db
from echo_sessions.errors import BadInput, Refused
from echo_sessions.mail.bytes import written
from echo_sessions.mail.models import Letter
from echo_sessions.mail.rules import LetterState
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.sessions import feed


def export(folder: Path, *, email: str) -> int:
    """Write `001-request.eml`, `002-cancel.eml`, … in order of sending, and `feed.ics`; returns how many letters.

    Refuses (`BadInput`) an address nobody has and a folder that holds letters already. Letters that were never sent
    are left out, since no calendar knows of them.
    """
    person = _person(email)
    folder.mkdir(parents=True, exist_ok=True)
    if next(folder.glob("*.eml"), None) is not None:
        raise BadInput("%(folder)s holds letters already; name an empty folder.", folder=str(folder))
    addresses = [address.email.casefold() for address in person.addresses]
    chosen = select(Letter).where(
        Letter.calendar.is_not(None), Letter.state == LetterState.SENT, func.lower(Letter.to_address).in_(addresses)
    )  # fmt: skip
    letters = db.session.scalars(chosen.order_by(Letter.sent_at, Letter.id)).all()
    for number, letter in enumerate(letters, start=1):
        name = f"{number:03}-{(letter.method or 'publish').lower()}.eml"
        (folder / name).write_bytes(written(letter, letter.sent_at or letter.queued_at, to_show=True))
    standing = feed.standing(person, clock.now())
    (folder / "feed.ics").write_bytes(feed.written(person, standing.ids))
    return len(letters)


def _person(email: str) -> Person:
    try:
        person = people.by_address(email)
    except Refused as fault:
        raise BadInput("%(email)s: %(why)s", email=email, why=str(fault)) from fault
    if person is None:
        raise BadInput("Nobody has the address %(email)s.", email=email)
    return person
