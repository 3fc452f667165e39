"""The blueprint of the pages of cases, and how a case is loaded as someone.

404 to those who must not know of it, 403 to those who may see it but not do this, and 403 with who checks and by when to
members who are not verified yet.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, g, make_response, render_template
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.cases import policy, queries
from echo_sessions.cases import recall_queries as recalls
from echo_sessions.cases.models import Case
from echo_sessions.people.models import Person
from echo_sessions.verification.blueprint import refuse_the_unverified
from echo_sessions.web.guard import me, only_if
from echo_sessions.words import Said

bp = Blueprint("cases", __name__)


def asked_at() -> datetime:
    """The moment of this request, asked once, so that a page cannot straddle the start of a session."""
    if "asked_at" not in g:
        g.asked_at = clock.now()
    moment: datetime = g.asked_at
    return moment


def find(code: str, may: Callable[[Person, Case], bool] | None = None) -> Case:
    """The case, for someone who may look at it (404 to others) and, where that is asked, `may` do this (403).

    To look is less than to read: who loads a case to show its text asks `policy.may_read_story` besides.
    """
    case = queries.by_code(code)
    if case is None:
        abort(404)
    if not policy.may_look(me(), case, asked_at()) and policy.waits_for_verification(me(), case, asked_at()):
        refuse_the_unverified(me(), asked_at())
    only_if(lambda: _in_view(case), 404)
    if may is not None:
        only_if(lambda: may(me(), case), 403)
    return case


def _in_view(case: Case) -> bool:
    """Whether the reader may look at it; who would, were it not recalled, is told that, and nothing of the case."""
    if policy.may_look(me(), case, asked_at()):
        return True
    if policy.knew_of(me(), case, asked_at()):
        recall = recalls.last_of(case.id)
        seen = recall if recall is not None and policy.may_see_recall(me(), recall) else None
        page = render_template("cases/dark.html", recall=seen, forgotten=case.forgotten_at is not None)
        abort(make_response(page, 404))
    return False


def spoken(said: object) -> str:
    """A rule's sentence, or a word of its, in the reader's language."""
    if isinstance(said, Said):
        return said.through(_)
    words: str = _(said)
    return words
