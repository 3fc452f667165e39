"""The blueprint of the pages of meetings.

Pages of one session's meeting load the session as the pages of sessions do (`sessions.blueprint.find_session`).
"""

from flask import Blueprint

bp = Blueprint("meetings", __name__)
