"""The blueprint of the pages about conduct, and how an incident is loaded as someone: 404 to whoever must not know, asked
once more when the page begins to write (`only_if`)."""

from collections.abc import Callable

from flask import Blueprint, abort

from echo_sessions.conduct import policy, queries
from echo_sessions.conduct.models import Incident
from echo_sessions.people.models import Person
from echo_sessions.web.guard import me, only_if

bp = Blueprint("conduct", __name__)


def find_incident(code: str, may: Callable[[Person, Incident], bool] = policy.may_read) -> Incident:
    """The incident, for someone who handles it or hears its appeal; 403 where they may see it but not do this."""
    incident = queries.by_code(code)
    if incident is None:
        abort(404)
    only_if(lambda: policy.may_read(me(), incident), 404)
    only_if(lambda: may(me(), incident), 403)
    return incident


def find_own(code: str, whose: Callable[[Person, Incident], bool]) -> Incident:
    """The incident, for its reporter or for the person concerned; each has a page of their own."""
    incident = queries.by_code(code)
    if incident is None:
        abort(404)
    only_if(lambda: whose(me(), incident), 404)
    return incident
