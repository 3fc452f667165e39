"""The blueprint of the pages of cases, and how a case is loaded as someone.

404 to those who must not know of it, 403 to those who may see it but not do this, and 403 with who checks and by when to
members who are not verified yet.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort, g
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.cases import policy, queries
from echo_sessions.cases.models import Case
from echo_sessions.people.models import Person
from echo_sessions.verification.blueprint import refuse_the_unverified
from echo_sessions.web.guard import me
from echo_sessions.words import Said

bp = Blueprint("cases", __name__)


def asked_at() -> datetime:
    """The moment of this request, asked once, so that a page cannot straddle the start of a session."""
    if "asked_at" not in g:
        g.asked_at = clock.now()
    moment: datetime = g.asked_at
    return moment


def find(code: str, may: Callable[[Person, Case], bool] | None = None) -> Case:
    """The case, for someone who may read it, and do this with it."""
    case = queries.by_code(code)
    if case is None:
        abort(404)
    if not policy.may_read(me(), case, asked_at()):
        if policy.waits_for_verification(me(), case, asked_at()):
            refuse_the_unverified(me(), asked_at())
        abort(404)
    if may is not None and not may(me(), case):
        abort(403)
    return case


def spoken(said: object) -> str:
    """A rule's sentence, or a word of its, in the reader's language."""
    if isinstance(said, Said):
        return said.through(_)
    words: str = _(said)
    return words
