"""The pages of attendance: the report of the meeting, the queue, the register, closing."""

from echo_sessions.attendance import close_views, companion_views, queue_views, register_views, upload_views
from echo_sessions.attendance.blueprint import bp

__all__ = ["bp", "close_views", "companion_views", "queue_views", "register_views", "upload_views"]
