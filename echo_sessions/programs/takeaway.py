"""Moved to `web/takeaway.py`; this name goes once nobody imports it."""

from echo_sessions.web.takeaway import csv_answer

__all__ = ["csv_answer"]
