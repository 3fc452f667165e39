"""Bringing a provider to agree with what is wanted."""

from datetime import datetime


def settle(number: int, now: datetime) -> None:
    """Do what there is to do for the meeting with this id."""
