"""The pages about checks of people; importing them hangs their routes on the blueprint."""

from echo_sessions.verification import own_views, queue_views
from echo_sessions.verification.blueprint import bp

PAGES = (own_views, queue_views)
__all__ = ["PAGES", "bp"]
