"""The blueprint of the pages of programs, and how their things are loaded as someone.

404 to those who must not know of a thing, 403 to those who may see it but not do this. Each is asked again when the page
begins to write (`only_if`), so that a role that was lost meanwhile does nothing more.
"""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, abort

from echo_sessions import clock
from echo_sessions.people import queries as people_queries
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs import policy, queries
from echo_sessions.programs.models import Enrolment, ObserverRequest, Program, Series, Site
from echo_sessions.web.guard import me, only_if

bp = Blueprint("programs", __name__)


def the_hub() -> Hub:
    """The hub of this installation; without one there is nothing to show."""
    hub = people_queries.hub()
    if hub is None:
        abort(404)
    return hub


def find_program(
    code: str,
    may: Callable[[Person, Program], bool] | None = None,
    *,
    knows: Callable[[Person, Program, datetime], bool] = policy.may_know,
) -> Program:
    """The program, for someone who `knows` of it (404 to others) and, where that is asked, `may` do this (403)."""
    program, now = queries.program_by_code(code), clock.now()
    if program is None:
        abort(404)
    only_if(lambda: knows(me(), program, now), 404)
    if may is not None:
        only_if(lambda: may(me(), program), 403)
    return program


def find_series(code: str, *, run: bool = False) -> Series:
    """The series, for someone who may read it or look at its program or, with `run`, who runs its program."""
    series, now = queries.series_by_code(code), clock.now()
    if series is None:
        abort(404)
    only_if(lambda: policy.may_read_series(me(), series) or policy.may_look(me(), series.program, now), 404)
    if run:
        only_if(lambda: policy.may_run(me(), series.program), 403)
    return series


def find_enrolment(code: str) -> Enrolment:
    """An enrolment, for someone who runs its program; 403 to its auditors, who may know of it."""
    enrolment, now = queries.enrolment_by_code(code), clock.now()
    if enrolment is None:
        abort(404)
    only_if(lambda: policy.may_look(me(), enrolment.series.program, now), 404)
    only_if(lambda: policy.may_run(me(), enrolment.series.program), 403)
    return enrolment


def find_person(code: str, *, look: bool = False) -> Person:
    """Somebody, for someone who runs a program they have or had a part in or, with `look`, who audits one."""
    person, now = people_queries.by_code(code), clock.now()
    if person is None:
        abort(404)
    only_if(lambda: policy.may_look_at(me(), person, now), 404)
    if not look:
        only_if(lambda: policy.may_see(me(), person), 403)
    return person


def find_observer_request(code: str) -> ObserverRequest:
    """A wish to look on, for someone who runs its program; 403 to its auditors, who may know of it."""
    request, now = queries.observer_request(code), clock.now()
    if request is None:
        abort(404)
    only_if(lambda: policy.may_look(me(), request.program, now), 404)
    only_if(lambda: policy.may_run(me(), request.program), 403)
    return request


def find_site(code: str, *, keep: bool = False) -> Site:
    """A site, for someone who may see the list of sites or answers for it or, with `keep`, keeps it."""
    site, now = queries.site_by_code(code), clock.now()
    if site is None or site.proposed:
        abort(404)
    only_if(lambda: policy.may_see_sites(me(), now) or policy.leads(me(), site), 404)
    if keep:
        only_if(lambda: policy.may_keep_sites(me()), 403)
    return site
