"""The pages about one person and one record: merging, pairs that look alike, a record that was lost, guests."""

from echo_sessions.merging import duplicate_views, guest_views, merge_views, recovery_views
from echo_sessions.merging.blueprint import bp

__all__ = ["bp", "duplicate_views", "guest_views", "merge_views", "recovery_views"]
