"""A register as a table for the office that gives credit, and for whoever wants to count themselves."""

from collections.abc import Iterable, Iterator

from echo_sessions.attendance.entries import Entry
from echo_sessions.sessions.models import Session

COLUMNS = (
    "session", "starts_at", "session_minutes", "name", "email", "registration", "profession", "site", "role", "minutes", "share_percent",
    "matched_by", "marked_by", "adjusted", "reason",
)  # fmt: skip


def rows_of(session: Session, entries: Iterable[Entry]) -> Iterator[tuple[object, ...]]:
    """One line a person under `COLUMNS`; moments are UTC. `marked_by` is who said something by hand, and `reason` why."""
    for entry in entries:
        person = entry.person
        yield (
            session.code, f"{session.starts_at:%Y-%m-%dT%H:%M:%SZ}", session.minutes, person.name, person.address, person.registration,
            entry.profession, entry.site_name, entry.role, entry.minutes, entry.share, " + ".join(entry.how), "; ".join(entry.marked_by),
            "yes" if entry.adjusted else "no", "; ".join(entry.reasons),
        )  # fmt: skip
