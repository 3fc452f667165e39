"""The blueprint of these pages, and how records are loaded as someone: 404 to who must not know of them."""

from flask import Blueprint, abort

from echo_sessions.merging import policy, queries
from echo_sessions.merging.models import Merge
from echo_sessions.people import queries as people
from echo_sessions.people.models import Person
from echo_sessions.web.guard import me, only_if

bp = Blueprint("merging", __name__)


def find_record(code: str) -> Person:
    """Somebody whose page the reader may see."""
    person = people.by_code(code)
    if person is None:
        abort(404)
    only_if(lambda: policy.may_see(me(), person), 404)
    return person


def find_merge(code: str) -> Merge:
    """A merge, for whoever may see the kept person."""
    merge = queries.by_code(code)
    if merge is None:
        abort(404)
    only_if(lambda: policy.may_see(me(), merge.kept), 404)
    return merge
