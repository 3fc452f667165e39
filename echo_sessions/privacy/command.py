"""Commands about people's data."""

from typing import Any

from echo_sessions import clock
from echo_sessions.cases import command as cases
from echo_sessions.database import db, transaction
from echo_sessions.people.models import Person
from echo_sessions.privacy import data_map, erasing


def replay() -> tuple[dict[str, Any], str]:
    """After a restore: cases dark or destroyed again, and whoever was erased erased again. Answers with counts and words."""
    answer, words = cases.replay_now()
    now, again = clock.now(), erasing.restored()
    for number in again:
        with transaction():
            erasing.erase(db.session.get_one(Person, number), by=None, now=now)
    return {**answer, "people_erased_again": len(again)}, f"{words} {len(again)} people were erased again."


def data_map_page() -> str:
    """The data map as it stands among the papers."""
    return data_map.as_markdown()
