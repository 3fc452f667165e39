"""ECHO Sessions: the manager of a hub's teleconference sessions."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from echo_sessions.config import Settings

FEATURES = (
    "audit", "jobs", "mail", "files", "people", "alarms", "programs", "verification", "conduct", "meetings", "sessions", "cases", "experts",
    "attendance", "credit", "certificates", "merging", "privacy", "oversight", "today", "demo",
)  # fmt: skip
"""The shelf: each feature may know those before it, and no other."""


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The application, ready to serve. Raises `BadSettings` when the environment cannot be used."""
    from echo_sessions.application import create_app as build  # here, for commands that do without start at once

    return build(settings)
