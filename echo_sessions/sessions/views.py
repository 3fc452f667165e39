"""The pages of sessions, by noun; importing them hangs their routes on the blueprint."""

from echo_sessions.sessions import (
    delegate_views,
    door_views,
    hub_door_views,
    personal_views,
    planning_views,
    session_views,
)
from echo_sessions.sessions.blueprint import bp

PAGES = (session_views, planning_views, personal_views, door_views, hub_door_views, delegate_views)
__all__ = ["PAGES", "bp"]
