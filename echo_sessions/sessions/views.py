"""The pages of sessions, by noun; importing them hangs their routes on the blueprint."""

from echo_sessions.sessions import personal_views
from echo_sessions.sessions.blueprint import bp

PAGES = (personal_views,)
__all__ = ["PAGES", "bp"]
