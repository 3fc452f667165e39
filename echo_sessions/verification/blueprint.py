"""The blueprint of the pages about checks, how a check is loaded as someone, and the page that a waiting member meets."""

from datetime import datetime
from typing import Any, NoReturn

from flask import Blueprint, abort, make_response, render_template, url_for
from flask_babel import gettext as _

from echo_sessions.people.models import Person
from echo_sessions.verification import policy, queries, rules, wording
from echo_sessions.verification.models import Verification
from echo_sessions.web.guard import me, only_if

bp = Blueprint("verification", __name__)
SHOWN = 5


def find(code: str, *, decide: bool = False) -> Verification:
    """The check, for someone who may look at it (404 to others) and, with `decide`, decide it (403)."""
    row = queries.by_code(code)
    if row is None:
        abort(404)
    only_if(lambda: policy.may_read(me(), row), 404)
    if decide:
        only_if(lambda: policy.may_decide(me(), row), 403)
    return row


def refuse_the_unverified(person: Person, now: datetime) -> NoReturn:
    """403 for a member who would read this if they were verified: who checks, by when, and where they see it."""
    place = wording.place_of(person, now)
    page = render_template(
        "layout/error.html",
        title=_("Open to you once you are verified"),
        why=place.sentence.through(_),
        now_what=_("Cases of others are read by people whom the hub has verified. An own case and the talks are open to you meanwhile."),
        way_on=(_("See how it stands"), url_for("verification.mine")),
    )  # fmt: skip
    abort(make_response(page, 403))


def on_page_of(person: Person, now: datetime) -> dict[str, Any]:
    """What somebody's record shows of their checks, to who reads it now; links only for those who may follow them."""
    checks = list(reversed(queries.of_person(person.id)))
    place = wording.place_of(person, now)
    return {
        "place": place,
        "checks": [(row, policy.may_read(me(), row)) for row in checks[:SHOWN]],
        "may_vouch": not place.holds and policy.may_vouch_for(me(), person),
        "words": rules.STATE_WORDS,
        "ways": rules.WAY_SHORT,
        "now": now,
    }
