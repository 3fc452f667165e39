"""All pages about conduct."""

from echo_sessions.conduct import appeal_views, handling_views, report_views
from echo_sessions.conduct.blueprint import bp

__all__ = ["appeal_views", "bp", "handling_views", "report_views"]
