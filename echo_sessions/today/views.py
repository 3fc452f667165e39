"""A coordinator's first page, and everybody's own page."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from echo_sessions import clock
from echo_sessions.cases import queries as cases
from echo_sessions.cases.models import Case
from echo_sessions.cases.rules import AuthorLine
from echo_sessions.certificates import queries as certificates
from echo_sessions.credit import queries as credit
from echo_sessions.people import queries as people
from echo_sessions.people.models import Absence, Person
from echo_sessions.people.rules import short_name
from echo_sessions.programs import queries as programs
from echo_sessions.programs import waiting
from echo_sessions.sessions import queries as sessions
from echo_sessions.sessions import rules as session_rules
from echo_sessions.sessions import ways
from echo_sessions.today import queries, rules
from echo_sessions.verification import queries as verifications
from echo_sessions.verification import wording
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me as reader
from echo_sessions.web.guard import signed_in

bp = Blueprint("today", __name__)


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    """What needs me today, over all programs I run; who runs none has the own page."""
    person, now = reader(), clock.now()
    if not programs.runs_anything(person.id):
        return see_other("/me")
    todos = queries.todos(person, now)
    return render_template(
        "today/show.html",
        greeting=_greeting(now, person.zone),
        name=short_name(person.name),
        today=now,
        groups=rules.arranged(todos, now, person.zone),
        total=len(todos),
        late=sum(todo.due is not None and todo.due < now for todo in todos),
        upcoming=queries.upcoming(person, now),
        now=now,
        rules=rules,
        absent=_absent(person, now),
        standing_in=[(each.person.name, _last(each)) for each in people.standing_in_for(person.id, now)],
    )


@bp.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """My next session with one way in, my cases, my credit, my certificates."""
    person, now = reader(), clock.now()
    coming = [
        (
            session,
            ways.join_url(session, person),
            session_rules.door(now, session.starts_at, session.ends_at, session.state),
        )
        for session in sessions.upcoming(person.id, now, most=6)
    ]
    return render_template(
        "today/me.html",
        person=person,
        coming=coming,
        cases=_with_lines(cases.of_author(person.id), now),
        to_approve=cases.sheets_for_expert(person.id),
        programs=programs.submittable(person.id),
        totals=credit.totals_of(person.id),
        awards=credit.of_person(person.id, most=20),
        certificates=certificates.of_person(person.id),
        feed=ways.feed_url(person),
        verified=wording.place_of(person, now),
        vouching=verifications.waiting_for(person.id)[0] if verifications.leads_any(person.id) else 0,
        now=now,
        places_before=waiting.places_before(person.id),
        runs=g.get("runs", False),
    )


def _absent(person: Person, now: datetime) -> dict[str, object] | None:
    """That the reader is away, until when, and who stands in."""
    absence = people.away([person.id], now).get(person.id)
    if absence is None:
        return None
    return {"last": _last(absence), "deputy": absence.deputy.name if absence.deputy else None}


def _last(absence: Absence) -> datetime:
    """A moment of the last day of an absence."""
    return absence.ends_at - timedelta(minutes=1)


def _with_lines(found: Sequence[Case], now: datetime) -> list[tuple[Case, AuthorLine]]:
    """Each case with the one line its author always sees."""
    lines = cases.author_lines(found, now)
    return [(case, lines[case.id]) for case in found]


def _greeting(now: datetime, zone: str) -> str:
    hour = now.astimezone(ZoneInfo(zone)).hour
    return str(_("Good morning") if hour < 12 else _("Good afternoon") if hour < 18 else _("Good evening"))
