"""Coming back to a meeting after a provider was spoken to: its row, let go of, whatever became of it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from echo_sessions.database import transaction
from echo_sessions.meetings import queries
from echo_sessions.meetings.models import Meeting


@contextmanager
def returning(number: int, generation: int) -> Iterator[Meeting]:
    """One transaction with the meeting that somebody had taken, which is free again at its end. Where the meeting has begun
    anew since, it is the row that was left behind."""
    with transaction():
        meeting = queries.held(number)
        if meeting is not None and meeting.generation != generation:
            meeting = queries.by_code(f"{meeting.session_code}/{generation}", hold=True)
        if meeting is None:
            raise RuntimeError("a meeting vanished while its provider was spoken to")
        meeting.held_until = None
        yield meeting
