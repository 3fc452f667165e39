"""The pages about one person and one record: merging, pairs that look alike."""

from echo_sessions.merging import duplicate_views, merge_views
from echo_sessions.merging.blueprint import bp

__all__ = ["bp", "duplicate_views", "merge_views"]
