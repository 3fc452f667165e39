"""The blueprint of the pages of programs, and how their things are loaded as someone.

404 to those who must not know of a thing, 403 to those who may see it but not do this.
"""

from collections.abc import Callable

from flask import Blueprint, abort

from echo_sessions.people import queries as people_queries
from echo_sessions.people.models import Hub, Person
from echo_sessions.programs import policy, queries
from echo_sessions.programs.models import Enrolment, Program, Series
from echo_sessions.web.guard import me

bp = Blueprint("programs", __name__)


def the_hub() -> Hub:
    """The hub of this installation; without one there is nothing to show."""
    hub = people_queries.hub()
    if hub is None:
        abort(404)
    return hub


def find_program(code: str, may: Callable[[Person, Program], bool] = policy.may_read) -> Program:
    """The program, for someone who may."""
    program = queries.program_by_code(code)
    if program is None or not policy.may_read(me(), program):
        abort(404)
    if not may(me(), program):
        abort(403)
    return program


def find_series(code: str, *, run: bool = False) -> Series:
    """The series, for someone who may read it or, with `run`, who runs its program."""
    series = queries.series_by_code(code)
    if series is None or not policy.may_read_series(me(), series):
        abort(404)
    if run and not policy.may_run(me(), series.program):
        abort(403)
    return series


def find_enrolment(code: str) -> Enrolment:
    """An enrolment, for someone who runs its program."""
    enrolment = queries.enrolment_by_code(code)
    if enrolment is None or not policy.may_run(me(), enrolment.series.program):
        abort(404)
    return enrolment


def find_person(code: str) -> Person:
    """Somebody, for someone who runs a program they have or had a part in."""
    person = people_queries.by_code(code)
    if person is None or not policy.may_see(me(), person):
        abort(404)
    return person
