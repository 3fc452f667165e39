"""Pages behind links in letters: the answer, the list of dates, the feed. The way in is in `door_views`.

They work without signing in: the link names the person and only the hub can have made it. Looking changes nothing,
because mail scanners open every link; only a button does.
"""

from collections.abc import Sequence
from datetime import datetime

from flask import Response, abort, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.http import http_date, parse_date

from echo_sessions import clock
from echo_sessions.database import transaction
from echo_sessions.people.models import Person
from echo_sessions.sessions import feed as feeds
from echo_sessions.sessions import queries, service, ways
from echo_sessions.sessions.blueprint import bp
from echo_sessions.sessions.emails import title_of, when_of
from echo_sessions.sessions.models import Session
from echo_sessions.sessions.rules import Answer, SessionState
from echo_sessions.sessions.wording import OWN_ANSWERS
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import open_to_all


@bp.route("/rsvp/<token>", methods=["GET", "POST"])
@open_to_all
def rsvp(token: str) -> ResponseReturnValue:
    """Say whether one comes, as often as one changes one's mind. Open to all: the link proves who answers."""
    found = ways.read_personal(ways.RSVP, token)
    if found is None:
        return void()
    (session, person), now = found, clock.now()
    if not queries.belongs(person.id, session):
        return personal_page("not_yours", session, person, 403)
    open_still = session.state is SessionState.SCHEDULED and session.ends_at > now
    if request.method == "POST":
        given = _answer(request.form.get("answer", ""))
        if given is None or not open_still:
            return _rsvp_page(session, person, open_still, chosen="", wrong=open_still)
        with transaction():
            service.answer(session, person, given, now=now)
        flash(_("Thank you, your answer is kept."))
        return see_other(request.path)
    asked = _answer(request.args.get("answer", ""))
    return _rsvp_page(session, person, open_still, chosen=asked.value if asked else "")


@bp.route("/calendar/<token>", methods=["GET", "POST"])
@open_to_all
def calendar_list(token: str) -> ResponseReturnValue:
    """All coming dates of one person: answer for all at once, subscribe, download. Open to all: as above."""
    person = ways.read_own(ways.CALENDAR, token)
    if person is None:
        return void()
    now = clock.now()
    sessions = queries.upcoming(person.id, now, most=60)
    if request.method == "POST":
        with transaction():
            count = _keep_answers(sessions, person, now)
        flash(
            _("Thank you, your answers are kept.") if count else _("Nothing was different from before."),
            "success" if count else "info",
        )
        return see_other(request.path)
    answers = queries.answers_by(person.id, [session.id for session in sessions])
    with force_locale(person.language):
        return render_template(
            "sessions/calendar_list.html", person=person, token=token, answers=answers, words=OWN_ANSWERS,
            rows=[(session, title_of(session), when_of(session, person)) for session in sessions],
            feed=ways.feed_url(person), contact=_contact(sessions[0]) if sessions else None,
        )  # fmt: skip


@bp.get("/calendar/<token>.ics")
@open_to_all
def calendar_file(token: str) -> ResponseReturnValue:
    """All dates as one file, for calendars that cannot subscribe. Open to all: as above."""
    person = ways.read_own(ways.CALENDAR, token)
    if person is None:
        abort(404)
    data = feeds.download(person, feeds.standing(person, clock.now()).ids)
    return Response(
        data, mimetype="text/calendar", headers={"Content-Disposition": 'attachment; filename="echo-sessions.ics"'}
    )


@bp.get("/feeds/<token>.ics")
@open_to_all
def feed(token: str) -> ResponseReturnValue:
    """A person's calendar subscription. Open to all: calendar programs do not sign in; the address is the secret."""
    person = ways.read_own(ways.FEED, token)
    if person is None:
        abort(404)
    now = clock.now()
    standing = feeds.standing(person, now)
    if _has_it(standing):
        answer = Response(status=304)
    else:
        answer = Response(feeds.written(person, standing.ids), content_type="text/calendar; charset=utf-8")
    answer.set_etag(standing.etag)
    answer.headers["Last-Modified"] = http_date(standing.modified)
    answer.headers["Cache-Control"] = "private, max-age=900"
    return answer


def _has_it(standing: feeds.Standing) -> bool:
    """Whether the asking program has this very content. Its ETag counts before its date; a date nobody can read does not."""
    if "If-None-Match" in request.headers:
        return request.if_none_match.contains_weak(standing.etag)
    since = parse_date(request.headers.get("If-Modified-Since"))
    return since is not None and since >= standing.modified


def _keep_answers(sessions: Sequence[Session], person: Person, now: datetime) -> int:
    """Store the answers that differ from what is known."""
    known = queries.answers_by(person.id, [session.id for session in sessions])
    count = 0
    for session in sessions:
        given = _answer(request.form.get(session.code, ""))
        if given is not None and known.get(session.id) is not given:
            service.answer(session, person, given, now=now)
            count += 1
    return count


def _answer(text: str) -> Answer | None:
    return next((answer for answer in OWN_ANSWERS if answer.value == text), None)


def _rsvp_page(session: Session, person: Person, open_still: bool, *, chosen: str, wrong: bool = False) -> Response:
    invitation = queries.invitation(session.id, person.id)
    given = invitation.answer if invitation else Answer.NEEDS_ACTION
    return personal_page(
        "rsvp", session, person, 422 if wrong else 200, chosen=chosen or given.value, given=given, words=OWN_ANSWERS, open_still=open_still, wrong=wrong,
        join=ways.join_url(session, person), all_dates=ways.calendar_url(person),
    )  # fmt: skip


def personal_page(name: str, session: Session, person: Person, status: int = 200, **values: object) -> Response:
    """A public page about one session in its reader's language and zone."""
    with force_locale(person.language):
        page = render_template(
            f"sessions/{name}.html", session=session, person=person, what=title_of(session), when=when_of(session, person),
            contact=_contact(session), **values,
        )  # fmt: skip
    return Response(page, status)


def _contact(session: Session) -> tuple[str, str]:
    program = session.series.program
    return program.hub.contact_name, program.contact


def void() -> ResponseReturnValue:
    """A link that was never ours, or that was replaced: tells nothing about anybody."""
    return render_template("sessions/link_void.html"), 404
