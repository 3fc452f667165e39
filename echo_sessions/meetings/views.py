"""The pages of meetings: a session's meeting, its start and live page; the set-up of a provider, hooks and recordings."""

from echo_sessions.meetings import hook_views, live_views, meeting_views, recording_views, setup_views, start_views
from echo_sessions.meetings.blueprint import bp

__all__ = ["bp", "hook_views", "live_views", "meeting_views", "recording_views", "setup_views", "start_views"]
