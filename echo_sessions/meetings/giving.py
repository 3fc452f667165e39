"""Asking a provider for people's own ways into a meeting."""

from datetime import datetime


def give(number: int, now: datetime) -> None:
    """Ask for the ways in that are wanted, and take back those that are not."""
