"""The only place that asks what time it is. Edges ask once and pass `now=` on."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)
