"""The queue: one line of the report after another, until everybody in it is somebody."""

from datetime import timedelta

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from echo_sessions import clock
from echo_sessions.attendance import companions, guests, marking, naming, proposals, queries, service
from echo_sessions.attendance.blueprint import bp, find_session, frame
from echo_sessions.attendance.evidence import seen_in
from echo_sessions.attendance.forms import NewPersonForm, PeopleForm
from echo_sessions.attendance.models import Identification
from echo_sessions.attendance.people_views import added, by_site, everybody, not_twice
from echo_sessions.attendance.presence import Seen, Verdict
from echo_sessions.attendance.register import computed, people_by_id, standings_of
from echo_sessions.database import transaction
from echo_sessions.people import queries as people_queries
from echo_sessions.people import service as people
from echo_sessions.people.models import Person
from echo_sessions.sessions import door
from echo_sessions.sessions.models import Session
from echo_sessions.web.faults import see_other
from echo_sessions.web.guard import me, signed_in

PER_PAGE = 20
UNDO_SHOWN = timedelta(minutes=30)


@bp.get("/sessions/<code>/attendance/queue")
@signed_in
def queue(code: str) -> ResponseReturnValue:
    """Whoever waits: left as written, right whom it may be. The last decision can be undone on the spot."""
    session = find_session(code, look=True)
    whole = computed(session)
    waiting = proposals.waiting(session, list(whole.seen.values()), whole.decisions)
    names = naming.names_of(waiting)
    shown = sorted(waiting, key=lambda one: one.alone and bool(names))[:PER_PAGE]
    suggested = {one.person_id for item in shown for one in item.suggestions} | {name.person.id for name in names}
    total = sum(one.touches for one in whole.seen.values())
    return render_template(
        "attendance/queue.html", waiting=shown, left=len(waiting), total=total, done=total - len(waiting), window=whole.window,
        people=people_by_id(suggested), standings=standings_of(session, suggested), visits=guests.visits_before(list(suggested), session),
        here={line.person.id: line for line in whole.lines}, tables=companions.tables_of(session, whole), shut_out=door.shut_out(session.id), names=names,
        last=_last(session, whole.seen), closed=queries.is_closed(session.id), **frame(session, "queue"),
    )  # fmt: skip


@bp.route("/sessions/<code>/attendance/queue/<int:stay>", methods=["GET", "POST"])
@signed_in
def settle(code: str, stay: int) -> ResponseReturnValue:
    """Say who one line is; or, asked for the page, look for somebody by name, or add them."""
    session = find_session(code)
    seen = _seen(session, stay)
    form = NewPersonForm(name=_plain_name(seen))
    if request.method == "POST" and "choice" in request.form:
        return _decide(session, seen, request.form["choice"])
    if form.validate_on_submit():
        with transaction():
            person = people.add_person(
                name=form.name.data,
                email=form.email.data or None,
                profession=form.profession.data,
                zone=session.series.zone,
                now=clock.now(),
                by=me(),
            )
            _identify(session, seen, Verdict.PERSON, person, remember=form.remember.data)
        return see_other(url_for("attendance.queue", code=session.code))
    words = request.args.get("q", "")
    here = {line.person.id: line for line in computed(session).lines}
    found = sorted(proposals.findable(session, words), key=lambda person: person.id in here)
    return render_template(
        "attendance/settle.html", seen=seen, stay=stay, form=form, q=words, found=found, here=here, window=queries.window_of(session),
        standings=standings_of(session, [person.id for person in found]), most=len(found) >= 60,
        visits=guests.visits_before([person.id for person in found], session), **frame(session, "queue"),
    ), 422 if form.errors else 200  # fmt: skip


@bp.route("/sessions/<code>/attendance/queue/<int:stay>/room", methods=["GET", "POST"])
@signed_in
def room(code: str, stay: int) -> ResponseReturnValue:
    """Several people behind one connection: who they were, and who says so."""
    session = find_session(code)
    seen = _seen(session, stay)
    form = PeopleForm()
    chosen = everybody(session)
    form.people.choices = [(person.code, person.name) for person in chosen]
    if form.validate_on_submit() and not_twice(form, chosen):
        now = clock.now()
        with transaction():
            sat = added(form, session, chosen, now=now)
            made = marking.fill_room(
                session,
                seen.key,
                sat,
                attested_by=form.attested_by.data,
                reason=form.reason.data or None,
                minutes=form.minutes.data,
                by=me(),
                now=now,
            )
        flash(
            ngettext(
                "One person in this room is in the register now.",
                "%(num)s people in this room are in the register now.",
                len(sat),
            )
        )
        return see_other(url_for("attendance.queue", code=session.code, _anchor=f"decision-{made.id}"))
    groups = by_site(session, chosen, form, written=" ".join(seen.written))
    return render_template(
        "attendance/room.html", seen=seen, stay=stay, form=form, groups=groups, window=queries.window_of(session), **frame(session, "queue")
    ), 422 if form.errors else 200  # fmt: skip


@bp.post("/sessions/<code>/attendance/decisions/<int:number>/undo")
@signed_in
def undo(code: str, number: int) -> ResponseReturnValue:
    """Take a decision back, with `press` all names taken at the same one; its line waits again."""
    session = find_session(code)
    decision = queries.identification(session.id, number)
    if decision is None:
        abort(404)
    with transaction():
        if "press" in request.form:
            count = naming.undo_names(decision, by=me(), now=clock.now())
        else:
            count = 1
            service.undo(decision, by=me(), now=clock.now())
    flash(ngettext("Undone: the line waits again.", "Undone: %(num)s lines wait again.", count))
    return see_other(url_for("attendance.queue", code=session.code))


@bp.post("/sessions/<code>/attendance/names")
@signed_in
def take_names(code: str) -> ResponseReturnValue:
    """Take the ticked names, each borne by exactly one expected person, at one press."""
    session = find_session(code)
    ticked = [value.partition(":") for value in request.form.getlist("name")]
    chosen = [(int(line), person) for line, _colon, person in ticked if line.isdecimal()]
    if not chosen:
        flash(_("Tick at least one name."), "attention")
        return see_other(url_for("attendance.queue", code=session.code))
    with transaction():
        naming.take_names(session, chosen, by=me(), now=clock.now())
    return see_other(url_for("attendance.queue", code=session.code))


@bp.post("/sessions/<code>/attendance/match")
@signed_in
def match(code: str) -> ResponseReturnValue:
    """Look again whom the house would recognise, for instance once people have been enrolled."""
    session = find_session(code)
    with transaction():
        found = service.match(session, now=clock.now())
    flash(
        ngettext("One more is recognised.", "%(num)s more are recognised.", found)
        if found
        else _("Nobody else is recognised.")
    )
    return see_other(url_for("attendance.queue", code=session.code))


def _decide(session: Session, seen: Seen, choice: str) -> ResponseReturnValue:
    """One decision: `person:` and a code, `guest`, or `nobody`."""
    kind, _colon, person_code = choice.partition(":")
    if kind not in {Verdict.PERSON, Verdict.GUEST, Verdict.NOBODY}:
        abort(400)
    person = people_queries.by_code(person_code) if kind == Verdict.PERSON else None
    if kind == Verdict.PERSON and person is None:
        abort(404)
    with transaction():
        _identify(session, seen, Verdict(kind), person, remember="remember" in request.form)
    return see_other(url_for("attendance.queue", code=session.code))


def _identify(
    session: Session, seen: Seen, verdict: Verdict, person: Person | None, *, remember: bool
) -> Identification:
    return service.identify(
        session, seen.key, verdict=verdict, person=person, by=me(), now=clock.now(), remember=remember
    )


def _seen(session: Session, stay: int) -> Seen:
    """The identity that a row of evidence belongs to; 404 for a row of another session or of a withdrawn file."""
    row = queries.first_row(session.id, stay)
    seen = seen_in(session).get(row.identity) if row else None
    if seen is None:
        abort(404)
    return seen


def _last(session: Session, seen: dict[str, Seen]) -> tuple[Identification, str, int] | None:
    """What the reader decided last, about which line, and how many names at that press, for the undo bar."""
    decision = queries.last_decision_by(session.id, me().id, clock.now() - UNDO_SHOWN)
    if decision is None or decision.identity not in seen:
        return None
    return decision, seen[decision.identity].discreet, len(naming.pressed_with(decision))


def _plain_name(seen: Seen) -> str:
    return next(iter(seen.names), seen.name)
