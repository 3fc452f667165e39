"""The pages of cases, by noun; importing them hangs their routes on the blueprint."""

from echo_sessions.cases import case_views, recommendation_views, review_views, slot_views, writing_views
from echo_sessions.cases.blueprint import bp

PAGES = (case_views, recommendation_views, review_views, slot_views, writing_views)
__all__ = ["PAGES", "bp"]
