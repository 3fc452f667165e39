"""The pages of oversight, by noun; importing them hangs their routes on the blueprint."""

import echo_sessions.oversight.rights_views as rights_views
import echo_sessions.oversight.room_views as room_views
import echo_sessions.oversight.staff_views as staff_views
from echo_sessions.oversight.blueprint import bp

__all__ = ["bp", "rights_views", "room_views", "staff_views"]
