"""What tests of programs share."""

from collections.abc import Callable

import pytest
from sqlalchemy import event

from echo_sessions.database import db


@pytest.fixture
def queries_of(app):
    """How many statements something sends to the database."""

    def count(act: Callable[[], object]) -> int:
        sent = []

        def note(*args):
            sent.append(args[2])

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            act()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(sent)

    return count
