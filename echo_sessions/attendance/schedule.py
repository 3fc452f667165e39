"""When a provider is asked for its report, and when its word is believed to be its last. Pure."""

from datetime import datetime, timedelta

ASKED_AFTER = (
    timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=3), timedelta(hours=6),
    timedelta(hours=12), timedelta(hours=24), timedelta(hours=48),
)  # fmt: skip
"""After the end of the meeting. Reports are made some time later, sometimes much later, and providers are down for a day."""
DAILY = timedelta(days=1)
DAYS_WITHOUT_SCOPE = 3
"""So many times a report that nobody has allowed us to read is asked for again, once a day: it may be allowed yet."""
APART = timedelta(minutes=5)
SETTLES_AFTER = timedelta(minutes=30)
"""A report that looks whole this soon after the end may still grow; only then is it the last word, or when it came twice."""
HOOKS_AFTER = timedelta(minutes=5)
COLLECTED_FOR = timedelta(days=7)
"""How long after a session late hooks still make a new snapshot."""


def next_report_at(tries: int, ended: datetime, now: datetime) -> datetime | None:
    """When it is asked for after so many tries; None once there have been all. A worker that slept catches up slowly."""
    if tries >= len(ASKED_AFTER):
        return None
    due = ended + ASKED_AFTER[tries]
    return due if tries == 0 else max(due, now + APART)


def next_without_scope(tries: int, now: datetime) -> datetime | None:
    """The same where the provider says that we may not read reports."""
    return now + DAILY if tries <= DAYS_WITHOUT_SCOPE else None


def is_last_word(said_final: bool, ended: datetime, now: datetime, *, same_as_before: bool) -> bool:
    """Whether a report that the provider gives as whole has nothing to add."""
    return said_final and (same_as_before or now >= ended + SETTLES_AFTER)
