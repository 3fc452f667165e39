"""A clock that the story moves, and the ways in as a visitor walks them."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from echo_sessions import clock
from echo_sessions.database import db
from echo_sessions.people import jobs
from echo_sessions.people.models import CodeAsk
from tests.conftest import NOON
from tests.flows.town import Clock


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The hands of the clock; `hands.moment += …` moves them."""
    hands = Clock(NOON)
    monkeypatch.setattr(clock, "now", hands)
    return hands


def write_letters() -> None:
    """What a worker does within a second: the letters that were asked for are written."""
    db.session.rollback()
    for number in db.session.scalars(select(CodeAsk.id).order_by(CodeAsk.id)).all():
        jobs.write_letter({"ask": number}, clock.now())


class Door:
    """What a visitor does at the door, and what is found in their mailbox."""

    def __init__(self, outbox: Any) -> None:
        self._outbox = outbox

    def ask(self, visitor: Any, address: str, **values: str) -> Any:
        """Ask for a letter; the page that answers."""
        page = visitor.submit("/sign-in", action="/sign-in/link", email=address, **values)
        write_letters()
        return page

    def letter(self) -> tuple[str, str]:
        """The path of the last letter's link, and its code."""
        text = self._outbox("people/sign_in_link")[-1].text
        link = re.search(r"https://echo\.test(/sign-in/\S+)", text)
        code = re.search(r"\b(\d{3} \d{3})\b", text)
        assert link and code, text
        return link.group(1), code.group(1)

    def by_link(self, visitor: Any, address: str, **values: str) -> Any:
        """In by the letter's link; the answer to the button."""
        self.ask(visitor, address)
        return visitor.submit(self.letter()[0], follow=False, **values).answer

    def by_password(self, visitor: Any, address: str, password: str = "correct horse", **values: Any) -> Any:
        """In by password; the answer, whatever it is."""
        page = visitor.get_page("/sign-in")
        data = {**page.fields("/sign-in"), "email": address, "password": password, **values}
        return visitor.post("/sign-in", data=data)


@pytest.fixture
def door(outbox: Any) -> Door:
    return Door(outbox)
