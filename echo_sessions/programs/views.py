"""The pages of programs, by noun; importing them hangs their routes on the blueprint."""

from echo_sessions.programs import (
    enrolment_views,
    import_views,
    people_views,
    program_views,
    roster_views,
    series_views,
    site_views,
    statement_views,
)
from echo_sessions.programs.blueprint import bp

PAGES = (
    program_views, series_views, enrolment_views, roster_views, import_views, people_views, site_views, statement_views,
)  # fmt: skip
__all__ = ["PAGES", "bp"]
