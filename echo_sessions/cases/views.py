"""The pages of cases, by noun; importing them hangs their routes on the blueprint."""

import echo_sessions.cases.case_views as case_views
import echo_sessions.cases.opening_views as opening_views
import echo_sessions.cases.recall_views as recall_views
import echo_sessions.cases.recommendation_views as recommendation_views
import echo_sessions.cases.review_views as review_views
import echo_sessions.cases.slot_views as slot_views
import echo_sessions.cases.writing_views as writing_views
from echo_sessions.cases.blueprint import bp

PAGES = (case_views, opening_views, recall_views, recommendation_views, review_views, slot_views, writing_views)
__all__ = ["PAGES", "bp"]
